"""Plots of fitted estimators, and scikit-learn's own Displays of them."""

import warnings

import numpy as np
import pytest
from in_charts import rows_in, subtitle
from later import later

import forpass as fp
from forpass import charts
from forpass.errors import DataError, SpecError, TableError

displays = later("sklearn.metrics")
inspection = later("sklearn.inspection")
pd = later("pandas")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2))
CLASSES = np.where(X[:, 0] + X[:, 1] > 0.5, "yes", "no")
THREE = np.digitize(X[:, 0], [-0.5, 0.5]) + 1
VALUES = 3.0 * X[:, 0] - X[:, 1]
QUICK = {"max_iter": 15, "random_state": 0, "learning_rate_init": 0.05}
BOTH = ["mlp", "table"]
OF_CLASSES = ("plot_confusion_matrix", "plot_roc_curve", "plot_precision_recall_curve", "plot_reliability")
OF_VALUES = ("plot_predicted_against_true", "plot_residuals")


@pytest.fixture(autouse=True)
def _altair_is_there():
    pytest.importorskip("altair", reason="altair is not installed (the extra plot)")


def fitted(kind, y, rows=X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few epochs are not enough
        return kind(hidden_layer_sizes=(8,), **QUICK).fit(rows, y)


def of_classes(kind):
    return fp.MLPClassifier if kind == "mlp" else fp.TableClassifier


def of_values(kind):
    return fp.MLPRegressor if kind == "mlp" else fp.TableRegressor


# --- classes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [CLASSES, THREE], ids=["two", "three"])
@pytest.mark.parametrize("kind", BOTH)
def test_charts_of_classes_are_of_what_is_predicted(kind, y):
    classifier = fitted(of_classes(kind), y)
    decided, P, classes = classifier.predict(X), classifier.predict_proba(X), classifier.classes_
    drawn = classifier.plot_confusion_matrix(X, y).to_dict()
    assert drawn == charts.confusion_matrix(y, decided, classes=classes).to_dict()
    drawn = classifier.plot_roc_curve(X, y, title="Mine").to_dict()
    assert drawn == charts.roc_curve(y, P, classes=classes, title="Mine").to_dict()
    drawn = classifier.plot_precision_recall_curve(X, y).to_dict()
    assert drawn == charts.precision_recall_curve(y, P, classes=classes).to_dict()
    bins = rows_in(classifier.plot_reliability(X, y), "rows")
    p, right = (P[:, 1], y == classes[1]) if len(classes) == 2 else (P.max(axis=1), decided == y)
    assert sum(row["rows"] * row["predicted"] for row in bins[: len(bins) // 2]) == pytest.approx(p.sum())
    assert sum(row["rows"] * row["observed"] for row in bins[: len(bins) // 2]) == pytest.approx(right.sum())


def test_a_table_classifier_draws_any_y_that_it_learns_from():
    y = pd.Series(CLASSES, name="wanted").astype("category")
    frame = pd.DataFrame(X, columns=["a", "b"])
    classifier = fitted(fp.TableClassifier, y, frame)
    right = int((classifier.predict(frame) == CLASSES).sum())
    assert f"{right} of 80 rows are right" in subtitle(classifier.plot_confusion_matrix(frame, y))
    one_hot = pd.get_dummies(pd.Series(THREE), prefix="class").astype(int)
    classifier = fitted(fp.TableClassifier, one_hot, frame)
    right = int((classifier.predict(frame).argmax(axis=1) == THREE - 1).sum())
    chart = classifier.plot_confusion_matrix(frame, one_hot)
    assert f"{right} of 80 rows are right" in subtitle(chart)
    assert {row["true"] for row in rows_in(chart, "true")} == {"class_1", "class_2", "class_3"}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("method", OF_CLASSES)
def test_several_labels_at_once_are_refused(kind, method):
    labels = (X > 0).astype(int)
    with pytest.raises(DataError, match="several labels may hold at once"):
        getattr(fitted(of_classes(kind), labels), method)(X, labels)


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BOTH)
def test_charts_of_values_are_of_what_is_predicted(kind):
    regressor = fitted(of_values(kind), VALUES)
    predicted = regressor.predict(X)
    drawn = regressor.plot_predicted_against_true(X, VALUES, unit="km").to_dict()
    assert drawn == charts.predicted_against_true(VALUES, predicted, unit="km").to_dict()
    assert regressor.plot_residuals(X, VALUES).to_dict() == charts.residuals(VALUES, predicted).to_dict()


def test_a_table_regressor_draws_values_as_they_were_written():
    written = [f"{value:.2f} €" for value in 100.0 + VALUES]
    regressor = fitted(fp.TableRegressor, written)
    truth = [round(100.0 + value, 2) for value in VALUES]
    drawn = rows_in(regressor.plot_predicted_against_true(X, written), "true", "predicted")
    assert [row["true"] for row in drawn][-80:] == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("method", OF_VALUES)
def test_several_columns_of_values_are_refused(kind, method):
    two = np.stack([VALUES, -VALUES], axis=1)
    with pytest.raises(DataError, match="draws one column, and 2 are predicted"):
        getattr(fitted(of_values(kind), two), method)(X, two)


@pytest.mark.slow
def test_intervals_are_those_that_are_predicted():
    regressor = fp.TableRegressor(preset="fast", random_state=0, time_limit=20).fit(X, VALUES)
    found = regressor.predict_interval(X, 0.8)
    expected = charts.intervals(VALUES, found[:, 0], found[:, 1], coverage=0.8).to_dict()
    assert regressor.plot_intervals(X, VALUES, 0.8).to_dict() == expected
    with pytest.raises(DataError, match="needs the networks of a recipe"):
        fitted(fp.TableRegressor, VALUES).plot_intervals(X, VALUES)


# --- training and columns ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BOTH)
def test_a_learning_curve_has_the_epochs_of_the_fit(kind):
    regressor = fitted(of_values(kind), VALUES)
    rows = rows_in(regressor.plot_learning_curve(), "epoch", "value", "rows")
    assert max(row["epoch"] for row in rows) == regressor.n_iter_ == 15
    assert "Least" in subtitle(regressor.plot_learning_curve())


def test_a_learning_curve_has_all_calls_of_partial_fit():
    network = fp.MLPRegressor(hidden_layer_sizes=(4,), random_state=0, alpha=0.0)
    for _ in range(6):
        network.partial_fit(X, VALUES)
    rows = [row for row in rows_in(network.plot_learning_curve(), "rows") if row["rows"] == "training"]
    found = {row["epoch"]: row["value"] for row in rows}
    assert found == pytest.approx(dict(enumerate(network.loss_curve_, 1)))
    fitted_anew = fitted(fp.MLPRegressor, VALUES)
    assert max(row["epoch"] for row in rows_in(fitted_anew.plot_learning_curve(), "epoch")) == 15


def test_columns_are_drawn_by_name_and_by_place():
    frame = pd.DataFrame(X, columns=["a", "b"])
    regressor = fitted(fp.TableRegressor, pd.Series(VALUES, name="price"), frame)
    table = {"a": X[:, 0], "b": X[:, 1], "price": VALUES}
    expected = charts.importance(fp.importance(regressor, table, repeats=2)).to_dict()
    assert regressor.plot_importance(frame, VALUES, repeats=2).to_dict() == expected
    expected = charts.partial_dependence(fp.partial_dependence(regressor, table, "b", points=5)).to_dict()
    assert regressor.plot_partial_dependence(frame, "b", points=5).to_dict() == expected
    assert regressor.plot_partial_dependence(frame, 1, points=5).to_dict() == expected
    expected = charts.waterfall(fp.explain(regressor, frame, 7), unit="km").to_dict()
    assert regressor.plot_explanation(frame, 7, unit="km").to_dict() == expected
    with pytest.raises(SpecError, match="no column 2: X has 2, counted from 0"):
        regressor.plot_partial_dependence(frame, 2)


@pytest.mark.slow
def test_a_decision_boundary_has_the_classes_of_rows():
    classifier = fitted(fp.TableClassifier, CLASSES)
    chart = classifier.plot_decision_boundary(X, (0, 1), CLASSES)
    assert [row["true"] for row in rows_in(chart, "true")][:80] == CLASSES.tolist()
    assert "true" not in {
        key for row in rows_in(classifier.plot_decision_boundary(X, (0, 1)), "x") for key in row
    }
    with pytest.raises(SpecError, match="must be two, across and up"):
        classifier.plot_decision_boundary(X, "ab")


def test_a_sparse_table_is_refused():
    sparse = later("scipy.sparse").csr_array(np.abs(X))
    with pytest.raises(TableError, match=r"sparse X .* X.toarray"):
        fitted(fp.TableRegressor, VALUES, sparse).plot_partial_dependence(sparse, 0)


@pytest.mark.parametrize("kind", ["MLPClassifier", "TableClassifier", "MLPRegressor", "TableRegressor"])
def test_what_is_not_fitted_has_no_plot(kind):
    estimator = getattr(fp, kind)()
    for name in (name for name in dir(estimator) if name.startswith("plot_")):
        given = () if name == "plot_learning_curve" else (X, (0, 1)) if "boundary" in name else (X, VALUES)
        given = (X, 0) if name in ("plot_partial_dependence", "plot_explanation") else given
        with pytest.raises(later("sklearn.exceptions").NotFittedError):
            getattr(estimator, name)(*given)


# --- scikit-learn's own --------------------------------------------------------------------------


@pytest.fixture
def _drawing_nowhere():
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (the group test)").use("Agg")
    yield
    later("matplotlib.pyplot").close("all")


@pytest.mark.slow
@pytest.mark.usefixtures("_drawing_nowhere")
@pytest.mark.parametrize("kind", BOTH)
def test_displays_of_scikit_learn_draw_classifiers(kind):
    classifier = fitted(of_classes(kind), CLASSES)
    matrix = displays.ConfusionMatrixDisplay.from_estimator(classifier, X, CLASSES).confusion_matrix
    shown = rows_in(classifier.plot_confusion_matrix(X, CLASSES), "true", "decided")[:4]
    assert [row["rows"] for row in shown] == matrix.ravel().tolist()
    roc = displays.RocCurveDisplay.from_estimator(classifier, X, CLASSES, pos_label="yes")
    assert f"{roc.roc_auc:.3f}" in subtitle(classifier.plot_roc_curve(X, CLASSES))
    found = displays.PrecisionRecallDisplay.from_estimator(classifier, X, CLASSES, pos_label="yes")
    shown = subtitle(classifier.plot_precision_recall_curve(X, CLASSES))
    assert f"{found.average_precision:.3f}" in shown
    later("sklearn.calibration").CalibrationDisplay.from_estimator(classifier, X, CLASSES, pos_label="yes")
    displays.DetCurveDisplay.from_estimator(classifier, X, CLASSES, pos_label="yes")
    inspection.DecisionBoundaryDisplay.from_estimator(classifier, X, response_method="predict")


@pytest.mark.slow
@pytest.mark.usefixtures("_drawing_nowhere")
@pytest.mark.parametrize("kind", BOTH)
def test_displays_of_scikit_learn_draw_regressors(kind):
    regressor = fitted(of_values(kind), VALUES)
    found = displays.PredictionErrorDisplay.from_estimator(regressor, X, VALUES)
    assert np.array_equal(found.y_pred, regressor.predict(X))
    found = inspection.PartialDependenceDisplay.from_estimator(regressor, X, [0], grid_resolution=5)
    assert found.pd_results[0]["average"].shape == (1, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        later("sklearn.model_selection").LearningCurveDisplay.from_estimator(
            regressor, X, VALUES, train_sizes=[0.5, 1.0], cv=2
        )
