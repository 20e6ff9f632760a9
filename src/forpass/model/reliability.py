"""Whether probabilities hold what they say: a table, and the expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError
from forpass.maths.reliability import ReliabilityBins, calibration_error, reliability_bins
from forpass.model.scores import Scores, gives_probabilities, task_of
from forpass.shown import aligned
from forpass.spec.require import require_instance

__all__ = ["Reliability", "reliability_of"]

OF = ("the second class", "the likeliest class", "all labels")
"""Whose probability is looked at: of two classes, of more, of several labels."""


@dataclass(frozen=True, repr=False)
class Reliability:
    """What was said to be likely, and what came true, in bins of equally many rows.

    Attributes
    ----------
    of : str
        Whose probability it is: of two classes the second's, of more that of the likeliest, or of all labels.
    rows, said, came_true : tuple of float
        Of each bin how many rows there are (or what they weigh), the mean probability, and the share of rows
        where it came true.

    Examples
    --------
    >>> Reliability("the likeliest class", (30.0, 30.0), (0.6, 0.9), (0.5, 0.92))
      the likeliest class  rows     said  came true
                             30   60.0 %     50.0 %
                             30   90.0 %     92.0 %
    expected calibration error 0.0600
    """

    of: str
    rows: tuple[float, ...]
    said: tuple[float, ...]
    came_true: tuple[float, ...]

    def __post_init__(self) -> None:
        require_instance("of of Reliability", self.of, str)
        found = np.array([len(part) for part in (self.rows, self.said, self.came_true)])
        numbers = np.array([*self.rows, *self.said, *self.came_true], np.float64)
        if not found[0] or (found != found[0]).any() or not (np.isfinite(numbers) & (numbers >= 0)).all():
            raise SpecError(
                "rows, said and came_true of Reliability must be equally many numbers, at least 0"
            )
        if not sum(self.rows):
            raise SpecError("rows of Reliability must not all be 0")

    @property
    def error(self) -> float:
        """The expected calibration error; see `forpass.maths.reliability`."""
        parts = map(np.array, (self.rows, self.said, self.came_true))
        return calibration_error(ReliabilityBins(*parts))

    def table(self) -> str:
        """Lay out one line for each bin."""
        head = [self.of, "rows", "said", "came true"]
        rows = [
            ["", f"{n:,.0f}", f"{100.0 * p:.1f} %", f"{100.0 * y:.1f} %"]
            for n, p, y in zip(self.rows, self.said, self.came_true, strict=True)
        ]
        return aligned([head, *rows], right=range(1, 4))

    def __repr__(self) -> str:
        return f"{self.table()}\nexpected calibration error {self.error:.4f}"


def reliability_of(
    scores: Scores, targets: NDArray[Any], weights: NDArray[Any] | None = None
) -> Reliability | None:
    """Return how reliable probabilities are against targets; None where there are none, or no row counts."""
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
