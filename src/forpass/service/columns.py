"""The columns that a service's model reads, and which cells of them need no second look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forpass.preprocessing import Preprocessing
from forpass.serving.columns import Column, column_of

__all__ = ["columns_of", "plain_types"]

PLAIN: Mapping[tuple[str, str], tuple[type, ...]] = {
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
"""By the kind of a column and what it was found to hold in training: the types of cells as they usually come.

Whatever else a cell is, an old word of a category as a number for instance, is looked at by itself: a table
decides by all of its cells what a column holds.
"""


def columns_of(preprocessings: Sequence[Preprocessing]) -> tuple[Column, ...]:
    """Return the columns that any of these needs, in the order of the training table."""
    found: dict[str, Column] = {}
    for preprocessing in preprocessings:
        for place in preprocessing.places:
            found.setdefault(place.spec.name, column_of(place.spec))
    return tuple(found.values())


def plain_types(column: Column) -> frozenset[type]:
    """Return the types of the cells of a column that may go as a table: see ``PLAIN``; a gap always may."""
    return frozenset((*PLAIN.get((column.kind, column.found), ()), type(None)))
