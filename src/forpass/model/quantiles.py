"""Quantiles of nonconformity scores, for conformal prediction.

With the scores s_i of n rows that were not trained on, a new row has a score of at most

    q = the ceil((n + 1) c)-th smallest s_i

with a probability of at least c, for any network and any distribution, as long as the rows are exchangeable
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
"""How many quantiles are kept; of more scores, evenly spaced ones."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles of the nonconformity scores of rows that were not trained on.

    Parameters
    ----------
    values : array of shape (m, k)
        For each of k outputs, value j is the least score s with at least a share (j + 1) / m of the rows at s
        or below.
    rows : float
        The number of rows; with weights w the effective sample size, (sum w)^2 / sum w^2 (Kish 1965).

    Examples
    --------
    The ninth of nine scores covers 90 % of new rows; 95 % would need more rows:

    >>> found = Quantiles.of(np.arange(9.0)[:, None], np.ones(9))
    >>> found.at(0.9).tolist(), found.at(0.5).tolist(), found.max_coverage
    ([8.0], [4.0], 0.9)
    """

    values: Array
    rows: float

    def __post_init__(self) -> None:
        given = np.asarray(self.values)
        values = np.asarray(given, np.float64) if given.dtype.kind in "fiu" else np.empty(0)
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
        return f"based on {counted(round(self.rows), 'row')}, for a coverage of up to {self._max_shown}"

    @property
    def max_coverage(self) -> float:
        """The largest coverage that the number of rows allows."""
        return math.floor(self.rows + 1e-9) / (self.rows + 1.0)

    @property
    def _max_shown(self) -> str:
        """The same in a few digits, rounded down, so that it can be asked for."""
        digits = 4 + max(0, math.floor(math.log10(self.rows)) - 2)
        return f"{math.floor(self.max_coverage * 10**digits) / 10**digits:.{digits}g}"

    def at(self, coverage: float) -> Array:
        """Return the score (k,) that a share `coverage` of new rows does not exceed.

        Raises
        ------
        SpecError
            When the coverage is not between 0 and 1, or is more than the number of rows allows.
        """
        if not 0.0 < finite_number("coverage", coverage) < 1.0:
            raise SpecError(f"coverage must be a share above 0 and below 1, such as 0.9; got {coverage!r}")
        rank = math.ceil((self.rows + 1.0) * coverage - 1e-9)
        if rank > self.rows + 1e-9:
            raise SpecError(
                f"a coverage of {coverage:g} needs more than {self.rows:.4g} rows; ask for at most "
                f"{self._max_shown}"
            )
        m = len(self.values)
        return np.asarray(self.values[min(m, math.ceil(rank / self.rows * m - 1e-9)) - 1])
