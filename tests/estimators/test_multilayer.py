"""What users of scikit-learn rely on, and what they have asked for in vain."""

import pickle
import re
import warnings

import numpy as np
import pytest
import scipy.sparse
from later import later
from scikit_learns_checks import require_scikit_learns_checks

import forpass as fp

pd = later("pandas")
pl = later("polars")
sklearn = later("sklearn")
clone = later("sklearn.base", "clone")
ColumnTransformer, TransformedTargetRegressor = later(
    "sklearn.compose", "ColumnTransformer", "TransformedTargetRegressor"
)
load_diabetes, load_iris = later("sklearn.datasets", "load_diabetes", "load_iris")
exceptions = later("sklearn.exceptions")
balanced_accuracy_score, get_scorer = later("sklearn.metrics", "balanced_accuracy_score", "get_scorer")
GridSearchCV, KFold, cross_val_score, cross_validate = later(
    "sklearn.model_selection", "GridSearchCV", "KFold", "cross_val_score", "cross_validate"
)
make_pipeline = later("sklearn.pipeline", "make_pipeline")
OneHotEncoder, StandardScaler = later("sklearn.preprocessing", "OneHotEncoder", "StandardScaler")
MLPClassifier, MLPRegressor = later("forpass", "MLPClassifier", "MLPRegressor")

REASONS = {
    "check_classifiers_train": "logarithms come from raw scores: finite where predict_proba rounds to 0",
    "check_classifiers_multilabel_output_format_predict_proba": "separable labels: probabilities round to 1, "
    "in scikit-learn's class as well",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cls", "parameters", "reasons"),
    [
        (MLPClassifier, {"max_iter": 100}, {}),
        (MLPClassifier, {"solver": "lbfgs"}, REASONS),
        (MLPClassifier, {"solver": "sgd", "learning_rate_init": 0.1}, {}),
        (MLPRegressor, {"max_iter": 100}, {}),
        (MLPRegressor, {"solver": "lbfgs", "engine": "numpy"}, {}),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks(cls, parameters, reasons):
    require_scikit_learns_checks(cls(**parameters), reasons)


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), np.array(["setosa", "versicolor", "virginica"])[y]


def fitted(X, y, cls=MLPClassifier, fit=None, **parameters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        return cls(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0} | parameters).fit(
            X, y, **(fit or {})
        )


def same_bits(a, b):
    return all(
        np.array_equal(x, y) for x, y in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True)
    )


# -- going on ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("solver", ["adam", "sgd", "adamw", "rmsprop", "adagrad"])
@pytest.mark.parametrize("batch_size", ["auto", 32])
def test_partial_fit_goes_on_to_the_same_bits(iris, solver, batch_size):
    settings = {"solver": solver, "batch_size": batch_size, "learning_rate": "invscaling", "dropout": 0.2}
    at_once = fitted(*iris, max_iter=13, **settings)
    in_parts = fitted(*iris, max_iter=5, **settings)
    for _ in range(8):
        in_parts.partial_fit(*iris)
    assert same_bits(at_once, in_parts)
    assert in_parts.loss_curve_ == at_once.loss_curve_
    assert (in_parts.n_iter_, in_parts.t_) == (at_once.n_iter_, at_once.t_) == (13, 13 * 150)


def test_partial_fit_goes_on_after_a_pickle(iris):
    a = fitted(*iris)
    b = pickle.loads(pickle.dumps(a))
    assert same_bits(a.partial_fit(*iris), b.partial_fit(*iris))


def test_partial_fit_of_other_parts_learns(iris):
    X, y = iris
    rng = np.random.default_rng(0)
    stream = MLPClassifier((16,), learning_rate_init=0.02, random_state=0)
    for _ in range(120):
        some = rng.choice(150, rng.integers(1, 40), replace=False)
        stream.partial_fit(X[some], y[some], classes=np.unique(y))
    assert stream.score(X, y) > 0.93
    assert stream.n_iter_ == len(stream.loss_curve_) == 120


