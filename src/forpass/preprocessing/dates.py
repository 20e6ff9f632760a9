"""Dates: how they are written, the day number they are, and which cycles they go through.

A date is a float: days since 1970-01-01 in UTC, with the time of day behind the point. Text that begins with
the year is read by itself::

    2024-03-09   2024/3/9   2024.03.09   2024. 3. 9.   2024年3月9日    a day
    2024-03   2024/03                                                a month: its first day

and so is text in any other notation that is given, as for Python's ``datetime.strptime``: ``%d.%m.%Y``.
Behind a day may stand, unless the notation says itself where they are, the time and the zone (`times`).

A whole column has one notation (`column_notation`): one that all its words are in, and no other with the
day and the month the other way round. ``2001-02``, ``2002-03``, ``2003-04`` are no months but seasons, if all
words of the column end in the next year. A column of one notation is one of dates by itself. Where
day and month may stand either way round (no day is above 12), or years have two digits, it is offered to be
read, in a warning.
"""

import datetime
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from forpass.maths.cycles import PLACES
from forpass.preprocessing.times import divided, has_offset, time_of_day, unread_zone

__all__ = [
    "CYCLES",
    "column_notation",
    "cycles_of",
    "date_example",
    "date_text",
    "day_number",
    "day_of_word",
    "guess_notations",
    "has_zone",
    "is_date",
    "notation_problem",
    "notations_said",
    "zone_in_doubt",
]

EPOCH = datetime.datetime(1970, 1, 1)
LONGEST = 64  # no date has more characters, beyond those of its notation

# the notation of ISO 8601 to the letter, for which Python has a fast reader
ISO = re.compile(
    r"\d{4}([-/])\d\d\1\d\d([T ](?:[01]\d|2[0-3]):\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?",
    re.ASCII,
)
YEAR_FIRST = re.compile(
    r"\d{4}(?:([-/])\d\d?\1\d\d?|\. ?\d\d?\. ?\d\d?\.?|[年년] ?\d\d?[月월] ?\d\d?[日일]|[-/]\d\d)", re.ASCII
)
MONTH = re.compile(r"\d\d(\d\d)[-/](\d\d)", re.ASCII)
NUMBER = re.compile(r"\d+", re.ASCII)
YEARS = range(1500, 2200)  # 4711-1-12 is no date, unless it is written as ISO 8601 asks for

CYCLES = {"year": 365.0, "week": 7.0, "day": 1.0}
"""How many days dates must span so that a cycle shows: see `forpass.maths.cycles`."""

# notations people use, the likelier first where two read the same words
NOTATIONS = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a, %d %b %Y",
)
DIGITS = {"%d": r"(?P<d>\d\d?)", "%m": r"(?P<m>\d\d?)", "%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d\d)"}
# the outer form of a month in words, which takes in further blanks beside it, and of the parts around it
NAMED = {"%a": "[^,]+", "%b": ".+", "%B": ".+", r"\ ": r"\s", r",\s": r",\s+"}
NAMED |= {"%d": r"\s?\d\d?", "%Y": r"\d{4}", "%y": r"\d\d"}
FIRST_SHORT_YEAR = 69  # 68 is 2068, as for strptime
WORDS_TRIED = 500
FEWEST_DIGITS = 3  # of a date in these notations: a day, and a year of two


def day_number(date: datetime.date) -> float:
    """Return the days from 1970-01-01 to a date or date-time; one with a zone is taken to UTC."""
    if not isinstance(date, datetime.datetime):
        return float(date.toordinal() - EPOCH.toordinal())
    if date.tzinfo is not None:
        date = (date - date.utcoffset()).replace(tzinfo=None)  # type: ignore[operator]
    return (date - EPOCH) / datetime.timedelta(days=1)


def day_of_word(word: str, notation: str = "") -> float | None:
    """Read a date in a notation of strptime, or one that begins with its year; None where it is none."""
    try:
        if not notation and ISO.fullmatch(word):
            return day_number(datetime.datetime.fromisoformat(word.replace("/", "-")))
        if len(word) > LONGEST + len(notation):
            return None
        if _has_time(notation):
            return day_number(datetime.datetime.strptime(word, notation))  # noqa: DTZ007 - no zone: UTC
        day, clock = divided(word)
        date = _date(day, notation)
        if date is None or not clock:
            return None if date is None else day_number(date)
        time = time_of_day(clock)
        return None if time is None else day_number(date + time)
    except (ValueError, OverflowError):
        return None


def has_zone(word: str, notation: str = "") -> bool:
    """Say whether a date, in a notation of strptime or with the year first, has a time zone."""
    if _has_time(notation):
        return "%z" in notation or "%Z" in notation
    return has_offset(divided(word[:LONGEST])[1])


def zone_in_doubt(word: str) -> str:
    """Return the zone of a word that would be a date but for that; "" where there is none.

    Examples
    --------
    >>> (
    ...     zone_in_doubt("2024-03-09 14:30 IST"),
    ...     zone_in_doubt("9 Mar 2024 14:30 Asia/Seoul"),
    ...     zone_in_doubt("IST"),
    ... )
    ('IST', 'Asia/Seoul', '')
    """
    if len(word) > LONGEST:
        return ""
    day, clock = divided(word)
    zone = unread_zone(clock)
    return zone if zone and (is_date(day) or guess_notations([day])) else ""


