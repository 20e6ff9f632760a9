"""Parameters of the estimators: shown, checked and handed on as their records say."""

import inspect

import pytest
from later import later

import forpass as fp
from forpass.estimators.parameters import SHUFFLE, but, takes
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
