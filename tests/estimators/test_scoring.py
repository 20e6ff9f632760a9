"""What `score` takes and refuses: the same as `fit`, in every estimator; and the type of labels."""

import numpy as np
import pytest
from later import later

import forpass as fp
from forpass.errors import DataError
from forpass.model.scores import Scores
from forpass.spec.network import Head

pd, pl, pa = later("pandas"), later("polars"), later("pyarrow")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.linspace(-1.0, 1.0, 40)[:, None]
LAST = np.arange(40) == 39
CLASSIFIERS = ["MLPClassifier", "TableClassifier", "Perceptron", "Adaline", "LogisticNeuron"]
NETWORKS = ["MLPClassifier", "Perceptron", "Adaline", "LogisticNeuron"]
ESTIMATORS = [*CLASSIFIERS, "MLPRegressor", "TableRegressor"]


def fitted(name, y):
    return getattr(fp, name)(max_iter=3, random_state=0).fit(X, y)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_score_does_not_look_below_masks(name):
    y = np.arange(40) % 2
    estimator = fitted(name, y)
    for below in (1, 10**6):
        masked = np.ma.masked_array(np.where(LAST, below, y), mask=LAST)
        with pytest.raises(ValueError, match=r"y (is a masked array with missing values|contains NaN)"):
            estimator.score(X, masked)
    weights = np.ma.masked_array(np.where(LAST, 1e9, 1.0), mask=LAST)
    with pytest.raises(DataError, match="sample_weight is a masked array"):
        estimator.score(X, y, sample_weight=weights)


@pytest.mark.parametrize("name", ["MLPClassifier", "TableClassifier", "MLPRegressor", "TableRegressor"])
def test_of_several_columns_of_y_neither(name):
    Y = np.column_stack([np.arange(40) % 2, np.arange(40) % 3 == 0]).astype(float)
    estimator = fitted(name, Y)
    masked = np.ma.masked_array(Y, mask=np.column_stack([LAST, ~LAST]))
    with pytest.raises(ValueError, match=r"y (is a masked array with missing values|contains NaN)"):
        estimator.score(X, masked)
    with pytest.raises(DataError, match="sample_weight is a masked array"):
        estimator.score(X, Y, sample_weight=np.ma.masked_array(np.ones(40), mask=LAST))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_score_refuses_the_weights_that_fit_refuses(name):
    y = np.arange(40) % 2
    estimator = fitted(name, y)
    for wrong in (-np.ones(40), np.zeros(40), np.ones(39), -1.0):
        with pytest.raises(DataError, match="sample_weight"):
            estimator.score(X, y, sample_weight=wrong)
    assert estimator.score(X, y, sample_weight=2.0) == pytest.approx(estimator.score(X, y), rel=1e-12)


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_nor_do_a_further_pass_and_validation_rows(name):
    y = np.ma.masked_array(np.arange(40) % 2, mask=LAST)
    estimator, named = fitted(name, y.filled(0)), {} if name == "MLPRegressor" else {"classes": [0, 1]}
    with pytest.raises(DataError, match="y is a masked array"):
        estimator.partial_fit(X, y, **named)
    with pytest.raises(DataError, match="y is a masked array"):
        estimator.fit(X, y.filled(0), validation_data=(X, y))


def test_nor_do_scores_of_a_model():
    scores, T = Scores(Head("squared"), np.ones((40, 1))), np.ones((40, 1))
    masked = np.ma.masked_array(T, mask=LAST[:, None])
    for measure in (scores.losses, scores.loss, lambda T: scores.metric("r2", T)):
        with pytest.raises(DataError, match="targets is a masked array"):
            measure(masked)
    classes = Scores(Head("sigmoid_cross_entropy"), np.ones((40, 1)))
    for measure in (
        lambda w: scores.loss(T, w),
        lambda w: scores.metric("r2", T, w),
        lambda w: classes.of_each_class(T, w),
    ):
        with pytest.raises(DataError, match="weights is a masked array"):
            measure(np.ma.masked_array(np.ones(40), mask=LAST))


TRUTH = np.arange(40) % 2 == 1
LABELS = {
    "text of NumPy": lambda: TRUTH.astype(int).astype(str).astype(np.dtypes.StringDType()),
    "boolean": lambda: pd.Series(TRUTH, dtype="boolean"),
    "boolean array": lambda: pd.array(TRUTH, dtype="boolean"),
    "boolean frame": lambda: pd.DataFrame({"y": pd.Series(TRUTH, dtype="boolean")}),
    "boolean of Arrow": lambda: pd.Series(TRUTH, dtype="bool[pyarrow]"),
    "categories of truth values": lambda: pd.Series(TRUTH).astype("category"),
    "Int64": lambda: pd.Series(TRUTH + 1, dtype="Int64"),
    "categories of numbers": lambda: pd.Categorical(TRUTH + 1),
    "numbers of Arrow": lambda: pa.array(TRUTH + 1).dictionary_encode(),
    "polars": lambda: pl.Series(TRUTH),
    "objects": lambda: TRUTH.astype(object),
    "objects of whole numbers": lambda: (TRUTH + 1).astype(object),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("held", LABELS)
@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_labels_keep_the_type_of_the_values_themselves(name, held):
    y = LABELS[held]()
    expected = {"text of NumPy": ["0", "1"]}.get(
        held, [1, 2] if "umbers" in held or held == "Int64" else [False, True]
    )
    classifier = fitted(name, y)
    assert classifier.classes_.tolist() == expected
    assert type(classifier.classes_.tolist()[0]) is type(expected[0])
    right = classifier.predict(X) == np.array(expected)[TRUTH.astype(int)]
    assert classifier.score(X, y) == pytest.approx(right.mean())


@pytest.mark.parametrize("name", NETWORKS)
def test_labels_that_are_missing_are_refused(name):
    for y in (pd.Series([True, None] * 20, dtype="boolean"), pd.Series([1, None] * 20, dtype="Int64")):
        with pytest.raises(ValueError, match="y contains NaN"):
            fitted(name, y)
