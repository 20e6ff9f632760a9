"""Plain arrays go past scikit-learn's checks: what comes of it is what they would have made of it."""

import warnings

import numpy as np
import pytest
from later import later

from forpass.errors import DataError
from forpass.spec.data import FLOATS

classes, manners = later("forpass.estimators.classes"), later("forpass.estimators.manners")
MLPClassifier, MLPRegressor, TableClassifier = later(
    "forpass", "MLPClassifier", "MLPRegressor", "TableClassifier"
)
pd = later("pandas")
validate_data = later("sklearn.utils.validation", "validate_data")
LogisticRegression = later("sklearn.linear_model", "LogisticRegression")

GOOD = np.random.default_rng(0).normal(size=(30, 3))


def outcome(of):
    """What comes of a call: its result, or the error, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = of()
        except Exception as error:  # noqa: BLE001  # whatever it is, both must raise it
            result = type(error), str(error)
    return result, [str(w.message) for w in caught]


def spoilt(value):
    X = GOOD.copy()
    X[4, 1] = value
    return X


XS = {
    "plain": GOOD,
    "float32": GOOD.astype(np.float32),
    "columns": np.asfortranarray(GOOD),
    "every other": GOOD[::2],
    "big-endian": GOOD.astype(">f8"),
    "integers": (10 * GOOD).astype(int),
    "nan": spoilt(np.nan),
    "inf": spoilt(-np.inf),
    "huge": spoilt(1e308) + spoilt(1e308) * 0.5,
    "no rows": GOOD[:0],
    "no columns": GOOD[:, :0],
    "flat": GOOD[0],
    "matrix": np.ma.masked_array(GOOD),
    "objects": GOOD.astype(object),
    "list": GOOD.tolist(),
    "other width": GOOD[:, :2],
}


@pytest.mark.parametrize("name", XS)
@pytest.mark.parametrize("named", [False, True])
def test_rows_are_checked_as_scikit_learn_does(name, named):
    def fitted():
        X = pd.DataFrame(GOOD, columns=["a", "b", "c"]) if named else GOOD
        return MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, solver="sgd").fit(X, GOOD[:, 0])

    X, y = XS[name], np.arange(len(XS[name]), dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = fitted(), fitted()
    how = {"accept_sparse": manners.SPARSE, "dtype": FLOATS}
    predicting = outcome(lambda: np.asarray(manners.rows_checked(ours, X).numbers).tobytes())
    assert predicting == outcome(lambda: validate_data(theirs, X, reset=False, **how).tobytes())
    for reset in (False, True):
        learning = outcome(lambda: [a.tobytes() for a in manners.examples_checked(ours, X, y, reset)])  # noqa: B023
        expected = outcome(
            lambda: [
                a.tobytes()
                for a in validate_data(theirs, X, y, multi_output=True, y_numeric=True, reset=reset, **how)  # noqa: B023
            ]
        )
        assert learning == expected
        assert vars(ours).get("n_features_in_") == vars(theirs).get("n_features_in_")
        assert ("feature_names_in_" in vars(ours)) == ("feature_names_in_" in vars(theirs))


YS = {
    "0 and 1": np.array([0, 1] * 10),
    "small": np.array([3, 1, 2] * 9, np.int8),
    "boolean": np.array([True, False] * 9),
    "whole floats": np.array([1.0, 2.0, -0.0, 0.0] * 5),
    "fractions": np.array([1.0, 2.5] * 9),
    "text": np.array(["b", "a", "longer"] * 9),
    "wide text": np.array(["b", "a"] * 9, "<U30"),
    "objects": np.array(["b", "a"] * 9, object),
    "mixed": np.array(["b", 1] * 9, object),
    "numbers as objects": np.array([2, 1] * 9, object),
    "one class": np.ones(20, int),
    "nearly all different": np.arange(30),
    "all different": np.arange(3),
    "one row": np.array([1]),
    "labels": np.eye(4, dtype=int),
    "two columns": np.array([[1, 2], [3, 4]] * 5),
    "unsigned": np.array([2**63 + 1, 5] * 9, np.uint64),
    "bytes": np.array([b"a", b"b"] * 9),
}


@pytest.mark.parametrize("name", YS)
@pytest.mark.parametrize("given", [False, True])
def test_classes_are_those_that_scikit_learn_finds(monkeypatch, name, given):
    y = YS[name]
    labels = y if given and y.ndim == 1 else None

    def learn():
        found = classes.learn_classes(y, labels, fewest=1)
        return found.labels.tolist(), found.labels.dtype.str, found.multilabel

    shortly = outcome(learn)
    monkeypatch.setattr("forpass.estimators.classes._plain_labels", lambda y: None)
    assert outcome(learn) == shortly


@pytest.mark.parametrize(
    "values", [[5, 7] * 9, [5.0, 7.0] * 9, [False, True] * 9, ["a", "b"] * 9, [1, 2, 3] * 6]
)
def test_classes_are_encoded_and_unknown_ones_named(values):
    y = np.array(values)
    known = classes.learn_classes(y)
    assert known.decode(np.argmax(known.one_each(y), axis=1)).tolist() == y.tolist() or len(known.labels) == 2
    expected = known.one_each(y).astype(np.float64) if len(known.labels) == 2 else known.numbers(y)
    assert known.encode(y).tobytes() == expected.tobytes()
    other = y.copy()
    other[3] = "c" if y.dtype.kind == "U" else 9
    if y.dtype.kind != "b":
        with pytest.raises(classes.DataError, match="none of the classes"):
            known.encode(other)


def test_parameters_of_another_type_are_other_descriptions():
    X, y = GOOD, (GOOD[:, 0] > 0).astype(int)

    def stored(**parameters):
        given = {"hidden_layer_sizes": (2,), "max_iter": 1, "random_state": 0, **parameters}
        model = MLPClassifier(**given).fit(X, y).model_
        return model.to_json()["training"], model.to_json()["spec"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            assert stored(alpha=1) == stored(alpha=1.0)
            assert stored(hidden_layer_sizes=[3, 4]) == stored(hidden_layer_sizes=(3, 4))
            assert stored(hidden_layer_sizes=np.array([3, 4])) == stored(hidden_layer_sizes=(3, 4))
            assert stored(batch_size=20) != stored(batch_size=10)
            with pytest.raises(ValueError, match="shuffle of MLPClassifier must be True or False; got 1"):
                stored(shuffle=1)


def test_a_name_that_is_no_activation_any_more_is_refused():
    from forpass.maths.activations import ACTIVATIONS

    y = (GOOD[:, 0] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with ACTIVATIONS.extended(ACTIVATIONS["tanh"]._replace(name="mine")):
            MLPClassifier((2,), activation="mine", max_iter=1).fit(GOOD, y)
        with pytest.raises(ValueError, match="activation of MLPClassifier"):
            MLPClassifier((2,), activation="mine", max_iter=1).fit(GOOD, y)


def test_what_is_written_into_the_weights_counts():
    y = (GOOD[:, 0] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = MLPClassifier((2,), max_iter=1, random_state=0).fit(GOOD, y)
    before = fitted.predict_proba(GOOD)
    fitted.coefs_[0][1, 1] += 1.0
    changed = fitted.predict_proba(GOOD)
    assert not np.array_equal(changed, before)
    fitted.intercepts_[1] = fitted.intercepts_[1].astype(np.float32) + np.float32(5.0)
    assert not np.array_equal(fitted.predict_proba(GOOD), changed)
    fitted.coefs_[0] = fitted.coefs_[0][:, :1]
    with pytest.raises(ValueError, match="W1 must have shape"):
        fitted.predict(GOOD)


LABELS = [0, 1] * 10


def several_types(make):
    return {
        "a list": lambda: ["a" if k else 1 for k in LABELS],
        "a tuple": lambda: tuple("a" if k else True for k in LABELS),
        "an array of objects": lambda: np.array(["a" if k else 2.5 for k in LABELS], dtype=object),
        "a Series": lambda: pd.Series(["a" if k else 1 for k in LABELS]),
        "NumPy's own": lambda: [np.str_("a") if k else np.int64(1) for k in LABELS],
    }[make]()


@pytest.mark.parametrize("kind", [MLPClassifier, TableClassifier])
@pytest.mark.parametrize("make", ["a list", "a tuple", "an array of objects", "a Series", "NumPy's own"])
def test_labels_of_several_types_are_refused_and_both_are_named(kind, make):
    X = np.arange(40.0).reshape(20, 2)
    with pytest.raises(DataError, match=r"y holds labels of several types, such as .*'a'.* and "):
        kind((2,), max_iter=1).fit(X, several_types(make))


def test_classes_of_several_types_are_refused_too():
    X = np.arange(40.0).reshape(20, 2)
    with pytest.raises(DataError, match="classes holds labels of several types, such as 'a' and 1"):
        MLPClassifier((2,)).partial_fit(X, ["a"] * 20, classes=["a", 1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("labels", "type_of_one"),
    [
        (["no", "yes"], str),
        ([np.str_("no"), np.str_("yes")], str),
        ([0, 1], np.integer),
        ([0.0, 1.0], np.floating),
        ([False, True], np.bool_),
    ],
)
@pytest.mark.parametrize("kind", [MLPClassifier, TableClassifier])
@pytest.mark.parametrize("make", [list, np.array, "objects"])
def test_predictions_are_of_the_type_of_the_labels(kind, make, labels, type_of_one):
    X, y = np.random.default_rng(0).standard_normal((40, 2)), labels * 20
    if make == "objects":
        y = np.array(y, dtype=object)
    fitted = kind((2,), max_iter=1, random_state=0).fit(X, y if make == "objects" else make(y))
    predicted = fitted.predict(X)
    assert isinstance(predicted[0], type_of_one) and set(predicted.tolist()) <= set(labels)
    assert fitted.classes_.tolist() == labels
    assert {type(label) for label in fitted.classes_.tolist()} == {type(np.asarray(labels).tolist()[0])}
