"""Prediction intervals: f(x) +- q sigma(x), where q is a quantile of |y - f(x)| / sigma(x) (conformal prediction).

The typical size of the residual at x is sigma(x) = exp(middle + size z(x)), with z as a second, small ensemble
predicts it, held between the least and the largest of its out-of-fold predictions. See
`forpass.model.intervals`.
"""

from typing import Any

from forpass.maths import xp
from forpass.maths.constants import ONE, ZERO
from forpass.maths.units import clipped, in_unit

__all__ = ["around", "in_set", "sigma"]


def sigma(z: Any, middle: Any, size: Any, low: Any, high: Any) -> Any:
    """exp(middle + size min(max(z, low), high)) of scores z (n, k), with constants (k,).

    Examples
    --------
    >>> [round(float(sigma(z, 1.0, 0.5, -2.0, 2.0)), 3) for z in (-9.0, 0.0, 2.0)]
    [1.0, 2.718, 7.389]
    """
    return xp.exp(in_unit(clipped(z, low, high), middle, size))


def around(raw: Any, quantile: Any, sigma: Any) -> tuple[Any, Any]:
    """Return both ends, raw - q sigma and raw + q sigma (n, k), with q (k,) and sigma (n, k) or 1."""
    half = quantile * sigma
    return raw - half, raw + half


def in_set(P: Any, likeliest: Any, limit: Any) -> Any:
    """Whether 1 - p <= limit, or the class is the likeliest (1, else 0), of probabilities P (n, classes)."""
    return xp.where(likeliest > 0, ZERO, ONE - P) <= limit
