"""What is written in the cells of a column: numbers, dates, words, or nothing.

Text is looked at once per different word, never cell by cell: `levels_of` gives a column's different words
and, for each row, the number of its word. How a value is written as a word is said by `word_of` alone, so
that a category is the same in every make of table, and in a file. What belongs to one kind of column only
stands in its file in `kinds`.
"""

import datetime
import decimal
import numbers
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.forks import imported
from forpass.gaps import DASHES
from forpass.maths.constants import EXACT
from forpass.preprocessing.dates import (
    date_example,
    date_text,
    day_number,
    day_of_word,
    has_zone,
    zone_in_doubt,
)
from forpass.preprocessing.notation import PLAIN, Notation, number_of_word
from forpass.preprocessing.table import Column, fact

__all__ = [
    "LARGEST",
    "Levels",
    "dates_of",
    "farthest",
    "is_gap",
    "is_missing",
    "is_short",
    "large_numbers",
    "levels_of",
    "loses_digits",
    "numbers_of",
    "parsed",
    "plain_value",
    "plain_values",
    "refuse",
    "share_missing",
    "word_of",
    "words_in",
    "zones_of",
]

# differences and quotients of numbers up to here stay finite; beyond, a number counts as infinite
LARGEST = 1e300


DIGITS = len(str(EXACT)) - 1  # float64 holds every whole number of as many digits
LONGEST = 300  # float64 goes on to 1e308
WHOLE = re.compile(r"([+-]?\d+)(?:\.0*)?", re.ASCII)


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


@fact
def levels_of(column: Column) -> Levels:
    """Split a column into the different words in its rows, without blanks around them, and their places.

    This is looked up once and kept with the column (see `fact`): do not change it.
    """
    levels = _levels_of_numbers(column) if column.words is None else _levels_of_text(column, column.words)
    levels.codes.flags.writeable = False
    return levels


def _levels_of_text(column: Column, words: list[str]) -> Levels:
    below = 1 + len(column.gaps)
    here = np.flatnonzero(np.bincount(column.values + below, minlength=len(words) + below)[below:])
    number: dict[str, int] = {}
    of_word = np.full(len(words) + below, -1, dtype=np.int64)  # codes below 0 pick the last
    of_word[here] = [number.setdefault(words[i].strip(), len(number)) for i in here]
    return Levels(list(number), of_word[column.values])


def _levels_of_numbers(column: Column) -> Levels:
    imported("numpy.ma")  # of a single cell `read_columns` has not: np.unique would, and no fork would wait
    different, inverse = np.unique(column.values, return_inverse=True)
    codes = inverse.astype(np.int64).reshape(-1)
    if different.dtype.kind == "f" and len(different) and np.isnan(different[-1]):
        codes[codes == len(different) - 1] = -1
        different = different[:-1]
    if column.kind == "boolean":  # with a gap among them they are held as 0, 1 and NaN
        different = different.astype(bool)
    write = date_text if column.kind == "date" else word_of
    return Levels([write(value) for value in plain_values(different)], codes)


def plain_values(array: NDArray[Any]) -> list[Any]:
    """Return numbers as Python has them: those of an array of few digits with no more than name them.

    Examples
    --------
    >>> plain_values(np.array([0.1], np.float32)), plain_values(np.array([7]))
    ([0.1], [7])
    """
    return [plain_value(value) for value in array] if is_short(array.dtype) else list(array.tolist())


def plain_value(value: Any) -> Any:
    """Return a number of few digits as the one that Python writes with no more than name it.

    So float32's 0.1 is the 0.1 of a file, not 0.10000000149011612. Anything else stays what it is.
    """
    return float(str(value)) if isinstance(value, np.floating) and is_short(value.dtype) else value


def is_short(kind: Any) -> bool:
    """Whether a type of NumPy's is one of numbers of few digits: float32 or float16."""
    return bool(kind in (np.float32, np.float16))


def word_of(value: Any) -> str:
    """Write a value as a word: one value is one word, whatever holds it.

    Examples
    --------
    >>> word_of(7), word_of(7.0), word_of(True), word_of(" a "), word_of(datetime.date(2024, 1, 31))
    ('7', '7', 'true', 'a', '2024-01-31')
    """
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return str(int(value)) if value == value.to_integral_value() else f"{value.normalize():f}"
    value = plain_value(value)
    if isinstance(value, numbers.Real | decimal.Decimal):
        number = float(value)
        return str(int(number)) if number.is_integer() else repr(number)
    if isinstance(value, datetime.date):
        return date_text(day_number(value))
    return str(value).strip()


@fact
def is_missing(column: Column) -> NDArray[np.bool_]:
    """Say for each row whether its value is missing; kept with the column, as its levels are."""
    if column.is_text:
        missing = np.asarray(column.values < 0, dtype=np.bool_)
    elif column.values.dtype.kind == "f":
        missing = np.asarray(np.isnan(column.values), dtype=np.bool_)
    else:
        missing = np.zeros(len(column), dtype=np.bool_)
    missing.flags.writeable = False
    return missing


@fact
def is_gap(column: Column) -> NDArray[np.bool_]:
    """Say for each row of numbers or dates whether there is none: it is missing, or a dash stands there."""
    if not column.is_text:
        return is_missing(column)
    words, codes = levels_of(column)
    if DASHES.isdisjoint(words):
        return is_missing(column)
    dashes = [i for i, word in enumerate(words) if word in DASHES]
    return is_missing(column) | np.isin(codes, dashes)


