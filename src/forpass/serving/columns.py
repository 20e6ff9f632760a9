"""What a model asks of a row: its columns, as whoever sends rows needs to know them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from forpass.preprocessing.kinds import ColumnSpec

__all__ = ["Column", "column_of", "columns_of", "types_of"]


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
    words, example
        See `Usual`.
    had_gaps : bool
        Whether training rows had missing values there.
    """

    name: str
    kind: str
    found: str
    words: tuple[str, ...]
    example: Any
    had_gaps: bool


def column_of(spec: ColumnSpec) -> Column:
    """Return what is told of a column that was learnt.

    Examples
    --------
    >>> from forpass.preprocessing.kinds.category import CategoryColumn
    >>> column_of(CategoryColumn("city", "text", 0.25, ("Rome", "Oslo")))
    Column(name='city', kind='category', found='text', words=('Rome', 'Oslo'), example='Rome', had_gaps=True)
    """
    usual = spec.usual
    return Column(spec.name, spec.kind, spec.found, usual.words, usual.example, spec.share_missing > 0)


def columns_of(preprocessings: Iterable[Any]) -> tuple[Column, ...]:
    """Return the columns that any of some preprocessings needs, each once, in the order of the table.

    One that takes arrays needs none.
    """
    found: dict[str, Column] = {}
    for preprocessing in preprocessings:
        for spec, *_ in getattr(preprocessing, "places", ()):
            found.setdefault(spec.name, column_of(spec))
    return tuple(found.values())


def types_of(preprocessings: Iterable[Any]) -> dict[str, frozenset[type]]:
    """Return the types that the cells of each column usually have, by its name; a gap always may be there."""
    found: dict[str, frozenset[type]] = {}
    for preprocessing in preprocessings:
        for spec, *_ in getattr(preprocessing, "places", ()):
            types = frozenset((*spec.usual.types, type(None)))
            found[spec.name] = found.get(spec.name, types) & types
    return found
