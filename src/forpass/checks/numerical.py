"""The numerical derivative: what a function does when its argument is moved a little."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.spec.require import finite_number

__all__ = ["OFFSETS", "STEP", "distance", "five_point", "moved", "numerical_gradient"]

STEP = 2.0**-10
"""How far an entry is moved, relative to its size where that is above 1.

The five-point formula errs by step^4 / 30 times the fifth derivative, here 3e-14 of it, and by the
rounding of the objective, eps / step = 2e-13 of its value: near the best balance in float64. A power of
two, so that the step itself is exact.
"""

OFFSETS = (-2.0, -1.0, 1.0, 2.0)
"""Where the five-point formula looks, in steps; the point itself has the factor 0."""


def numerical_gradient(
    function: Callable[[NDArray[np.float64]], Any], x: Any, step: float = STEP
) -> NDArray[np.float64]:
    r"""Take the derivative of a function of an array by each of its entries, without knowing the function.

    .. math:: f'(x) \approx \frac{8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))}{12 h}

    Parameters
    ----------
    function : callable
        Takes a float64 array in the shape of `x` and returns one number.
    x : array of any shape
        Where to take the derivative; it is not changed.
    step : float
        h, best a power of two; for entries larger than 1 it is multiplied with their size.

    Returns
    -------
    float64 array in the shape of `x`

    Raises
    ------
    DataError
        When the function returns more than one number.

    Examples
    --------
    >>> numerical_gradient(lambda x: x[0] ** 2 + 3.0 * x[1], [2.0, 5.0]).round(9).tolist()
    [4.0, 3.0]
    """
    finite_number("step of numerical_gradient", step, above=0.0)
    x = np.array(x, dtype=np.float64)
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        h = distance(step, float(x[index]))
        gradient[index] = five_point([_one_number(function(moved(x, index, k * h))) for k in OFFSETS], h)
    return gradient


def distance(step: float, x: float) -> float:
    """Scale a step to a number larger than 1: by a power of two, so that x + step is not rounded."""
    return math.ldexp(step, max(0, math.frexp(x)[1] - 1))


def moved(x: NDArray[np.float64], index: tuple[int, ...], by: float) -> NDArray[np.float64]:
    """Return a copy of x in which one entry is moved."""
    other = x.copy()
    other[index] += by
    return other


def five_point(values: list[float], h: float) -> float:
    """Return the derivative from the values at -2h, -h, h and 2h."""
    far_left, left, right, far_right = values
    return (8.0 * (right - left) - (far_right - far_left)) / (12.0 * h)


def _one_number(value: Any) -> float:
    if np.size(value) != 1:
        raise DataError(
            f"the function must return one number; it returned an array of shape {np.shape(value)}"
        )
    return float(np.reshape(value, ()))
