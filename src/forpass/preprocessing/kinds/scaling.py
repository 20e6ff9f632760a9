"""Robust scaling of numbers: (x - median) / (q75 - q25), then clipped smoothly to (-3, 3).

The formula stands in `forpass.maths.scaling`. A missing value becomes the median, which is 0.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.maths import scaling
from forpass.maths.scaling import MOST
from forpass.preprocessing.table import Column, fact

__all__ = [
    "Distinct",
    "Spread",
    "merged",
    "scaled",
    "scaled_each",
    "scaled_values",
    "spread_and_values",
    "spread_of",
    "spread_of_values",
    "trials_of_numbers",
]

SMALLEST = 1.0 / float(np.finfo(np.float64).max)
"""A width below has no finite reciprocal."""


ROWS_OF_A_BLOCK = 8192
"""So many rows are scaled at once: what is computed between stays near the processor."""


class Spread(NamedTuple):
    """How values lie when they are put in order, NaN left out."""

    different: int
    low: float
    q25: float
    median: float
    q75: float
    high: float

    @property
    def scale(self) -> float:
        """The factor that brings the middle half to width 1.

        Where the middle half has no width, it brings the whole range to width 2; where that has none either,
        it is 0.
        """
        if self.q75 - self.q25 > SMALLEST:
            return 1.0 / (self.q75 - self.q25)
        return 2.0 / (self.high - self.low) if self.high - self.low > 2.0 * SMALLEST else 0.0


class Distinct(NamedTuple):
    """Different values, rising, and in how many rows each of them stands."""

    values: NDArray[Any]
    counts: NDArray[np.int64]


@fact
def spread_of(column: Column) -> Spread:
    """Return how the numbers of a column lie that are no text."""
    return spread_of_values(column.values)


def spread_of_values(values: NDArray[Any]) -> Spread:
    """Return how values (n,) lie, at least one of which is not NaN."""
    return _spread(_in_order(values))


def spread_and_values(values: NDArray[Any]) -> tuple[Spread, Distinct]:
    """Return how values (n,) lie, at least one of which is not NaN, and the different ones.

    They are put in order once, which of many takes longer than all else.
    """
    present = _in_order(values)
    return _spread(present), merged(present, np.ones(len(present), dtype=np.int64))


def _in_order(values: NDArray[Any]) -> NDArray[Any]:
    """Return values (n,) in order, without NaN."""
    ordered = np.sort(values)  # NaN at the end
    gaps = int(np.count_nonzero(np.isnan(ordered))) if ordered.dtype.kind == "f" else 0
    return ordered[: len(ordered) - gaps]


def _spread(present: NDArray[Any]) -> Spread:
    different = 1 + int(np.count_nonzero(present[1:] != present[:-1]))
    q25, median, q75 = (_quantile(present, q) for q in (0.25, 0.5, 0.75))
    return Spread(different, float(present[0]), q25, median, q75, float(present[-1]))


def merged(values: NDArray[Any], counts: NDArray[np.int64]) -> Distinct:
    """Return values that do not fall (n,), each once, and how many rows they have together."""
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return Distinct(values[starts], np.add.reduceat(counts, starts))


def scaled_values(distinct: Distinct, spread: Spread, rows: int) -> Distinct:
    """Return the different values of the feature that numbers become, as float32 holds them.

    Of so many rows those without a number become 0.
    """
    gaps = rows - int(distinct.counts.sum())
    feature = scaled(distinct.values.astype(np.float64), spread.median, spread.scale).astype(np.float32)
    counts = distinct.counts
    if gaps:
        place = int(np.searchsorted(feature, 0.0))
        feature, counts = np.insert(feature, place, 0.0), np.insert(counts, place, gaps)
    return merged(feature.astype(np.float64), counts)


def _quantile(ordered: NDArray[Any], q: float) -> float:
    """Return a quantile of ordered values, as `np.quantile` does, which takes ten times as long."""
    place = (len(ordered) - 1) * q
    below = math.floor(place)
    share = place - below
    a, b = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    # from the nearer side, so that what lies at b is b; and 0 without a sign, for -0 and 0 have no order
    return (b - (b - a) * (1.0 - share) if share >= 0.5 else a + (b - a) * share) + 0.0


def scaled(values: NDArray[np.float64], centre: float, scale: float) -> NDArray[np.float64]:
    """Return smooth_clip((x - centre) scale) of values (n,); 0 where one is missing."""
    if len(values) <= ROWS_OF_A_BLOCK:
        return scaled_each(values, centre, scale)
    near = np.empty_like(values)
    for at in range(0, len(values), ROWS_OF_A_BLOCK):
        rows = slice(at, at + ROWS_OF_A_BLOCK)
        near[rows] = scaled_each(values[rows], centre, scale)
    return near


def scaled_each(
    values: NDArray[np.float64], centre: float | NDArray[np.float64], scale: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the same, where centre and scale may be one for each value."""
    with np.errstate(over="ignore", under="ignore"):
        near: NDArray[np.float64] = scaling.scaled(values, centre, scale)
    near[np.isnan(values)] = 0.0
    return near


def trials_of_numbers(centre: float, width: float, edges: Sequence[float] | None) -> list[float]:
    """Return numbers with which an encoding is tried: the centre, steps from it, both sides of each edge.

    Edges are those of the feature; one that lies where the smooth clip ends belongs to no number.
    """
    found = [
        centre,
        *(centre + sign * step * width for step in (0.1, 0.5, 1.0, 3.0, 30.0) for sign in (1.0, -1.0)),
    ]
    for edge in edges or ():
        if abs(edge) < MOST:
            x = centre + width * edge / math.sqrt(1.0 - (edge / MOST) ** 2)
            found += [x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf)]
    return found
