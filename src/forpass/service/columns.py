"""Which cells of a service's columns need no second look."""

from __future__ import annotations

from collections.abc import Mapping

from forpass.serving.columns import Column

__all__ = ["plain_types"]

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


def plain_types(column: Column) -> frozenset[type]:
    """Return the types of the cells of a column that may go as a table: see ``PLAIN``; a gap always may."""
    return frozenset((*PLAIN.get((column.kind, column.found), ()), type(None)))