def test_partial_fit_with_another_optimiser_begins_its_memory_anew(iris):
    a = fitted(*iris, solver="adam").set_params(solver="rmsprop").partial_fit(*iris)
    assert np.isfinite(a.loss_) and a.n_iter_ == 21
    # two optimisers that remember one number each are not taken for one another
    b = fitted(*iris, solver="rmsprop").set_params(solver="adagrad").partial_fit(*iris)
    assert np.isfinite(b.loss_)


def test_a_plateau_does_not_end_what_partial_fit_is_asked_for(iris):
    settings = {"solver": "sgd", "learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 1}
    a = fitted(*iris, max_iter=500, **settings)
    assert a.n_iter_ < 500
    n, before = a.n_iter_, a.coefs_[0].copy()
    a.partial_fit(*iris)
    assert a.n_iter_ == n + 1 and not np.array_equal(before, a.coefs_[0])


def test_what_is_written_into_coefs_counts(iris):
    X, y = iris
    a = fitted(X, y)
    before = a.predict_proba(X)
    a.coefs_[0][:] *= 0.5
    half = a.predict_proba(X)
    assert not np.allclose(before, half)
    a.coefs_[0] = a.coefs_[0] * 2.0
    np.testing.assert_array_equal(a.predict_proba(X), before)
    a.intercepts_[-1] += [100.0, 0.0, 0.0]
    assert set(a.predict(X)) == {"setosa"}
    assert set(a.partial_fit(X, y).predict(X)) == {"setosa"}


# -- seeds -------------------------------------------------------------------------------------------
def test_the_seed_repeats_the_fit(iris):
    for given in (None, np.random.RandomState(5), np.int64(7), 7):
        a = fitted(*iris, random_state=given)
        assert same_bits(a, fitted(*iris, random_state=a.seed_)), given
    assert a.seed_ == 7
    shared = np.random.RandomState(5)
    assert not same_bits(fitted(*iris, random_state=shared), fitted(*iris, random_state=shared))
    with pytest.raises(ValueError, match="random_state of MLPClassifier must be None, a whole number"):
        fitted(*iris, random_state="seven")


def test_the_engines_agree(iris):
    a, b = fitted(*iris, engine="numpy"), fitted(*iris, engine="compiled")
    for x, y in zip(a.coefs_, b.coefs_, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-9)
    with pytest.raises(fp.UnknownNameError, match="compiled"):
        fitted(*iris, engine="compild")


# -- weights -----------------------------------------------------------------------------------------
def test_class_weights_are_weights_of_rows(iris):
    X, y = iris
    weights = {"setosa": 1.0, "versicolor": 3.0, "virginica": 0.5}
    of_rows = np.array([weights[label] for label in y])
    assert same_bits(fitted(X, y, class_weight=weights), fitted(X, y, fit={"sample_weight": of_rows}))
    both = fitted(X, y, class_weight=weights, fit={"sample_weight": of_rows})
    assert same_bits(both, fitted(X, y, fit={"sample_weight": of_rows**2}))


def test_balanced_classes_help_the_rare_one():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0.0, 1.0, (950, 3)), rng.normal(1.2, 1.0, (50, 3))])
    y = np.repeat([0, 1], [950, 50])
    plain = fitted(X, y, max_iter=60)
    balanced = fitted(X, y, max_iter=60, class_weight="balanced")
    assert balanced_accuracy_score(y, balanced.predict(X)) > 0.2 + balanced_accuracy_score(
        y, plain.predict(X)
    )
    with pytest.raises(fp.SpecError, match="balanced"):
        balanced.partial_fit(X, y)
    labels = np.column_stack([y, 1 - y])
    fitted(X, labels, class_weight=[{0: 1.0, 1: 19.0}, {0: 1.0, 1: 1.0}])


def test_a_row_of_weight_zero_is_as_if_it_were_not_there(iris):
    X, y = iris
    w = np.where(np.arange(150) % 3 == 0, 0.0, 1.0)
    a = fitted(X, y, fit={"sample_weight": w}, solver="lbfgs")
    b = fitted(X[w > 0], y[w > 0], solver="lbfgs")
    np.testing.assert_allclose(a.coefs_[0], b.coefs_[0], rtol=1e-3, atol=1e-4)
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        fitted(X, y, fit={"sample_weight": -w})


