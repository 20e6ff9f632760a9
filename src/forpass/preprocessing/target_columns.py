"""The columns of a target: which they are, which rows have a value in them, and the numbers there."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.gaps import DASHES
from forpass.names import nearest_names
from forpass.preprocessing.missing import gap_words
from forpass.preprocessing.notation import PLAIN, Notation
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.words import is_missing, numbers_of
from forpass.shown import counted
from forpass.told import called, warn_the_caller

__all__ = [
    "about_gaps",
    "has_target",
    "matrix_of",
    "rows_with_target",
    "single_one",
    "target_names",
    "warn_of_missing_targets",
    "zero_one",
]


def target_names(names: object, columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the target columns, at least one and each once.

    Raises
    ------
    TableError
        For anything else than names; `columns` are those that the table has.
    """
    chosen = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else None
    if chosen is None or not all(isinstance(name, str) for name in chosen):
        listed = ", ".join(columns[:8]) + (", ..." if len(columns) > 8 else "")
        there = f", for instance one of {listed}" if columns else ""
        raise TableError(f"target takes the name of a column, or a list of names{there}; got {names!r}")
    if not chosen:
        raise TableError("no target column is named; name the column to predict")
    if len(set(chosen)) < len(chosen):
        raise TableError(f"a target column is named twice in {', '.join(chosen)}; name each once")
    return chosen


def has_target(table: Table, names: str | Sequence[str], needed: bool = False) -> NDArray[np.bool_]:
    """Say for each row whether its target is known; see `rows_with_target`."""
    known = np.ones(len(table), dtype=np.bool_)
    for name in target_names(names, table.names):
        if needed and name not in table.columns:
            near = nearest_names(name, table.names, limit=1)
            perhaps = f" (perhaps {near[0]!r})" if near else ""
            raise TableError(
                f"the table lacks the target {name!r}{perhaps}, which is needed to measure "
                "and to trace; add it, or predict, which does without"
            )
        known &= ~is_missing(table.column(name, "target column"))
    return known


def rows_with_target(table: Table, names: str | Sequence[str], needed: bool = False) -> NDArray[np.int64]:
    """Return the numbers of the rows whose target is not missing, counted from 0.

    `needed` says that the target is asked for by a model, not named by a person.
    """
    return np.flatnonzero(has_target(table, names, needed))


def warn_of_missing_targets(table: Table, names: Sequence[str], rows: NDArray[np.int64]) -> None:
    """Say which rows are left out because their target is missing, and by which words; for none nothing."""
    if count := len(rows):
        warn_the_caller(
            f"{counted(count, 'row')} left out, without a value of the target "
            f"{', '.join(map(repr, names))}; fill the target in to use them"
            f"{about_gaps(table, names, rows)}",
        )


def about_gaps(table: Table, names: Sequence[str], rows: NDArray[np.int64]) -> str:
    """Name the words in the target that mean a missing value, and how to keep them; "" for none."""
    words = list(dict.fromkeys(word for name in names for word in gap_words(table.columns[name], rows)))
    if not words:
        return ""
    listed = ", ".join(map(repr, words[:4])) + (", ..." if len(words) > 4 else "")
    means = "means" if len(words) == 1 else "mean"
    classes = " and task classification" if not DASHES.isdisjoint(words) else ""
    return f", or, where {listed} {means} something, keep it as a value with missing=[]{classes}"


def matrix_of(
    names: Sequence[str], columns: Sequence[Column], notations: Sequence[Notation] = ()
) -> NDArray[np.float64]:
    """Return the numbers of several target columns (n, k)."""
    written = notations or [PLAIN] * len(names)
    return np.column_stack(
        [numbers_of(name, c, "target", n) for name, c, n in zip(names, columns, written, strict=True)]
    )


def zero_one(names: Sequence[str], columns: Sequence[Column]) -> NDArray[np.float64]:
    """Return columns of 0 and 1 (n, k); refuse any other number."""
    values = matrix_of(names, columns)
    bad = np.argwhere((values != 0.0) & (values != 1.0))
    if len(bad):
        i, j = (int(k) for k in bad[0])
        raise TableError(
            f"target {names[j]!r} holds {values[i, j]:g} in {columns[j].row_name(i)} where 0 or 1 is meant; "
            f"say {called('task')} regression for numbers"
        )
    return values


def single_one(names: Sequence[str], columns: Sequence[Column]) -> NDArray[np.int64]:
    """Return which of the 0/1 columns holds the 1 (n,); refuse rows with another number of them."""
    values = zero_one(names, columns)
    ones = values.sum(axis=1)
    if (ones != 1.0).any():
        i = int(np.flatnonzero(ones != 1.0)[0])
        raise TableError(
            f"{columns[0].row_name(i)} has {ones[i]:g} of the {len(names)} classes at 1 where one is meant; "
            f"mend the row, or say {called('task')} multilabel"
        )
    return np.asarray(values.argmax(axis=1), dtype=np.int64)
