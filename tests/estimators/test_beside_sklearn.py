"""The same parameters, data and random_state: the same curve and the same network as scikit-learn's.

Both begin with the same weights and hold back the same rows. The order of examples is forpass's own, so
here rows are taken as they lie, or all at once.
"""

import warnings

import numpy as np
import pytest
from later import later

import forpass as ours

theirs = later("sklearn.neural_network")
load_breast_cancer, load_diabetes, load_iris = later(
    "sklearn.datasets", "load_breast_cancer", "load_diabetes", "load_iris"
)
exceptions = later("sklearn.exceptions")
StandardScaler = later("sklearn.preprocessing", "StandardScaler")

RELATIVE = 1e-6


def problem(kind):
    if kind == "regression":
        X, y = load_diabetes(return_X_y=True)
        return X[:150] * 20.0, (y[:150] - 150.0) / 75.0
    if kind == "counts":
        X, y = load_diabetes(return_X_y=True)
        return X[:150] * 20.0, np.floor(y[:150] / 50.0)
    if kind == "two outputs":
        X, y = load_diabetes(return_X_y=True)
        return X[:150, 1:] * 20.0, np.column_stack([(y[:150] - 150.0) / 75.0, X[:150, 0] * 20.0])
    if kind == "multilabel":
        X, y = load_iris(return_X_y=True)
        return StandardScaler().fit_transform(X), np.column_stack([y == 1, y > 0, X[:, 0] > 6]).astype(int)
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    if kind == "binary":
        return X, np.array(["no", "yes"], dtype=object)[(y == 1).astype(int)]
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


