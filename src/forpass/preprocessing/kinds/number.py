"""A column of numbers: robustly scaled (see `scaling`).

Where training rows had missing ones, a further feature says so. If asked for, the feature is also cut into
bins (see `edges`), which change nothing of it, and numbers that occur repeatedly are told by their value (see
`values`).
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.gaps import DASHES
from forpass.maths import scaling
from forpass.preprocessing.dates import date_text
from forpass.preprocessing.kinds.dropped import DroppedColumn, constant
from forpass.preprocessing.kinds.edges import Cut, cut
from forpass.preprocessing.kinds.lost_digits import warn_of_long_numbers
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
    Distinct,
    Spread,
    scaled,
    scaled_values,
    spread_and_values,
    spread_of,
    spread_of_values,
    trials_of_numbers,
)
from forpass.preprocessing.kinds.values import as_values, codes_of_values, repeated_values, rises
from forpass.preprocessing.notation import PLAIN, SEPARATORS, Notation, notation_of, number_of_word
from forpass.preprocessing.table import Column, keep
from forpass.preprocessing.words import dates_of, is_gap, levels_of, numbers_of
from forpass.spec.inputs import FeatureGroup

__all__ = ["NUMBER", "NumberColumn"]


EXTREMES = (np.nan, 0.0, -0.0, 1.0, 5e-324, 1e9, -1e9, 1e300, -1e300)
"""Numbers that may come in any column."""


@functools.lru_cache(4096)  # they are asked for five times a fit, of each column of a wide table
def groups_of_number(
    name: str,
    missing_indicator: bool,
    repeated: int = 0,
    edges: tuple[float, ...] = (),
    centres: tuple[float, ...] = (),
) -> tuple[FeatureGroup, ...]:
    """Return the groups of a column of numbers, of which so many are told by their value."""
    number = FeatureGroup(name, "number", 1, edges=edges, centres=centres)
    values = (FeatureGroup(name, "value", 0, codes=1 + repeated),) if repeated else ()
    return (number, *indicator_group(name, missing_indicator), *values)


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers.

    Attributes
    ----------
    name, found, share_missing
        See `ColumnSpec`. Dates that are said to be numbers are numbers of days.
    centre, scale : float
        The median, and the factor that brings the middle half to width 1 (0: constant).
    missing_indicator : bool
        Whether a feature says where values are missing.
    unit, thousands, decimal : str
        How numbers are written where the column is text: see `Notation`.
    edges, centres : tuple of float, optional
        The bins of the feature: see `FeatureGroup`.
    repeated : tuple of float, optional
        The numbers that are told by their value, rising.
    """

    name: str
    found: str
    share_missing: float
    centre: float
    scale: float
    missing_indicator: bool
    unit: str = ""
    thousands: str = ""
    decimal: str = "."
    edges: tuple[float, ...] | None = None
    centres: tuple[float, ...] | None = None
    repeated: tuple[float, ...] | None = None

    kind: ClassVar[str] = "number"
    said: ClassVar[str] = "number"

    def __post_init__(self) -> None:
        if (self.thousands, self.decimal) not in SEPARATORS:
            raise TableError(
                f"the column {self.name!r} has numbers with {self.thousands!r} between thousands and "
                f"{self.decimal!r} before decimals; one of the two is , or ."
            )
        if self.repeated is not None and not rises(self.repeated):
            raise TableError(f"repeated values of the column {self.name!r} must rise; got {self.repeated}")

    @property
    def notation(self) -> Notation:
        """How numbers are written where the column is text."""
        return Notation(self.unit, self.thousands, self.decimal)

    @property
    def usual(self) -> Usual:
        """The centre, as the training table wrote it."""
        if self.found == "date":
            return Usual(date_text(round(self.centre)))
        types = (int, float) if self.found in ("integer", "float", "text") else ()
        if self.notation != PLAIN:
            return Usual(self.notation.example, types)
        return Usual(round(self.centre) if self.found == "integer" else self.centre, types)

    @property
    def features(self) -> tuple[str, ...]:
        """The number, and whether it is missing."""
        return (self.name, *indicator_feature(self.name, self.missing_indicator))

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """A number, perhaps with bins, an indicator, and values."""
        bins = self.edges or (), self.centres or ()
        return groups_of_number(self.name, self.missing_indicator, len(self.repeated or ()), *bins)

    @property
    def worth(self) -> Callable[[str], float]:
        """The number that a word is; NaN for a dash, 0 for another that is none."""
        notation = self.notation
        return lambda word: np.nan if word in DASHES else number_of_word(word, notation) or 0.0

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        """Missing, or a dash."""
        return is_gap(column)

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        """Write the scaled number, then 1 where it is missing; as a code, which repeated value it is."""
        values = _values(self.name, column, self.found == "date", self.notation)
        numbers[:, 0] = scaled(values, self.centre, self.scale)
        if self.missing_indicator:
            numbers[:, 1] = is_gap(column)
        if self.repeated is not None:
            codes[:, 0] = codes_of_values(values, self.repeated)

    @property
    def cell_form(self) -> CellForm:
        """A number; of dates the day number."""
        if self.found == "date":
            return CellForm("days", DAYS)
        if self.notation == PLAIN:
            return CellForm("number", "a number")
        told = f"a number, which the table writes like {self.notation.example!r}"
        return CellForm("number", told, tuple(self.notation))

    def cells(self, column: Column) -> NDArray[Any]:
        """Return the numbers, or days."""
        return _values(self.name, column, self.found == "date", self.notation)

    @property
    def trials(self) -> Sequence[Any]:
        """The centre, steps away from it, both sides of each edge, repeated values, extremes."""
        width = 1.0 / self.scale if self.scale else 1.0
        return [*trials_of_numbers(self.centre, width, self.edges), *(self.repeated or ()), *EXTREMES]

    def write(self, pen: Pen, cells: Any) -> Written:
        """Write the scaled number, whether it is missing, and which repeated value it is."""
        gone = pen.missing(cells)
        filled = pen.where(gone, self.centre, cells, f"{self.name}.filled")  # the centre becomes 0
        near = pen.call(scaling.scaled, filled, self.centre, self.scale, name=f"{self.name}.scaled")
        numbers = [pen.cast(near, "float32", f"{self.name}.feature")]
        if self.missing_indicator:
            numbers.append(pen.cast(gone, "float32", f"{self.name}.missing.feature"))
        if self.repeated is None:
            return Written(numbers)
        values = {float(value): i for i, value in enumerate(as_values(np.array(self.repeated)), start=1)}
        return Written(
            numbers, [pen.level(pen.cast(cells, "float32", f"{self.name}.value"), values, missing=0, other=0)]
        )

    def news(self, column: Column) -> tuple[str, str]:
        """Tell nothing: any number may stand there."""
        return "", ""

    def describe(self) -> str:
        """Say how numbers are read and scaled, into how many bins they are cut, how many are told apart."""
        also = ", and 0/1 for missing" if self.missing_indicator else ""
        also += f", {len(self.centres)} bins" if self.centres else ""
        also += f", {len(self.repeated)} values told apart" if self.repeated else ""
        read = "" if self.notation == PLAIN else f"read like {self.notation.example!r}, "
        return f"{read}(x - {self.centre:.6g}) * {self.scale:.4g}, clipped smoothly{also}"


