"""scikit-learn as oracle: from its initial weights, in its order of examples, the same loss curve.

scikit-learn draws both from one RandomState: weights and biases layer by layer, then a shuffle each
epoch. The tests hand over the random numbers, not the results: every forward pass, gradient and step
is computed by forpass.
"""

import itertools
import warnings

import numpy as np
import pytest
from later import later

import forpass as fp

load_diabetes, load_iris = later("sklearn.datasets", "load_diabetes", "load_iris")
exceptions = later("sklearn.exceptions")
MLPClassifier, MLPRegressor = later("sklearn.neural_network", "MLPClassifier", "MLPRegressor")
shuffle = later("sklearn.utils", "shuffle")

RELATIVE = 1e-6
"""The bound that was set beforehand; in float64 what is found lies near 1e-13."""

SEED, EPOCHS, BATCH, HIDDEN = 3, 30, 16, (12, 7)
OURS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}


def random_numbers(widths, n_rows, epochs, activation):
    """Draw what scikit-learn draws from ``random_state=SEED``: parameters by name, and an order per epoch."""
    state = np.random.RandomState(SEED)
    parameters = {}
    for layer, (d_in, d_out) in enumerate(itertools.pairwise(widths), start=1):
        bound = np.sqrt((2.0 if activation == "logistic" else 6.0) / (d_in + d_out))
        parameters[f"W{layer}"] = state.uniform(-bound, bound, (d_in, d_out))
        parameters[f"b{layer}"] = state.uniform(-bound, bound, d_out)
    orders, rows = [], np.arange(n_rows)
    for _ in range(epochs):
        rows = shuffle(rows, random_state=state)  # each shuffle starts from the last one's order
        orders.append(rows)
    return parameters, orders


def problem(kind):
    if kind == "regression":
        X, y = load_diabetes(return_X_y=True)
        X, y = X[:120] * 20.0, (y[:120] - 150.0) / 75.0
        return X, y, y[:, None], 1, "squared"
    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    if kind == "binary":  # versicolor or not: no line divides them, so no probability comes near 0 or 1
        y = (y == 1).astype(int)
        return X, y, y[:, None].astype(float), 1, "sigmoid_cross_entropy"
    return X, y, y, 3, "softmax_cross_entropy"


def both_curves(kind, activation, theirs, optimizer, weights=None, **ours):
    """Train both; return the loss curves and largest differences of the final parameters."""
    X, y, targets, k, loss = problem(kind)
    epochs = theirs.pop("max_iter", EPOCHS)
    settings = {"hidden_layer_sizes": HIDDEN, "batch_size": BATCH, "random_state": SEED, "tol": 0.0}
    settings |= {"activation": activation, "max_iter": epochs, "n_iter_no_change": 10**6} | theirs
    estimator = (MLPRegressor if kind == "regression" else MLPClassifier)(**settings)
    with warnings.catch_warnings():
        # so many epochs are asked for, not convergence
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        estimator.fit(X, y, sample_weight=weights)
    spec = fp.multilayer(
        X.shape[1],
        HIDDEN,
        k,
        loss,
        activation=OURS[activation],
        penalty=fp.Penalty(l2=settings.get("alpha", 1e-4), per="batch_weight"),
    )
    training = fp.TrainingSpec(
        epochs=epochs,
        optimizer=optimizer,
        batch_mean="batch_weight",
        dtype="float64",
        **{"batch_size": BATCH} | ours,
    )
    parameters, orders = random_numbers((X.shape[1], *HIDDEN, k), len(X), epochs, activation)
    model = fp.train(
        spec,
        training,
        fp.Data(X, targets=targets, weights=weights),
        parameters=parameters,
        order=orders.__getitem__,
    )
    curves = np.array([r.objective for r in model.history]), np.array(estimator.loss_curve_)
    for layer, (W, b) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True), start=1):
        np.testing.assert_allclose(model.weights[f"W{layer}"], W, rtol=RELATIVE, atol=1e-9)
        np.testing.assert_allclose(model.weights[f"b{layer}"], b, rtol=RELATIVE, atol=1e-9)
    return (*curves, model, estimator)


def assert_same(ours, theirs, falls=True):
    assert len(ours) == len(theirs)
    worst = float(np.max(np.abs(ours - theirs) / np.abs(theirs)))
    print(f"worst relative deviation {worst:.1e}")  # pytest -rP shows it
    assert worst < RELATIVE
    # a curve that stands still would agree whatever the steps are
    assert not falls or theirs[-1] < 0.9 * theirs[0]


def sgd(rate=0.05, nesterov=True, momentum=0.9):
    return fp.OptimizerSpec("nesterov" if nesterov else "momentum", rate, settings={"mu": momentum})


def adam(rate=0.01, beta1=0.9, beta2=0.999):
    settings = {"beta1": beta1, "beta2": beta2, "epsilon": 0.0, "epsilon_hat": 1e-8}
    return fp.OptimizerSpec("adam", rate, settings=settings)


