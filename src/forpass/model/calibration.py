"""Calibration of an ensemble: its raw scores are transformed so that probabilities match frequencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError
from forpass.maths.calibration import calibrated_logits, calibrated_scores, fit_matrix, fit_scale
from forpass.model.scores import gives_probabilities, task_of
from forpass.shown import counted
from forpass.spec.network import Head
from forpass.spec.stored import typed

__all__ = ["Calibration"]

FROM_ROWS, MOST_CLASSES = 1000, 50
"""With at least so many rows, and at most so many classes, matrix scaling is used."""

PRICE = 100.0
"""The L2 penalty on bias and matrix, times the number of rows."""


@dataclass(frozen=True)
class Calibration:
    """How raw scores z are transformed: for classes to s L + b + L M with L = log_softmax(z), else to s z.

    Parameters
    ----------
    scale : tuple of float
        One number; for several labels one for each.
    bias : tuple of float
        For k classes; may be empty.
    matrix : tuple of tuples of float
        (k, k); may be empty.

    Examples
    --------
    >>> Calibration((0.5,)).applied(np.array([[2.0]])).tolist()
    [[1.0]]
    """

    scale: tuple[float, ...]
    bias: tuple[float, ...] = ()
    matrix: tuple[tuple[float, ...], ...] = ()

    def applied(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Return the calibrated raw scores (n, k)."""
        Z = np.asarray(raw, np.float64)
        if not self.matrix:
            return np.asarray(calibrated_logits(Z, np.array(self.scale)))
        rows = Z[:, None]  # each a product of its own: what a row comes to does not depend on other rows
        found = calibrated_scores(rows, self.scale[0], np.array(self.bias), np.array(self.matrix))
        return np.asarray(found)[:, 0]

    def require_fit(self, head: Head, n_outputs: int) -> None:
        """Refuse a calibration that does not fit a head with so many outputs.

        Raises
        ------
        SpecError
        """
        if not gives_probabilities(head):
            raise SpecError(
                f"calibration is of probabilities, and the loss {head.loss} gives none; leave it out"
            )
        wanted = n_outputs if task_of(head, n_outputs) == "multilabel" else 1
        if len(self.scale) != wanted or len(self.matrix) not in (
            0,
            n_outputs if head.link == "softmax" else 0,
        ):
            scales, classes = (
                counted(len(self.scale), "scale"),
                counted(len(self.matrix), "class", "classes"),
            )
            raise SpecError(
                f"a calibration of {scales} and {classes} "
                f"does not fit {counted(n_outputs, 'output')} of {head.loss}; fit one to their scores"
            )

    def sharpened(self, factor: float) -> Calibration:
        """Return a calibration whose raw scores are `factor` times as large."""
        matrix = tuple(tuple(factor * entry for entry in row) for row in self.matrix)
        scale, bias = (tuple(factor * number for number in numbers) for numbers in (self.scale, self.bias))
        return Calibration(scale, bias, matrix)

    @classmethod
    def fitted(
        cls,
        head: Head,
        raw: NDArray[Any],
        truth: NDArray[Any],
        weights: NDArray[Any],
        start: Calibration | None = None,
        confusions: bool = True,
    ) -> Calibration:
        """Return the calibration with the least log-loss on rows that were not trained on.

        One scale for two classes, one for each label; for 3 to 50 classes and at least 1,000 rows also a bias
        and a matrix (see `forpass.maths.calibration`).

        Parameters
        ----------
        head : Head
            Of probabilities.
        raw : array of shape (n, k)
        truth : array of shape (n, k)
            0 or 1, or probabilities.
        weights : array of shape (n,)
        start : Calibration, optional
            That of nearly the same rows, as a starting point.
        confusions : bool
            Whether matrix scaling may be used, which corrects confusions between classes.
        """
        Z, T, w = (np.asarray(array, np.float64) for array in (raw, truth, weights))
        n, k = Z.shape
        if task_of(head, k) == "multilabel":
            scales = (fit_scale(Z[:, [j]], T[:, [j]], w, softmax=False) for j in range(k))
            return cls(tuple(scales))
        if confusions and 2 < k <= MOST_CLASSES and n >= FROM_ROWS:
            begin = None
            if start is not None and start.matrix:
                begin = start.scale[0], np.array(start.bias), np.array(start.matrix)
            scale, b, M = fit_matrix(Z, T, w, PRICE / n, begin)
            return cls((scale,), tuple(b.tolist()), tuple(tuple(row) for row in M.tolist()))
        return cls((fit_scale(Z, T, w, softmax=k > 1),))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        plain: dict[str, Any] = {"scale": list(self.scale)}
        if self.matrix:
            plain |= {"bias": list(self.bias), "matrix": [list(row) for row in self.matrix]}
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Calibration:
        """Return the calibration that `to_json` wrote.

        Raises
        ------
        SpecError, ValueError, AttributeError
            When it is something else.
        """
        row = tuple[float, ...]
        scale, bias = (typed(f"{n} of the calibration", row, plain.get(n, [])) for n in ("scale", "bias"))
        matrix = typed("matrix of the calibration", tuple[row, ...], plain.get("matrix", []))
        k = len(matrix)
        if not scale or len(bias) != k or any(len(row) != k for row in matrix):
            raise ValueError(f"a calibration of {len(scale)} scales, {len(bias)} biases and {k} rows")
        return cls(scale, bias, matrix)
