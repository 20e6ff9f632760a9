"""Dates: how they are written, the day number they are, and their place in the year, the week, the day.

A date is a float: days since 1970-01-01 in UTC, with the time of day behind the point. As text it is read
by itself in the notation of ISO 8601::

    2024-03-09   2024/03/09                          a day
    2024-03-09 14:30   2024-03-09T14:30:05.25        with the time of day, to the minute, second or finer
    2024-03-09T14:30:05Z   2024-03-09 14:30+09:00    with Z or an offset (+09, +0900, +09:00): taken to UTC

and in any other when the notation is given, as for Python's ``datetime.strptime``: ``%d.%m.%Y``.

The place of a date d, from 0 to 1, turns once in each cycle:

year     (days since 1 January) / (365 or 366)
week     (days since Monday) / 7
day      d - floor(d), the time of day

in whole days for year and week.
"""

import datetime
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CYCLES",
    "cycles_of",
    "date_example",
    "date_text",
    "day_number",
    "day_of_word",
    "guess_notations",
    "is_date",
    "notation_problem",
    "place",
]

EPOCH = datetime.datetime(1970, 1, 1)
ISO = re.compile(
    r"\d{4}([-/])\d\d\1\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII
)

CYCLES = {"year": 365.0, "week": 7.0, "day": 1.0}
"""The cycles, and how many days dates must span so that one of them shows."""

FROM_MONDAY = 3  # 1970-01-01 was a Thursday

# notations people use, the likelier first where two read the same words
NOTATIONS = tuple(
    day + time
    for day in (
        "%d.%m.%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%Y.%m.%d",
        "%d.%m.%y",
        "%d/%m/%y",
        "%m/%d/%y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%d %B %Y",
        "%b %d, %Y",
        "%B %d, %Y",
    )
    for time in ("", " %H:%M", " %H:%M:%S")
)
WORDS_TRIED = 500


def day_number(date: datetime.date) -> float:
    """Return the days from 1970-01-01 to a date or date-time; one with a zone is taken to UTC."""
    if not isinstance(date, datetime.datetime):
        return float(date.toordinal() - EPOCH.toordinal())
    if date.tzinfo is not None:
        date = (date - date.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
    return (date - EPOCH) / datetime.timedelta(days=1)


def day_of_word(word: str, notation: str = "") -> float | None:
    """Read a date in a notation of strptime, or in that of ISO 8601; None where it is none."""
    try:
        if notation:
            return day_number(datetime.datetime.strptime(word, notation))  # noqa: DTZ007 - no zone: UTC
        if ISO.fullmatch(word):
            return day_number(datetime.datetime.fromisoformat(word.replace("/", "-")))
    except (ValueError, OverflowError):
        pass
    return None


def is_date(word: str) -> bool:
    """Say whether a word is a date in the notation of ISO 8601."""
    return day_of_word(word) is not None


def date_text(days: float) -> str:
    """Write a day number as a date, with the time of day where it has one."""
    try:
        date = EPOCH + datetime.timedelta(days=days)
    except OverflowError:  # beyond the years 1 to 9999
        return f"{days:g} days after 1970-01-01"
    return date.date().isoformat() if days == np.floor(days) else date.isoformat(sep=" ")


def notation_problem(notation: str) -> str:
    """Say what is wrong with a notation of strptime; "" where nothing is."""
    try:
        datetime.datetime.strptime("", notation)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        if "bad directive" in str(error) or "stray" in str(error):
            return f"has no notation ({error})"
    except (re.error, IndexError):  # a directive that stands twice
        return "names a part of the date twice"
    return "" if "%" in notation else "has no notation (nothing in it begins with %)"


def date_example(notation: str) -> str:
    """Write a date in a notation of strptime, or in that of ISO 8601."""
    return datetime.datetime(2024, 12, 31, 23, 59).strftime(notation or "%Y-%m-%d")


def guess_notations(words: Sequence[str]) -> list[str]:
    """Return the notations, other than that of ISO 8601, in which all words are dates."""
    tried = words[:: max(1, len(words) // WORDS_TRIED)]
    return [n for n in NOTATIONS if tried and all(day_of_word(word, n) is not None for word in tried)]


def place(days: NDArray[np.float64], cycle: str) -> NDArray[np.float64]:
    """Return the place of each day number in a cycle, from 0 to 1; see the head of this module."""
    whole = np.floor(days)
    if cycle == "day":
        return np.asarray(days - whole)
    if cycle == "week":
        return np.asarray((whole + FROM_MONDAY) % 7 / 7)
    dates = whole.astype(np.int64).astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    first, following = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    return np.asarray((dates - first) / (following - first), dtype=np.float64)


def cycles_of(days: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the cycles that day numbers (n,) without missing ones go through, and differ in."""
    span = float(np.ptp(days))
    return tuple(
        cycle for cycle, length in CYCLES.items() if span >= length and np.ptp(place(days, cycle)) > 0.0
    )