# -- watching ----------------------------------------------------------------------------------------
def test_validation_data_are_only_looked_at(iris):
    X, y = iris
    training, validation = np.arange(0, 150, 2), np.arange(1, 150, 2)
    pair = (X[validation], y[validation])
    a = fitted(X[training], y[training], fit={"validation_data": pair})
    b = fitted(X[training], y[training])
    assert same_bits(a, b) and b.validation_scores_ is None
    assert a.validation_scores_[-1] == pytest.approx(a.score(*pair))
    assert a.best_validation_score_ == max(a.validation_scores_) and len(a.validation_scores_) == 20


def test_validation_data_decide_when_to_stop(iris):
    X, y = iris
    training, validation = np.arange(0, 150, 2), np.arange(1, 150, 2)
    a = fitted(
        X[training],
        y[training],
        max_iter=500,
        early_stopping=True,
        learning_rate_init=0.05,
        fit={"validation_data": (X[validation], y[validation])},
    )
    assert a.n_iter_ < 500
    assert a.score(X[validation], y[validation]) == pytest.approx(a.best_validation_score_)
    assert a.t_ == a.n_iter_ * 75  # no row was split off
    weighted = (X[validation], y[validation], (y[validation] == "setosa") * 1.0)
    b = fitted(X[training], y[training], fit={"validation_data": weighted})
    assert b.validation_scores_[-1] == pytest.approx(b.score(*weighted[:2], sample_weight=weighted[2]))
    for wrong in (X, (X,), (X, y, y, y)):
        with pytest.raises(fp.SpecError, match="validation_data must be a tuple"):
            fitted(X, y, fit={"validation_data": wrong})
    with pytest.raises(ValueError, match="features"):
        fitted(X, y, fit={"validation_data": (X[:, :2], y)})


