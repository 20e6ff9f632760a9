"""Parameters of the estimators: shown, checked and handed on as their records say."""

import inspect
import math

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.estimators.constructors import but, takes
from forpass.estimators.parameters import MLP_CLASSIFIER, MLP_REGRESSOR, SHUFFLE
from forpass.maths.activations import ACTIVATIONS

clone = later("sklearn.base", "clone")

ESTIMATORS = [
    "MLPClassifier",
    "MLPRegressor",
    "TableClassifier",
    "TableRegressor",
    "Perceptron",
    "Adaline",
    "LogisticNeuron",
]


@pytest.fixture(params=ESTIMATORS)
def cls(request):
    return getattr(fp, request.param)


def test_signature_parameters_and_help_are_one_list(cls):
    names = [p.name for p in cls.PARAMETERS]
    assert len(set(names)) == len(names)
    shown = {p.name: p.default for p in inspect.signature(cls).parameters.values()}
    assert shown == cls().get_params() == {p.name: p.default for p in cls.PARAMETERS}
    text = cls.__doc__
    assert text.index("\nParameters\n") < text.index(f"\n{names[0]} : ") < text.index("\nAttributes\n")
    for parameter in cls.PARAMETERS:
        assert text.count(f"\n{parameter.name} : {parameter.type}, ") == 1
    assert "**parameters" not in text


def test_every_default_is_let_through(cls):
    for parameter in cls.PARAMETERS:
        parameter.check(parameter.name, parameter.default)


def test_what_is_given_is_kept_as_it_is(cls):
    given = {p.name: object() for p in cls.PARAMETERS}
    assert vars(cls(**given)) == given
    assert vars(clone(cls(), safe=False)) == cls().get_params()


def test_by_place_or_by_name():
    assert fp.MLPClassifier((3,), "tanh").activation == "tanh"
    assert fp.MLPRegressor("poisson", (3,), "tanh").loss == "poisson"
    assert fp.Perceptron(0.5, 7).get_params()["max_iter"] == 7
    for wrong, message in (
        (lambda: fp.MLPClassifier((3,), "tanh", "adam"), "MLPClassifier: too many positional arguments"),
        (
            lambda: fp.TableRegressor(maxiter=3),
            "TableRegressor: got an unexpected keyword argument 'maxiter'",
        ),
    ):
        with pytest.raises(TypeError, match=message):
            wrong()


def test_an_estimator_of_ones_own_may_have_its_own_constructor():
    class Wide(fp.MLPClassifier):
        def __init__(self, width=3):
            super().__init__((width,))
            self.width = width

    assert Wide(9).get_params() == {"width": 9} and Wide(9).hidden_layer_sizes == (9,)


def test_a_deviation_touches_one_estimator():
    @takes((but(SHUFFLE, default=False, doc="Anew each time."),), by_place=0)
    class Own:
        """An estimator.

        Parameters
        ----------
        **parameters
        """

    assert Own().shuffle is False and SHUFFLE.default is True
    assert Own.__doc__.endswith("shuffle : bool, default False\n    Anew each time.")


def test_activations_are_asked_for_when_they_are_checked(monkeypatch):
    check = next(p.check for p in fp.MLPClassifier.PARAMETERS if p.name == "activation")
    with pytest.raises(fp.UnknownNameError):
        check("activation", "bent")
    monkeypatch.setitem(ACTIVATIONS._records, "bent", ACTIVATIONS["relu"]._replace(name="bent"))
    check("activation", "bent")


# --- what they do --------------------------------------------------------------------------------

N = 40
X = np.random.default_rng(0).normal(size=(N, 3))
LABELS = np.where(X[:, 0] + 0.3 * X[:, 1] > 0.0, "b", "a")
COUNTS = np.floor(np.exp(X[:, 0]))


def training_of(e):
    return e.model_.training


def optimizer_of(e):
    return training_of(e).optimizer


def layers_of(e, kind):
    return [layer for layer in e.model_.spec.layers if isinstance(layer, kind)]


def rows_learnt_from(e):
    return e.t_ // e.n_iter_


def epochs_after_another_fit(e):
    y = LABELS if isinstance(e, fp.MLPClassifier) else COUNTS
    return len(e.fit(X, y).loss_curve_)


def agreement(truth, predicted):
    return np.mean(truth == predicted)


def rows_looked_at(truth, predicted):
    return len(truth)