def learn_number(name: str, column: Column, told: Told) -> NumberColumn | DroppedColumn:
    """Learn how numbers are written, where they lie and how far they spread."""
    notation = notation_of(levels_of(column).words)[0] if column.is_text else PLAIN
    share = int(np.count_nonzero(is_gap(column))) / len(column)
    if not told.said:
        warn_of_long_numbers(name, column)
    values = _values(name, column, column.kind == "date", notation)
    spread, distinct = _looked_at(column, values, more=bool(told.bins) or told.options.values)
    if not spread.scale and not share:
        return constant(name, column)
    bins, repeated = Cut(), None
    if distinct is not None:
        bins = cut(scaled_values(distinct, spread, len(column)), told.bins)
        repeated = repeated_values(distinct) if told.options.values and column.kind != "date" else None
    at = spread.median, spread.scale
    return NumberColumn(name, column.kind, share, *at, share > 0, *notation, *bins, repeated)


def _looked_at(column: Column, values: NDArray[np.float64], more: bool) -> tuple[Spread, Distinct | None]:
    """Return how the numbers (n,) of a column lie and, if more is asked for, the different ones."""
    if not more:
        return (spread_of_values(values) if column.is_text else spread_of(column)), None
    spread, distinct = spread_and_values(values)
    if not column.is_text:
        keep(column, spread_of, spread)
    return spread, distinct


def _values(name: str, column: Column, days: bool, notation: Notation) -> NDArray[np.float64]:
    """Return numbers, or numbers of days, NaN where missing."""
    return dates_of(name, column) if days else numbers_of(name, column, notation=notation)


NUMBER = ColumnKind(NumberColumn, learn_number, task="regression", in_bins=True)