KINDS = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("activation", OURS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nesterov", [True, False], ids=["nesterov", "momentum"])
def test_sgd(kind, activation, nesterov):
    theirs = {
        "solver": "sgd",
        "learning_rate_init": 0.05,
        "nesterovs_momentum": nesterov,
        "alpha": 0.0 if activation == "tanh" else 0.02,
    }
    if activation == "logistic":
        theirs["learning_rate_init"] = 0.2  # two layers of sigmoids are slow
    optimizer = sgd(theirs["learning_rate_init"], nesterov)
    ours, expected, *_ = both_curves(kind, activation, theirs, optimizer)
    assert_same(ours, expected, falls=(kind, activation) != ("binary", "identity"))


@pytest.mark.parametrize("activation", OURS)
@pytest.mark.parametrize("kind", KINDS)
def test_adam(kind, activation):
    theirs = {"solver": "adam", "learning_rate_init": 0.01, "alpha": 0.05}
    ours, expected, *_ = both_curves(kind, activation, theirs, adam())
    assert_same(ours, expected, falls=(kind, activation) != ("binary", "identity"))


@pytest.mark.parametrize("kind", KINDS)
def test_other_settings(kind):
    theirs = {"solver": "adam", "learning_rate_init": 0.02, "beta_1": 0.7, "beta_2": 0.95, "alpha": 1.0}
    ours, expected, *_ = both_curves(kind, "tanh", theirs, adam(0.02, 0.7, 0.95))
    assert_same(ours, expected)
    theirs = {"solver": "sgd", "learning_rate_init": 0.1, "momentum": 0.5, "alpha": 1.0}
    ours, expected, *_ = both_curves(kind, "tanh", theirs, sgd(0.1, momentum=0.5))
    assert_same(ours, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_invscaling(kind):
    # At 0.5 the regression first runs away and then magnifies every rounding error, as chaos does.
    rate = 0.1 if kind == "regression" else 0.5
    theirs = {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": rate, "power_t": 0.5}
    schedule = fp.ScheduleSpec("inverse_scaling", {"power": 0.5}, clock="example")
    ours, expected, model, _ = both_curves(kind, "tanh", theirs, sgd(rate), schedule=schedule)
    assert_same(ours, expected)
    rates = [record.learning_rate for record in model.history]
    assert rates[0] == rate and rates[1] < 0.1 * rates[0]


@pytest.mark.parametrize("kind", KINDS)
def test_adaptive(kind):
    theirs = {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "learning_rate_init": 0.1,
        "max_iter": 200,
        "n_iter_no_change": 2,
        "tol": 0.005,
    }
    stopping = fp.StoppingSpec(monitor="objective", patience=2, tolerance=0.005, plateau="divide_rate")
    ours, expected, model, estimator = both_curves(kind, "relu", theirs, sgd(0.1), stopping=stopping)
    assert_same(ours, expected)
    # both divided the rate many times and then gave up, in the same epoch
    assert model.provenance.ended.reason == "plateau" and estimator.n_iter_ < 200
    assert len({record.learning_rate for record in model.history}) > 5
    assert model.history[-1].learning_rate == pytest.approx(estimator._optimizer.learning_rate, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plateau_ends_both_in_the_same_epoch(kind):
    theirs = {
        "solver": "adam",
        "learning_rate_init": 0.02,
        "max_iter": 300,
        "n_iter_no_change": 4,
        "tol": 0.01,
    }
    stopping = fp.StoppingSpec(monitor="objective", patience=4, tolerance=0.01)
    ours, expected, _, estimator = both_curves(kind, "tanh", theirs, adam(0.02), stopping=stopping)
    assert estimator.n_iter_ < 300
    assert_same(ours, expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_sample_weights(kind, solver):
    """Both take the mean of a batch over its own weights.

    The loss of an epoch scikit-learn makes up of its batches by their rows, forpass by their weights:
    with one batch an epoch the curves must agree, with several the parameters (`both_curves` asserts
    it) that came of them.
    """
    n = len(problem(kind)[0])
    w = np.random.default_rng(2).uniform(0.1, 2.0, n)
    rate = 0.02
    theirs = {"solver": solver, "learning_rate_init": rate, "alpha": 0.1}
    optimizer = sgd(rate) if solver == "sgd" else adam(rate)
    both_curves(kind, "tanh", dict(theirs), optimizer, w)
    whole = theirs | {"batch_size": n, "max_iter": 60}
    ours, expected, *_ = both_curves(kind, "tanh", whole, optimizer, w, batch_size=n)
    assert_same(ours, expected)
    unweighted, *_ = both_curves(kind, "tanh", whole | {"max_iter": 60}, optimizer, batch_size=n)
    assert np.max(np.abs(unweighted - ours)) > 1e-3
