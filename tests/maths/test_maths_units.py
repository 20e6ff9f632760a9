"""Units of values and ends of intervals, against values worked out by hand; NaN goes through all of them."""

import math

import numpy as np
import pytest

from forpass.maths.intervals import around, sigma
from forpass.maths.units import TRANSFORMS, clipped, in_unit, logarithm, standardised

Y = np.array([[2.0, -1.0], [8.0, 3.0]])


def test_values_are_standardised_by_column():
    Z = standardised(Y, np.array([5.0, 1.0]), np.array([3.0, 2.0]))
    assert Z.tolist() == [[-1.0, -1.0], [1.0, 1.0]]
    assert in_unit(Z, np.array([5.0, 1.0]), np.array([3.0, 2.0])).tolist() == Y.tolist()


def test_the_logarithm_begins_at_the_origin_and_goes_on_below_as_a_line():
    g = logarithm(np.array([2.0, 5.0, 2.0 + 3.0 * (math.e - 1.0), -4.0]), 2.0, 3.0)
    assert g.tolist() == pytest.approx([0.0, math.log(2.0), 1.0, -2.0])


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_unit_leads_there_and_back(transform):
    constants = [np.array([c, c / 2.0]) for c in ((2.0, 3.0, 0.5, 4.0) if transform else (2.0, 3.0))]
    there, back = TRANSFORMS[transform]
    values = np.linspace(-30.0, 1e3, 42).reshape(21, 2)
    np.testing.assert_allclose(back(there(values, *constants), *constants), values, rtol=1e-12, atol=1e-12)
    gap = np.full((1, 2), np.nan)
    assert np.isnan(there(gap, *constants)).all()
    assert np.isnan(back(gap, *constants)).all()


def test_a_prediction_is_held_in_its_range():
    held = clipped(np.array([[-7.0, 9.0, np.nan, 1.0]]), 0.0, np.inf)
    assert held.tolist()[0][:2] == [0.0, 9.0]
    assert math.isnan(held[0, 2])
    assert clipped(np.array([-7.0, 9.0]), -np.inf, 5.0).tolist() == [-7.0, 5.0]


def test_an_interval_is_as_wide_as_residuals_are_large():
    widths = sigma(np.array([[-9.0], [0.0], [9.0]]), 1.0, 0.5, -2.0, 2.0)
    assert widths[:, 0].tolist() == pytest.approx([1.0, math.e, math.e**2])
    low, high = around(np.array([[1.0], [2.0], [3.0]]), np.array([2.0]), widths)
    assert (high - low)[:, 0].tolist() == pytest.approx([4.0, 4.0 * math.e, 4.0 * math.e**2])
    assert (high + low)[:, 0].tolist() == pytest.approx([2.0, 4.0, 6.0])
