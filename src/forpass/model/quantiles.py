"""Quantiles of scores: how far off predictions are, in what share of rows.

With the n scores s_i of rows that nobody had learnt from, a new row has a score of at most

    q = the ceil((n + 1) c)-th smallest s_i

with a probability of at least c, whatever the network and the distribution, as long as rows are drawn alike
(Vovk, Gammerman & Shafer 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError
from forpass.shown import counted
from forpass.spec.require import finite_number, require_number

__all__ = ["Quantiles"]

MOST_KEPT = 1000
"""So many quantiles are kept; of more scores every n-th."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles of the scores of rows that nobody had learnt from.

    Parameters
    ----------
    values : array of shape (m, k)
        Of each of k outputs: value j is the least score s with a share of at least (j + 1) / m of the rows at
        s or below.
    rows : float
        How many rows there are: with weights w the number of equal ones that say as much, (sum w)^2 / sum w^2
        (Kish 1965).

    Examples
    --------
    The tenth of nine scores would be needed to hold 95 % of all rows, the ninth holds 90 %:

    >>> found = Quantiles.of(np.arange(9.0)[:, None], np.ones(9))
    >>> found.at(0.9).tolist(), found.at(0.5).tolist(), found.most
    ([8.0], [4.0], 0.9)
    """

    values: Array
    rows: float

    def __post_init__(self) -> None:
        values = np.asarray(self.values, np.float64)
        if values.ndim != 2 or not values.size or not np.isfinite(values).all():
            raise SpecError("quantiles must be finite numbers, (m, k)")
        if (np.diff(values, axis=0) < 0).any():
            raise SpecError("quantiles must be in ascending order")
        object.__setattr__(self, "values", values)
        require_number(self, "rows", at_least=1.0)

    @classmethod
    def of(cls, scores: Array, weights: Array) -> Quantiles:
        """Return the quantiles of scores (n, k) of rows with weights (n,), not all of them 0."""
        counted = weights > 0
        S, w = scores[counted], weights[counted]
        m, columns = min(len(S), MOST_KEPT), []
        for s in S.T:
            order = np.argsort(s, kind="stable")
            share = np.cumsum(w[order]) / np.sum(w)
            places = np.searchsorted(share, np.arange(1, m + 1) / m - 1e-12)
            columns.append(s[order][np.minimum(places, len(s) - 1)])
        return cls(np.stack(columns, axis=1), float(w.sum() ** 2 / np.sum(w * w)))

    def __str__(self) -> str:
        return f"known by {counted(round(self.rows), 'row')}, for a coverage of up to {self.most:.3g}"

    @property
    def most(self) -> float:
        """The largest coverage that so many rows can promise."""
        return self.rows / (self.rows + 1.0)

    def at(self, coverage: float) -> Array:
        """Return the score (k,) that a share `coverage` of new rows does not pass.

        Raises
        ------
        SpecError
            When it is no share, or more than so many rows can promise.
        """
        if not 0.0 < finite_number("coverage", coverage) < 1.0:
            raise SpecError(f"coverage must be a share above 0 and below 1, such as 0.9; got {coverage!r}")
        rank = math.ceil((self.rows + 1.0) * coverage - 1e-9)
        if rank > self.rows + 1e-9:
            raise SpecError(
                f"a coverage of {coverage:g} takes more than the {self.rows:.4g} rows by which it would be "
                f"known; ask for at most {self.most:.4g}"
            )
        m = len(self.values)
        return np.asarray(self.values[min(m, math.ceil(rank / self.rows * m - 1e-9)) - 1])
