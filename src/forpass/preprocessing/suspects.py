"""Suspects: columns that count the rows, and columns that give the target away.

Nothing is left out for it, only said: a year counts the rows of a table of years, and some things are
easy to predict. A column counts the rows if its training rows hold different whole numbers that rise or
fall from row to row, or fill their range at least half. It gives the target away if, on an even sample,

- each of its values (a missing one too) has one value of the target, with several rows per value, and
  chance does so less than once in `CHANCE` tables;
- or it is a number or a date that divides the classes without overlap, or in whose order the rows' target
  never falls, or never rises: a multiple, a logarithm, a rounded copy.
"""

import warnings
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import ForpassWarning
from forpass.preprocessing.columns import ColumnSpec
from forpass.preprocessing.dates import day_of_word
from forpass.preprocessing.learning import IDENTIFIER_ROWS
from forpass.preprocessing.notation import PLAIN, number_of_word
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.targets import TargetSpec
from forpass.preprocessing.words import levels_of

__all__ = ["counts_rows", "gives_away", "warn_of_suspects"]

SAMPLE = 20_000
FEWEST_ROWS = 50  # of the sample; in fewer, much is equal by chance
FEWEST_OF_A_CLASS = 5
ROWS_PER_VALUE = 5
FEWEST_VALUES = 20  # of an ordered column and of a target of numbers
CHANCE = 1e12


def warn_of_suspects(
    table: Table,
    specs: Sequence[ColumnSpec],
    target: TargetSpec | None,
    rows: NDArray[np.int64],
    said: Collection[str] = (),
) -> None:
    """Name the columns that are suspect in the training rows; what is `said` in a schema may count them."""
    specs = [spec for spec in specs if spec.features]
    for spec in specs:
        asked = spec.kind == "number" and spec.name not in said
        if asked and counts_rows(table.columns[spec.name].take(rows)):
            _warn(
                f"column {spec.name!r} counts the rows, as identifiers do; leave it out (kind drop), "
                "or say kind number in the schema if it means something"
            )
    if target is None:
        return
    sample = rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]
    truths = _truths(target, table.only(target.names, sample))
    for spec in specs:
        x, known = _ranks(table.columns[spec.name].take(sample), spec)
        ordered = spec.kind in ("number", "date") and bool(known.all())
        given = [name for name, y in truths.items() if gives_away(x, y, ordered, target.task == "regression")]
        if given:
            _warn(
                f"column {spec.name!r} gives the target {given[0]!r} away; leave it out (kind drop) "
                "if it is not known when predicting"
            )


def counts_rows(column: Column) -> bool:
    """Say whether whole numbers, none missing, number the rows."""
    values = column.values
    if column.is_text or len(values) <= IDENTIFIER_ROWS or values.dtype.kind not in "iuf":
        return False
    if values.dtype.kind == "f" and not np.all(values == np.floor(values)):  # nor is NaN equal to anything
        return False
    if np.all(values[1:] > values[:-1]) or np.all(values[1:] < values[:-1]):
        return True
    low, high = int(values.min()), int(values.max())
    if not len(values) <= high - low + 1 <= 2 * len(values):
        return False
    wide = values.astype(np.int64) if values.dtype.kind == "i" else values  # -100 to 99 are too far for int8
    return int(np.bincount((wide - wide.min()).astype(np.int64)).max()) == 1


def gives_away(x: NDArray[np.int64], y: NDArray[np.int64], ordered: bool, numbers: bool) -> bool:
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
        return any(bool(np.all(np.diff(y[np.lexsort((s * y, x))] * s) >= 0)) for s in (1, -1))
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


def _truths(target: TargetSpec, part: Table) -> dict[str, NDArray[np.int64]]:
    """Return what is to be predicted, as ranks, by name: several 0/1 columns of classes are one."""
    if target.one_hot:
        return {", ".join(target.names): target.encode(part).reshape(-1).astype(np.int64)}
    return {name: _ranks(part.columns[name])[0] for name in target.names}


def _ranks(column: Column, spec: ColumnSpec | None = None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rank of each value, missing ones after all others, and which are there."""
    if not column.is_text:
        known = column.values == column.values  # NaN is not equal to itself, and sorted to the end
        return np.unique(column.values, return_inverse=True)[1].reshape(-1).astype(np.int64), known
    words, codes = levels_of(column)
    read = [_read(word, spec) for word in words]
    rank = np.append(np.argsort(np.argsort(read, kind="stable"), kind="stable"), len(words))
    return rank[codes].astype(np.int64), codes >= 0


def _read(word: str, spec: ColumnSpec | None) -> float:
    """Return what a word of an ordered column is worth; a category has no order."""
    if spec is not None and spec.kind == "date":
        return day_of_word(word, spec.format) or 0.0
    return number_of_word(word, spec.notation if spec else PLAIN) or 0.0


def _warn(message: str) -> None:
    warnings.warn(message, ForpassWarning, stacklevel=4)
