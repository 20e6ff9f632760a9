"""An entry's value as a table of cells: which cell stands where on the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.text import Text

from forpass.engines.reference.tape import TapeEntry
from forpass.trace.elements import Place, written

__all__ = ["MOST_COLUMNS", "MOST_ROWS", "cells_of", "heads_of", "left_out", "place_at", "position_of"]

MOST_ROWS, MOST_COLUMNS = 400, 100
"""So many rows and columns of a value are shown."""


def shape_shown(entry: TapeEntry) -> tuple[int, int]:
    """Return how many rows and columns the table of a value has; a vector is one row."""
    shape = entry.value.shape
    columns = shape[-1] if shape else 1
    rows = math.prod(shape[:-1])
    return min(rows, MOST_ROWS), min(columns, MOST_COLUMNS)


def left_out(entry: TapeEntry) -> str:
    """Say what of a large value is not shown; "" where all of it is."""
    rows, columns = shape_shown(entry)
    shape = entry.value.shape
    all_rows, all_columns = math.prod(shape[:-1]), shape[-1] if shape else 1
    parts = []
    if rows < all_rows:
        parts.append(f"{rows} of {all_rows:,} rows")
    if columns < all_columns:
        parts.append(f"{columns} of {all_columns:,} columns")
    return f"shown: {', '.join(parts)}" if parts else ""


def heads_of(entry: TapeEntry) -> list[str]:
    """Return the heads of the columns."""
    return [str(j) for j in range(shape_shown(entry)[1])] if entry.value.ndim else ["value"]


def cells_of(entry: TapeEntry) -> Iterator[tuple[str, list[Text]]]:
    """Yield for each row its head and its cells."""
    rows, columns = shape_shown(entry)
    for i in range(rows):
        places = [place_at(entry, i, j) for j in range(columns)]
        head = ", ".join(map(str, places[0][:-1])) if places and entry.value.ndim > 1 else ""
        yield head, [_cell(entry.value[place].item()) for place in places]


def place_at(entry: TapeEntry, row: int, column: int) -> Place:
    """Return the place in a value of the cell at a row and a column of its table."""
    shape = entry.value.shape
    if not shape:
        return ()
    place: list[int] = [column]
    for size in reversed(shape[:-1]):
        row, last = divmod(row, size)
        place.insert(0, last)
    return tuple(place)


def position_of(entry: TapeEntry, place: Place) -> tuple[int, int]:
    """Return the row and the column of a place, the nearest that is shown."""
    if not place:
        return 0, 0
    row = 0
    for size, i in zip(entry.value.shape[:-1], place[:-1], strict=True):
        row = row * size + i
    rows, columns = shape_shown(entry)
    return min(row, rows - 1), min(place[-1], columns - 1)


def _cell(value: float) -> Text:
    """Write a number; what is 0 is pale, what is not finite stands out."""
    style = "" if value else "dim"
    return Text(written(value), "bold red" if not math.isfinite(value) else style, justify="right")
