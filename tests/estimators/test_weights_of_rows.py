"""How much each row counts: what `sample_weight` may be, for every estimator alike."""

import numpy as np
import pytest
from later import later

from forpass.errors import DataError

weights_of_rows = later("forpass.estimators.manners", "weights_of_rows")


@pytest.mark.parametrize("given", [2, 2.0, np.float32(2.0), [2, 2, 2], np.full(3, 2.0)])
def test_one_number_counts_for_every_row(given):
    weights = weights_of_rows(given, 3)
    assert weights.dtype == np.float64
    assert weights.tolist() == [2.0, 2.0, 2.0]


def test_float32_stays_float32():
    assert weights_of_rows(np.ones(3, np.float32), 3).dtype == np.float32


def test_the_callers_array_is_not_written_to():
    given = np.array([1.0, 0.0, 2.0])
    assert weights_of_rows(given, 3).tolist() == [1.0, 0.0, 2.0]
    assert given.tolist() == [1.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0, 2.0], r"shape \(2,\); it must be one number, or one a row: \(3,\)"),
        (np.ones((3, 1)), r"shape \(3, 1\)"),
        ([1.0, -0.5, 2.0], "must not be negative; the smallest is -0.5"),
        (-1, "must not be negative"),
        ([0.0, 0.0, 0.0], "zero for every row"),
        (0, "zero for every row"),
    ],
)
def test_other_weights_are_refused(given, message):
    with pytest.raises(DataError, match=message):
        weights_of_rows(given, 3)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), [1.0, float("nan"), 1.0]])
def test_weights_are_finite(wrong):
    with pytest.raises(ValueError, match="sample_weight contains"):
        weights_of_rows(wrong, 3)
