"""Numbers made periodic: weighted sums of cosines of each number, with trained frequencies.

A number x becomes y_o = sum_h V_ho cos(2 pi w_h x + b_h) + c_o (PBLD, Holzmueller et al. 2024), or such sums of
cosines and sines of 2 pi w_h x (PLR, Gorishniy et al. 2022). What is written here is elementwise; the sums are
those of `forpass.maths.affine`, column by column.
"""

import functools
import math
from typing import Any

from forpass.maths import xp

__all__ = ["TWO_PI", "angle", "angle_vjp", "interleaved", "waves", "waves_vjp"]

TWO_PI = 2.0 * math.pi


def angle(x: Any, w: Any, b: Any) -> Any:
    """u = 2 pi w x + b."""
    return (TWO_PI * w) * x + b


def angle_vjp(du: Any, x: Any, w: Any) -> tuple[Any, Any]:
    """dx = 2 pi w du, dw = 2 pi x du, both elementwise; db = du."""
    return (TWO_PI * w) * du, (TWO_PI * x) * du


def waves(u: Any) -> tuple[Any, Any]:
    """cos(u) and sin(u): each is the other's derivative, but for a sign."""
    return xp.cos(u), xp.sin(u)


def waves_vjp(dcos: Any, dsin: Any, cos: Any, sin: Any) -> Any:
    """du = cos dsin - sin dcos."""
    return cos * dsin - sin * dcos


@functools.lru_cache(64)
def interleaved(columns: int, frequencies: int) -> tuple[int, ...]:
    """Host only: where the waves of each column, cosines before sines, stand in all cosines before all sines.

    Examples
    --------
    >>> interleaved(2, 3)
    (0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11)
    """
    half = columns * frequencies
    begins = (begin for at in range(0, half, frequencies) for begin in (at, half + at))
    return tuple(begin + h for begin in begins for h in range(frequencies))