def _date(day: str, notation: str) -> datetime.datetime | None:
    """Read a day without its time."""
    if not notation:
        if not YEAR_FIRST.fullmatch(day):
            return None
        year, month, *rest = map(int, NUMBER.findall(day))
        return datetime.datetime(year, month, rest[0] if rest else 1) if year in YEARS else None
    pattern = date_pattern(notation)
    found = None if pattern is None else pattern.fullmatch(day)
    if pattern is not None and found is None:
        return None
    if found is None or not found.groupdict():
        return datetime.datetime.strptime(day, notation)  # noqa: DTZ007 - no zone: UTC
    parts = {directive: int(digits) for directive, digits in found.groupdict().items()}
    year = parts["Y"] if "Y" in parts else parts["y"] + (1900 if parts["y"] >= FIRST_SHORT_YEAR else 2000)
    return datetime.datetime(year, parts["m"], parts["d"])


@cache
def date_pattern(notation: str) -> re.Pattern[str] | None:
    """Return a known notation as a pattern: strptime takes five times as long, and forgets its own.

    One of digits alone has a group for each part; of one with a month in words it is the outer form of all
    that strptime reads.
    """
    if notation not in NOTATIONS:
        return None
    named = "b" in notation.lower()
    pattern = re.escape(notation)
    for directive, digits in (NAMED if named else DIGITS).items():
        pattern = pattern.replace(directive, digits)
    return re.compile(pattern, re.NOFLAG if named else re.ASCII)


@cache
def _has_time(notation: str) -> bool:
    """Say whether a notation says where the time of day or the zone stands."""
    return ":" in notation or any(f"%{directive}" in notation for directive in "HIMSpfzZcX")


def is_date(word: str) -> bool:
    """Say whether a word is a date that begins with its year."""
    return day_of_word(word) is not None


def date_text(days: float, notation: str = "") -> str:
    """Write a day number in a notation of strptime, or as a date with the time of day where it has one."""
    try:
        date = EPOCH + datetime.timedelta(days=days)
    except OverflowError:  # beyond the years 1 to 9999
        return f"{days:g} days after 1970-01-01"
    if notation:
        return date.replace(tzinfo=datetime.UTC).strftime(notation)  # a zone is written where it asks for one
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
    """Write a date in a notation of strptime, or as ISO 8601 has it."""
    return datetime.datetime(2024, 12, 31, 23, 59).strftime(notation or "%Y-%m-%d")


def guess_notations(words: Sequence[str]) -> list[str]:
    """Return the notations, other than with the year first, in which all words are dates."""
    tried = words[:: max(1, len(words) // WORDS_TRIED)]
    if tried and sum(map(str.isdecimal, tried[0])) < FEWEST_DIGITS:
        return []
    return [n for n in NOTATIONS if tried and all(day_of_word(word, n) is not None for word in tried)]


def notations_said(notations: Sequence[str]) -> str:
    """Say as which kind a schema names dates; where two notations read them, both, and what sets them apart.

    Examples
    --------
    >>> notations_said(["%d/%m/%Y", "%m/%d/%Y"])
    'date:%d/%m/%Y (day first) or date:%m/%d/%Y (month first)'
    """
    doubtful = [n for n in notations if "%m" in n][:2]  # of months in words more than one is no doubt
    if len(doubtful) < 2:
        return f"date:{notations[0]}"
    first = {n: "day" if n.index("%d") < n.index("%m") else "month" for n in doubtful}
    return " or ".join(f"date:{notation} ({part} first)" for notation, part in first.items())


def column_notation(words: Sequence[str]) -> str | None:
    """Return the one notation that all words of a column are dates in; "": with the year first; None: none.

    Years of two digits do not suffice: 1.2.10 may be a version, or a number of a chapter.
    """
    if not words:
        return None
    if is_date(words[0]):
        return "" if all(map(is_date, words)) and not _are_seasons(words) else None
    guesses = guess_notations(words[:1]) and guess_notations(words)
    if len(guesses) != 1 or "%Y" not in guesses[0]:
        return None
    return guesses[0] if all(day_of_word(word, guesses[0]) is not None for word in words) else None


def _are_seasons(words: Sequence[str]) -> bool:
    """Say whether words are spans of two years: 2001-02, 2002-03; not months."""
    for word in words:
        years = MONTH.fullmatch(word)
        if years is None or (int(years[1]) + 1) % 100 != int(years[2]):
            return False
    return True


def cycles_of(days: NDArray[np.float64]) -> tuple[str, ...]:
    """Return the cycles that day numbers (n,) without missing ones go through, and differ in."""
    span = float(np.ptp(days))
    return tuple(
        cycle for cycle, length in CYCLES.items() if span >= length and np.ptp(PLACES[cycle](days)) > 0.0
    )