def test_verbose_prints_a_line(iris, capsys):
    fitted(*iris, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"epoch +1/20  loss \d\.\d{4}  rate 0\.001", lines[0])
    assert lines[-1].startswith("epoch  20/20")
    fitted(*iris, verbose=2)
    assert len(capsys.readouterr().out.splitlines()) == 20
    fitted(*iris)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("scale", "mean", "settings", "said"),
    [
        (8e4, 2e5, {}, "max_iter=200 was reached before it converged, but y has a mean of 2"),
        (8e4, 2e5, {"loss": "absolute_error"}, "but y has a mean of 2"),
        (8e4, 2e5, {"early_stopping": True}, "it converged, but y has a mean of 2"),
        (1e-3, 0.0, {}, "it converged, but y has a mean of 0 and a standard deviation of 0.001,"),
        (1.0, 30.0, {}, "but y has a mean of 30 and a standard deviation of 1"),
    ],
)
def test_a_target_far_from_unit_scale_is_named(scale, mean, settings, said):
    X = np.random.default_rng(0).normal(size=(150, 3))
    z = X[:, 0] + X[:, 1] * X[:, 2]
    z = (z - z.mean()) / z.std()
    network = MLPRegressor(hidden_layer_sizes=(16,), random_state=0, **settings)
    with pytest.warns(exceptions.ConvergenceWarning) as caught:
        network.fit(X, mean + scale * z)
    (message,) = (str(warning.message) for warning in caught)
    assert said in message and "TransformedTargetRegressor" in message and "TableRegressor" in message
    assert network.score(X, mean + scale * z) < 0.1
    scaled = TransformedTargetRegressor(network, transformer=StandardScaler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        assert scaled.fit(X, mean + scale * z).score(X, mean + scale * z) > (0.2 if settings else 0.5)


def test_a_scale_that_did_no_harm_is_not_blamed():
    x = np.linspace(-2.0, 2.0, 100)[:, None]
    network = MLPRegressor(hidden_layer_sizes=(16,), solver="lbfgs", max_iter=100, tol=0.0, random_state=0)
    with pytest.warns(exceptions.ConvergenceWarning, match="; raise max_iter"):
        assert network.fit(x, 1e3 * np.sin(x[:, 0])).score(x, 1e3 * np.sin(x[:, 0])) > 0.99


def test_warnings_of_the_end(iris):
    X, y = iris
    with pytest.warns(exceptions.ConvergenceWarning, match="max_iter=3 was reached") as caught:
        MLPClassifier(max_iter=3, random_state=0).fit(X, y)
    assert caught[0].filename == __file__  # it points at the user's own line
    with pytest.warns(exceptions.ConvergenceWarning, match="max_iter=2 was reached"):
        MLPClassifier(solver="lbfgs", max_iter=2, random_state=0).fit(X, y)
    with pytest.warns(exceptions.ConvergenceWarning, match=r"max_fun=4"):
        MLPClassifier(solver="lbfgs", max_fun=4, random_state=0).fit(X, y)
    with pytest.warns(exceptions.ConvergenceWarning, match="time was up"):
        MLPClassifier(max_seconds=1e-6, max_iter=10_000, tol=0.0, random_state=0).fit(X, y)
    with pytest.warns(UserWarning, match="batch_size=1000 is more than the 150 rows"):
        fitted(X, y, batch_size=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MLPClassifier(tol=0.1, n_iter_no_change=2, random_state=0).fit(X, y)
        MLPClassifier(solver="lbfgs", alpha=1.0, tol=1e-2, random_state=0).fit(X, y)


# -- further parameters ------------------------------------------------------------------------------
@pytest.mark.parametrize("activation", ["gelu", "silu", "elu", "leaky_relu", "sigmoid"])
def test_other_activations(iris, activation):
    assert fitted(*iris, activation=activation, max_iter=300, learning_rate_init=0.02).score(*iris) > 0.95
    if activation == "sigmoid":
        assert same_bits(fitted(*iris, activation="sigmoid"), fitted(*iris, activation="logistic"))


def test_losses_of_values():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (2000, 1))
    y = x[:, 0] + rng.exponential(1.0, 2000)
    settings = {"max_iter": 60, "learning_rate_init": 0.01}
    mean = fitted(x, y, MLPRegressor, **settings)
    median = fitted(x, y, MLPRegressor, loss="absolute_error", **settings)
    upper = fitted(x, y, MLPRegressor, loss="quantile", quantile=0.9, **settings)
    assert np.mean(mean.predict(x) - x[:, 0]) == pytest.approx(1.0, abs=0.1)
    assert np.mean(median.predict(x) > y) == pytest.approx(0.5, abs=0.05)
    assert np.mean(upper.predict(x) > y) == pytest.approx(0.9, abs=0.03)
    assert mean.predict(x).shape == (2000,)
    with pytest.raises(fp.UnknownNameError, match="squared_error"):
        fitted(x, y, MLPRegressor, loss="squared_eror")
    with pytest.raises(fp.InputError, match="-"):
        fitted(x, -np.abs(y), MLPRegressor, loss="poisson")


def test_clipping_keeps_a_wild_rate_in_bounds():
    X, y = load_diabetes(return_X_y=True)
    settings = {"solver": "sgd", "learning_rate_init": 0.05, "max_iter": 30}
    with pytest.raises(ValueError, match="diverged") as error:
        fitted(X * 50, y, MLPRegressor, **settings)
    assert "clip_norm" in str(error.value)
    assert fitted(X * 50, y, MLPRegressor, clip_norm=1.0, **settings).loss_ < y.var()


def test_no_hidden_layer_is_a_linear_model():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = X @ [[1.0, 0.0], [2.0, -1.0], [0.0, 3.0], [0.0, 0.0]] + [5.0, -5.0]
    model = fitted(
        X, y, MLPRegressor, hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, max_iter=200, tol=1e-9
    )
    np.testing.assert_allclose(model.coefs_[0], [[1, 0], [2, -1], [0, 3], [0, 0]], atol=1e-4)
    np.testing.assert_allclose(model.predict(X), y, atol=1e-3)
    assert model.n_layers_ == 2 and model.n_outputs_ == 2


def test_the_model_can_be_saved_checked_and_traced(iris, tmp_path):
    X, y = iris
    a = fitted(X, y)
    model = fp.load(a.model_.save(tmp_path / "iris.forpass"))
    np.testing.assert_array_equal(a.classes_[model.predict(X)], a.predict(X))
    np.testing.assert_array_equal(model.weights["W1"], a.coefs_[0])
    data = fp.Data(X, targets=np.searchsorted(a.classes_, y))
    assert fp.gradient_check(a.model_.spec, data.rows(slice(0, 20)), parameters=model.weights).passed
    with pytest.raises(exceptions.NotFittedError):
        _ = MLPClassifier().model_


# -- kinds of X and y --------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.csr_matrix])
def test_sparse_is_as_dense(iris, make):
    X, y = iris
    X = np.where(np.abs(X) > 0.7, X, 0.0)
    dense, sparse = fitted(X, y), fitted(make(X), y)
    for a, b in zip(dense.coefs_, sparse.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    np.testing.assert_allclose(dense.predict_proba(X), sparse.predict_proba(make(X)), rtol=1e-9)


def test_frames_have_names():
    table = load_iris(as_frame=True)
    a = fitted(table.data, table.target)
    assert a.feature_names_in_.tolist() == list(table.data.columns)
    with pytest.raises(ValueError, match="feature names"):
        a.predict(table.data.rename(columns={"petal width (cm)": "width"}))
    b = fitted(pl.from_pandas(table.data), table.target.to_numpy())
    np.testing.assert_array_equal(a.predict_proba(table.data), b.predict_proba(pl.from_pandas(table.data)))


@pytest.mark.parametrize(
    "labels",
    [[True, False], [3, -1], [2.0, 7.0], ["a", "b"], ["a", "b", "ccc"], [10, 20, 30, 40]],
    ids=str,
)
def test_labels_of_any_type(labels):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = np.array(labels)[np.argmax(X @ rng.normal(size=(3, len(labels))), axis=1)]
    a = fitted(X, y, max_iter=200, learning_rate_init=0.02)
    assert a.predict(X).dtype == y.dtype and a.score(X, y) > 0.9
    assert a.classes_.tolist() == sorted(labels)
    assert a.predict_proba(X).shape == (120, len(labels))


def test_several_labels(iris):
    X, _ = iris
    labels = (X[:, :3] > 0).astype(int)
    a = fitted(X, labels, max_iter=300, learning_rate_init=0.02)
    assert a.predict(X).shape == a.predict_proba(X).shape == (150, 3)
    assert a.score(X, labels) > 0.8 and a.out_activation_ == "logistic"
    assert fitted(X, labels, early_stopping=True).validation_scores_
    first = MLPClassifier(random_state=0).partial_fit(X, labels)
    assert first.n_outputs_ == 3
    with pytest.raises(fp.DataError, match="3 labels"):
        first.partial_fit(X, labels[:, :2])


# -- wrong things ------------------------------------------------------------------------------------
WRONG = [
    ({"metric": "recall"}, "recall is shown for each class and is no metric to go by"),
    ({"metric": "auc"}, "unknown metric of MLPClassifier 'auc'; did you mean 'roc_auc'"),
    (
        {"hidden_layer_sizes": (8, 0)},
        "each of hidden_layer_sizes of MLPClassifier must be .* at least 1; got 0",
    ),
    ({"hidden_layer_sizes": -3}, "hidden_layer_sizes of MLPClassifier .* got -3"),
    ({"hidden_layer_sizes": "8,8"}, "got '8,8'"),
    ({"activation": "rely"}, "unknown activation of MLPClassifier 'rely'; did you mean 'relu'"),
    ({"activation": "step"}, "unknown activation"),
    ({"solver": "adm"}, "did you mean 'adam'"),
    ({"alpha": -1}, "alpha of MLPClassifier must be a finite number of at least 0; got -1"),
    ({"alpha": float("nan")}, "got nan"),
    ({"batch_size": 0}, "batch_size of MLPClassifier.* got 0"),
    ({"batch_size": "all"}, "got 'all'"),
    ({"learning_rate": "adaptve"}, "did you mean 'adaptive'"),
    ({"learning_rate_init": 0}, "above 0; got 0"),
    ({"power_t": -1.0}, "power_t"),
    ({"max_iter": 0}, "max_iter of MLPClassifier must be a whole number of at least 1; got 0"),
    ({"max_iter": 2.5}, "got 2.5"),
    ({"tol": -1e-3}, "tol of MLPClassifier"),
    ({"momentum": 1.5}, "momentum of MLPClassifier must be at most 1"),
    ({"validation_fraction": 1.0}, "below 1; got 1"),
    ({"beta_1": 1.0}, "beta_1"),
    ({"beta_2": -0.1}, "beta_2"),
    ({"epsilon": 0.0}, "epsilon"),
    ({"n_iter_no_change": 0}, "n_iter_no_change"),
    ({"max_fun": 0}, "max_fun"),
    ({"shuffle": "yes"}, "shuffle of MLPClassifier must be True or False; got 'yes'"),
    ({"dropout": 1.0}, "dropout"),
    ({"clip_norm": 0.0}, "clip_norm"),
    ({"max_seconds": -1}, "max_seconds"),
    ({"solver": "lbfgs", "dropout": 0.1}, "lbfgs cannot train a network with dropout"),
    ({"solver": "lbfgs", "clip_norm": 1.0}, "clip_norm of MLPClassifier is not for lbfgs"),
    ({"verbose": "yes"}, "verbose of MLPClassifier must be False, True or 2; got 'yes'"),
    ({"class_weight": "balance"}, "did you mean 'balanced'"),
    ({"warm_start": 1}, "warm_start of MLPClassifier must be True or False; got 1"),
    ({"nesterovs_momentum": "yes"}, "nesterovs_momentum of MLPClassifier must be True or False"),
    ({"early_stopping": None}, "early_stopping of MLPClassifier must be True or False; got None"),
    ({"random_state": "six"}, "random_state of MLPClassifier must be None, a whole number .*; got 'six'"),
    ({"random_state": -1}, "or a RandomState; got -1"),
    ({"engine": "numpi"}, "unknown engine of MLPClassifier 'numpi'; did you mean 'numpy'"),
    ({"threads": 0}, "threads of MLPClassifier must be a whole number of at least 1; got 0"),
]


def test_every_parameter_refuses_something():
    assert {p.name for p in MLPClassifier.PARAMETERS} == {name for given, _ in WRONG for name in given}


@pytest.mark.parametrize(("parameters", "message"), WRONG, ids=str)
def test_wrong_parameters(iris, parameters, message):
    with pytest.raises(ValueError, match=message) as error:
        MLPClassifier(**parameters).fit(*iris)
    assert isinstance(error.value, fp.InputError)


def test_unknown_parameters(iris):
    with pytest.raises(
        ValueError, match="unknown parameter of MLPClassifier 'hiden_layer_sizes'; did you mean"
    ):
        MLPClassifier().set_params(hiden_layer_sizes=3)
    with pytest.raises(TypeError, match="hiden"):
        MLPClassifier(hiden_layer_sizes=3)


def test_wrong_targets(iris):
    X, y = iris
    with pytest.raises(ValueError, match="continuous"):
        fitted(X, X[:, 0])
    with pytest.raises(fp.DataError, match="one classifier for each column"):
        fitted(X, np.column_stack([np.arange(150) % 3, np.arange(150) % 4]))
    a = fitted(X, y)
    with pytest.raises(fp.DataError, match="'iris', which is none of the classes"):
        a.partial_fit(X, np.where(y == "setosa", "iris", y))
    with pytest.raises(fp.SpecError, match="classes must be passed"):
        MLPClassifier().partial_fit(X, y)
    with pytest.raises(fp.SpecError, match="first call named"):
        a.partial_fit(X, y, classes=["a", "b"])
    with pytest.raises(ValueError, match="NaN"):
        fitted(X, np.where(np.arange(150) == 3, np.nan, 1.0), MLPRegressor)
    with pytest.raises(fp.SpecError, match="early_stopping"):
        MLPClassifier(early_stopping=True).partial_fit(X, y, classes=np.unique(y))
    with pytest.raises(AttributeError):
        _ = MLPClassifier(solver="lbfgs").partial_fit
    with pytest.raises(fp.SpecError, match="leaves 1 validation rows and 149 training rows"):
        fitted(X, X[:, 0], MLPRegressor, early_stopping=True, validation_fraction=0.005)


def test_layers_cannot_change_while_one_goes_on(iris):
    a = fitted(*iris, warm_start=True)
    with pytest.raises(fp.SpecError, match="keep hidden_layer_sizes, or fit anew"):
        a.set_params(hidden_layer_sizes=(9,)).fit(*iris)


# -- in company --------------------------------------------------------------------------------------
def test_clone_and_pickle(iris):
    a = fitted(*iris, dropout=0.1, class_weight="balanced")
    assert clone(a).get_params() == a.get_params() and not hasattr(clone(a), "coefs_")
    b = pickle.loads(pickle.dumps(a))
    np.testing.assert_array_equal(a.predict_proba(iris[0]), b.predict_proba(iris[0]))


@pytest.mark.slow
def test_grids_pipelines_and_folds(iris):
    X, y = iris
    search = GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier(random_state=0, learning_rate_init=0.02, max_iter=300)),
        {"mlpclassifier__hidden_layer_sizes": [(4,), (16, 8)], "mlpclassifier__alpha": [1e-4, 1e-1]},
        cv=3,
        n_jobs=2,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        search.fit(X, y)
        assert search.best_score_ > 0.93
        scores = cross_val_score(
            MLPRegressor(solver="lbfgs", max_iter=100, random_state=0),
            X[::-1, :3],
            X[::-1, 3],
            cv=KFold(3, shuffle=True, random_state=0),
        )
    assert scores.mean() > 0.5


def test_a_column_transformer():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200), "colour": rng.choice(["red", "blue"], 200)})
    y = (frame["size"] > 0) ^ (frame["colour"] == "red")
    pipeline = make_pipeline(
        ColumnTransformer([("n", StandardScaler(), ["size"]), ("c", OneHotEncoder(), ["colour"])]),
        MLPClassifier((16,), solver="lbfgs", random_state=0, max_iter=500),
    )
    assert pipeline.fit(frame, y).score(frame, y) > 0.97
    assert pipeline[:-1].set_output(transform="default").transform(frame).shape == (200, 3)


