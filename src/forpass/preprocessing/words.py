"""What is written in the cells of a column: numbers, truth values, dates, words, or nothing.

Text is looked at once per different word, never cell by cell: `levels_of` gives a column's different words
and, for each row, the number of its word.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.preprocessing.dates import date_example, date_text, day_of_word, is_date
from forpass.preprocessing.notation import PLAIN, Notation, is_number, number_of_word
from forpass.preprocessing.table import Column

__all__ = [
    "LARGEST",
    "Levels",
    "dates_of",
    "infer_kind",
    "is_missing",
    "levels_of",
    "numbers_of",
    "refuse",
    "row_name",
    "truth_of",
]

# pairs that mean false and true, in small letters
TRUTH_WORDS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"), ("off", "on"))
TRUTH = {word: float(value) for pair in TRUTH_WORDS for value, word in enumerate(pair)}

# differences and quotients of numbers up to here stay finite; beyond, a number counts as infinite
LARGEST = 1e300


class Levels(NamedTuple):
    """A column as its different words and, for each row, which of them it holds.

    Attributes
    ----------
    words : list of str
        In the order in which they first appear in the whole table (numbers: ascending).
    codes : ndarray (n,) of int64
        Positions in `words`; -1 where the value is missing.
    """

    words: list[str]
    codes: NDArray[np.int64]


def levels_of(column: Column) -> Levels:
    """Split a column into the different words in its rows, without blanks around them, and their places."""
    if column.words is None:
        return _levels_of_numbers(column)
    here = np.flatnonzero(np.bincount(column.values + 1, minlength=len(column.words) + 1)[1:])
    number: dict[str, int] = {}
    of_word = np.full(len(column.words) + 1, -1, dtype=np.int64)  # code -1 picks the last
    of_word[here] = [number.setdefault(column.words[i].strip(), len(number)) for i in here]
    return Levels(list(number), of_word[column.values])


def _levels_of_numbers(column: Column) -> Levels:
    different, inverse = np.unique(column.values, return_inverse=True)
    codes = inverse.astype(np.int64).reshape(-1)
    if different.dtype.kind == "f" and len(different) and np.isnan(different[-1]):
        codes[codes == len(different) - 1] = -1
        different = different[:-1]
    return Levels([_word(value, column.kind) for value in different.tolist()], codes)


def _word(value: Any, kind: str) -> str:
    """Write a number as a category: 7 and 7.0 are the same one."""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "date":
        return date_text(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def is_missing(column: Column) -> NDArray[np.bool_]:
    """Say for each row whether its value is missing."""
    if column.is_text:
        return np.asarray(column.values < 0, dtype=np.bool_)
    if column.values.dtype.kind == "f":
        return np.asarray(np.isnan(column.values), dtype=np.bool_)
    return np.zeros(len(column.values), dtype=np.bool_)


def infer_kind(column: Column) -> str:
    """Tell from a column's training rows whether it holds numbers, truth values, dates or categories."""
    if column.kind in ("boolean", "category", "date"):
        return column.kind
    if not column.is_text:
        return "number"
    words = levels_of(column).words
    if all(map(is_number, words)):
        return "number"
    if all(map(is_date, words)):
        return "date"
    found = {word.lower() for word in words}
    return "boolean" if any(found <= set(pair) for pair in TRUTH_WORDS) else "category"


def numbers_of(
    name: str,
    column: Column,
    rows: NDArray[np.int64] | None = None,
    role: str = "column",
    notation: Notation = PLAIN,
) -> NDArray[np.float64]:
    """Return a column's numbers as float64, NaN where missing.

    Parameters
    ----------
    name : str
        The column's name, for the error.
    column : Column
    rows : ndarray of int64, optional
        Where the rows of `column` lie in the user's table, for the error.
    role : str
        What the column is to the user, for the error: ``"column"`` or ``"target"``.
    notation : Notation, optional
        How numbers are written where the column is text.

    Raises
    ------
    TableError
        For text that is no number, dates and infinite numbers, with column, first row and value.
    """
    if column.kind == "date":
        refuse(name, column, ~is_missing(column), rows, "where a number is meant", role, "date")
    if column.is_text:
        wanted = f"where a number is meant, like {notation.example!r}"

        def number(word: str) -> float | None:
            return number_of_word(word, notation)

        values = _parsed(name, column, number, rows, role, wanted, "category")
    else:
        values = column.values.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        bad = np.abs(values) > LARGEST
    if bad.any():
        refuse(name, column, bad, rows, "which cannot be scaled", role, "drop")
    return values


def dates_of(
    name: str,
    column: Column,
    notation: str = "",
    rows: NDArray[np.int64] | None = None,
    role: str = "column",
) -> NDArray[np.float64]:
    """Return a column's dates as day numbers, NaN where missing.

    Parameters
    ----------
    notation : str
        How dates are written, as for strptime; "" for ISO 8601. Whole numbers need one.
    name, column, rows, role
        As for `numbers_of`.

    Raises
    ------
    TableError
        For what is no date in that notation, with column, first row and value.
    """
    if column.kind == "date":
        return np.asarray(column.values, dtype=np.float64)
    wanted = f"where a date is meant, like {date_example(notation)!r}"

    def day(word: str) -> float | None:
        return day_of_word(word, notation)

    return _parsed(name, column, day, rows, role, wanted, "date:NOTATION")


def truth_of(name: str, column: Column, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return a column of truth values as -1 (false), +1 (true) and 0 (missing).

    Raises
    ------
    TableError
        For a value that is neither true nor false, with column, first row and value.
    """

    def sign(word: str) -> float | None:
        truth = TRUTH.get(word.lower(), {"0": 0.0, "1": 1.0}.get(word))
        return None if truth is None else 2.0 * truth - 1.0

    signs = _parsed(name, column, sign, rows, "column", "where true or false is meant", "category")
    return np.nan_to_num(signs, nan=0.0)


def _parsed(
    name: str,
    column: Column,
    parse: Callable[[str], float | None],
    rows: NDArray[np.int64] | None,
    role: str,
    wanted: str,
    kind: str,
) -> NDArray[np.float64]:
    """Read every different word of a column once; refuse the first row that cannot be read."""
    levels = levels_of(column)
    parsed = [parse(word) for word in levels.words]
    if None in parsed:
        bad = np.array([p is None for p in parsed] + [False])[levels.codes]
        refuse(name, column, bad, rows, wanted, role, kind)
    return np.array([*parsed, np.nan], dtype=np.float64)[levels.codes]  # code -1: the NaN at the end


def refuse(
    name: str,
    column: Column,
    bad: NDArray[np.bool_],
    rows: NDArray[np.int64] | None,
    wanted: str,
    role: str = "column",
    kind: str = "",
) -> NoReturn:
    """Name the first bad cell, what was wanted, and the `kind` with which the column could be used."""
    first = int(np.flatnonzero(bad)[0])
    otherwise = f", or train with the column as kind {kind}" if role == "column" and kind else ""
    value = column.cell(first)
    shown = date_text(value) if column.kind == "date" else repr(value)
    raise TableError(
        f"{role} {name!r} holds {shown} in {row_name(first, rows)}, {wanted}; "
        f"mend or empty the cell{otherwise}"
    )


def row_name(i: int, rows: NDArray[np.int64] | None) -> str:
    """Name row `i` as the user counts."""
    return f"row {(i if rows is None else int(rows[i])) + 1} (rows counted from 1)"
