"""The features of rows as a linear model sees them: one matrix X, of which most numbers are never touched.

Of a wide table nearly all numbers are 0: each category of a column is a feature of its own, and a row has one
of them. A fit multiplies with X hundreds of times, so there those features are kept as the few numbers that
are not 0. The scores are the same, but for the rounding of sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.forks import imported
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.data import Data, is_sparse

__all__ = ["Array", "Features", "Scored", "worth_unclipping"]

MOST_UNCLIPPED = 1000
"""Of so many features at most a linear model sees each twice."""

RARE = 1 / 16
"""Features that are not 0 in at most this share of the rows are multiplied faster one number at a time."""

MANY = 2**22
"""So many numbers of rare features are worth being looked through; fewer stay in the processor's cache."""

ROWS_LOOKED_THROUGH = 4096
"""So many are looked through at a time, for they are copied."""

Array = NDArray[np.float64]
Scored = NDArray[Any]
"""Scores (n, k), or what is of each of them, in the features' type; a column of them lies together, so that
what goes along their short rows is fast."""


class Features:
    """The features of rows as a matrix X (n, width), never written out: codes are columns of 0 and 1.

    Each column of codes has one column more than codes, for others; the last column is 1.

    Parameters
    ----------
    data : Data
    n_codes : tuple of int
        How many codes each column of codes has.
    unclipped : tuple of int
        Features that stand there a second time, as they were before they were clipped.
    often : bool
        Whether products are asked for so often that it is worth finding the features that are rarely not 0.
    """

    def __init__(
        self, data: Data, n_codes: tuple[int, ...], unclipped: tuple[int, ...] = (), *, often: bool = False
    ) -> None:
        numbers = data.numbers
        if unclipped:
            undone = ACTIVATIONS["unclipped"].function(numbers[:, list(unclipped)])
            numbers = np.concatenate([numbers, undone], axis=1, dtype=numbers.dtype)
        self.codes, self.width = [], numbers.shape[1]
        for j, count in enumerate(n_codes):
            assert data.codes is not None
            self.codes.append(self.width + np.minimum(data.codes[:, j], count))
            self.width += count + 1
        self.width += 1
        self.numbers, self.rare = numbers, None
        self.places: Any = slice(0, numbers.shape[1])
        if often and (is_rare := _rare(numbers)).any():
            self.places, self.rare_places = np.flatnonzero(~is_rare), np.flatnonzero(is_rare)
            self.numbers, self.rare = numbers[:, self.places], _few_numbers(numbers, self.rare_places)

    def times(self, W: Array) -> Scored:
        """Return X W, (n, k)."""
        near = W.astype(self.numbers.dtype)
        Z = np.asfortranarray(self.numbers @ near[self.places])
        if self.rare is not None:
            Z += self.rare @ W[self.rare_places]
        for rows in self.codes:
            Z += near[rows]
        Z += near[-1]
        return Z

    def transposed_times(self, dZ: Scored) -> Array:
        """Return X' dZ, (width, k)."""
        dW = np.zeros((self.width, dZ.shape[1]))
        dW[self.places] = self.numbers.T @ dZ
        if self.rare is not None:
            dW[self.rare_places] = self.rare.T @ dZ
        for rows in self.codes:
            for k, column in enumerate(dZ.T):
                dW[:, k] += np.bincount(rows, column, self.width)
        dW[-1] = dZ.sum(axis=0, dtype=np.float64)
        return dW


def worth_unclipping(data: Data) -> tuple[int, ...]:
    """Return which features have more than two values: of two, unclipping changes the unit alone."""
    X = data.numbers
    if is_sparse(X) or X.shape[1] > MOST_UNCLIPPED:
        return ()
    between = [np.any((x != x.min()) & (x != x.max())) for x in X.T]
    return tuple(np.flatnonzero(between).tolist())


def _rare(X: Any) -> NDArray[np.bool_]:
    """Say which features (d,) are rarely not 0, where these are many numbers; of a sparse matrix none."""
    rows, d = X.shape
    none = np.zeros(d, bool)
    if is_sparse(X) or rows * d < MANY:
        return none
    found = np.count_nonzero(X, axis=0) <= RARE * rows
    return found if rows * np.count_nonzero(found) >= MANY else none


def _few_numbers(X: NDArray[Any], columns: NDArray[np.int64]) -> Any:
    """Return some columns as a sparse matrix, in float64, for its products are added up one after another."""
    values, places, counts = [], [], [np.zeros(1, np.int64)]
    for at in range(0, len(X), ROWS_LOOKED_THROUGH):
        part = X[at : at + ROWS_LOOKED_THROUGH].take(columns, axis=1)
        found = np.flatnonzero(part != 0)
        rows, within = np.divmod(found, len(columns))
        values.append(part.ravel()[found])
        places.append(within)
        counts.append(np.bincount(rows, minlength=len(part)))
    ends = np.cumsum(np.concatenate(counts))
    held = np.concatenate(values).astype(np.float64), np.concatenate(places), ends
    sparse = imported("scipy.sparse")  # a fifth of a second, and most tables are narrow
    return sparse.csr_array(held, shape=(len(X), len(columns)))
