"""Leakage: columns that tell the target, and columns that only count the rows.

Nothing is left out for it, only said: a year counts the rows of a table of years, and some things are
easy to predict. A column counts the rows if its training rows hold different whole numbers that rise or
fall from row to row, or fill their range at least half. It leaks the target if, on an even sample,

- each of its values (a missing one too) has one value of the target, with several rows per value, and
  chance does so less than once in `CHANCE` tables;
- or it is a number or a date that divides the classes without overlap, or in whose order the rows' target
  never falls, or never rises: a multiple, a logarithm, a rounded copy.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.kinds import ColumnSpec
from forpass.preprocessing.kinds.inference import IDENTIFIER_ROWS
from forpass.preprocessing.kinds.scaling import spread_of
from forpass.preprocessing.notation import Notation, number_of_word
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.targets import TargetSpec
from forpass.preprocessing.words import levels_of
from forpass.sampling.evenly import evenly

__all__ = ["Truths", "counts_rows", "determines", "leakage_found", "rows_counted", "truths_of"]

SAMPLE = 20_000
FEWEST_ROWS = 50  # of the sample; in fewer, much is equal by chance
FEWEST_OF_A_CLASS = 5
ROWS_PER_VALUE = 5
ROWS_IN_ORDER = 64  # so few show of most columns that they leak nothing
FEWEST_VALUES = 20  # of an ordered column and of a target of numbers
CHANCE = 1e12


class Truths(NamedTuple):
    """What is to be predicted, on a sample of the training rows.

    Attributes
    ----------
    sample : ndarray of int64
        Places among the training rows.
    ranks : dict from name to ndarray of int64
        Of each target on the sample: 0 for the least value, 1 for the next.
    numbers : bool
        Whether the order of the ranks means something: otherwise they number classes.
    whole : bool
        Whether the sample is all rows.
    """

    sample: NDArray[np.int64]
    ranks: dict[str, NDArray[np.int64]]
    numbers: bool
    whole: bool = False


def truths_of(target: TargetSpec, truth: Table) -> Truths:
    """Return what is to be predicted, of the target's columns at the training rows."""
    n = len(truth)
    sample = evenly(n, SAMPLE)
    part = truth.only(truth.names, sample)
    if target.one_hot:  # several 0/1 columns of classes are one target
        ranks = {", ".join(target.names): target.encode(part).reshape(-1).astype(np.int64)}
    else:
        read_as = dict(zip(target.names, target.read_as, strict=True))
        ranks = {name: _ranks(column, _worth(read_as[name]))[0] for name, column in part.columns.items()}
    whole = np.array_equal(sample, np.arange(n))
    return Truths(sample, ranks, target.task == "regression", whole)


def rows_counted(spec: ColumnSpec, column: Column) -> str:
    """Say that a column of numbers counts the training rows; "" where it does not."""
    if spec.kind != "number" or not counts_rows(column):
        return ""
    return (
        f"column {spec.name!r} counts the rows, as identifiers do; leave it out (kind drop), "
        "or say kind number in the schema if it means something"
    )


def leakage_found(spec: ColumnSpec, column: Column, truths: Truths) -> str:
    """Say that a column, of the training rows, leaks a target; "" where it leaks none."""
    if not spec.groups:
        return ""
    sampled = column if truths.whole else column.take(truths.sample)
    if _cannot_leak(sampled, truths):
        return ""
    x, known = _ranks(sampled, spec.worth)
    ordered = spec.worth is not None and bool(known.all())
    for name, y in truths.ranks.items():
        if determines(x, y, ordered, truths.numbers):
            return (
                f"column {spec.name!r} leaks the target {name!r}; leave it out (kind drop) "
                "if it is not known when predicting"
            )
    return ""


def _cannot_leak(column: Column, truths: Truths) -> bool:
    """Whether a few rows of a column of numbers show already that it leaks no target.

    What holds of all rows holds of some. So a column leaks nothing if some rows have too many different
    values to have several rows each, and others do not follow the target in its order: for many columns,
    which are few rows' work then, instead of all rows' ranks.
    """
    values, n = column.values, len(column)
    if column.is_text or n <= 2 * ROWS_IN_ORDER:
        return False
    if _different(column, truths) <= n // ROWS_PER_VALUE:
        return False
    rows = _rows_in_order(n)
    x = values[rows]
    if np.isnan(x).any():
        return True  # with gaps its order means nothing
    return not any(_may_follow(x, y[rows], truths.numbers) for y in truths.ranks.values())


