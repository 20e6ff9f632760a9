"""Digits: what is written of a prediction has the digits that it has."""

import numpy as np
import pytest

from forpass.model.digits import as_exact_as, shortest
from forpass.preprocessing.units import Unit


def test_float32_is_written_with_the_fewest_digits_that_round_to_it():
    values = np.array([0.1, 1 / 3, 1e-20, 123456.789], dtype=np.float32)
    written = shortest(values)
    assert [str(x) for x in written.tolist()] == ["0.1", "0.33333334", "1e-20", "123456.79"]
    assert (written.astype(np.float32) == values).all()
    assert shortest(np.array([1 / 3])).tolist() == [1 / 3]


@pytest.mark.parametrize(
    ("value", "mean", "std", "written"),
    [
        (206855.81690891648, 206855.8, 115395.6, "206855.82"),
        (1e9 + 0.12345678901, 1e9, 1.0, "1000000000.1234568"),
        (3.123456789e-9, 0.0, 1.0, "3.1234568e-09"),
        (0.0, 0.0, 1.0, "0.0"),
        (1234567.123456, 0.0, 1.0, "1234567.1"),
        (5e11, 0.0, 1e12, "500000000000.0"),
    ],
)
def test_a_prediction_is_rounded_to_what_float32_leaves_of_it(value, mean, std, written):
    sizes = Unit((mean,), (std,)).sizes([[value]])[:, 0]
    (rounded,) = as_exact_as(np.array([value]), sizes, np.float32)
    assert str(float(rounded)) == written
    assert abs(rounded - value) <= np.finfo(np.float32).eps * max(std if mean else 0, abs(value - mean))


def test_float64_keeps_its_digits():
    values = np.random.default_rng(0).standard_normal(100) * 1e5
    assert (as_exact_as(values, np.full(100, 1e5), np.float64) == values).all()
