"""What lines of a graph need that NumPy has no name for, and how cells of a table are read without forpass.

These functions are printed in the Python file that is exported, as they stand here but for the types; so they
use NumPy, ``datetime`` and each other, and no more than the four names below, which the file fills in.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forpass.gaps import DASHES, MISSING_WORDS
from forpass.preprocessing.kinds.boolean import SIGN

__all__ = [
    "apart",
    "beside",
    "cells_of",
    "day",
    "days",
    "in_small_letters",
    "is_missing",
    "joined",
    "largest",
    "level_of",
    "member",
    "number",
    "numbers",
    "truths",
    "word",
    "words",
    "written",
    "written_numbers",
]

Array: TypeAlias = NDArray[Any]

NUMBERS: dict[str, Array] = {}
TRUTHS = {word: (1.0 + sign) / 2.0 for word, sign in SIGN.items()}


def member(number: int) -> dict[str, Array]:
    """Return the numbers of a member by the names of its network's arguments."""
    place = f"{number}/"
    return {name.removeprefix(place): array for name, array in NUMBERS.items() if name.startswith(place)}


def cells_of(table: Any, column: str) -> Array:
    """Return the cells of a column of a table, as an array of one dimension."""
    cells = np.atleast_1d(np.asarray(table[column]))
    if cells.ndim > 1:
        raise ValueError(
            f"the column {column!r} must hold a cell for each row; it has the shape {cells.shape}"
        )
    return cells.astype(object) if cells.dtype.kind == "U" else cells


def is_missing(cell: Any) -> bool:
    """Whether nothing stands in a cell."""
    if isinstance(cell, str):
        return cell.strip() == "" or cell.strip() in MISSING_WORDS
    return cell is None or str(cell) in ("nan", "NaT", "<NA>")


def number(cell: Any, unit: str = "", thousands: str = "", decimal: str = ".") -> float:
    """Return a cell as a number: NaN where it is missing, or a dash."""
    if is_missing(cell) or cell in DASHES:
        return float("nan")
    if not isinstance(cell, str):
        return float(cell)
    digits = cell.strip().removesuffix(unit).strip().replace(thousands or " ", "")
    return float(digits.replace(decimal, "."))


def numbers(table: Any, column: str, missing: Sequence[float] = (), **notation: str) -> Array:
    """Return the cells of a column as numbers (n, 1): NaN where one is missing."""
    cells = cells_of(table, column)
    if cells.dtype.kind not in "biuf":
        cells = np.array([number(cell, **notation) for cell in cells], np.float64)
    known = np.array(missing, cells.dtype if cells.dtype.kind == "f" else np.float64)
    return np.where(np.isin(cells, known), np.nan, cells.astype(np.float64))[:, None]


def written(cell: Any) -> float:
    """Return a number as it is written: 0.1, even where few digits hold it."""
    return number(cell) if isinstance(cell, str) or is_missing(cell) else float(str(cell))


def written_numbers(table: Any, column: str, missing: Sequence[float] = ()) -> Array:
    """Return the cells of a column as the numbers that are written there (n, 1): NaN where one is missing."""
    found = np.array([written(cell) for cell in cells_of(table, column)], np.float64)
    return np.where(np.isin(found, missing), np.nan, found)[:, None]


def truths(table: Any, column: str) -> Array:
    """Return the cells of a column of truth values (n, 1): 1 is true, 0 false, NaN where one is missing."""
    cells = cells_of(table, column)
    found = [float("nan") if is_missing(cell) else TRUTHS[word(cell).lower()] for cell in cells]
    return np.array(found, np.float64)[:, None]


def day(cell: Any, notation: str = "") -> float:
    """Return a date as days since 1970-01-01 UTC: NaN where it is missing, or a dash."""
    if is_missing(cell) or cell in DASHES:
        return float("nan")
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if notation and isinstance(cell, (str, int, np.integer)):
        cell = datetime.datetime.strptime(str(cell).strip(), notation).replace(tzinfo=datetime.UTC)
    elif isinstance(cell, str) and not cell.strip()[:4].isdigit():
        raise ValueError(f"{cell!r} stands where a date is meant")
    elif isinstance(cell, str) and cell.strip()[4:5] in "-/.":
        text = cell.strip()
        cell = datetime.datetime.fromisoformat(text[:10].replace("/", "-").replace(".", "-") + text[10:])
    if not hasattr(cell, "year"):
        return float(cell)
    moment = datetime.datetime.fromisoformat(cell.isoformat())
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return since // datetime.timedelta(microseconds=1) / 86_400_000_000


def days(table: Any, column: str, notation: str = "", missing: Sequence[float] = ()) -> Array:
    """Return the cells of a column of dates as days since 1970-01-01 UTC (n, 1): NaN where one is missing.

    Dates are objects, or text: as the table writes them, or such as 2024-01-31T12:00. Floats are such days.
    """
    found = np.array([day(cell, notation) for cell in cells_of(table, column)], np.float64)
    return np.where(np.isin(found, missing), np.nan, found)[:, None]


def word(cell: Any) -> str:
    """Return a cell as a word without blanks around it: "1" of 1.0, "true" of True, 2024-01-31 of a date."""
    if cell is None or (str(cell) in ("nan", "NaT", "<NA>") and not isinstance(cell, str)):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return str(cell).lower()
    if isinstance(cell, (float, np.floating)):
        return str(int(cell)) if float(cell).is_integer() else str(float(str(cell)))
    return str(cell).strip().removesuffix(" 00:00:00") if hasattr(cell, "year") else str(cell).strip()


def words(table: Any, column: str, missing: Collection[str] = MISSING_WORDS) -> Array:
    """Return the cells of a column as words (n, 1): "" where one is missing."""
    found = [word(cell) for cell in cells_of(table, column)]
    return np.array(["" if cell in missing else cell for cell in found], object)[:, None]


def in_small_letters(cells: Array) -> Array:
    """Return words in small letters."""
    return np.array([cell.lower() for cell in cells[:, 0]], object)[:, None]


def level_of(cells: Array, levels: Mapping[Any, int], missing: int, other: int, refused: str = "") -> Array:
    """Return the number of each cell's word or number (n, 1), or that for a missing or for another cell."""
    found = []
    for cell in cells[:, 0].tolist():
        gone = cell == "" or cell != cell
        if refused and not gone and cell not in levels:
            raise ValueError(f"{cell!r} stands where {refused} is meant")
        found.append(missing if gone else levels.get(cell, other))
    return np.array(found, np.int32)[:, None]


def beside(*values: Array) -> Array:
    """Put values side by side; what all members share stands beside what each has."""
    rows = np.broadcast_shapes(*(value.shape[:-1] for value in values))
    return np.concatenate([np.broadcast_to(value, (*rows, value.shape[-1])) for value in values], axis=-1)


def apart(value: Array, groups: int) -> Array:
    """Part columns into groups: (n, groups d) -> (groups, n, d)."""
    return value.reshape(len(value), groups, value.shape[1] // groups).swapaxes(0, 1)


def joined(value: Array) -> Array:
    """The opposite: (groups, n, d) -> (n, groups d)."""
    return np.asarray(value.swapaxes(0, 1).reshape(value.shape[1], -1))


def largest(value: Array) -> Array:
    """Return where the largest number of each row stands, (n, d) -> (n, 1); of several the first."""
    return np.asarray(np.argmax(value, axis=1)[:, None])
