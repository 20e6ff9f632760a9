"""A column of dates: the day number, scaled as numbers are, and the place in the year, the week, the day.

The day number counts from 1970-01-01 in UTC, with the time of day behind the point. The place p in a cycle
becomes sin(2 pi p) and cos(2 pi p), each only where the training rows span a whole year, week or day and
differ in it (see `forpass.maths.cycles`). A missing date is 0 everywhere, the centre of each circle; where
training rows had missing ones, a further feature says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError, UnknownNameError
from forpass.gaps import DASHES
from forpass.maths import scaling
from forpass.maths.cycles import PLACES, circle
from forpass.preprocessing.dates import (
    CYCLES,
    cycles_of,
    date_text,
    day_of_word,
    guess_notations,
    is_date,
    notation_problem,
    notations_said,
)
from forpass.preprocessing.kinds.dropped import DroppedColumn, constant
from forpass.preprocessing.kinds.edges import Cut, cut
from forpass.preprocessing.kinds.inference import date_notation
from forpass.preprocessing.kinds.protocol import (
    DAYS,
    CellForm,
    ColumnKind,
    Pen,
    Told,
    Usual,
    Written,
    indicator_feature,
    indicator_group,
)
from forpass.preprocessing.kinds.scaling import (
    scaled,
    scaled_values,
    spread_and_values,
    spread_of_values,
    trials_of_numbers,
)
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import dates_of, is_gap, levels_of, zones_of
from forpass.spec.inputs import FeatureGroup
from forpass.told import warn_the_caller

__all__ = ["DATE", "DateColumn"]

EXAMPLE = "date:%d.%m.%Y"

ODD_DAYS = (-25509.0, -25508.0, -0.125, 0.0, 0.75, 11016.0, 11322.0, 11323.0, 19782.5, 22339.0, 47540.0)
"""Around 1 March 1900 and 2100, midnight of 1970, leap days of 2000 and 2024, a turn of the year."""

OTHER_ZONES = "hold dates that mean another time than those learnt from; one without a zone is taken for UTC"


@dataclass(frozen=True)
class DateColumn:
    """A column of dates.

    Attributes
    ----------
    name, found, share_missing
        See `ColumnSpec`.
    centre, scale : float
        The median day, and the factor that brings the middle half to width 1 (0: constant).
    missing_indicator : bool
        Whether a feature says where dates are missing.
    format : str
        How dates in text are written, for strptime; "" where the year stands first.
    cycles : tuple of str
        In which of ``"year"``, ``"week"`` and ``"day"`` the place is told.
    zones : str or None
        Whether ``"all"`` dates of the training rows had a time zone, ``"some"`` or ``"none"``. None: nobody
        knows.
    edges, centres : tuple of float, optional
        The bins of the day: see `FeatureGroup`.
    """

    name: str
    found: str
    share_missing: float
    centre: float
    scale: float
    missing_indicator: bool
    format: str = ""
    cycles: tuple[str, ...] = ()
    zones: str | None = None
    edges: tuple[float, ...] | None = None
    centres: tuple[float, ...] | None = None

    kind: ClassVar[str] = "date"

    def __post_init__(self) -> None:
        for cycle in self.cycles:
            if cycle not in CYCLES:
                raise UnknownNameError(f"cycle of the column {self.name!r}", cycle, CYCLES)
        if self.format and (problem := notation_problem(self.format)):
            raise TableError(f"the notation {self.format!r} of the column {self.name!r} {problem}")

    @property
    def said(self) -> str:
        """``"date"``, with the notation where there is one."""
        return f"date:{self.format}" if self.format else "date"

    @property
    def usual(self) -> Usual:
        """The day in the middle: in the notation said, else by ISO 8601; in UTC if all have zones."""
        midnight = "T00:00:00+00:00" if self.zones == "all" and not self.format else ""
        types = (str,) if self.found in ("text", "date") else ()
        return Usual(date_text(round(self.centre), self.format) + midnight, types)

    @property
    def features(self) -> tuple[str, ...]:
        """The day, sine and cosine of each cycle, and whether the date is missing."""
        places = (f"{self.name}={wave}({cycle})" for cycle in self.cycles for wave in ("sin", "cos"))
        return (self.name, *places, *indicator_feature(self.name, self.missing_indicator))

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """A number, perhaps with bins, a circle for each cycle in one group, and an indicator."""
        circles = (FeatureGroup(self.name, "circle", 2 * len(self.cycles)),) if self.cycles else ()
        number = FeatureGroup(self.name, "number", 1, edges=self.edges or (), centres=self.centres or ())
        return (number, *circles, *indicator_group(self.name, self.missing_indicator))

    @property
    def worth(self) -> Callable[[str], float]:
        """The day number that a word is; NaN for a dash, 0 for another that is none."""
        return lambda word: np.nan if word in DASHES else day_of_word(word, self.format) or 0.0

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        """Missing, or a dash."""
        return is_gap(column)

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        """Write the scaled day number, sine and cosine of each cycle, then 1 where the date is missing."""
        days = dates_of(self.name, column, self.format)
        numbers[:, 0] = scaled(days, self.centre, self.scale)
        missing = is_gap(column)
        filled = np.where(missing, 0.0, days)
        for i, cycle in enumerate(self.cycles):
            for wave, values in enumerate(circle(PLACES[cycle](filled)), start=1 + 2 * i):
                numbers[:, wave] = np.where(missing, 0.0, values)
        if self.missing_indicator:
            numbers[:, -1] = missing

    @property
    def cell_form(self) -> CellForm:
        """A number of days: no other program reads all the ways to write a date."""
        return CellForm("days", DAYS, (self.format,) if self.format else ())

    def cells(self, column: Column) -> NDArray[Any]:
        """Return the days."""
        return dates_of(self.name, column, self.format)

    @property
    def trials(self) -> Sequence[Any]:
        """The centre, days around it, both sides of each edge, ends of years, leap days, midnights."""
        width = 1.0 / self.scale if self.scale else 1.0
        days = trials_of_numbers(round(self.centre), width, self.edges)
        return [*(round(8.0 * day) / 8.0 for day in days), np.nan, *ODD_DAYS]

    def write(self, pen: Pen, cells: Any) -> Written:
        """Write the scaled day, sine and cosine of each cycle, then whether the date is missing."""
        gone = pen.missing(cells)
        filled = pen.where(gone, self.centre, cells, f"{self.name}.filled")  # the centre becomes 0
        near = pen.call(scaling.scaled, filled, self.centre, self.scale, name=f"{self.name}.scaled")
        numbers = [pen.cast(near, "float32", f"{self.name}.feature")]
        days = pen.where(gone, 0.0, cells, f"{self.name}.days")
        for cycle in self.cycles:
            place = pen.call(PLACES[cycle], days, name=f"{self.name}.{cycle}")
            waves = pen.several(circle, place, name=f"{self.name}.{cycle}.wave")
            for of, wave in zip(("sin", "cos"), waves, strict=True):
                filled = pen.where(gone, 0.0, wave, f"{self.name}.{cycle}.{of}")
                numbers.append(pen.cast(filled, "float32", f"{self.name}.{cycle}.{of}.feature"))
        if self.missing_indicator:
            numbers.append(pen.cast(gone, "float32", f"{self.name}.missing.feature"))
        return Written(numbers)

    def news(self, column: Column) -> tuple[str, str]:
        """Tell how dates differ from those of the training rows in having a time zone."""
        now = zones_of(column, self.format)
        if self.zones in (None, "some", now) or is_gap(column).all():
            return "", ""
        if self.zones == "none":
            return OTHER_ZONES, "some with a time zone, which no training row had"
        return OTHER_ZONES, "some without a time zone, which all training rows had"

    def describe(self) -> str:
        """Say how days are scaled, and which cycles are told."""
        also = ", and 0/1 for missing" if self.missing_indicator else ""
        also += f", {len(self.centres)} bins" if self.centres else ""
        cycles = f"; sine and cosine of its place in the {', '.join(self.cycles)}" if self.cycles else ""
        return f"(day - {date_text(self.centre)}) * {self.scale:.4g}, clipped smoothly{cycles}{also}"


def learn_date(name: str, column: Column, told: Told) -> DateColumn | DroppedColumn:
    """Learn where dates lie, how far they spread, and through which cycles they go."""
    notation = told.argument
    if column.is_text and not notation:
        notation = date_notation(column) or ""
        if not notation:
            _refuse_doubtful(name, column)
    share = float(is_gap(column).mean())
    days = dates_of(name, column, notation)
    spread, distinct = spread_and_values(days) if told.bins else (spread_of_values(days), None)
    if not spread.scale and not share:
        return constant(name, column)
    cycles = cycles_of(days[~np.isnan(days)] if share else days)
    zones = zones_of(column, notation)
    if zones == "some":
        warn_the_caller(
            f"column {name!r} holds dates with a time zone and dates without one, which are taken for UTC; "
            "write all of them with their zones, or all without"
        )
    bins = Cut() if distinct is None else cut(scaled_values(distinct, spread, len(column)), told.bins)
    at = spread.median, spread.scale
    return DateColumn(name, column.kind, share, *at, share > 0, notation, cycles, zones, *bins)


def _refuse_doubtful(name: str, column: Column) -> None:
    """Refuse dates that more than one notation reads, or one that might be no date: it must be said."""
    words = [word for word in levels_of(column).words if word not in DASHES]
    if not is_date(words[0]) and (notations := guess_notations(words) or guess_notations(words[:1])):
        raise TableError(
            f"column {name!r} holds dates like {words[0]!r}, of which the notation must be said; "
            f"say kind {notations_said(notations)} in the schema"
        )


def _argument_problem(notation: str) -> str:
    """Say what is wrong with a notation, and how to write one."""
    if problem := notation_problem(notation):
        return f"{problem}; write dates as Python's strptime does, for instance {EXAMPLE}"
    return ""


DATE = ColumnKind(
    DateColumn,
    learn_date,
    instead="the days since a date of your choice",
    as_text=True,
    in_bins=True,
    example=EXAMPLE,
    argument_problem=_argument_problem,
)