def _different(column: Column, truths: Truths) -> int:
    """Return how many different numbers a column holds: of all rows it is known, of a sample look at some."""
    if truths.whole:
        return spread_of(column).different
    ordered = np.sort(column.values[: len(column) // ROWS_PER_VALUE + 2])
    return 1 + int(np.count_nonzero(ordered[1:] > ordered[:-1]))  # NaN is above nothing


@functools.lru_cache(16)
def _rows_in_order(n: int) -> NDArray[np.int64]:
    """Return a few rows, evenly spread."""
    return np.linspace(0, n - 1, ROWS_IN_ORDER).astype(np.int64)


def _may_follow(x: NDArray[Any], y: NDArray[np.int64], numbers: bool) -> bool:
    """Whether in the order of x a target y never falls or never rises, or its classes lie side by side."""
    if numbers:
        return any(bool(np.all(np.diff(y[np.lexsort((s * y, x))] * s) >= 0)) for s in (1, -1))
    in_order = y[np.lexsort((y, x))]
    return int(np.count_nonzero(np.diff(in_order))) < len(set(y.tolist()))


def counts_rows(column: Column) -> bool:
    """Say whether whole numbers, none missing, number the rows."""
    values = column.values
    if column.is_text or len(values) <= IDENTIFIER_ROWS or values.dtype.kind not in "iuf":
        return False
    if values.dtype.kind == "f":  # a few rows first, which of most columns tell it
        for some in (values[:IDENTIFIER_ROWS], values):
            if not np.array_equal(some, np.floor(some)):  # nor is NaN equal to anything
                return False
    if np.all(values[1:] > values[:-1]) or np.all(values[1:] < values[:-1]):
        return True
    low, high = int(values.min()), int(values.max())
    if not len(values) <= high - low + 1 <= 2 * len(values):
        return False
    wide = values.astype(np.int64) if values.dtype.kind == "i" else values  # -100 to 99 are too far for int8
    return int(np.bincount((wide - wide.min()).astype(np.int64)).max()) == 1


def determines(x: NDArray[np.int64], y: NDArray[np.int64], ordered: bool, numbers: bool) -> bool:
    """Say whether ranks x (n,) of a column determine ranks y (n,) of the target.

    Parameters
    ----------
    x, y : ndarray of int64
        0 for the least value, 1 for the next; equal values are of one rank.
    ordered : bool
        Whether the order of x means something.
    numbers : bool
        Whether the order of y does: otherwise it numbers classes.
    """
    counts = np.bincount(y)
    if len(y) < FEWEST_ROWS or len(counts) < 2:
        return False
    if _is_pure(x, y, counts):
        return True
    if not ordered:
        return False
    if numbers:
        if min(x.max(), y.max()) + 1 < FEWEST_VALUES:
            return False
        return _may_follow(x, y, numbers)
    if counts.min() < FEWEST_OF_A_CLASS:
        return False
    in_order = y[np.lexsort((y, x))]
    changes = int(np.count_nonzero(np.diff(in_order)))
    return changes == len(counts) - 1 and _apart(x, in_order, np.sort(x))


def _apart(x: NDArray[np.int64], in_order: NDArray[np.int64], ordered: NDArray[np.int64]) -> bool:
    """Say whether no value of x stands on both sides of a change of class."""
    edges = np.flatnonzero(np.diff(in_order))
    return bool(np.all(ordered[edges] < ordered[edges + 1]))


def _is_pure(x: NDArray[np.int64], y: NDArray[np.int64], counts: NDArray[Any]) -> bool:
    """Say whether each value of x has one y, which chance would hardly bring about."""
    n, values = len(x), int(x.max()) + 1
    if values < 2 or ROWS_PER_VALUE * values > n:
        return False
    first = np.empty(values, dtype=np.int64)
    first[x] = y  # some row's y of each value
    if not np.array_equal(first[x], y):
        return False
    # that all rows of a value are of one y, were they dealt at random: the sum of p^rows over the y
    sizes = np.bincount(x)
    shares = np.sort(counts / n)[::-1][:100]
    likely = np.log(np.sum(shares[:, None] ** sizes, axis=0).clip(1e-300, 1.0)).sum()
    return bool(likely < -np.log(CHANCE))


def _ranks(
    column: Column, worth: Callable[[str], float] | None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rank of each value, missing ones after all others, and which are there.

    `worth` says what a word is worth; without it words have no order, and the ranks only tell them apart.
    """
    if not column.is_text:
        known = column.values == column.values  # NaN is not equal to itself, and sorted to the end
        return np.unique(column.values, return_inverse=True)[1].reshape(-1).astype(np.int64), known
    words, codes = levels_of(column)
    rank = np.arange(len(words) + 1)
    if worth is not None:
        rank[:-1] = np.argsort(np.argsort([worth(word) for word in words], kind="stable"), kind="stable")
    return rank[codes].astype(np.int64), codes >= 0


def _worth(notation: Notation) -> Callable[[str], float]:
    return lambda word: number_of_word(word, notation) or 0.0
