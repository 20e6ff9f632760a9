"""What an array of a pass is like, in a few numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Statistics", "statistics_of"]


class Statistics(NamedTuple):
    """What an array is like.

    Attributes
    ----------
    least, mean, greatest, spread : float
        Of its finite numbers; spread is their standard deviation. NaN where there are none.
    zeros, not_finite : float
        Shares of its numbers.

    Examples
    --------
    >>> statistics_of(np.array([0.0, 1.0, 5.0, np.inf]))
    Statistics(least=0.0, mean=2.0, greatest=5.0, spread=2.16..., zeros=0.25, not_finite=0.25)
    """

    least: float
    mean: float
    greatest: float
    spread: float
    zeros: float
    not_finite: float


def statistics_of(value: NDArray[Any]) -> Statistics:
    """Return what an array of a pass is like; see `Statistics`."""
    numbers = np.asarray(value, np.float64).ravel()
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        nan = math.nan
        return Statistics(nan, nan, nan, nan, 0.0, 1.0 if numbers.size else nan)
    zeros, finite_share = float(np.mean(numbers == 0)), finite.size / numbers.size
    least, mean, greatest, spread = (float(of(finite)) for of in (np.min, np.mean, np.max, np.std))
    return Statistics(least, mean, greatest, spread, zeros, 1.0 - finite_share)
