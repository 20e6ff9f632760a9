"""Rows and columns of any length, for formulas that look at more than one number at a time.

A `Sequence` is a row as a formula sees it: it can be added to, handed to ``xp.exp``, compared. None of
that computes anything yet; it is noted. A reduction, ``xp.row_sum``, writes a loop over the lines of
the row in which what was noted is computed; a store writes another. What is costly to compute (an
exponential) is kept by the first loop for those that follow.

A kernel goes through its numbers in one of three ways: along one `Row`, along the columns of many
`RowsSideBySide`, or along the rows of a `LineOfColumns`, where ``xp.column_sum`` adds up from the first
row to the last. Sums along the other way are `Elsewhere`.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.places import Array
from forpass.engines.compiled.language.values import Value, alike, choose, spread

__all__ = [
    "MOST_KEPT",
    "Elsewhere",
    "LineOfColumns",
    "Row",
    "RowsSideBySide",
    "Sequence",
    "elementwise",
    "folded",
]

MOST_KEPT = 6
"""Sequences that a kernel keeps at most: forpass's own formulas keep two. Others are computed again."""

Function = Callable[..., Any]


def elementwise(function: Function, costly: bool = False) -> Function:
    """Let a function of values also take sequences."""

    def apply(*operands: Any) -> Any:
        if any(isinstance(o, Elsewhere) for o in operands):
            return Elsewhere()
        sequence = next((o for o in operands if isinstance(o, Sequence)), None)
        if sequence is None:
            return function(*operands)
        return sequence.sweep.noted(function, operands, costly)

    apply.__name__ = apply.__qualname__ = getattr(function, "__name__", "elementwise")
    return apply


class _Operators:
    """The operators that formulas use, each noted instead of computed."""

    __add__ = elementwise(operator.add)
    __sub__ = elementwise(operator.sub)
    __mul__ = elementwise(operator.mul)
    __truediv__ = elementwise(operator.truediv)
    __radd__ = elementwise(lambda a, b: b + a)
    __rsub__ = elementwise(lambda a, b: b - a)
    __rmul__ = elementwise(lambda a, b: b * a)
    __rtruediv__ = elementwise(lambda a, b: b / a)
    __neg__ = elementwise(operator.neg)
    __lt__ = elementwise(operator.lt)
    __le__ = elementwise(operator.le)
    __gt__ = elementwise(operator.gt)
    __ge__ = elementwise(operator.ge)
    __eq__ = elementwise(operator.eq)
    __ne__ = elementwise(operator.ne)
    __and__ = elementwise(operator.and_)
    __or__ = elementwise(operator.or_)
    __hash__ = object.__hash__
    __bool__ = Value.__bool__


class Elsewhere:
    """A result that another kernel computes: nothing is written down for it, nor for what depends on it.

    A formula may return what no single way through the numbers gives: `layer_norm_vjp` gives dX, which
    needs sums of rows, and dgamma and dbeta, which are sums of columns. Two kernels call it, one along
    rows and one along columns. For each, the sums of the other way are `Elsewhere`, and so is all that
    is made of them; each keeps the results that it can have.
    """

    def _elsewhere(self, *others: Any) -> Elsewhere:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _elsewhere
    __truediv__ = __rtruediv__ = __neg__ = _elsewhere


class Sequence(_Operators):
    """Numbers along a sweep, noted: what is to be computed from what."""

    def __init__(self, sweep: _Sweep, function: Function, operands: tuple[Any, ...], costly: bool):
        self.sweep, self.function, self.operands = sweep, function, operands
        self.costly: bool = costly or any(isinstance(o, Sequence) and o.costly for o in operands)

    def at(self, place: Value) -> Value:
        """Write down what computes the line at a place; in one loop only once."""
        key = (self, place.ir)
        if key not in self.sweep.written:
            operands = [o.at(place) if isinstance(o, Sequence) else o for o in self.operands]
            self.sweep.written[key] = self.function(*operands)
        return self.sweep.written[key]


