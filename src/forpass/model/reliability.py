"""Reliability of probabilities: a table, and the expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.above import drawn
from forpass.errors import SpecError
from forpass.maths.reliability import ReliabilityBins, calibration_error, reliability_bins
from forpass.model.scores import Scores, gives_probabilities, task_of
from forpass.shown import aligned
from forpass.shown_html import block, in_notebook, table
from forpass.spec.require import require_instance

__all__ = ["Reliability", "reliability_of"]

OF = ("the second class", "the likeliest class", "all labels")
"""Whose probability it is: for two classes, for more, for several labels."""


@dataclass(frozen=True, repr=False)
class Reliability:
    """Predicted probabilities beside observed frequencies, in bins of equally many rows.

    Attributes
    ----------
    of : str
        Whose probability it is: for two classes the second's, for more that of the likeliest, or all labels'.
    rows, predicted, observed : tuple of float
        For each bin the number of rows (or their weight), the mean predicted probability, and the observed
        frequency.

    Examples
    --------
    >>> Reliability("the likeliest class", (30.0, 30.0), (0.6, 0.9), (0.5, 0.92))
      the likeliest class  rows  predicted  observed
                             30     60.0 %    50.0 %
                             30     90.0 %    92.0 %
    expected calibration error 0.0600
    """

    of: str
    rows: tuple[float, ...]
    predicted: tuple[float, ...]
    observed: tuple[float, ...]

    def __post_init__(self) -> None:
        require_instance("of of Reliability", self.of, str)
        found = np.array([len(part) for part in (self.rows, self.predicted, self.observed)])
        numbers = np.array([*self.rows, *self.predicted, *self.observed], np.float64)
        if not found[0] or (found != found[0]).any() or not (np.isfinite(numbers) & (numbers >= 0)).all():
            raise SpecError(
                "rows, predicted and observed of Reliability must be equally many numbers, at least 0"
            )
        if not sum(self.rows):
            raise SpecError("rows of Reliability must not all be 0")

    @property
    def error(self) -> float:
        """The expected calibration error; see `forpass.maths.reliability`."""
        parts = map(np.array, (self.rows, self.predicted, self.observed))
        return calibration_error(ReliabilityBins(*parts))

    def table(self) -> str:
        """Lay out one line for each bin."""
        return aligned(self._rows(), right=range(1, 4))

    def to_html(self) -> str:
        """Return the same table, and the error, as HTML."""
        return table(self._rows(), right=range(1, 4)) + block(self._said())

    def _rows(self) -> list[list[str]]:
        head = [self.of, "rows", "predicted", "observed"]
        return [head] + [
            ["", f"{n:,.0f}", f"{100.0 * p:.1f} %", f"{100.0 * y:.1f} %"]
            for n, p, y in zip(self.rows, self.predicted, self.observed, strict=True)
        ]

    def _said(self) -> str:
        return f"expected calibration error {self.error:.4f}"

    def plot(self, **told: Any) -> Any:
        """Draw observed frequencies over predicted probabilities.

        It is `forpass.charts.reliability_diagram`, which may be told a `title`.

        Examples
        --------
        >>> Reliability("all labels", (30.0, 10.0), (0.25, 0.75), (0.5, 1.0)).plot().to_dict()["title"][
        ...     "text"
        ... ]
        'Reliability'
        """
        return drawn("reliability_diagram", self, **told)

    def __repr__(self) -> str:
        return f"{self.table()}\n{self._said()}"

    def _repr_html_(self) -> str:
        return in_notebook(self.to_html())


def reliability_of(
    scores: Scores, targets: NDArray[Any], weights: NDArray[Any] | None = None
) -> Reliability | None:
    """Return the reliability of probabilities; None without probabilities, or without rows of a weight."""
    if not gives_probabilities(scores.head) or not scores.n_rows or not np.isfinite(scores.raw).all():
        return None
    P, k = scores.probabilities, scores.raw.shape[1]
    w = np.ones(len(P)) if weights is None else np.asarray(weights, np.float64)
    if not w.any():
        return None
    truth = scores.truth(targets)
    if task_of(scores.head, k) == "multilabel":
        of, p, y, w = OF[2], P.ravel(), truth.ravel(), np.repeat(w, k)
    elif k == 1:
        of, p, y = OF[0], P[:, 1], truth.ravel()
    else:
        of, p, y = OF[1], P.max(axis=1), np.argmax(P, axis=1) == truth.ravel()
    bins = reliability_bins(p, y, w)
    return Reliability(of, *(tuple(part.tolist()) for part in bins))
