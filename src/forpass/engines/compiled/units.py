"""How the work of an instruction divides among threads.

Work is counted in units, which an instruction numbers from 0 on; a thread does those of its share, a
stretch of neighbours. The same number of units is shared out alike every time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["ROWS_OF_A_UNIT", "Units"]

ROWS_OF_A_UNIT = 8
"""Rows of a matrix of weights that are one unit: about those of a tile, which differ by processor."""


class Units(NamedTuple):
    """A number of units that may depend on the rows of the batch: (per_row rows + constant) >> shift."""

    per_row: int
    constant: int
    shift: int

    @classmethod
    def fixed(cls, count: int) -> Units:
        """As many at every step."""
        return cls(0, count, 0)

    @classmethod
    def of_rows(cls, per_unit: int, times: int = 1) -> Units:
        """As many as it takes for `times` things in each row of the batch, `per_unit` = 2^m in a unit."""
        assert per_unit > 0 and per_unit & (per_unit - 1) == 0, f"{per_unit} is no power of 2"
        return cls(times, per_unit - 1, per_unit.bit_length() - 1)  # rounded up

    @classmethod
    def of_matrix(cls, rows: int) -> Units:
        """As many as a matrix of weights has, whatever is done to it.

        The gradient of W, its penalty and its update share a phase: no barrier is between them. That is
        right because all three divide W alike, by these units, so that a thread reads only rows of the
        gradient that it made itself. Nothing else may be read there of what the phase writes.
        """
        return cls.fixed(-(-rows // ROWS_OF_A_UNIT))

    def of(self, rows: Any) -> Any:
        """How many there are for so many rows: a number, or a value of the driver."""
        return (self.per_row * rows + self.constant) >> self.shift