SGD = {"solver": "sgd"}
# of each parameter the values that are tried and what is seen of each, how it is seen (in the estimator, or
# in what it printed), and the parameters without which it would mean nothing
SEEN = {
    "hidden_layer_sizes": ([(3, [3]), ((4, 2), [4, 2])], lambda e: [W.shape[1] for W in e.coefs_[:-1]], {}),
    "activation": (
        [("tanh", "tanh"), ("logistic", "sigmoid")],
        lambda e: layers_of(e, fp.Activation)[0].name,
        {},
    ),
    "solver": (
        [("sgd", "nesterov"), ("rmsprop", "rmsprop"), ("lbfgs", "lbfgs")],
        lambda e: optimizer_of(e).name if training_of(e).by_steps else "lbfgs",
        {},
    ),
    "alpha": ([(0.1, 0.1), (0.3, 0.3)], lambda e: e.model_.spec.penalty.l2, {}),
    "batch_size": ([(5, 5), ("auto", N)], lambda e: training_of(e).batch_size, {}),
    "learning_rate": (
        [
            ("constant", ([], "stop")),
            ("invscaling", (["inverse_scaling"], "stop")),
            ("adaptive", ([], "divide_rate")),
        ],
        lambda e: ([s.name for s in training_of(e).schedule], training_of(e).stopping.plateau),
        SGD,
    ),
    "learning_rate_init": ([(0.1, 0.1), (0.2, 0.2)], lambda e: optimizer_of(e).learning_rate, {}),
    "power_t": (
        [(0.2, 0.2), (0.7, 0.7)],
        lambda e: training_of(e).schedule[0].settings["power"],
        {**SGD, "learning_rate": "invscaling"},
    ),
    "max_iter": ([(1, 1), (3, 3)], lambda e: e.n_iter_, {}),
    "shuffle": ([(True, True), (False, False)], lambda e: training_of(e).shuffle, {}),
    "random_state": ([(5, 5), (6, 6)], lambda e: e.seed_, {}),
    "tol": ([(0.1, 0.1), (0.2, 0.2)], lambda e: training_of(e).stopping.tolerance, {}),
    "verbose": ([(False, 0), (2, 3)], lambda printed: printed.count("epoch "), {"max_iter": 3}),
    "warm_start": ([(False, 1), (True, 2)], epochs_after_another_fit, {}),
    "momentum": ([(0.1, 0.1), (0.2, 0.2)], lambda e: optimizer_of(e).settings["mu"], SGD),
    "nesterovs_momentum": (
        [(True, "nesterov"), (False, "momentum")],
        lambda e: optimizer_of(e).name,
        SGD,
    ),
    "early_stopping": (
        [(False, "objective"), (True, "validation_metric")],
        lambda e: training_of(e).stopping.monitor,
        {},
    ),
    "metric": (
        [(agreement, "agreement"), (rows_looked_at, "rows_looked_at")],
        lambda e: e.model_.history[0].metric,
        {"early_stopping": True},
    ),
    "validation_fraction": ([(0.25, 30), (0.5, 20)], rows_learnt_from, {"early_stopping": True}),
    "beta_1": ([(0.1, 0.1), (0.2, 0.2)], lambda e: optimizer_of(e).settings["beta1"], {}),
    "beta_2": ([(0.1, 0.1), (0.2, 0.2)], lambda e: optimizer_of(e).settings["beta2"], {}),
    "epsilon": ([(0.1, 0.1), (0.2, 0.2)], lambda e: optimizer_of(e).settings["epsilon_hat"], {}),
    "n_iter_no_change": ([(4, 4), (math.inf, None)], lambda e: training_of(e).stopping.patience, {}),
    "max_fun": ([(3, 3), (4, 4)], lambda e: training_of(e).lbfgs.evaluations, {"solver": "lbfgs"}),
    "dropout": (
        [(0.0, []), (0.2, [0.2])],
        lambda e: [layer.rate for layer in layers_of(e, fp.Dropout)],
        {},
    ),
    "clip_norm": ([(None, None), (0.5, 0.5)], lambda e: optimizer_of(e).clip_norm, {}),
    "max_seconds": ([(None, None), (9.5, 9.5)], lambda e: training_of(e).stopping.max_seconds, {}),
    "engine": ([("numpy", "numpy"), ("compiled", "compiled")], lambda e: e.model_.provenance.engine, {}),
    "threads": ([(None, None), (1, 1)], lambda e: e.model_.threads, {}),
    "class_weight": (
        [({"a": 1, "b": 1e4}, True), ({"a": 1e4, "b": 1}, False)],
        lambda e: e.intercepts_[-1][0] > 0.0,
        {"hidden_layer_sizes": (), "max_iter": 30, "learning_rate_init": 0.1},
    ),
    "loss": ([("squared_error", "squared"), ("poisson", "poisson")], lambda e: e.model_.spec.head.loss, {}),
    "quantile": (
        [(0.1, 0.1), (0.9, 0.9)],
        lambda e: e.model_.spec.head.settings["level"],
        {"loss": "quantile"},
    ),
}
OF = {"MLPClassifier": MLP_CLASSIFIER, "MLPRegressor": MLP_REGRESSOR}
TRIED = [(cls, p.name) for cls, parameters in OF.items() for p in parameters]


def test_every_parameter_is_tried():
    assert SEEN.keys() == {name for _, name in TRIED}
    assert all(getattr(fp, cls).PARAMETERS is parameters for cls, parameters in OF.items())


@pytest.mark.filterwarnings("ignore:max_(iter|fun)=")
@pytest.mark.parametrize(("cls", "name"), TRIED)
def test_what_a_parameter_says_is_seen(cls, name, capsys):
    values, look, rest = SEEN[name]
    small = {"hidden_layer_sizes": (3,), "max_iter": 1, "random_state": 0}
    for value, wanted in values:
        estimator = getattr(fp, cls)(**small | rest | {name: value})
        estimator.fit(X, LABELS if cls == "MLPClassifier" else COUNTS)
        assert look(capsys.readouterr().out if name == "verbose" else estimator) == wanted
