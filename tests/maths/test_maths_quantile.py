"""The inverse of the normal distribution function: SciPy's, to the bit."""

import numpy as np
import pytest
from later import later

from forpass.maths.quantile import FAR, TAIL, normal_quantile

ndtri, ndtr = later("scipy.special", "ndtri", "ndtr")

BORDERS = [0.0, 1.0, -0.5, 1.5, np.nan, 0.5, TAIL, 1 - TAIL, np.exp(-(FAR**2) / 2), 5e-324, 1 - 2**-53]


@pytest.mark.parametrize(
    "p",
    [
        np.random.default_rng(0).random(20_000),
        10 ** np.random.default_rng(1).uniform(-320, 0, 5_000),
        1 - 10 ** np.random.default_rng(2).uniform(-16, 0, 5_000),
        np.array([np.nextafter(p, way) for p in BORDERS for way in (0, p, 1)]),
    ],
    ids=["everywhere", "lower tail", "upper tail", "borders"],
)
def test_bits_are_those_of_scipy(p):
    """Parameters that a seed draws have always come from it; C's logarithm is the same on one machine."""
    found, expected = normal_quantile(p), ndtri(p)
    np.testing.assert_array_equal(found, expected)


def test_it_is_the_inverse():
    x = np.linspace(-8, 5, 1000)  # above, 1 - p keeps too few digits
    np.testing.assert_allclose(normal_quantile(ndtr(x)), x, rtol=1e-9, atol=1e-12)


def test_shapes_stay():
    assert normal_quantile(np.full((2, 3), 0.5)).shape == (2, 3)
    assert normal_quantile(0.5) == 0.0