class _Sweep(ABC):
    """One way through the numbers, and what has been noted on it."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.written: dict[Any, Value] = {}
        # with their operands: an id says nothing any more once its object is gone
        self._noted: dict[Any, tuple[Sequence, tuple[Any, ...]]] = {}

    @property
    def place(self) -> Sequence:
        """Where on the way one is."""
        return _Place(self, _same, (), False)

    def noted(self, function: Function, operands: tuple[Any, ...], costly: bool = False) -> Sequence:
        """Note an operation; the same operation on the same operands is the same sequence."""
        # numbers by how they are written: 0.0 equals -0.0, and is another number
        key = (function, *((type(o), repr(o)) if isinstance(o, float | int) else id(o) for o in operands))
        if key not in self._noted:
            self._noted[key] = Sequence(self, function, operands, costly), operands
        return self._noted[key][0]

    def load(self, A: Array, begin: Value | int = 0) -> Sequence:
        """The lines of an array that lie on the way, which begins at a place of it."""
        A = A.at(begin)
        return self.noted(lambda place: A.line(self._offset(place)), (self.place,))

    @abstractmethod
    def _offset(self, place: Value) -> Value:
        """How far from its beginning the line at a place is, in numbers."""


class _AlongRows(_Sweep):
    """What sweeps along rows have in common, one row at a time or many: reductions over the columns."""

    def __init__(self, code: Code, width: Value) -> None:
        super().__init__(code)
        self.width = width
        self._kept = 0

    def sum(self, row: Any) -> Any:
        """Add up the columns."""
        return self._reduced(row, 0.0, operator.add)

    def max(self, row: Any, larger: Function) -> Any:
        """Take the largest of the columns."""
        return self._reduced(row, float("-inf"), larger)

    def length(self) -> Value:
        """Number of columns in the working type."""
        return self.width.real()

    def store(self, A: Array, row: Any, begin: Value | int = 0) -> None:
        """Write a row to an array, from a place on."""
        A = A.at(begin)
        with self._places() as j:
            A.set_line(self._offset(j), self._inside(j, self._at(row, j), 0.0))

    def _reduced(self, row: Any, neutral: float, combine: Function) -> Any:
        """Combine all lines; what was costly to compute is kept as long as there is room."""
        if isinstance(row, Elsewhere):
            return row
        total = self.code.variable(self.code.line(neutral))
        keeps = isinstance(row, Sequence) and row.costly and self._kept < MOST_KEPT
        room = self._room(self._kept)
        with self._places() as j:
            value = self._at(row, j)
            if keeps:
                room.set_line(self._offset(j), value)
            total.value = combine(total.value, self._inside(j, value, neutral))
        if keeps:
            self._kept += 1
            kept = self.load(room)
            row.function, row.operands, row.costly = kept.function, kept.operands, False
        return self._of_all_lanes(total.value, combine)

    def _at(self, row: Any, j: Value) -> Value:
        value = row.at(j) if isinstance(row, Sequence) else row
        return alike(value, self.code.line(0.0))[0]

    @abstractmethod
    def _places(self) -> Any:
        """Write a loop over the places of the way."""

    @abstractmethod
    def _inside(self, j: Value, value: Value, beyond: float) -> Value:
        """The line at a place; what lies beyond the width becomes another number."""

    @abstractmethod
    def _room(self, number: int) -> Array:
        """Where a sequence can be kept."""

    @abstractmethod
    def _of_all_lanes(self, line: Value, combine: Function) -> Value:
        """What a reduction is, once all lines are combined."""


class Row(_AlongRows):
    """The lines of one row, from the first column to the last; what lies beyond the width is not there.

    Parameters
    ----------
    code : Code
    width : Value
        Number of columns.
    stride : Value
        Distance of rows in the kernel's room to work in.
    """

    def __init__(self, code: Code, width: Value, stride: Value) -> None:
        super().__init__(code, width)
        self.stride = stride

    def _places(self) -> Any:
        return self.code.lines(0, self.width)

    def _offset(self, place: Value) -> Value:
        return place

    def _inside(self, j: Value, value: Value, beyond: float) -> Value:
        left = spread((self.width - j).narrow(), self.code.lanes)
        return choose(self.code.lane_numbers() < left, value, beyond)

    def _room(self, number: int) -> Array:
        return self.code.scratch.at(self.stride * number)

    def _of_all_lanes(self, line: Value, combine: Function) -> Value:
        return folded(line, combine)


class RowsSideBySide(_AlongRows):
    """The columns of 16 (8) rows, which lie side by side in the lanes of a line: one line a column.

    For narrow rows: no lane is empty and nothing has to be added up across lanes.

    Parameters
    ----------
    code : Code
    width : Value
        Number of columns.
    room : Array
        Where what is costly to compute may be kept; columns one line apart.
    """

    def __init__(self, code: Code, width: Value, room: Array) -> None:
        super().__init__(code, width)
        self.room = room

    def _places(self) -> Any:
        return self.code.loop(0, self.width)

    def _offset(self, place: Value) -> Value:
        return place * self.code.lanes

    def _inside(self, j: Value, value: Value, beyond: float) -> Value:
        return value

    def _room(self, number: int) -> Array:
        return self.room.at(self._offset(self.width * number))

    def _of_all_lanes(self, line: Value, combine: Function) -> Value:
        return line  # a number for each row


class LineOfColumns(_Sweep):
    """One line of columns of a matrix (rows, stride), from the first row of the batch to the last.

    Parameters
    ----------
    code : Code
    column : Value
        The first column of the line.
    stride : Value
        Distance of rows.
    """

    def __init__(self, code: Code, column: Value, stride: Value) -> None:
        super().__init__(code)
        self.column, self.stride = column, stride

    def store(self, A: Array, lines: Any) -> None:
        """Write the line of columns."""
        with self.code.loop(0, self.code.rows) as i:
            A.set_line(self._offset(i), lines.at(i))

    def sum(self, lines: Any) -> Any:
        """Add up row by row."""
        if isinstance(lines, Elsewhere):
            return lines
        total = self.code.variable(self.code.line(0.0))
        with self.code.loop(0, self.code.rows) as i:
            total.value = total.value + lines.at(i)
        return total.value

    def length(self) -> Value:
        """Number of rows in the working type."""
        return self.code.rows.real()

    def _offset(self, place: Value) -> Value:
        return place * self.stride + self.column


class _Place(Sequence):
    """The sequence of the places themselves."""

    def at(self, place: Value) -> Value:
        return place


def _same(value: Any) -> Any:
    return value


def folded(line: Value, combine: Function) -> Value:
    """Combine the lanes of a line as a tree: halves, quarters, ..."""
    lanes = line.type.count
    while lanes > 1:
        lanes //= 2
        line = combine(line.shuffled(line, range(lanes)), line.shuffled(line, range(lanes, 2 * lanes)))
    return line.lane(0)
