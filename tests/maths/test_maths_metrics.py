"""Metrics against scikit-learn's, with weights and without, and what they refuse."""

import numpy as np
import pytest
from later import later

from forpass.errors import DataError, SpecError, UnknownNameError
from forpass.maths.classwise import figures_of_classes
from forpass.maths.metrics import METRICS, find_metric

metrics = later("sklearn.metrics")
special = later("scipy.special")

ORACLES = {
    "mean_squared_error": "mean_squared_error",
    "root_mean_squared_error": "root_mean_squared_error",
    "mean_absolute_error": "mean_absolute_error",
    "mean_absolute_percentage_error": "mean_absolute_percentage_error",
    "pinball": "mean_pinball_loss",
    "r2": "r2_score",
    "accuracy": "accuracy_score",
    "balanced_accuracy": "balanced_accuracy_score",
}
REAL = [name for name in METRICS if METRICS[name].reads == "values"]
CLASS = [name for name in METRICS if METRICS[name].reads == "decisions"]
RATED = [name for name in METRICS if METRICS[name].reads in ("probabilities", "scores")]


def weights_to_try(rng, n):
    some = rng.random(n)
    some[: n // 4] = 0.0
    return [None, np.ones(n), some, rng.integers(0, 4, n)]


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("shape", [(40,), (40, 1), (40, 3), (2,)])
def test_numbers_as_scikit_learn(name, shape, rng):
    truth = rng.normal(3.0, 2.0, shape)
    prediction = truth + rng.normal(size=shape)
    for weights in weights_to_try(rng, shape[0]) if shape[0] > 2 else [None]:
        expected = getattr(metrics, ORACLES[name])(truth, prediction, sample_weight=weights)
        got = METRICS[name].function(truth, prediction, weights)
        assert type(got) is float
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("name", CLASS)
@pytest.mark.parametrize("labels", [[0, 1], [3, -1, 7, 2], ["cat", "dog", "eel"], [True, False], [0.0, 1.0]])
def test_classes_as_scikit_learn(name, labels, rng):
    labels = np.array(labels)
    truth = labels[np.minimum(rng.geometric(0.5, 60) - 1, len(labels) - 1)]
    truth[: len(labels)] = labels
    prediction = np.where(rng.random(60) < 0.6, truth, rng.choice(labels, 60))
    for weights in (None, rng.random(60), rng.integers(1, 4, 60)):
        if name == "f1":
            expected = metrics.f1_score(truth, prediction, average="macro", sample_weight=weights)
        else:
            expected = getattr(metrics, ORACLES[name])(truth, prediction, sample_weight=weights)
        np.testing.assert_allclose(METRICS[name].function(truth, prediction, weights), expected, rtol=1e-12)


def test_several_labels_count_as_one_example(rng):
    truth, prediction = rng.integers(0, 2, (30, 3)), rng.integers(0, 2, (30, 3))
    expected = metrics.accuracy_score(truth, prediction)
    assert 0.0 < expected < 0.4
    np.testing.assert_allclose(METRICS["accuracy"].function(truth, prediction, None), expected, rtol=1e-12)


def test_f1_of_labels_and_of_the_second_of_two_classes(rng):
    truth, prediction, weights = rng.integers(0, 2, (50, 3)), rng.integers(0, 2, (50, 3)), rng.random(50)
    f1 = METRICS["f1"].function
    for w in (None, weights):
        expected = metrics.f1_score(truth, prediction, average="macro", sample_weight=w)
        np.testing.assert_allclose(f1(truth, prediction, w), expected, rtol=1e-12)
        expected = metrics.f1_score(truth[:, 0], prediction[:, 0], sample_weight=w)
        np.testing.assert_allclose(f1(truth[:, :1], prediction[:, :1], w), expected, rtol=1e-12)


def rated(name, rng, classes, n=80):
    """Truth, raw scores with many ties, and what scikit-learn says of their probabilities."""
    Z = rng.integers(-3, 4, (n, 1 if classes == 2 else classes)) / 2.0
    truth = rng.integers(0, classes, n)
    truth[:classes] = range(classes)
    P = special.expit(Z) if classes == 2 else special.softmax(Z, axis=1)

    def oracle(weights):
        if name == "log_loss":
            return metrics.log_loss(truth, P[:, 0] if classes == 2 else P, sample_weight=weights)
        if classes == 2:
            function = metrics.roc_auc_score if name == "roc_auc" else metrics.average_precision_score
            return function(truth, P[:, 0], sample_weight=weights)
        if name == "roc_auc":
            return metrics.roc_auc_score(truth, P, multi_class="ovr", sample_weight=weights)
        return np.mean(
            [
                metrics.average_precision_score(truth == c, P[:, c], sample_weight=weights)
                for c in range(classes)
            ]
        )

    return truth, Z if name == "log_loss" else P, oracle


@pytest.mark.parametrize("name", RATED)
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_probabilities_as_scikit_learn(name, classes, rng):
    truth, prediction, oracle = rated(name, rng, classes)
    shaped = truth[:, None] if classes == 2 else truth
    for weights in (None, rng.random(80), rng.integers(1, 4, 80)):
        got = METRICS[name].function(shaped, prediction, weights)
        assert type(got) is float
        np.testing.assert_allclose(got, oracle(weights), rtol=1e-12)


def test_several_labels_are_rated_by_themselves(rng):
    truth, Z = rng.integers(0, 2, (60, 3)), rng.normal(size=(60, 3))
    P, w = special.expit(Z), rng.random(60)
    for name, function in (
        ("roc_auc", metrics.roc_auc_score),
        ("average_precision", metrics.average_precision_score),
    ):
        expected = function(truth, P, average="macro", sample_weight=w)
        np.testing.assert_allclose(METRICS[name].function(truth, P, w), expected, rtol=1e-12)
    expected = sum(metrics.log_loss(truth[:, j], P[:, j], sample_weight=w) for j in range(3))
    np.testing.assert_allclose(METRICS["log_loss"].function(truth, Z, w), expected, rtol=1e-12)


@pytest.mark.parametrize("quantile", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_pinball_has_its_quantile(quantile, rng):
    truth, prediction, weights = rng.normal(size=30), rng.normal(size=30), rng.random(30)
    metric = find_metric(f"pinball:{quantile}")
    assert metric.name == f"pinball:{quantile}"
    for w in (None, weights):
        expected = metrics.mean_pinball_loss(truth, prediction, sample_weight=w, alpha=quantile)
        np.testing.assert_allclose(metric.function(truth, prediction, w), expected, rtol=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_whole_weights_stand_for_repeated_examples(name, rng):
    metric = METRICS[name]
    truth = rng.integers(1, 4, 20)
    prediction = rng.integers(1, 4, 20)
    if metric.reads in ("probabilities", "scores"):
        truth, prediction = truth - 1, rng.integers(0, 4, (20, 3)) / 4
    weights = rng.integers(0, 4, 20)
    repeated = metric.function(np.repeat(truth, weights), np.repeat(prediction, weights, axis=0), None)
    for factor in (1, 1e3):
        got = metric.function(truth, prediction, factor * weights)
        np.testing.assert_allclose(got, repeated, rtol=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_perfect_is_best(name, rng):
    metric = METRICS[name]
    truth = rng.integers(1, 4, 20)
    wrong = np.where(np.arange(20) < 5, truth % 3 + 1, truth)
    right: object = truth
    if metric.reads in ("probabilities", "scores"):
        truth = truth - 1
        right, wrong = (1e3 * np.equal(answer[:, None], np.arange(3)) for answer in (truth, wrong - 1))
    perfect = metric.function(truth, right, None)
    assert perfect == (1.0 if metric.higher_is_better else 0.0)
    difference = perfect - metric.function(truth, wrong, None)
    assert difference > 0 if metric.higher_is_better else difference < 0


NO, YES = [[0], [0], [0]], [[1], [1], [1]]
SOME = [[0], [1], [0]]


@pytest.mark.parametrize(
    ("name", "truth", "prediction", "weights"),
    [
        ("r2", [4.0], [4.0], None),
        ("r2", [4.0, 5.0], [4.0, 5.0], [1.0, 0.0]),  # one row that counts
        ("mean_absolute_percentage_error", [4.0, 0.0], [4.0, 0.0], None),
        ("f1", NO, NO, None),
        ("f1", SOME, NO, [1.0, 0.0, 1.0]),
        ("roc_auc", NO, [[0.1], [0.2], [0.3]], None),
        ("roc_auc", YES, [[0.1], [0.2], [0.3]], None),
        ("roc_auc", SOME, [[0.1], [0.2], [0.3]], [1.0, 0.0, 1.0]),
        ("roc_auc", [1, 1], [[0.1, 0.9], [0.3, 0.7]], None),
        ("average_precision", NO, [[0.1], [0.2], [0.3]], None),
    ],
)
def test_what_is_undefined_is_no_number(name, truth, prediction, weights):
    assert np.isnan(METRICS[name].function(truth, prediction, weights))
    assert METRICS[name].undefined


def test_what_has_no_weight_does_not_count_for_a_percentage():
    mape = METRICS["mean_absolute_percentage_error"].function
    assert mape([4.0, 0.0], [5.0, 1.0], [1.0, 0.0]) == 0.25


def test_classes_that_do_not_occur_are_left_out_of_the_mean(rng):
    truth, P = rng.integers(0, 2, 40), special.softmax(rng.normal(size=(40, 3)), axis=1)
    areas = [metrics.roc_auc_score(truth == c, P[:, c]) for c in (0, 1)]
    np.testing.assert_allclose(METRICS["roc_auc"].function(truth, P, None), np.mean(areas), rtol=1e-12)
    precisions = [metrics.average_precision_score(truth == c, P[:, c]) for c in (0, 1)]
    got = METRICS["average_precision"].function(truth, P, None)
    np.testing.assert_allclose(got, np.mean(precisions), rtol=1e-12)


def test_each_class_by_itself_as_scikit_learn(rng):
    truth, decided, weights = rng.integers(0, 4, 90), rng.integers(0, 4, 90), rng.integers(0, 3, 90) / 2
    for w in (None, weights):
        expected = metrics.precision_recall_fscore_support(truth, decided, sample_weight=w, labels=range(4))
        found = np.array(figures_of_classes(truth, decided, w, 5))
        np.testing.assert_allclose(found[:4, 1:], np.array(expected)[:3, :4].T, rtol=1e-12)
        counted = np.ones(90, bool) if w is None else w > 0
        assert found[:, 0].tolist() == [np.count_nonzero(truth[counted] == c) for c in range(5)]
        assert np.isnan(found[4, 1:]).all()  # a class that is not there: no number, where others say 0
    never = figures_of_classes([0, 1], [0, 0], None, 2)[1]
    assert np.isnan(never.precision) and (never.recall, never.f1) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("auc", "did you mean 'roc_auc'"),
        ("rmse", "did you mean 'root_mean_squared_error'"),
        ("MAPE", "did you mean 'mean_absolute_percentage_error'"),
        ("f1_macro", "did you mean 'f1'"),
        (0.5, "unknown metric 0.5"),
    ],
)
def test_an_unknown_metric_names_the_nearest(name, message):
    with pytest.raises(UnknownNameError, match=message):
        find_metric(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("r2:2", "'r2' has no setting; leave out ':2'"),
        ("pinball:high", "quantile must be a number; got 'high'"),
        ("pinball:1.5", "from 0 to 1; got 1.5"),
    ],
)
def test_a_setting_that_cannot_be(name, message):
    with pytest.raises(SpecError, match=message):
        find_metric(name)


def test_r2_of_a_constant_truth():
    r2 = METRICS["r2"].function
    assert r2([2.0, 2.0], [2.0, 2.0], None) == metrics.r2_score([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert r2([2.0, 2.0], [2.0, 9.0], None) == metrics.r2_score([2.0, 2.0], [2.0, 9.0]) == 0.0
    # 0.1 + 0.1 + 0.1 is not 0.3: the mean is off by an ulp, but the truth is constant all the same
    assert r2([0.1] * 3, [0.1, 0.1, 0.2], None) == 0.0
    # what has no weight does not make it vary
    assert r2([2.0, 2.0, 5.0], [2.0, 2.0, 0.0], [1.0, 1.0, 0.0]) == 1.0
    # one constant output of two
    truth = np.array([[1.0, 2.0], [1.0, 4.0]])
    prediction = np.array([[1.0, 2.5], [1.0, 4.0]])
    expected = metrics.r2_score(truth, prediction)
    assert r2(truth, prediction, None) == expected == (1.0 + 0.875) / 2.0


def test_balanced_accuracy_leaves_out_what_does_not_occur():
    balanced = METRICS["balanced_accuracy"].function
    assert balanced([0, 0, 1], [0, 2, 1], None) == 0.75  # class 2 is only predicted
    assert balanced([0, 0, 1, 2], [0, 2, 1, 0], [1, 1, 1, 0]) == 0.75  # class 2 has no weight


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(
    ("truth", "prediction", "weights", "message"),
    [
        ([1, 2], [1, 2, 3], None, r"truth has shape \(2,\) and prediction \(3,\)"),
        ([1, 2], [[1], [2]], None, r"prediction \(2, 1\)"),
        (1, 1, None, r"shape \(\)"),
        ([], [], None, "at least one example"),
        ([1, 2], [1, 2], [1.0], r"weights have shape \(1,\)"),
        ([1, 2], [1, 2], [[1.0], [1.0]], r"weights have shape \(2, 1\)"),
        ([1, 2], [1, 2], [0.0, 0.0], "sum to 0"),
    ],
)
def test_what_does_not_fit_is_refused(name, truth, prediction, weights, message):
    with pytest.raises(DataError, match=message):
        METRICS[name].function(truth, prediction, weights)


@pytest.mark.parametrize("name", RATED)
@pytest.mark.parametrize(
    ("truth", "prediction", "message"),
    [
        ([0, 3], [[0.5, 0.2, 0.3], [0.5, 0.2, 0.3]], "class numbers from 0 to 2"),
        ([0, -1], [[0.5, 0.5], [0.5, 0.5]], "class numbers from 0 to 1"),
        ([0, 2], [0.5, 0.5], "0 or 1, or class numbers"),
        ([[0.25], [1]], [[0.5], [0.5]], "0 or 1"),
    ],
)
def test_truth_that_is_no_class(name, truth, prediction, message):
    with pytest.raises(DataError, match=message):
        METRICS[name].function(truth, prediction, None)


def test_balanced_accuracy_takes_one_column():
    with pytest.raises(DataError, match="one column"):
        METRICS["balanced_accuracy"].function([[0, 1]], [[0, 1]], None)


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**1000])
def test_r2_knows_no_unit(unit):
    """Not even one whose squares are 0 or infinite; a power of 2 changes no bit."""
    rng = np.random.default_rng(0)
    T, P = rng.normal(size=(2, 30, 2))
    r2 = METRICS["r2"].function
    assert r2(unit * T, unit * P, None) == r2(T, P, None)
