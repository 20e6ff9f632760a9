"""Units of values to be predicted: from that of a table to that in which they are learnt, and back.

A value y is learnt as z = (g(y) - mean) / std. Its transform says what g is: nothing (g = y), or a logarithm,

    g = log(1 + t)   for t >= 0,
    g = t            below, with t = (y - origin) / size.

All constants are of one column, or rows (k,) of one for each column of values (n, k).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from forpass.maths import xp
from forpass.maths.constants import ZERO

__all__ = ["TRANSFORMS", "Transform", "clipped", "in_unit", "logarithm", "of_logarithm", "standardised"]


def standardised(y: Any, mean: Any, std: Any) -> Any:
    """z = (y - mean) / std."""
    return (y - mean) / std


def in_unit(z: Any, mean: Any, std: Any) -> Any:
    """y = z std + mean: `standardised`, turned round."""
    return z * std + mean


def logarithm(y: Any, origin: Any, size: Any) -> Any:
    """g = log(1 + t) for t >= 0 and t below, with t = (y - origin) / size.

    Examples
    --------
    >>> [round(float(logarithm(y, 2.0, 3.0)), 12) for y in (2.0, 5.0, -4.0)]
    [0.0, 0.69314718056, -2.0]
    """
    t = (y - origin) / size
    return xp.where(t >= 0, xp.log1p(xp.maximum(t, ZERO)), t)


def of_logarithm(g: Any, origin: Any, size: Any) -> Any:
    """y = t size + origin with t = exp(g) - 1 for g >= 0 and g below: `logarithm`, turned round."""
    t = xp.where(g >= 0, xp.expm1(xp.maximum(g, ZERO)), g)
    return t * size + origin


def log_standardised(y: Any, mean: Any, std: Any, origin: Any, size: Any) -> Any:
    """z = (logarithm(y) - mean) / std."""
    return standardised(logarithm(y, origin, size), mean, std)


def log_in_unit(z: Any, mean: Any, std: Any, origin: Any, size: Any) -> Any:
    """y = of_logarithm(z std + mean): `log_standardised`, turned round."""
    return of_logarithm(in_unit(z, mean, std), origin, size)


def clipped(y: Any, low: Any, high: Any) -> Any:
    """min(max(y, low), high), elementwise; NaN stays NaN.

    Examples
    --------
    >>> [float(clipped(y, 0.0, 5.0)) for y in (-1.0, 2.0, 9.0)]
    [0.0, 2.0, 5.0]
    """
    return xp.minimum(xp.maximum(y, low), high)


class Transform(NamedTuple):
    """What is done to values, with their own constants behind them.

    Attributes
    ----------
    standardised : callable
        z of y.
    in_unit : callable
        y of z.
    """

    standardised: Callable[..., Any]
    in_unit: Callable[..., Any]


TRANSFORMS: dict[str, Transform] = {
    "": Transform(standardised, in_unit),
    "log": Transform(log_standardised, log_in_unit),
}
"""By name; "" is nothing but mean and standard deviation."""
