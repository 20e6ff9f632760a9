"""Which rows the networks of an ensemble have not seen, known again when they come back in a table.

Of each row that was learnt from there is kept a 32-bit digest of what it was encoded as, features and target,
and the folds that it is in: members of these folds have not seen it. Nothing can be read from a digest; two
rows share one by chance once in four billion pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError
from forpass.maths.philox import words
from forpass.spec.data import Data, is_sparse

__all__ = ["MOST_FOLDS", "LeftOut", "equal_across"]

MOST_FOLDS = 64
"""The folds of a row are bits of a word."""

ROWS_AT_ONCE = 8192

Bits = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class LeftOut:
    """The rows that an ensemble has learnt from, and which of its members have not.

    Attributes
    ----------
    digests : uint32 array (rows,)
        Rising, each once.
    folds : unsigned array (rows,)
        Bit f of a row says that the members of fold f have not seen it, nor another row of its digest.

    Examples
    --------
    Two folds of two rows each:

    >>> data = Data([[0.0], [1.0], [2.0], [3.0]], targets=[0.0, 1.0, 0.0, 1.0])
    >>> left_out = LeftOut.of(data, [[0, 1], [2, 3]])
    >>> left_out.members_of(Data([[2.0], [9.0]], targets=[0.0, 1.0]), [0, 1, 1]).tolist()
    [[False, True, True], [True, True, True]]
    """

    digests: NDArray[np.uint32]
    folds: NDArray[np.unsignedinteger]

    def __post_init__(self) -> None:
        shapes = {np.shape(self.digests), np.shape(self.folds)}
        kinds = self.digests.dtype == np.uint32 and self.folds.dtype.kind == "u"
        if len(shapes) != 1 or self.digests.ndim != 1 or not self.digests.size or not kinds:
            raise SpecError("digests and folds of rows that were left out must be one of each for every row")
        if not np.all(self.digests[1:] > self.digests[:-1]):
            raise SpecError("digests of rows that were left out must rise")

    @classmethod
    def of(cls, data: Data, folds: Sequence[Sequence[int] | NDArray[np.int64]]) -> LeftOut:
        """Return what is kept of rows with targets, of which each fold leaves out some."""
        bits = np.zeros(data.n_rows, np.uint64)
        for fold, rows in enumerate(folds):
            bits[np.asarray(rows, np.int64)] |= np.uint64(1 << fold)
        digests = _digests(data)
        order = np.argsort(digests, kind="stable")
        digests, bits = digests[order], bits[order]
        starts = np.flatnonzero(np.concatenate([[True], digests[1:] != digests[:-1]]))
        size = next(kind for kind in (np.uint8, np.uint16, np.uint32, np.uint64) if len(folds) <= _bits(kind))
        return cls(digests[starts], np.bitwise_and.reduceat(bits, starts).astype(size))

    @classmethod
    def of_none(cls, parts: Sequence[Data]) -> LeftOut:
        """Return what is kept of rows with targets that a single network has seen, all of them."""
        digests = np.unique(np.concatenate([_digests(part) for part in parts]))
        return cls(digests, np.zeros(len(digests), np.uint8))

    def members_of(self, data: Data, folds: Sequence[int | None]) -> NDArray[np.bool_]:
        """Say for each row which members, of these folds, have not seen it; none has seen an unknown row.

        Parameters
        ----------
        data : Data
            With targets.
        folds : sequence of int or None
            Of each member; None of one that has seen all rows.

        Returns
        -------
        array (rows, members)
        """
        digests = _digests(data)
        place = np.minimum(np.searchsorted(self.digests, digests), len(self.digests) - 1)
        bits = self.folds[place].astype(np.uint64)
        own = np.array([0 if fold is None else 1 << fold for fold in folds], np.uint64)
        unknown = self.digests[place] != digests
        return np.asarray(((bits[:, None] & own) != 0) | unknown[:, None])

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> LeftOut | None:
        """Return what `arrays` gave; None where there are none."""
        return cls(arrays["digests"], arrays["folds"]) if arrays else None

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a file holds of it, by the names of the fields."""
        return {"digests": self.digests, "folds": self.folds}


def equal_across(data: Data, folds: Sequence[Sequence[int] | NDArray[np.int64]]) -> int:
    """Count rows that are equal, target and all, to a row that another of the folds leaves out.

    Examples
    --------
    >>> data = Data([[0.0], [1.0], [0.0], [3.0]], targets=[0.0, 1.0, 0.0, 1.0])
    >>> equal_across(data, [[0, 1], [2, 3]]), equal_across(data, [[0, 2], [1, 3]])
    (2, 0)
    """
    fold_of = np.full(data.n_rows, -1)
    for fold, rows in enumerate(folds):
        fold_of[np.asarray(rows, np.int64)] = fold
    _, place, counts = np.unique(_digests(data), return_inverse=True, return_counts=True)
    least, most = np.full(len(counts), len(folds)), np.full(len(counts), -1)
    np.minimum.at(least, place, fold_of)
    np.maximum.at(most, place, fold_of)
    return int(counts[least < most].sum())


def _bits(kind: type[np.unsignedinteger]) -> int:
    return 8 * np.dtype(kind).itemsize


def _digests(data: Data) -> NDArray[np.uint32]:
    """Digest rows: the sum of their numbers' bits, each times an odd word by chance, modulo 2^64."""
    targets = data.targets
    if targets is None:
        raise SpecError("rows without targets have no digest")
    parts: list[Any] = [data.numbers, targets[:, None] if np.ndim(targets) == 1 else targets]
    width = data.numbers.shape[1]
    drawn = words(2 * sum(part.shape[1] for part in parts), (0, 0), (0, 0, 0)).astype(np.uint64)
    factors = (drawn[0::2] << np.uint64(32)) | drawn[1::2] | np.uint64(1)
    found = np.empty(data.n_rows, np.uint32)
    for start in range(0, data.n_rows, ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        sums = _sums(parts[0][some], factors[:width]) + _sums(parts[1][some], factors[width:])
        found[some] = sums >> np.uint64(32)
    return found


def _sums(numbers: Any, factors: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the sum of each row's bits times factors; zeros of a sparse matrix add nothing."""
    if not is_sparse(numbers):
        return np.asarray((_bits_of(numbers) * factors).sum(axis=1, dtype=np.uint64))
    each = _bits_of(numbers.data) * factors[numbers.indices]
    totals = np.concatenate([np.zeros(1, np.uint64), np.cumsum(each, dtype=np.uint64)])
    return np.asarray(totals[numbers.indptr[1:]] - totals[numbers.indptr[:-1]])


def _bits_of(numbers: NDArray[Any]) -> NDArray[np.uint64]:
    """Return the bits of numbers in float32; -0 is 0."""
    return (numbers.astype(np.float32) + np.float32(0.0)).view(np.uint32).astype(np.uint64)