@fact
def large_numbers(column: Column) -> list[int]:
    """Return the different whole numbers of a column from 2^53 on, which float64 may not hold exactly."""
    values = column.values
    if column.words is not None:
        words = levels_of(column).words
        long = (WHOLE.fullmatch(word) for word in words if DIGITS < len(word) < LONGEST)
        whole = {int(digits[1]) for digits in long if digits}
        return sorted(number for number in whole if abs(number) >= EXACT)
    if values.dtype.kind not in "iu" or values.dtype.itemsize < 8 or not len(values):
        return []
    if max(-int(values.min()), int(values.max())) < EXACT:
        return []
    return [number for number in np.unique(values).tolist() if abs(number) >= EXACT]


@fact
def farthest(column: Column) -> float:
    """Return how far from 0 the numbers of a column go that are no text; 0 where there are none."""
    values = column.values
    if not len(values) or values.dtype.kind not in "iuf":
        return 0.0
    low, high = float(values.min()), float(values.max())  # NaN if one is missing
    return max(-low, high) if low == low else float(np.fmax.reduce(np.abs(values), initial=0.0))


def loses_digits(column: Column) -> bool:
    """Say whether different whole numbers of a column would be equal as float64: they are identifiers."""
    large = large_numbers(column)
    return len(set(map(float, large))) < len(large)


def words_in(column: Column) -> NDArray[Any]:
    """Return the word (n,) of each cell, without blanks around it; "" where it is missing."""
    words, codes = levels_of(column)
    return np.array([*words, ""], object)[codes]


def share_missing(column: Column) -> float:
    """Return the share of a column's rows whose value is missing."""
    return float(is_missing(column).mean())


def numbers_of(
    name: str, column: Column, role: str = "column", notation: Notation = PLAIN
) -> NDArray[np.float64]:
    """Return a column's numbers as float64, NaN where missing.

    Parameters
    ----------
    name : str
        The column's name, for the error.
    column : Column
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
        refuse(name, column, ~is_missing(column), "where a number is meant", role, "date")
    if column.is_text:
        wanted = f"where a number is meant, like {notation.example!r}"
        labels: Sequence[Any] = column.labels or ()
        short = {word_of(v): float(v) for v in labels if isinstance(v, np.floating)}

        def number(word: str) -> float | None:
            return short[word] if word in short else number_of_word(word, notation)

        values = parsed(name, column, _or_gap(number, role), wanted, "category", role)
    else:
        values = column.values.astype(np.float64, copy=False)
    if column.is_text or farthest(column) > LARGEST:
        with np.errstate(invalid="ignore"):
            bad = np.abs(values) > LARGEST
        if bad.any():
            refuse(name, column, bad, "which cannot be scaled", role, "drop")
    return values


def dates_of(name: str, column: Column, notation: str = "", role: str = "column") -> NDArray[np.float64]:
    """Return a column's dates as day numbers, NaN where missing.

    Parameters
    ----------
    notation : str
        How dates are written, as for strptime; "" where the year stands first. Whole numbers need one.
    name, column, role
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

    return parsed(name, column, _or_gap(day, role), wanted, "date:NOTATION", role, _about_zone)


def _about_zone(word: str) -> str:
    """Say what is wrong with the zone of a date; "" where that is not it."""
    zone = zone_in_doubt(word)
    return f" (how far {zone} is from UTC is in doubt: write that instead, as in +01:00)" if zone else ""


def _or_gap(parse: Callable[[str], float | None], role: str) -> Callable[[str], float | None]:
    """Read a dash as a missing value, NaN, where it is nothing else; a target must not have any."""
    if role != "column":
        return parse

    def read(word: str) -> float | None:
        value = parse(word)
        return np.nan if value is None and word in DASHES else value

    return read


def zones_of(column: Column, notation: str = "") -> str:
    """Say whether ``"all"`` dates of a column have a time zone, ``"some"`` of them or ``"none"``."""
    if not column.is_text:
        return column.zones or "none"
    found = {has_zone(word, notation) for word in levels_of(column).words if word not in DASHES}
    return "some" if len(found) > 1 else "all" if True in found else "none"


def parsed(
    name: str,
    column: Column,
    parse: Callable[[str], float | None],
    wanted: str,
    kind: str,
    role: str = "column",
    about: Callable[[str], str] = lambda word: "",
) -> NDArray[np.float64]:
    """Read every different word of a column once; refuse the first row that cannot be read.

    `about` says what more is to be known of a word that cannot be read.
    """
    words, codes = levels_of(column)
    values = [parse(word) for word in words]
    if None in values:
        bad = np.array([value is None for value in values] + [False])[codes]
        wanted += about(words[codes[np.flatnonzero(bad)[0]]])
        refuse(name, column, bad, wanted, role, kind)
    return np.array([*values, np.nan], dtype=np.float64)[codes]  # code -1: the NaN at the end


def refuse(
    name: str,
    column: Column,
    bad: NDArray[np.bool_],
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
        f"{role} {name!r} holds {shown} in {column.row_name(first)}, {wanted}; "
        f"mend or empty the cell{otherwise}"
    )
