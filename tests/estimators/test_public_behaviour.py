"""What scikit-learn's own tests of its multi-layer perceptron ask of public behaviour, in words of our own.

What they ask of private attributes is asked of public ones: `model_`, its history, the gradient check.
"""

import math
import re
import warnings

import numpy as np
import pytest
from later import later

import forpass as fp

exceptions = later("sklearn.exceptions")
load_iris = later("sklearn.datasets", "load_iris")
MLPClassifier, MLPRegressor = later("forpass", "MLPClassifier", "MLPRegressor")


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


def quietly(estimator, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        return estimator.fit(*data)


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z))


def test_weights_written_beforehand_are_where_training_begins():
    """One step by hand: 2 features, 1 hidden sigmoid, a sigmoid output, one row of the first class."""
    x1, x2, w1, w2, b, v, c, rate, alpha = 1.0, -2.0, 0.5, 0.25, 0.1, 2.0, -0.3, 0.5, 0.2
    network = MLPClassifier(
        1, "logistic", solver="sgd", momentum=0.0, learning_rate_init=rate, alpha=alpha, random_state=0
    )
    network.coefs_ = [np.array([[w1], [w2]]), np.array([[v]])]
    network.intercepts_ = [np.array([b]), np.array([c])]
    network.partial_fit([[x1, x2]], ["no"], classes=["no", "yes"])
    a = sigmoid(w1 * x1 + w2 * x2 + b)
    p = sigmoid(v * a + c)  # of "yes", which it is not
    d = p * v * a * (1.0 - a)
    assert network.coefs_[1].item() == pytest.approx(v - rate * (p * a + alpha * v), rel=1e-12)
    assert network.intercepts_[1].item() == pytest.approx(c - rate * p, rel=1e-12)
    wanted = [w1 - rate * (d * x1 + alpha * w1), w2 - rate * (d * x2 + alpha * w2)]
    assert network.coefs_[0].ravel().tolist() == pytest.approx(wanted, rel=1e-12)
    assert network.intercepts_[0].item() == pytest.approx(b - rate * d, rel=1e-12)
    assert network.t_ == network.n_iter_ == 1 and network.classes_.tolist() == ["no", "yes"]


def test_weights_written_beforehand_count_in_a_warm_start_only(iris):
    drawn = quietly(MLPClassifier(3, max_iter=1, random_state=0), *iris)
    for warm in (False, True):
        network = MLPClassifier(3, max_iter=1, random_state=0, warm_start=warm)
        network.coefs_ = [np.zeros((4, 3)), np.zeros((3, 3))]
        network.intercepts_ = [np.zeros(3), np.zeros(3)]
        quietly(network, *iris)
        assert np.array_equal(network.coefs_[0], drawn.coefs_[0]) is not warm
        assert bool(network.coefs_[0].any()) is not warm  # of zeros, relu hands no gradient down


def test_a_warm_start_needs_the_classes_of_the_last_fit(iris):
    X, _ = iris
    first = np.repeat([0, 1, 2], 50)
    for other in (np.repeat([0, 1], 75), np.repeat([0, 1, 3], 50), np.repeat([0, 1, 2, 3, 4], 30)):
        network = quietly(MLPClassifier(2, max_iter=2, warm_start=True, random_state=0), X, first)
        before = [W.copy() for W in network.coefs_]
        said = f"Previously got [0 1 2], `y` has {np.unique(other)}"
        with pytest.raises(fp.SpecError, match=re.escape(said)):
            network.fit(X, other)
        assert all(np.array_equal(a, b) for a, b in zip(network.coefs_, before, strict=True))
        network.partial_fit(X[:50], first[:50])  # sees a part of the rows, and so of the classes
        quietly(network, X, np.repeat([2, 0, 1], 50))


def test_a_warm_start_takes_validation_rows_of_some_classes(iris):
    X, y = iris
    network = quietly(MLPClassifier(2, max_iter=2, warm_start=True, random_state=0), X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        network.fit(X, y, validation_data=(X[:50], y[:50]))
    assert len(network.validation_scores_) == 2


def test_the_rate_of_a_warm_start_goes_by_all_rows_seen():
    X, y = [[3, 2], [1, 6], [5, 6], [-2, -4]], [1, 1, 1, 0]
    for mode, rates in {
        "constant": [0.001, 0.001],
        "invscaling": [0.001 / 5**0.25, 0.001 / 9**0.25],
    }.items():
        network = MLPClassifier(
            4, solver="sgd", learning_rate=mode, power_t=0.25, max_iter=1, warm_start=True, random_state=0
        )
        found = [quietly(network, X, y).model_.history[-1].learning_rate for _ in range(3)]
        assert found == pytest.approx([0.001, *rates], rel=1e-12)
    again = quietly(network.set_params(warm_start=False), X, y)
    assert again.model_.history[-1].learning_rate == 0.001 and again.t_ == 4


def test_an_adaptive_rate_falls_until_it_is_too_small():
    network = MLPClassifier(
        tol=0.5, max_iter=3000, solver="sgd", learning_rate="adaptive", batch_size=2, random_state=0
    )
    network.fit([[3, 2], [1, 6]], [1, 0])
    assert network.n_iter_ < 3000
    assert network.model_.history[-1].learning_rate / 5.0 <= 1e-6


@pytest.mark.parametrize("patience", [2, 10, 50])
def test_it_ends_after_so_many_epochs_without_improvement(iris, patience):
    X, y = iris
    network = MLPClassifier(4, tol=1e9, max_iter=3000, n_iter_no_change=patience, random_state=0)
    network.fit(X, y)
    assert network.n_iter_ == patience + 2  # the first is always an improvement; one more than `patience`
    quietly(network.set_params(n_iter_no_change=math.inf, max_iter=20), X, y)
    assert network.n_iter_ == 20


def test_too_few_rows_to_validate_are_refused():
    with pytest.raises(fp.SpecError, match=r"The validation set is too small: .*=0.1 of 2 rows"):
        MLPRegressor(early_stopping=True, random_state=0).fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("classes", [2, 3])
def test_gradients_are_those_of_the_loss(activation, classes):
    rng = np.random.default_rng(42)
    X, y = rng.random((5, 10)), 1 + np.arange(1, 6) % classes
    network = quietly(MLPClassifier(10, activation, solver="lbfgs", max_iter=1, random_state=1), X, y)
    targets = (y - 1) if classes == 3 else (y - 1.0)
    model, data = network.model_, fp.Data(X, targets=targets)
    assert fp.gradient_check(model.spec, data, parameters=model.parameters).passed


def test_parameters_beyond_all_numbers_are_refused():
    X = np.finfo(np.float64).max * np.random.default_rng(0).random((10, 2))
    with pytest.raises(ValueError, match="features scaled to a few units"):
        MLPRegressor(random_state=0).fit(X, np.arange(10.0) / 10.0)
