"""Metrics against scikit-learn's, with weights and without, and what they refuse."""

import numpy as np
import pytest
from later import later

from forpass.errors import DataError
from forpass.maths.metrics import METRICS

metrics = later("sklearn.metrics")

ORACLES = {
    "mean_squared_error": "mean_squared_error",
    "root_mean_squared_error": "root_mean_squared_error",
    "mean_absolute_error": "mean_absolute_error",
    "r2": "r2_score",
    "accuracy": "accuracy_score",
    "balanced_accuracy": "balanced_accuracy_score",
}
REAL = [name for name in METRICS if METRICS[name].targets == "real"]
CLASS = [name for name in METRICS if METRICS[name].targets == "class"]


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
        expected = getattr(metrics, ORACLES[name])(truth, prediction, sample_weight=weights)
        np.testing.assert_allclose(METRICS[name].function(truth, prediction, weights), expected, rtol=1e-12)


def test_several_labels_count_as_one_example(rng):
    truth, prediction = rng.integers(0, 2, (30, 3)), rng.integers(0, 2, (30, 3))
    expected = metrics.accuracy_score(truth, prediction)
    assert 0.0 < expected < 0.4
    np.testing.assert_allclose(METRICS["accuracy"].function(truth, prediction, None), expected, rtol=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_whole_weights_stand_for_repeated_examples(name, rng):
    truth = rng.integers(0, 3, 20)
    prediction = rng.integers(0, 3, 20)
    weights = rng.integers(0, 4, 20)
    metric = METRICS[name].function
    repeated = metric(np.repeat(truth, weights), np.repeat(prediction, weights), None)
    np.testing.assert_allclose(metric(truth, prediction, weights), repeated, rtol=1e-12)
    np.testing.assert_allclose(metric(truth, prediction, 1e3 * weights), repeated, rtol=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_perfect_is_best(name, rng):
    truth = rng.integers(0, 3, 20)
    worse = np.where(np.arange(20) < 5, (truth + 1) % 3, truth)
    metric = METRICS[name]
    perfect = metric.function(truth, truth, None)
    assert perfect == (1.0 if metric.higher_is_better else 0.0)
    difference = perfect - metric.function(truth, worse, None)
    assert difference > 0 if metric.higher_is_better else difference < 0


def test_r2_of_a_constant_truth():
    r2 = METRICS["r2"].function
    assert r2([2.0, 2.0], [2.0, 2.0], None) == metrics.r2_score([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert r2([2.0, 2.0], [2.0, 9.0], None) == metrics.r2_score([2.0, 2.0], [2.0, 9.0]) == 0.0
    # 0.1 + 0.1 + 0.1 is not 0.3: the mean is off by an ulp, but the truth is constant all the same
    assert r2([0.1] * 3, [0.1, 0.1, 0.2], None) == 0.0
    # what has no weight does not make it vary
    assert r2([2.0, 2.0, 5.0], [2.0, 2.0, 0.0], [1.0, 1.0, 0.0]) == 1.0
    assert r2([4.0], [4.0], None) == 1.0
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


def test_balanced_accuracy_takes_one_column():
    with pytest.raises(DataError, match="one column"):
        METRICS["balanced_accuracy"].function([[0, 1]], [[0, 1]], None)
