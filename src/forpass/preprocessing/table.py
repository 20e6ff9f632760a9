"""Tables: columns of equal length by name, each one of six kinds of NumPy array, or refused.

=========  ==============================================================================
integer    whole numbers in their own dtype; float64 with NaN where some are missing
float      float32 or float16 where the table has that, otherwise float64; NaN where missing; durations: days
boolean    bool; float32 0/1 with NaN where some are missing
date       float64: days since 1970-01-01 in UTC, NaN where missing
text       int32: numbers of the column's words, negative where missing; see `text`
category   the same, where the table itself says that the column is one of categories
other      none: lists, bytes, structures; see `RefusedColumn`
=========  ==============================================================================

Whole numbers that none of these types holds exactly (beyond 64 bits; beyond 2^53 beside missing ones) are
kept as words, so that no digit of an identifier is lost; and so are categories of numbers or truth values.
Such a column has `labels`, what its words stand for. What a column means to a network is decided later, in
`kinds`; nothing is learnt here.

A column never changes, so what is found out about it (its words, its gaps, what it looks like) stays true:
the functions that find it out are marked `fact`, look once and keep what they saw with the column. A column
of other rows is another column.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.errors import TableError
from forpass.names import nearest_names
from forpass.shown import counted

__all__ = [
    "MICROSECONDS_A_DAY",
    "ROWS_AT_ONCE",
    "Column",
    "Label",
    "RefusedColumn",
    "Table",
    "Unread",
    "about_a_title",
    "fact",
    "keep",
    "part_of",
    "row_numbers",
]

Found = TypeVar("Found")

Label = str | int | float | bool
"""What a class may be."""

MICROSECONDS_A_DAY = 86_400_000_000

ROWS_AT_ONCE = 1 << 15
"""So many rows are encoded at a time: what lies in between stays small, and near the processor."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes
    ----------
    kind : str
        ``"integer"``, ``"float"``, ``"boolean"``, ``"date"``, ``"text"``, ``"category"`` or ``"other"``.
    values : ndarray (n,)
        See the head of this module. It may be the caller's own memory: never write into it.
    words : list of str or None
        Of text: its different words, to which the values point.
    rows : ndarray (n,) of int64 or None
        Where the rows lie in the user's table, for messages; None: the first is the first.
    labels : list or None
        What the words stand for, where they are no text: whole numbers, numbers (those of few digits as
        NumPy's float32 or float16) or truth values.
    gaps : list of str
        Words for a missing value that stand in the table: to the first of them the value -2 points.
    zones : str
        Of dates and text: ``"some"`` where only some of the dates have a time zone, ``"all"`` where all of
        them have one.
    facts : dict
        What was found out about the column, by the name of the function: see `fact`.
    """

    kind: str
    values: NDArray[Any]
    words: list[str] | None = None
    rows: NDArray[np.int64] | None = None
    labels: list[Label] | None = None
    gaps: Sequence[str] = ()
    zones: str = ""
    facts: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    @property
    def is_text(self) -> bool:
        """Whether the values are numbers of words."""
        return self.words is not None

    def take(self, rows: NDArray[np.int64]) -> "Column":
        """Return the column at the given row numbers, in the given order."""
        return Column(
            self.kind,
            self.values[rows],
            self.words,
            rows if self.rows is None else self.rows[rows],
            self.labels,
            self.gaps,
            self.zones,
        )

    def lying_at(self, rows: NDArray[np.int64]) -> "Column":
        """Return the column, which knows where its rows lie in the user's table."""
        return replace(self, rows=rows)

    def row_name(self, i: int) -> str:
        """Name row `i` as the user counts."""
        return f"row {(i if self.rows is None else int(self.rows[i])) + 1} (rows counted from 1)"

    def cell(self, row: int) -> Any:
        """Return what stands in a row, as a plain Python value; None for missing text."""
        value = self.values[row].item()
        if self.words is None:
            return value
        return None if value < 0 else (self.labels or self.words)[value]

    def cells(self) -> list[Any]:
        """Return what stands in all rows."""
        if self.words is None:
            return list(self.values.tolist())
        known: Sequence[Any] = self.labels or self.words
        return [None if code < 0 else known[code] for code in self.values.tolist()]


class RefusedColumn(Column):
    """A column of lists, bytes, structures: reading its values raises `TableError`.

    It may stand in a table as long as nobody needs it: be dropped, or lie beside the columns of a model.

    Parameters
    ----------
    name : str
        What it is called.
    holds : str
        What it holds.
    n : int
        How many rows it has.
    """

    name: str
    holds: str
    n: int

    def __init__(self, name: str, holds: str, n: int) -> None:
        own = {"name": name, "holds": holds, "n": n, "kind": "other", "facts": {}}
        for attribute, value in own.items():
            object.__setattr__(self, attribute, value)

    def __repr__(self) -> str:
        return f"<column {self.name!r}: {counted(self.n, 'row')} of {self.holds}>"

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.n

    @property
    def values(self) -> NDArray[Any]:
        """Refuse to be read.

        Raises
        ------
        TableError
            Always.
        """
        raise TableError(
            f"column {self.name!r} holds {self.holds}, where a number, text, a truth value or a date is "
            "meant; take it apart or leave it out"
        )

    def take(self, rows: NDArray[np.int64]) -> Column:
        """Return the column at the given row numbers."""
        return RefusedColumn(self.name, self.holds, len(rows))

    def lying_at(self, rows: NDArray[np.int64]) -> Column:
        """Return the column as it is: no message names a row of it by its place."""
        return self


def fact(look: Callable[[Column], Found]) -> Callable[[Column], Found]:
    """Make a function of a column look once: what it finds is kept in ``column.facts``.

    Two threads may both look; they find the same.
    """
    name = look.__name__

    @wraps(look)
    def looked_up(column: Column) -> Found:
        facts = column.facts
        if name not in facts:
            facts[name] = look(column)
        found: Found = facts[name]
        return found

    return looked_up


def keep(column: Column, look: Callable[[Column], Found], found: Found) -> None:
    """Keep with a column what a `fact` would find, where it was found out in passing."""
    column.facts[look.__name__] = found


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length by name, in order."""

    columns: Mapping[str, Column]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.columns.values())))

    def column(self, name: str, role: str = "column") -> Column:
        """Return the column called `name`.

        Raises
        ------
        TableError
            When there is none; the nearest names are offered. `role` says what it was wanted for.
        """
        if name not in self.columns:
            near = nearest_names(name, self.names, limit=3) or list(self.names[:8])
            more = ", ..." if len(self.names) > len(near) else ""
            columns = counted(len(self.names), "column")
            raise TableError(
                f"the table has no {role} {name!r}; choose among its {columns}, for instance "
                f"{', '.join(map(repr, near))}{more}{about_a_title(self.names)}"
            )
        return self.columns[name]

    def take(self, rows: ArrayLike) -> "Table":
        """Return a table of the given row numbers, counted from 0, in the given order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return Table({name: column.take(chosen) for name, column in self.columns.items()})

    def only(self, names: Sequence[str], rows: NDArray[np.int64]) -> "Table":
        """Return a table of some columns at the given row numbers: at all, in order, with their facts."""
        whole = np.array_equal(rows, np.arange(len(self)))
        chosen = [(name, self.columns[name]) for name in names]
        return Table({name: column if whole else column.take(rows) for name, column in chosen})


Unread = Sequence[tuple[str, Callable[[], Column]]]
"""The names of a table's columns, and what reads each."""


def about_a_title(names: Sequence[str]) -> str:
    """Say what to do where columns without a name show that a title may have been taken for the header."""
    if any(name == f"column {place}" for place, name in enumerate(names, 1) if place > 1):
        return "; if a title stands above the header, as it seems, take its line out of the file"
    return ""


def row_numbers(rows: ArrayLike | None, count: int) -> NDArray[np.int64]:
    """Return row numbers in ascending order, so that their order cannot matter; refuse what is none."""
    if rows is None:
        return np.arange(count)
    given = np.asarray(rows)
    if given.ndim != 1 or given.dtype.kind not in "iu" or len(given) == 0:
        raise TableError(
            f"rows must be a list of row numbers; got an array of {given.dtype}, shape {given.shape}"
        )
    if given.min() < 0 or given.max() >= count:
        raise TableError(f"rows go from 0 to {count - 1} in this table; got {given.min()} to {given.max()}")
    rising = bool(np.all(given[1:] > given[:-1]))
    return (given if rising else np.unique(given)).astype(np.int64)


def part_of(column: Column, rows: NDArray[np.int64]) -> Column:
    """Return a column at ascending rows.

    A short one wanted whole is itself, and keeps what is found out about it. Of a long one it is a column of
    its own, so that what is found out goes with it and memory stays small.
    """
    return column if len(rows) == len(column) <= ROWS_AT_ONCE else column.take(rows)