def test_weights_are_routed(iris):
    X, y = iris
    w = np.where(y == "setosa", 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = MLPClassifier((8,), solver="lbfgs", random_state=0)
        estimator.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), estimator)
        # a scorer of its own: not every scikit-learn asks a pipeline's last step what its score takes
        weighed = get_scorer("accuracy").set_score_request(sample_weight=True)
        for whole, scoring in ((estimator, None), (pipeline, weighed)):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
                found = cross_validate(
                    whole,
                    X,
                    y,
                    params={"sample_weight": w},
                    scoring=scoring,
                    cv=3,
                    return_estimator=True,
                    error_score="raise",
                )
            for one, score in zip(found["estimator"], found["test_score"], strict=True):
                assert "setosa" not in one.predict(X)  # what weighs nothing is not learnt
                assert score > 0.9  # nor is it counted: a third of the rows


# -- what users of scikit-learn stumbled over ------------------------------------------------------
@pytest.mark.parametrize("make", [scipy.sparse.csr_matrix, scipy.sparse.csr_array])
def test_labels_may_be_sparse(iris, make):
    X, _ = iris
    labels = (X[:, :3] > 0).astype(int)
    for settings in ({}, {"early_stopping": True}, {"class_weight": "balanced"}):
        sparse, dense = fitted(X, make(labels), **settings), fitted(X, labels, **settings)
        assert same_bits(sparse, dense)
    assert MLPClassifier(random_state=0).partial_fit(X, make(labels)).predict(X).shape == (150, 3)


