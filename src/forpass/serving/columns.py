"""What a model asks of a row: its columns, as whoever sends rows needs to know them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, NamedTuple

from forpass.preprocessing.dates import date_text
from forpass.preprocessing.kinds import ColumnSpec
from forpass.preprocessing.kinds.boolean import BooleanColumn
from forpass.preprocessing.kinds.category import CategoryColumn
from forpass.preprocessing.kinds.date import DateColumn
from forpass.preprocessing.kinds.number import NumberColumn
from forpass.preprocessing.notation import PLAIN, is_number

__all__ = ["Column", "column_of", "columns_of"]

EPOCH = datetime.datetime(1970, 1, 1)


class Column(NamedTuple):
    """A column that a prediction needs.

    Attributes
    ----------
    name : str
    kind : str
        The kind of column, by the word under which `forpass.preprocessing.KINDS` has it, or one of one's own.
    found : str
        What the training table held: ``"integer"``, ``"float"``, ``"boolean"``, ``"date"``, ``"text"`` or
        ``"category"``.
    words : tuple of str
        Of a category the values that are known by name, the most frequent first; otherwise empty.
    example : int, float, str, bool or None
        What may stand there, such as the median of the training rows, or their most frequent value. None: of
        a kind of one's own nothing is known.
    gaps : bool
        Whether training rows had missing values there.
    """

    name: str
    kind: str
    found: str
    words: tuple[str, ...]
    example: Any
    gaps: bool


def column_of(spec: ColumnSpec) -> Column:
    """Return what is told of a column that was learnt.

    Examples
    --------
    >>> column_of(CategoryColumn("city", "text", 0.25, ("Oslo", "Bergen")))
    Column(name='city', kind='category', found='text', words=('Oslo', 'Bergen'), example='Oslo', gaps=True)
    """
    words = spec.values if isinstance(spec, CategoryColumn) else ()
    return Column(spec.name, spec.kind, spec.found, words, _example(spec), spec.share_missing > 0)


def columns_of(preprocessings: Iterable[Any]) -> tuple[Column, ...]:
    """Return the columns that any of some preprocessings needs, each once, in the order of the table.

    One that takes arrays needs none.
    """
    found: dict[str, Column] = {}
    for preprocessing in preprocessings:
        for spec, *_ in getattr(preprocessing, "places", ()):
            found.setdefault(spec.name, column_of(spec))
    return tuple(found.values())


def _example(spec: ColumnSpec) -> Any:
    match spec:
        case BooleanColumn():
            return {"boolean": True, "integer": 1, "float": 1}.get(spec.found, "true")
        case CategoryColumn():
            return _as_found(spec.values[0], spec.found) if spec.values else None
        case DateColumn():
            return _date(spec.centre, spec.format)
        case NumberColumn() if spec.found == "date":
            return _date(spec.centre, "")
        case NumberColumn() if spec.notation != PLAIN:
            return spec.notation.example
        case NumberColumn():
            return round(spec.centre) if spec.found == "integer" else spec.centre
    return None


def _as_found(word: str, found: str) -> Any:
    """Return a value that is kept as a word as the training table held it."""
    if found == "boolean":
        return word == "true"
    if found in ("integer", "float") and is_number(word):
        return int(word) if word.lstrip("-").isdigit() else float(word)
    return word


def _date(days: float, notation: str) -> str:
    """Write the day nearest to a number of days, as its column is written."""
    day = round(days)
    return (EPOCH + datetime.timedelta(days=day)).strftime(notation) if notation else date_text(day)
