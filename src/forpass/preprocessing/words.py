"""What is written in the cells of a column: numbers, words, or nothing.

Text is looked at once per different value, never cell by cell: `levels_of` splits a column into its
different words and, for each row, the number of its word.
"""

from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.preprocessing.table import Column

__all__ = [
    "LARGEST",
    "MISSING_WORDS",
    "Levels",
    "infer_kind",
    "is_missing",
    "is_number",
    "levels_of",
    "numbers_of",
    "truth_of",
]

# text that means "nothing is known here", after blanks around it are taken away
MISSING_WORDS = frozenset({"", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", "?"})

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
        In the order in which they first appear (numbers: ascending).
    codes : ndarray (n,) of int64
        Positions in `words`; -1 where the value is missing.
    """

    words: list[str]
    codes: NDArray[np.int64]


def levels_of(column: Column) -> Levels:
    """Split a column into its different words (blanks around them taken away) and their positions."""
    if not column.is_text:
        return _levels_of_numbers(column)
    cells = column.values.tolist()
    position: dict[str, int] = {}
    code_of: dict[str | None, int] = {}
    for cell in dict.fromkeys(cells):
        word = "" if cell is None else cell.strip()
        code_of[cell] = -1 if word in MISSING_WORDS else position.setdefault(word, len(position))
    codes = np.fromiter(map(code_of.__getitem__, cells), dtype=np.int64, count=len(cells))
    return Levels(list(position), codes)


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
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


def is_missing(column: Column) -> NDArray[np.bool_]:
    """Say for each row whether its value is missing."""
    if column.is_text:
        return np.less(levels_of(column).codes, 0)
    if column.values.dtype.kind == "f":
        return np.asarray(np.isnan(column.values), dtype=np.bool_)
    return np.zeros(len(column.values), dtype=np.bool_)


def infer_kind(column: Column) -> str:
    """Tell from a column's training rows whether it holds numbers, truth values or categories."""
    if column.kind in ("boolean", "category"):
        return column.kind
    if not column.is_text:
        return "number"
    words = levels_of(column).words
    if all(map(is_number, words)):
        return "number"
    found = {word.lower() for word in words}
    return "boolean" if any(found <= set(pair) for pair in TRUTH_WORDS) else "category"


def is_number(word: str) -> bool:
    """Say whether a word reads as a number."""
    return _parsed(word) is not None


def numbers_of(
    name: str, column: Column, rows: NDArray[np.int64] | None = None, role: str = "column"
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

    Raises
    ------
    TableError
        For text that is no number and for infinite numbers, with column, first row and value.
    """
    if column.is_text:
        levels = levels_of(column)
        parsed = [_parsed(word) for word in levels.words]
        if None in parsed:
            bad = np.array([p is None for p in parsed] + [False])[levels.codes]
            _refuse(role, name, column, bad, rows, "where a number is meant", "category")
        values = np.array([*parsed, np.nan], dtype=np.float64)[levels.codes]  # code -1: the NaN at the end
    else:
        values = column.values.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        bad = np.abs(values) > LARGEST
    if bad.any():
        _refuse(role, name, column, bad, rows, "which cannot be scaled", "drop")
    return values


def truth_of(name: str, column: Column, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Return a column of truth values as -1 (false), +1 (true) and 0 (missing).

    Raises
    ------
    TableError
        For a value that is neither true nor false, with column, first row and value.
    """
    levels = levels_of(column)
    truth = [TRUTH.get(word.lower(), {"0": 0.0, "1": 1.0}.get(word)) for word in levels.words]
    if None in truth:
        bad = np.array([t is None for t in truth] + [False])[levels.codes]
        _refuse("column", name, column, bad, rows, "where true or false is meant", "category")
    signs = [2.0 * t - 1.0 for t in truth if t is not None]
    return np.array([*signs, 0.0], dtype=np.float64)[levels.codes]


def _parsed(word: str) -> float | None:
    """Read a number as people write it in files; Python's own ``1_000`` is not one."""
    try:
        return None if "_" in word else float(word)
    except ValueError:
        return None


def _refuse(
    role: str,
    name: str,
    column: Column,
    bad: NDArray[np.bool_],
    rows: NDArray[np.int64] | None,
    wanted: str,
    kind: str,
) -> NoReturn:
    """Name the first bad cell, what was wanted, and the `kind` with which the column could be used."""
    first = int(np.flatnonzero(bad)[0])
    value: Any = column.values[first]
    row = (first if rows is None else int(rows[first])) + 1
    shown = repr(value if isinstance(value, str) else value.item())
    otherwise = f", or train with the column as kind {kind}" if role == "column" else ""
    raise TableError(
        f"{role} {name!r} holds {shown} in row {row} (rows counted from 1), {wanted}; "
        f"mend or empty the cell{otherwise}"
    )