def test_classes_too_small_to_split_stay_training_rows(iris):
    X, _ = iris
    few = fitted(X[:20], np.arange(20) % 3, early_stopping=True)
    assert few.t_ == few.n_iter_ * 18
    rare = np.r_[np.arange(149) % 3, 3]
    network = fitted(X, rare, early_stopping=True)
    assert network.classes_.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(np.array(network.validation_scores_) * 15 % 1, 0.0, atol=1e-9)
    with pytest.raises(fp.SpecError, match=r"validation_fraction=0.0 of 150 rows leaves 0"):
        fitted(X, rare, early_stopping=True, validation_fraction=0.0)


def test_one_class_is_always_predicted(iris):
    X, y = iris
    with pytest.warns(UserWarning, match="one class only, 'setosa', which is always predicted"):
        network = fitted(X[:50], y[:50])
    assert set(network.predict(X)) == {"setosa"} and network.classes_.tolist() == ["setosa"]
    assert network.predict_proba(X).tolist() == [[1.0]] * 150
    assert not network.predict_log_proba(X).any()
    from sklearn.multioutput import MultiOutputClassifier

    both = MultiOutputClassifier(MLPClassifier((4,), solver="lbfgs", alpha=1.0, random_state=0))
    with pytest.warns(UserWarning, match="one class only"):
        both.fit(X, np.column_stack([y == "setosa", np.ones(150, bool)]))
    assert both.predict(X)[:, 1].all()


