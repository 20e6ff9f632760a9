"""Points of curves and confusion counts, beside scikit-learn's."""

import numpy as np
import pytest
from later import later

from forpass.errors import DataError
from forpass.maths.curves import confusion_counts, curve_points

confusion_matrix, precision_recall_curve, roc_curve = later(
    "sklearn.metrics", "confusion_matrix", "precision_recall_curve", "roc_curve"
)


def questions(seed, n=200):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n).round(1)  # many are equal
    return (score + rng.normal(size=n) > 0).astype(int), score, rng.integers(0, 4, n).astype(float)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weighted", [False, True])
def test_roc_points_are_scikit_learns(seed, weighted):
    t, s, w = questions(seed)
    found = curve_points(t, s, w if weighted else None)
    false, true, cut = roc_curve(t, s, sample_weight=w if weighted else None, drop_intermediate=False)
    kept = np.isin(found.cut, cut)  # scikit-learn leaves out scores that only rows of weight 0 have
    np.testing.assert_array_equal(found.cut[kept], cut)
    np.testing.assert_allclose(found.false_positive[kept], false, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.true_positive[kept], true, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_precision_and_recall_are_scikit_learns(seed):
    t, s, _ = questions(seed)
    found = curve_points(t, s)
    precision, recall, cut = precision_recall_curve(t, s)
    np.testing.assert_array_equal(found.cut[:0:-1], cut)
    np.testing.assert_allclose(found.precision[::-1], precision, rtol=1e-12)
    np.testing.assert_allclose(found.true_positive[::-1], recall, rtol=1e-12)


def test_without_one_of_both_its_rate_is_undefined():
    found = curve_points([1, 1], [0.2, 0.4])
    assert np.isnan(found.false_positive).all() and found.true_positive.tolist() == [0.0, 0.5, 1.0]


def test_confusion_counts_are_scikit_learns():
    rng = np.random.default_rng(0)
    t, d, w = rng.integers(0, 5, 300), rng.integers(0, 5, 300), rng.random(300)
    np.testing.assert_array_equal(confusion_counts(t, d, 5), confusion_matrix(t, d))
    theirs = confusion_matrix(t, d, sample_weight=w)
    np.testing.assert_allclose(confusion_counts(t, d, 5, w), theirs, rtol=1e-12)


def test_what_is_no_class_or_no_question_is_refused():
    with pytest.raises(DataError, match="from 0 to 1"):
        confusion_counts([0, 2], [0, 1], 2)
    with pytest.raises(DataError, match="NaN"):
        curve_points([0, 1], [0.5, np.nan])
    with pytest.raises(DataError, match="one question"):
        curve_points([[0, 1]], [[0.1, 0.2]])
