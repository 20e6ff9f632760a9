"""Columns: what was learnt about each on the training rows, and the numbers it becomes.

number     (x - median) / (q75 - q25), then clipped smoothly to (-3, 3): x / sqrt(1 + (x / 3)^2)
           (the robust scaling of RealMLP, Holzmueller et al. 2024). A missing value becomes the median,
           which is 0; where training rows had missing ones, a further column says so.
boolean    -1 false, +1 true, 0 missing; where training rows had missing ones, a further column says so.
date       its day number (days since 1970-01-01, UTC, with the time of day) as a number; then
           sin(2 pi p) and cos(2 pi p) of its place p in the year, in the week and in the day, each only
           where the training rows span a whole year, week or day and differ in it (see `dates`). A
           missing date is 0 everywhere, the centre of each circle; a further column as for numbers.
category   one column of 0/1 per level (one-hot); two levels share one column of -1/+1. Levels are the
           known values, most frequent first, then ``(missing)`` and ``(rare)`` where training rows had
           such. What has no level (a value never seen, no rare ones to join) is 0 everywhere.
dropped    nothing; the reason is kept.

`learn_column` makes a `ColumnSpec` of the training rows; `encode_column` repeats it on any rows.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from forpass.errors import TableError, UnknownNameError
from forpass.preprocessing.dates import date_text, notation_problem
from forpass.preprocessing.notation import PLAIN, Notation

__all__ = ["KINDS", "MISSING", "RARE", "ColumnSpec", "require_kind"]

KINDS = ("number", "category", "boolean", "date", "drop")
"""What a column can be said to be; a date also with its notation: ``date:%d.%m.%Y``."""

MISSING, RARE = "(missing)", "(rare)"


@dataclass(frozen=True)
class ColumnSpec:
    """What was learnt about one column.

    Attributes
    ----------
    name : str
    kind : str
        ``"number"``, ``"category"``, ``"boolean"``, ``"date"`` or ``"dropped"``.
    found : str
        What the table held: see `Column`.
    share_missing : float
        Of the training rows.
    centre, scale : float
        Of a number or a date: the median, and the factor that brings its middle half to width 1 (0:
        constant).
    missing_indicator : bool
        Whether missing values have a column (a category: a level) of their own.
    values : tuple of str
        Of a category: the known values, most frequent first, ties by value.
    rare : bool
        Of a category: whether there is a level for rare values, which takes unseen ones in too.
    rare_values : tuple of str
        Of a category: what is rare, sorted, where it is not too much; to tell rare from unseen.
    unit, thousands, decimal : str
        Of numbers in text: see `Notation`.
    format : str
        Of dates in text: their notation for strptime; "" for ISO 8601.
    cycles : tuple of str
        Of a date: in which of ``"year"``, ``"week"`` and ``"day"`` its place is told.
    reason : str
        Why the column was dropped.
    """

    name: str
    kind: str
    found: str
    share_missing: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    missing_indicator: bool = False
    values: tuple[str, ...] = ()
    rare: bool = False
    rare_values: tuple[str, ...] = ()
    unit: str = ""
    thousands: str = ""
    decimal: str = "."
    format: str = ""
    cycles: tuple[str, ...] = ()
    reason: str = ""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of a category: values, ``(missing)``, ``(rare)``."""
        return self.values + (MISSING,) * self.missing_indicator + (RARE,) * self.rare

    @property
    def notation(self) -> Notation:
        """How numbers are written where the column is text."""
        return Notation(self.unit, self.thousands, self.decimal)

    @property
    def said(self) -> str:
        """The kind as it is said in a schema: ``"drop"`` for a dropped column, a date with its notation."""
        if self.kind == "dropped":
            return "drop"
        return f"date:{self.format}" if self.format else self.kind

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns it becomes."""
        if self.kind == "dropped":
            return ()
        if self.kind != "category":
            places = tuple(f"{self.name}={wave}({cycle})" for cycle in self.cycles for wave in ("sin", "cos"))
            return (self.name, *places) + (f"{self.name}={MISSING}",) * self.missing_indicator
        levels = self.levels
        return tuple(f"{self.name}={level}" for level in (levels[1:] if len(levels) == 2 else levels))

    def describe(self) -> str:
        """Say in a few words what the column becomes."""
        if self.kind == "dropped":
            return f"dropped: {self.reason}"
        also = ", and 0/1 for missing" if self.missing_indicator else ""
        if self.kind == "boolean":
            return f"-1 / +1{also}"
        if self.kind == "number":
            read = "" if self.notation == PLAIN else f"read like {self.notation.example!r}, "
            return f"{read}(x - {self.centre:.6g}) * {self.scale:.4g}, clipped smoothly{also}"
        if self.kind == "date":
            cycles = f"; sine and cosine of its place in the {', '.join(self.cycles)}" if self.cycles else ""
            return f"(day - {date_text(self.centre)}) * {self.scale:.4g}, clipped smoothly{cycles}{also}"
        levels = self.levels
        if len(levels) == 2:
            return f"-1 {levels[0]} / +1 {levels[1]}"
        return f"{len(levels)} columns of 0/1: {', '.join(levels[:4])}{', ...' if len(levels) > 4 else ''}"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ColumnSpec":
        """Return the column that `to_json` wrote."""
        settings: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in plain.items()}
        return cls(**settings)


def require_kind(name: str, kind: object) -> tuple[str, str]:
    """Return the kind that a column is said to be and, of a date, its notation.

    Raises
    ------
    UnknownNameError
        For a kind that does not exist.
    TableError
        For a notation that strptime does not know.
    """
    word, _, notation = kind.partition(":") if isinstance(kind, str) else ("", "", "")
    if word == "date" and notation:
        if problem := notation_problem(notation):
            raise TableError(
                f"the kind {kind!r} of the column {name!r} {problem}; "
                "write dates as Python's strptime does, for instance date:%d.%m.%Y"
            )
    elif kind not in KINDS:
        raise UnknownNameError(f"kind of the column {name!r}", kind, (*KINDS, "date:%d.%m.%Y"))
    return word, notation
