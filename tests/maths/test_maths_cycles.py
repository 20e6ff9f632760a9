"""The place of a day number in its year, week and day: the calendars of NumPy and of Python say the same."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forpass.maths.cycles import PLACES, circle

FIRST, LAST = (np.datetime64(day, "D").astype(np.int64) for day in ("1500-01-01", "2201-01-01"))
DAYS = np.arange(FIRST, LAST).astype(np.float64)


def of_the_calendar(days, cycle):
    """Return the place of each whole day as datetime64 has it."""
    dates = days.astype(np.int64).astype("datetime64[D]")
    if cycle == "week":
        return (days.astype(np.int64) + 3) % 7 / 7
    years = dates.astype("datetime64[Y]")
    first, following = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    return (dates - first) / (following - first)


@pytest.mark.parametrize("cycle", ["year", "week"])
@pytest.mark.parametrize("time", [0.0, 0.3, 1.0 - 2.0**-20])
def test_every_day_of_seven_centuries_has_its_place_to_the_last_bit(cycle, time):
    assert PLACES[cycle](DAYS + time).tobytes() == of_the_calendar(DAYS, cycle).tobytes()


@given(st.dates(), st.sampled_from(["year", "week"]))
def test_the_place_in_year_and_week_is_that_of_the_calendar(date, cycle):
    days = float(date.toordinal() - datetime.date(1970, 1, 1).toordinal())
    year = datetime.date(date.year, 12, 31).timetuple().tm_yday
    expected = (date.timetuple().tm_yday - 1) / year if cycle == "year" else date.weekday() / 7
    assert PLACES[cycle](days) == expected


@pytest.mark.parametrize("cycle", ["year", "week"])
def test_days_of_other_ages_have_their_place(cycle):
    days = np.array(
        [-1e9, -719528.0, -719163.0, -719162.0, -0.0, 1e8]
    )  # among them 1 January of the years 0 and 1
    assert PLACES[cycle](days).tobytes() == of_the_calendar(days, cycle).tobytes()


def test_the_place_in_a_day_is_its_time():
    assert PLACES["day"](np.array([0.0, 19000.25, -0.75])).tolist() == [0.0, 0.25, 0.25]


def test_a_cycle_begins_where_it_ends():
    sines, cosines = circle(np.array([0.0, 0.25, 0.5, 1.0]))
    assert sines == pytest.approx([0.0, 1.0, 0.0, 0.0], abs=1e-15)
    assert cosines == pytest.approx([1.0, 0.0, -1.0, 1.0], abs=1e-15)
