"""Cycles that days go through: the place of a day number in its year, its week, its day, and on a circle.

A day number x counts from 1970-01-01, with the time of day behind the point. Its place, from 0 up to 1, is

year     (days since 1 January) / (365 or 366)
week     (days since Monday) / 7
day      x - floor(x), the time of day

in whole days for year and week. Years are those of the Gregorian calendar, before its beginning too. All
steps are of whole numbers, which float64 holds exactly, but for the last division.
"""

from collections.abc import Callable
from typing import Any

from forpass.maths import xp
from forpass.maths.constants import ONE, TWO
from forpass.maths.periodic import TWO_PI

__all__ = ["PLACES", "circle", "place_in_day", "place_in_week", "place_in_year"]

YEAR, MEAN_YEAR, MOST_OVER = 365.0, 365.2425, 0.75  # y years are never longer than y mean years and this
BEFORE_1970 = 719162.0  # days from 1 January of the year 1
FOUR, HUNDRED, FOUR_HUNDRED = 4.0, 100.0, 400.0
WEEK, FROM_MONDAY = 7.0, 3.0  # 1970-01-01 was a Thursday


def place_in_day(x: Any) -> Any:
    """x - floor(x), elementwise."""
    return x - xp.floor(x)


def place_in_week(x: Any) -> Any:
    """(days since Monday) / 7, elementwise.

    Examples
    --------
    >>> [float(7.0 * place_in_week(x)) for x in (0.0, 3.75, 4.0)]  # Thursday, Sunday evening, Monday
    [3.0, 6.0, 0.0]
    """
    since_a_monday = xp.floor(x) + FROM_MONDAY
    return (since_a_monday - WEEK * xp.floor(since_a_monday / WEEK)) / WEEK


def place_in_year(x: Any) -> Any:
    """(days since 1 January) / (365 or 366), elementwise.

    Examples
    --------
    >>> [float(365.0 * place_in_year(x)) for x in (0.0, 31.5, -1.0)]  # 1 January, 1 February, 31 December
    [0.0, 31.0, 364.0]
    """
    days = xp.floor(x) + BEFORE_1970
    years = xp.floor((days - MOST_OVER) / MEAN_YEAR)  # that are over; or one more is
    first, second, third = days_of(years), days_of(years + ONE), days_of(years + TWO)
    begin, end = xp.where(days < second, first, second), xp.where(days < second, second, third)
    return (days - begin) / (end - begin)


def days_of(years: Any) -> Any:
    """365 y + floor(y / 4) - floor(y / 100) + floor(y / 400): the days of the y years from year 1 on."""
    leap_days = xp.floor(years / FOUR) - xp.floor(years / HUNDRED) + xp.floor(years / FOUR_HUNDRED)
    return YEAR * years + leap_days


def circle(p: Any) -> Any:
    """sin(2 pi p) and cos(2 pi p), elementwise: where a cycle ends it begins again."""
    angle = TWO_PI * p
    return xp.sin(angle), xp.cos(angle)


PLACES: dict[str, Callable[[Any], Any]] = {
    "year": place_in_year,
    "week": place_in_week,
    "day": place_in_day,
}
"""By the name of the cycle."""
