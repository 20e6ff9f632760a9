"""The members of a candidate: which rows each is trained on and leaves out, and its seed."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.maths.philox import words
from forpass.recipes.problem import Problem
from forpass.recipes.records import Folds
from forpass.sampling.splits import dealt_out, one_after_another
from forpass.sampling.streams import stream_key

__all__ = ["Part", "parts_of", "seed_of"]

REPEATS_KEPT_APART = 1 << 16
"""Fold and repeat share a word of the counter."""


class Part(NamedTuple):
    """Which rows a member is trained on, and which it leaves out.

    Attributes
    ----------
    repeat, fold : int
        The number of the division of the rows, from 0, and of the part that is left out.
    learnt, left_out : int64 arrays
        Row numbers, each in ascending order.
    planned_for : int
        The number of rows by which epochs and batch size are chosen; 0: that of `learnt`.
    """

    repeat: int
    fold: int
    learnt: NDArray[np.int64]
    left_out: NDArray[np.int64]
    planned_for: int = 0


def seed_of(seed: int, chain: str, rung: int, repeat: int, fold: int) -> int:
    """Return the seed of a member: it depends on the name of its chain, not on which others there are.

    Examples
    --------
    >>> seed_of(0, "A", 0, 0, 1) == seed_of(0, "A", 0, 0, 1) != seed_of(0, "B", 0, 0, 1)
    True
    """
    name = int.from_bytes(hashlib.sha256(chain.encode()).digest()[:4], "little")
    counter = name, rung, repeat * REPEATS_KEPT_APART + fold
    low, high = words(2, stream_key(seed, "members"), counter).tolist()
    return int(low) | int(high) << 32


def parts_of(problem: Problem, folds: Folds, seed: int) -> list[Part]:
    """Divide the rows with a weight, once for each member of a candidate.

    Where rows have times, each part is left out by a member trained on earlier rows, and the later parts once
    more by members of other seeds. Otherwise the rows are divided a second time for those, and the only row
    of a class is left out by none.

    Raises
    ------
    DataError
        When there are too few rows, groups or times for two parts.
    """
    times = problem.keys.get("times")
    if times is not None:
        return _in_time(problem.rows, times[problem.rows], folds)
    groups = problem.keys.get("groups")
    units = len(problem.rows) if groups is None else len(np.unique(groups[problem.rows]))
    if units < 2:
        what, more = (
            ("1 row", "rows")
            if groups is None
            else ("1 group of rows", "rows of other groups, or leave the groups out")
        )
        raise DataError(f"{what} cannot be divided into parts to learn from and to judge by; add {more}")
    parts = min(folds.parts, units)
    first = _dealt(problem, parts, seed, repeat=0)[: folds.left_out]
    again = _dealt(problem, parts, seed, repeat=1)[: folds.repeated] if folds.repeated else []
    return [*first, *again]


def _dealt(problem: Problem, parts: int, seed: int, repeat: int) -> list[Part]:
    rows, single = problem.rows, _rows_of_their_class_alone(problem)
    rows = np.setdiff1d(rows, single) if len(rows) - len(single) >= parts else rows
    keys = {name: key[rows] for name, key in problem.keys.items()}
    if repeat:
        seed = seed_of(seed, "", 0, repeat, 0)
    number = dealt_out(len(rows), parts, seed, **keys)
    left_out = [rows[number == fold] for fold in range(parts)]
    return [Part(repeat, fold, np.setdiff1d(problem.rows, out), out) for fold, out in enumerate(left_out)]


def _rows_of_their_class_alone(problem: Problem) -> NDArray[np.int64]:
    """Return rows whose class no other row has: learnt by every member, for who has not cannot judge them."""
    rows = problem.rows
    if problem.task != "classification" or "groups" in problem.keys:
        return rows[:0]
    truth = problem.truth[rows]
    number = truth[:, 0].astype(np.int64) if problem.outputs == 1 else np.argmax(truth, axis=1)
    return np.asarray(rows[np.bincount(number)[number] == 1])


def _in_time(rows: NDArray[np.int64], times: NDArray[np.float64], folds: Folds) -> list[Part]:
    distinct = len(np.unique(times))
    if distinct < 2:
        raise DataError(
            "all rows have the same time, and none is later than what is learnt; leave the time out"
        )
    parts = min(folds.parts, distinct - 1)
    number = one_after_another(times, parts)
    first = [Part(0, fold, rows[number < fold], rows[number == fold]) for fold in range(parts)]
    first = first[-folds.left_out :]
    return [
        *first,
        *(part._replace(repeat=1) for part in first[len(first) - min(folds.repeated, len(first)) :]),
    ]