@pytest.mark.parametrize("cls", ["MLPClassifier", "TableClassifier", "Perceptron"])
def test_a_fit_that_fails_changes_nothing(iris, cls):
    X, y = iris
    settings = {} if cls == "Perceptron" else {"hidden_layer_sizes": (4,)}
    estimator = getattr(fp, cls)(max_iter=5, random_state=0, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
        estimator.fit(X, y)
    before = dict(vars(estimator))
    estimator.set_params(engine="none")
    with pytest.raises(fp.UnknownNameError):
        estimator.fit(X[:, :2], np.where(y == "setosa", "a", "b"))
    estimator.set_params(engine="auto")
    assert vars(estimator) == before
    assert set(estimator.predict(X)) <= set(y)


def test_lbfgs_that_finds_nothing_to_do_has_a_loss(iris):
    X, y = iris
    network = fitted(X, y, solver="lbfgs", tol=10.0)
    assert network.loss_curve_ == [] and network.n_iter_ == 0
    P = network.predict_proba(X)[np.arange(150), np.searchsorted(network.classes_, y)]
    weights = sum(float(np.sum(W**2)) for W in network.coefs_)
    expected = -np.mean(np.log(P)) + 0.5 * network.alpha * weights / 150
    assert network.loss_ == network.best_loss_ == pytest.approx(expected, rel=1e-9)


def test_values_must_be_numbers(iris):
    X, y = iris
    for wrong in (pd.date_range("2020", periods=150), y, np.array(["1", "2", "3"] * 50)):
        with pytest.raises(ValueError, match=r"give numbers|could not convert|dtype='numeric'"):
            fitted(X, wrong, MLPRegressor)
    with pytest.raises(fp.UnknownNameError, match="loss of MLPRegressor"):
        fitted(X, X[:, 0], MLPRegressor, loss=["squared_error"])


def test_descriptions_that_are_kept_are_told_apart_by_all_that_they_say():
    X = np.random.default_rng(0).standard_normal((40, 3))
    y = (X[:, 0] > 0).astype(int)

    def told(rows=40, **parameters):
        usual = {"hidden_layer_sizes": (4,), "max_iter": 1, "random_state": 0}
        fitted = MLPClassifier(**usual | parameters).fit(X[:rows], y[:rows])
        training = fitted.model_.training
        return training.epochs, training.seed, training.batch_size, training.dtype, fitted.coefs_[0].shape

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):  # found out, then kept
            assert told() == (1, 0, 40, "float64", (3, 4))
            assert told(max_iter=2) == (2, 0, 40, "float64", (3, 4))
            assert told(random_state=7) == (1, 7, 40, "float64", (3, 4))
            assert told(rows=30) == (1, 0, 30, "float64", (3, 4))
            assert told(hidden_layer_sizes=[5]) == (1, 0, 40, "float64", (3, 5))
            assert told(hidden_layer_sizes=np.array([6])) == (1, 0, 40, "float64", (3, 6))
