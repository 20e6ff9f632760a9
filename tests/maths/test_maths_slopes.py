"""Formulas that give value and slopes at once: what their record's function and vjp give, at the ends too."""

import mpmath
import numpy as np
import pytest

from forpass.errors import SpecError
from forpass.maths.activations import ACTIVATIONS, mish, mish_vjp, mish_with_slope
from forpass.maths.columnwise import COLUMNWISE

ENDS = [0.0, 1e-30, 1e-3, 0.5, 1.1924, 3.0, 9.0, 20.0, 44.0, 87.0, 89.0, 100.0, 110.0, 745.0, 1e4, 1e20]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if ACTIVATIONS[name].with_slope])
def test_activation_with_slope(name, dtype):
    record = ACTIVATIONS[name]
    Z = np.concatenate([np.linspace(-9.0, 9.0, 200), ENDS, np.negative(ENDS)]).astype(dtype)
    dA = np.linspace(-1.0, 2.0, len(Z), dtype=dtype)
    settings = [h.default for h in record.hyperparameters]
    with np.errstate(over="ignore", under="ignore"):  # the square of z in gelu, and exp of it
        A, D = record.with_slope(Z, *settings)
        right = record.function(Z, *settings), record.vjp(dA, Z, A, *settings)
    assert A.dtype == D.dtype == dtype
    np.testing.assert_array_equal(A, right[0])
    np.testing.assert_allclose(dA * D, right[1], rtol=2 * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in COLUMNWISE if COLUMNWISE[name].with_slopes])
def test_columnwise_with_slopes(name, dtype):
    record = COLUMNWISE[name]
    Z = np.concatenate([np.linspace(-9.0, 9.0, 200), ENDS, np.negative(ENDS)]).astype(dtype)[:, None]
    p = [np.array([0.0, 0.25, 1.0, 1.5], dtype)] * len(record.trained)
    dA = np.linspace(-1.0, 2.0, Z.size * 4, dtype=dtype).reshape(-1, 4)
    A, *slopes = record.with_slopes(Z, *p)
    np.testing.assert_array_equal(A, record.function(Z, *p))
    eps = np.finfo(dtype).eps
    for slope, right in zip(slopes, record.vjp(dA, Z, A, *p), strict=True):
        assert slope.dtype == dtype
        np.testing.assert_allclose(dA * slope, right, rtol=2 * eps, atol=0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mish_at_the_ends_is_that_of_400_digits(dtype):
    """Value and slope to 8 roundings of their largest term; among subnormal numbers to some of these."""
    Z = np.concatenate([ENDS, np.negative(ENDS)]).astype(dtype)
    A, D = mish_with_slope(Z)
    eps, tiny = np.finfo(dtype).eps, float(np.finfo(dtype).smallest_subnormal)
    with mpmath.workdps(400):
        for z, a, d in zip(map(mpmath.mpf, Z.tolist()), A.tolist(), D.tolist(), strict=True):
            t = mpmath.tanh(mpmath.log1p(mpmath.exp(z))) if z < 800 else mpmath.mpf(1)
            rest = z * (1 - t * t) / (1 + mpmath.exp(-z))
            least = 4 * tiny * max(1, abs(z))
            assert abs(a - z * t) <= 8 * eps * abs(z * t) + least, z
            assert abs(d - (t + rest)) <= 8 * eps * (t + abs(rest)) + least, z


def test_a_slope_that_is_another_is_refused():
    def steeper(Z):
        A, D = mish_with_slope(Z)
        return A, D + 1e-3

    wrong = ACTIVATIONS["mish"]._replace(name="steeper", with_slope=steeper)
    with pytest.raises(SpecError, match="steeper of the activation 'steeper' must give what function gives"):
        ACTIVATIONS.register(wrong)
    right = COLUMNWISE["parametric_mish"]._replace(name="less", with_slopes=lambda Z, a: mish_with_slope(Z))
    with pytest.raises(SpecError, match="of the columnwise function 'less' must give"):
        COLUMNWISE.register(right)
    assert mish(1.0) == mish_with_slope(1.0)[0] and mish_vjp(2.0, 1.0, 0.0) == 2.0 * mish_with_slope(1.0)[1]