def both(kind, X=None, y=None, fit=None, **parameters):
    if X is None:
        X, y = problem(kind)
    name = "MLPRegressor" if kind in ("regression", "counts", "two outputs") else "MLPClassifier"
    parameters = {"hidden_layer_sizes": (12, 7), "random_state": 3, "shuffle": False} | parameters
    fitted = []
    for module in (ours, theirs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
            fitted.append(getattr(module, name)(**parameters).fit(X, y, **(fit or {})))
    return (*fitted, X, y)


def assert_alike(mine, other, X, y, relative=RELATIVE, curve=True):
    assert mine.n_iter_ == other.n_iter_
    if curve:
        np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=relative)
        np.testing.assert_allclose(mine.loss_, other.loss_, rtol=relative)
    for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=relative, atol=relative)
    np.testing.assert_array_equal(mine.predict(X).shape, other.predict(X).shape)
    for name in ("t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(mine, name) == getattr(other, name), name
    if hasattr(other, "classes_"):
        np.testing.assert_array_equal(mine.classes_, other.classes_)
        np.testing.assert_array_equal(mine.predict(X), other.predict(X))
        assert mine.predict(X).dtype.kind == other.predict(X).dtype.kind
        np.testing.assert_allclose(mine.predict_proba(X), other.predict_proba(X), rtol=1e-4, atol=1e-9)
        np.testing.assert_allclose(
            mine.predict_log_proba(X), other.predict_log_proba(X), rtol=1e-4, atol=1e-12
        )
    else:
        np.testing.assert_allclose(mine.predict(X), other.predict(X), rtol=1e-4, atol=1e-6)
    assert mine.score(X, y) == pytest.approx(other.score(X, y), rel=1e-6)


KINDS = ("binary", "multiclass", "multilabel", "regression")


@pytest.mark.parametrize("kind", [*KINDS, "counts"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_solvers_and_activations(kind, activation, solver):
    loss = {"loss": "poisson"} if kind == "counts" else {}
    parameters = {"solver": solver, "activation": activation, "learning_rate_init": 0.01, "batch_size": 30}
    assert_alike(*both(kind, max_iter=40, **parameters, **loss))


@pytest.mark.parametrize("kind", KINDS)
def test_defaults_but_for_the_order(kind):
    """One batch: the order of examples changes nothing but rounding."""
    assert_alike(*both(kind, hidden_layer_sizes=(100,), shuffle=True, max_iter=60))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("mode", ["constant", "invscaling", "adaptive"])
def test_learning_rates_of_sgd(kind, mode, momentum):
    settings = {"learning_rate": mode, "learning_rate_init": 0.1, "power_t": 0.3, "momentum": momentum}
    mine, other, X, y = both(
        kind, solver="sgd", max_iter=120, tol=3e-3, n_iter_no_change=3, batch_size=25, **settings
    )
    assert_alike(mine, other, X, y)
    assert mine.best_loss_ == pytest.approx(other.best_loss_, rel=RELATIVE)


@pytest.mark.parametrize("kind", ["binary", "multilabel", "regression"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_early_stopping_holds_back_the_same_rows(kind, solver):
    settings = {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 4}
    X, y = problem(kind)
    if kind == "binary":
        y = (y == "yes").astype(int)  # scikit-learn 1.7.0 cannot measure classes that are words
    mine, other, X, y = both(
        kind, X, y, solver=solver, learning_rate_init=0.02, max_iter=150, batch_size=20, **settings
    )
    assert_alike(mine, other, X, y)
    assert mine.n_iter_ < 150
    np.testing.assert_allclose(mine.validation_scores_, other.validation_scores_, rtol=RELATIVE)
    assert mine.best_validation_score_ == pytest.approx(other.best_validation_score_, rel=RELATIVE)
    assert mine.best_loss_ is other.best_loss_ is None


def test_early_stopping_of_several_classes_is_stratified():
    """As scikit-learn's documentation says; its code holds back rows of several classes at random."""
    X, y = problem("multiclass")
    keep = np.r_[0:50, 50:100, 100:105]  # few of the last class
    mine = ours.MLPClassifier(early_stopping=True, validation_fraction=0.2, max_iter=5, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        mine.fit(X[keep], y[keep])
    # 21 rows are validation rows, a fifth of each class; their accuracy can only be a multiple of 1/21
    np.testing.assert_allclose(np.array(mine.validation_scores_) * 21 % 1, 0.0, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_lbfgs(kind):
    """The same way at first; rounding may lead to other minima, but without hidden layers there is one."""
    mine, other, X, y = both(kind, solver="lbfgs", alpha=1.0, activation="tanh", max_iter=15)
    assert_alike(mine, other, X, y, relative=1e-3, curve=False)
    assert mine.loss_ == pytest.approx(other.loss_, rel=1e-4)
    mine, other, X, y = both(kind, solver="lbfgs", alpha=1.0, hidden_layer_sizes=(), max_iter=2000)
    assert mine.loss_ == pytest.approx(other.loss_, rel=1e-7)
    assert mine.t_ == other.t_ == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_weights_of_rows(kind, solver):
    X, y = problem(kind)
    w = np.random.default_rng(1).uniform(0.0, 2.0, len(y))
    mine, other, *_ = both(
        kind, X, y, {"sample_weight": w}, solver=solver, max_iter=12, alpha=0.1, activation="tanh"
    )
    assert_alike(mine, other, X, y, relative=1e-5 if solver == "lbfgs" else RELATIVE, curve=solver != "lbfgs")


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays(kind):
    X, y = problem(kind)
    X = X.astype(np.float32)
    mine, other, *_ = both(kind, X, y, max_iter=10)
    assert {W.dtype for W in mine.coefs_ + mine.intercepts_} == {np.dtype(np.float32)}
    for a, b in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_several_outputs_follow_the_gradient_of_the_loss_that_is_told():
    """scikit-learn tells the mean over outputs and follows the gradient of their sum.

    The networks are the same; the loss told by forpass is the one whose gradient is followed.
    """
    mine, other, X, _ = both("two outputs", max_iter=30, alpha=0.0, batch_size=50)
    for a, b in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=RELATIVE, atol=1e-9)
    np.testing.assert_allclose(mine.predict(X), other.predict(X), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(mine.loss_curve_, 2 * np.array(other.loss_curve_), rtol=RELATIVE)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_warm_start_begins_with_the_last_weights(solver):
    X, y = problem("binary")
    fitted = []
    for module in (ours, theirs):
        estimator = module.MLPClassifier(
            (5,), solver=solver, warm_start=True, max_iter=7, shuffle=False, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
            for _ in range(3):
                estimator.fit(X, y)
        fitted.append(estimator)
    assert_alike(*fitted, X, y)
    assert len(fitted[0].loss_curve_) == 21 and fitted[0].t_ == 21 * len(X)


def test_partial_fit_takes_the_same_steps():
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    fitted = []
    for module in (ours, theirs):
        estimator = module.MLPClassifier((6,), batch_size=16, shuffle=False, random_state=0)
        for part in np.split(np.arange(560), [100, 117, 300]):
            estimator.partial_fit(X[part], y[part], classes=[0, 1])
        fitted.append(estimator)
    mine, other = fitted
    for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=RELATIVE, atol=1e-9)
    np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=RELATIVE)
    assert mine.t_ == other.t_ == 560
