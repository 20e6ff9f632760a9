"""What a service tells of the columns that its model reads, and a record that the model takes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from forpass.preprocessing import Preprocessing
from forpass.preprocessing.dates import date_text
from forpass.preprocessing.kinds import ColumnSpec

__all__ = ["Column", "columns_of"]

WHOLE_FROM = 100.0
"""Above this size an example of a number is a whole one: decimals would tell nobody more."""

PLAIN: dict[tuple[str, str], tuple[type, ...]] = {
    ("number", "integer"): (int, float),
    ("number", "float"): (int, float),
    ("number", "text"): (int, float),
    ("category", "text"): (str,),
    ("category", "category"): (str,),
    ("category", "integer"): (int,),
    ("boolean", "boolean"): (bool,),
    ("boolean", "text"): (str,),
    ("date", "text"): (str,),
    ("date", "date"): (str,),
}
"""By what a column is and what it was found to hold in training: the types of cells that need no second look.

Whatever else a cell is, an old word of a category as a number for instance, is looked at by itself: a table
decides by all of its cells what a column holds.
"""


class Column(NamedTuple):
    """A column that a prediction needs.

    Attributes
    ----------
    name : str
    kind : str
        ``"number"``, ``"boolean"``, ``"category"`` or ``"date"``.
    words : tuple of str
        The words that a category knows, most frequent first.
    example : int, float, str or bool
        A cell that the model takes.
    gaps : bool
        Whether training rows had gaps in it.
    plain : frozenset of types
        See ``PLAIN``; a gap is always plain.
    """

    name: str
    kind: str
    words: tuple[str, ...]
    example: int | float | str | bool
    gaps: bool
    plain: frozenset[type]


def columns_of(preprocessings: Sequence[Preprocessing]) -> tuple[Column, ...]:
    """Return the columns that any of these needs, in the order of the training table."""
    found: dict[str, Column] = {}
    for preprocessing in preprocessings:
        for place in preprocessing.places:
            found.setdefault(place.spec.name, _column(place.spec))
    return tuple(found.values())


def _column(spec: ColumnSpec) -> Column:
    words: tuple[str, ...] = getattr(spec, "values", ())
    plain = frozenset((*PLAIN.get((spec.kind, spec.found), ()), type(None)))
    return Column(spec.name, spec.kind, words, _example(spec, words), spec.share_missing > 0, plain)


def _example(spec: Any, words: Sequence[str]) -> int | float | str | bool:
    """Return a cell that is a middling one, or the most frequent."""
    if spec.kind == "boolean":
        return True
    if spec.kind == "date":
        return _date(spec.centre, spec.format)
    if spec.kind == "number":
        centre = float(spec.centre)
        return round(centre) if centre.is_integer() or abs(centre) >= WHOLE_FROM else float(f"{centre:.3g}")
    word = words[0] if words else ""
    if spec.found == "integer":
        return int(word)
    return float(word) if spec.found == "float" else word


def _date(days: float, notation: str) -> str:
    """Write the day of a number as dates of this column are written."""
    if not notation:
        return date_text(float(round(days)))
    day = datetime.datetime(1970, 1, 1) + datetime.timedelta(days=round(days))
    return day.strftime(notation)
