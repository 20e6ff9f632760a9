"""Perceptron, Adaline and logistic neuron: their rules, retold in a few lines, and their limits."""

import numpy as np
import pytest
import scipy.sparse
from later import later
from scikit_learns_checks import require_scikit_learns_checks

import forpass as fp

exceptions = later("sklearn.exceptions")
LogisticRegression = later("sklearn.linear_model", "LogisticRegression")
Adaline, LogisticNeuron, Perceptron = later("forpass", "Adaline", "LogisticNeuron", "Perceptron")

WEIGHTS = dict.fromkeys(
    ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data"),
    "rows are learnt one after the other: a weight of 2 is one longer step, not two steps",
)
AWAY = dict.fromkeys(
    ("check_fit_idempotent", "check_fit_check_is_fitted", "check_n_features_in"),
    "features of 100 make steps of 0.01 run away, as they did in 1960; the error says so",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cls", "reasons"), [(Perceptron, WEIGHTS), (Adaline, WEIGHTS | AWAY), (LogisticNeuron, WEIGHTS)]
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks(cls, reasons):
    require_scikit_learns_checks(cls(max_iter=100), reasons)


def apart(n=60, seed=0):
    """Two classes that a line divides, with labels 0 and 1."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    z = X @ [1.0, -2.0, 0.5] + 0.3
    keep = np.abs(z) > 0.4
    return X[keep], (z[keep] > 0).astype(int)


RULES = {
    "perceptron": (Perceptron, lambda z, t: (2 * t - 1) * ((2 * t - 1) * z <= 0)),
    "adaline": (Adaline, lambda z, t: (2 * t - 1) - z),
    "logistic": (LogisticNeuron, lambda z, t: t - 1 / (1 + np.exp(-z))),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_rule(name):
    """The new w is w + eta error x, example after example in the order of the table."""
    cls, error = RULES[name]
    X, y = apart()
    neuron = cls(learning_rate=0.05, max_iter=3, shuffle=False).fit(X, y)
    w, b = np.zeros(3), 0.0
    for x, t in [*zip(X, y, strict=True)] * neuron.n_iter_:
        step = 0.05 * error(x @ w + b, t)
        w, b = w + step * x, b + step
    np.testing.assert_allclose(neuron.coef_[0], w, rtol=1e-12)
    np.testing.assert_allclose(neuron.intercept_[0], b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_the_perceptron_ends_when_all_is_right(seed):
    X, y = apart(seed=seed)
    neuron = Perceptron(random_state=seed).fit(X, y)
    assert neuron.error_curve_[-1] == 0.0 and min(neuron.error_curve_[:-1], default=1.0) > 0.0
    assert neuron.score(X, y) == 1.0 and neuron.n_iter_ == len(neuron.error_curve_) < 1000


def test_no_line_divides_xor():
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    with pytest.warns(exceptions.ConvergenceWarning, match="every example was right"):
        neuron = Perceptron(max_iter=50, random_state=0).fit(X, y)
    assert min(neuron.error_curve_) >= 0.25
    for gate in ([0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0]):
        assert Perceptron(random_state=0).fit(X, gate).predict(X).tolist() == gate


def test_adaline_comes_near_the_line_of_least_squares():
    X, y = apart(200)
    optimum = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), 2.0 * y - 1.0, rcond=None)[0]
    neuron = Adaline(0.002, max_iter=2000, tol=1e-7, random_state=0).fit(X, y)
    np.testing.assert_allclose(np.append(neuron.coef_, neuron.intercept_), optimum, atol=0.02)
    with pytest.raises(fp.DivergenceError, match="lower learning rate"):
        Adaline(1.0).fit(X * 10, y)


def test_the_logistic_neuron_comes_near_logistic_regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = (X @ [1.0, -1.0, 0.5] + rng.logistic(size=400) > 0).astype(int)
    oracle = LogisticRegression(C=np.inf).fit(X, y)
    neuron = LogisticNeuron(0.01, max_iter=3000, tol=1e-7, random_state=0).fit(X, y)
    np.testing.assert_allclose(neuron.predict_proba(X), oracle.predict_proba(X), atol=0.03)


@pytest.mark.parametrize("cls", [Perceptron, Adaline, LogisticNeuron])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_more_classes_sparse_rows_and_names(cls):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(c, 0.3, (40, 2)) for c in ((0, 0), (3, 0), (0, 3))])
    y = np.repeat(["a", "b", "c"], 40)
    neuron = cls(max_iter=50, random_state=1).fit(X, y)
    assert neuron.coef_.shape == (3, 2) and neuron.decision_function(X).shape == (120, 3)
    assert neuron.score(X, y) > 0.95
    again = cls(max_iter=50, random_state=neuron.seed_).fit(scipy.sparse.csr_matrix(X), y)
    np.testing.assert_allclose(again.coef_, neuron.coef_, rtol=1e-6, atol=1e-9)
    if cls is LogisticNeuron:
        P = neuron.predict_proba(np.array([[0.0, 0.0], [1e6, 1e6], [-1e6, -1e6]]))
        np.testing.assert_allclose(P.sum(axis=1), 1.0)


def test_wrong_parameters():
    X, y = apart()
    with pytest.raises(ValueError, match="learning_rate of Adaline must be a finite number above 0"):
        Adaline(0.0).fit(X, y)
    with pytest.raises(ValueError, match="unknown parameter of Perceptron 'eta'"):
        Perceptron().set_params(eta=1.0)
    with pytest.raises(fp.DataError, match="one class only"):
        LogisticNeuron().fit(X, np.ones(len(X)))
