"""How the work of an instruction divides among threads.

Work is counted in units, which an instruction numbers from 0 on; a thread does those of its share, a
stretch of neighbours. The same number of units is shared out alike every time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["LINES_OF_A_UNIT", "ROWS_OF_A_UNIT", "Units"]

ROWS_OF_A_UNIT = 8
"""Rows of a matrix of weights that are one unit: about those of a tile, which differ by processor."""
LINES_OF_A_UNIT = 64
"""Lines of any other vector of parameters that are one: few networks have as many biases, and tables of
embeddings divide into enough."""


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
    def parts_of(cls, count: int, per_unit: int) -> Units:
        """As many as it takes for `count` things at every step, `per_unit` in a unit."""
        return cls.fixed(-(-count // per_unit))

    @classmethod
    def of_rows(cls, per_unit: int, times: int = 1) -> Units:
        """As many as it takes for `times` things in each row of the batch, `per_unit` = 2^m in a unit."""
        assert per_unit > 0 and per_unit & (per_unit - 1) == 0, f"{per_unit} is no power of 2"
        return cls(times, per_unit - 1, per_unit.bit_length() - 1)  # rounded up

    def of(self, rows: Any) -> Any:
        """How many there are for so many rows: a number, or a value of the driver."""
        return (self.per_row * rows + self.constant) >> self.shift
