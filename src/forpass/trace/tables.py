"""An entry's value as a table of cells, for a screen or a page: which cell stands where."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from forpass.engines.reference.tape import TapeEntry
from forpass.trace.made import Place

__all__ = ["Shown", "shown"]


class Shown(NamedTuple):
    """The part of a value that is shown, as a table; a vector is one row, and so is a single number.

    Attributes
    ----------
    entry : TapeEntry
    rows, columns : int
        How many of them the table has.

    Examples
    --------
    >>> import numpy as np
    >>> table = shown(TapeEntry("W1", np.zeros((2, 3, 4)), "", "", None, "parameters", ()))
    >>> table.rows, table.columns, table.place_at(4, 1), table.position_of((1, 1, 1)), table.row_head(4)
    (6, 4, (1, 1, 1), (4, 1), '1, 1')
    """

    entry: TapeEntry
    rows: int
    columns: int

    @property
    def heads(self) -> list[str]:
        """The heads of the columns."""
        return [str(j) for j in range(self.columns)] if self.entry.value.ndim else ["value"]

    def row_head(self, row: int) -> str:
        """Return the head of a row; "" of the only one."""
        return ", ".join(map(str, self.place_at(row, 0)[:-1]))

    def places(self) -> Iterator[list[Place]]:
        """Yield for each row the places of its cells."""
        for i in range(self.rows):
            yield [self.place_at(i, j) for j in range(self.columns)]

    def place_at(self, row: int, column: int) -> Place:
        """Return the place in the value of the cell at a row and a column."""
        shape = self.entry.value.shape
        if not shape:
            return ()
        place: list[int] = [column]
        for size in reversed(shape[:-1]):
            row, last = divmod(row, size)
            place.insert(0, last)
        return tuple(place)

    def position_of(self, place: Place) -> tuple[int, int]:
        """Return the row and the column of a place, the nearest that is shown."""
        if not place:
            return 0, 0
        row = 0
        for size, i in zip(self.entry.value.shape[:-1], place[:-1], strict=True):
            row = row * size + i
        return min(row, self.rows - 1), min(place[-1], self.columns - 1)

    @property
    def left_out(self) -> str:
        """What of a large value is not shown; "" where all of it is."""
        rows, columns = _sizes(self.entry)
        parts = [f"{self.rows} of {rows:,} rows"] * (self.rows < rows)
        parts += [f"{self.columns} of {columns:,} columns"] * (self.columns < columns)
        return f"shown: {', '.join(parts)}" if parts else ""


def shown(entry: TapeEntry, most_rows: int | None = None, most_columns: int | None = None) -> Shown:
    """Return an entry's value as a table of at most so many rows and columns, without a limit of all."""
    rows, columns = _sizes(entry)
    return Shown(
        entry,
        rows if most_rows is None else min(rows, most_rows),
        columns if most_columns is None else min(columns, most_columns),
    )


def _sizes(entry: TapeEntry) -> tuple[int, int]:
    shape = entry.value.shape
    return math.prod(shape[:-1]), shape[-1] if shape else 1
