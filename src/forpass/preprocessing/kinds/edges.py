"""Bins of a piecewise-linear encoding: where numbers are cut, and where their rows lie in between.

As in Gorishniy et al. 2022 ("On Embeddings for Numerical Features in Tabular Deep Learning"), with edges at
quantiles, but a value that stands in many rows counts as no more than one bin's share of them: otherwise it
would eat the bins of all others. All of it is in units of the feature, as float32 holds them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.kinds.scaling import Distinct
from forpass.spec.require import require_count

__all__ = ["Bins", "Cut", "cut"]


NEXT_TO = 1e-6
"""Edges that are nearer than this, as a share of the range, are one."""


@dataclass(frozen=True)
class Bins:
    """How many bins each column of numbers and dates gets: max(min_bins, min(max_bins, total // columns)).

    Parameters
    ----------
    max_bins, min_bins : int
        Of one column.
    total : int
        Of all columns together, about.
    max_columns : int
        In a table of more such columns none has bins.

    Raises
    ------
    SpecError
        For what is no number of bins.

    Examples
    --------
    >>> Bins().each(6), Bins().each(20), Bins().each(60), Bins().each(100)
    (24, 15, 6, 0)
    """

    max_bins: int = 24
    total: int = 300
    min_bins: int = 6
    max_columns: int = 64

    def __post_init__(self) -> None:
        for name in ("max_bins", "total", "min_bins", "max_columns"):
            require_count(self, name)

    def each(self, columns: int) -> int:
        """Return the number of bins of each of so many columns."""
        if not 0 < columns <= self.max_columns:
            return 0
        return max(self.min_bins, min(self.max_bins, self.total // columns))


class Cut(NamedTuple):
    """A feature in bins: their B + 1 edges and B centres; see `FeatureGroup`. None: it has none."""

    edges: tuple[float, ...] | None = None
    centres: tuple[float, ...] | None = None


def cut(distinct: Distinct, bins: int) -> Cut:
    """Cut a feature into about so many bins; into none where it has fewer than three edges.

    Parameters
    ----------
    distinct : Distinct
        The feature's values x_1 < x_2 < ..., which float32 holds, and in how many of n rows each stands.
    bins : int
        0 is none. The edges are, as float32 and each once, the values at which the cumulated weights pass 0,
        1/bins, ..., 1, interpolated, and the first and the last x. Value i has the weight w_i = min(count_i,
        max(1, n // bins)), of which half lies below it.

    Examples
    --------
    >>> found = cut(Distinct(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([2, 2, 2, 2, 2])), 2)
    >>> found.edges, np.round(found.centres, 2).tolist()
    ((0.0, 2.0, 4.0), [0.7, 0.3])
    """
    if not bins:
        return Cut()
    x, counts = distinct
    n = int(counts.sum())
    weights = np.minimum(counts, max(1, n // bins)).astype(np.float64)
    below = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
    found = np.interp(np.linspace(0.0, 1.0, bins + 1), below, x)
    edges = np.unique(np.concatenate([x[:1], found, x[-1:]]).astype(np.float32)).astype(np.float64)
    if len(edges) < 3:
        return Cut()
    # what lies next to another edge is the same one, but for rounding
    apart = np.diff(edges) > NEXT_TO * (edges[-1] - edges[0])
    kept = apart[:-1]
    kept[-1] &= apart[-1]
    edges = np.concatenate([edges[:1], edges[1:-1][kept], edges[-1:]])
    if len(edges) < 3:
        return Cut()
    centres = _centres(x, counts / n, edges).astype(np.float32)
    return Cut(tuple(edges.tolist()), tuple(centres.tolist()))


def _centres(
    x: NDArray[np.float64], shares: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for each bin the mean over all rows of how much of it lies below x: 0 to 1.

    A row in a later bin has all of it below; one in it the part from its lower edge to x.
    """
    place = np.searchsorted(edges[1:-1], x, side="right")
    part = (x - edges[place]) / np.diff(edges)[place]
    within = np.bincount(place, shares * part, len(edges) - 1)
    rows = np.bincount(place, shares, len(edges) - 1)
    later = np.cumsum(rows[::-1])[::-1] - rows
    return within + later
