"""Rows and columns of any length, for formulas that look at more than one number at a time.

A `Sequence` is a row as a formula sees it: it can be added to, handed to ``xp.exp``, compared. None of
that computes anything yet; it is noted. A reduction, ``xp.row_sum``, writes a loop over the lines of
the row in which what was noted is computed; a store writes another. What is dear to compute (an
exponential) is kept by the first loop for those that follow.

The same along columns: there the numbers of a sequence are lines, 16 or 8 columns side by side, and
``xp.column_sum`` adds them up from the first row to the last. Reductions along the other way than the
kernel goes are `Elsewhere`: another kernel's business.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from forpass.engines.compiled.code import Code
from forpass.engines.compiled.values import Array, Value

__all__ = ["MOST_KEPT", "Columns", "Elsewhere", "Rows", "Sequence", "SideBySide", "elementwise", "folded"]

MOST_KEPT = 6
"""Sequences that a kernel keeps at most: forpass's own formulas keep two. Others are computed again."""

Function = Callable[..., Any]


def elementwise(function: Function, dear: bool = False) -> Function:
    """Let a function of values also take sequences."""

    def apply(*operands: Any) -> Any:
        if any(isinstance(o, Elsewhere) for o in operands):
            return Elsewhere()
        sequence = next((o for o in operands if isinstance(o, Sequence)), None)
        if sequence is None:
            return function(*operands)
        return sequence.sweep.noted(function, operands, dear)

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
    """What cannot be had on this way through the numbers; nothing that depends on it can."""

    def _elsewhere(self, *others: Any) -> Elsewhere:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _elsewhere
    __truediv__ = __rtruediv__ = __neg__ = _elsewhere


class Sequence(_Operators):
    """Numbers along a sweep, noted: what is to be computed from what."""

    def __init__(self, sweep: _Sweep, function: Function, operands: tuple[Any, ...], dear: bool):
        self.sweep, self.function, self.operands = sweep, function, operands
        self.dear: bool = dear or any(isinstance(o, Sequence) and o.dear for o in operands)

    def at(self, place: Value) -> Value:
        """Write down what computes the line at a place; in one loop only once."""
        key = (self, place.ir)
        if key not in self.sweep.written:
            operands = [o.at(place) if isinstance(o, Sequence) else o for o in self.operands]
            self.sweep.written[key] = self.function(*operands)
        return self.sweep.written[key]


class _Sweep:
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

    def noted(self, function: Function, operands: tuple[Any, ...], dear: bool = False) -> Sequence:
        """Note an operation; the same operation on the same operands is the same sequence."""
        # numbers by how they are written: 0.0 equals -0.0, and is another number
        key = (function, *((type(o), repr(o)) if isinstance(o, float | int) else id(o) for o in operands))
        if key not in self._noted:
            self._noted[key] = Sequence(self, function, operands, dear), operands
        return self._noted[key][0]


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

    def _reduced(self, row: Any, neutral: float, combine: Function) -> Any:
        raise NotImplementedError

    def _at(self, row: Any, j: Value) -> Value:
        value = row.at(j) if isinstance(row, Sequence) else row
        return self.code.alike(value, self.code.line(0.0))[0]


class Rows(_AlongRows):
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

    def load(self, A: Array, begin: Value | int) -> Sequence:
        """The row that begins at a place."""
        row = A.at(begin)
        return self.noted(row.line, (self.place,))

    def store(self, A: Array, begin: Value | int, row: Any) -> None:
        """Write a row; beyond its width zeros."""
        target = A.at(begin)
        with self.code.lines(0, self.width) as j:
            target.set_line(j, self._inside(j, self._at(row, j), 0.0))

    def _reduced(self, row: Any, neutral: float, combine: Function) -> Any:
        """In 16 (8) lanes, and these as a tree."""
        if isinstance(row, Elsewhere):
            return row
        code, total = self.code, self.code.variable(self.code.line(neutral))
        place = self._keep(row)
        with code.lines(0, self.width) as j:
            value = self._at(row, j)
            if place is not None:
                place.set_line(j, value)
            total.value = combine(total.value, self._inside(j, value, neutral))
        if place is not None:
            row.function, row.operands, row.dear = place.line, (self.place,), False
        return folded(total.value, combine)

    def _keep(self, row: Any) -> Array | None:
        """Room to keep a row that was dear to compute, as long as there is some."""
        if not (isinstance(row, Sequence) and row.dear) or self._kept == MOST_KEPT:
            return None
        self._kept += 1
        return self.code.scratch.at(self.stride * (self._kept - 1))

    def _inside(self, j: Value, value: Value, beyond: float) -> Value:
        left = self.code.spread((self.width - j).narrow(), self.code.lanes)
        return self.code.choose(self.code.lane_numbers() < left, value, beyond)


class SideBySide(_AlongRows):
    """The columns of 16 (8) rows, which lie side by side in the lanes of a line: one line a column.

    For narrow rows: no lane is empty and nothing has to be added up across lanes.

    Parameters
    ----------
    code : Code
    width : Value
        Number of columns.
    room : Array
        Where what is dear to compute may be kept; columns one line apart.
    """

    def __init__(self, code: Code, width: Value, room: Array) -> None:
        super().__init__(code, width)
        self.room = room

    def load(self, A: Array) -> Sequence:
        """Columns that lie one line apart."""
        return self.noted(lambda j: A.line(j * self.code.lanes), (self.place,))

    def store(self, A: Array, columns: Any) -> None:
        """Write columns one line apart."""
        with self.code.loop(0, self.width) as j:
            A.set_line(j * self.code.lanes, self._at(columns, j))

    def _reduced(self, columns: Any, neutral: float, combine: Function) -> Any:
        """Column by column: one number for each row."""
        code, total = self.code, self.code.variable(self.code.line(neutral))
        keep = isinstance(columns, Sequence) and columns.dear and self._kept < MOST_KEPT
        place = self.room.at(self.width * (self._kept * code.lanes))
        with code.loop(0, self.width) as j:
            value = self._at(columns, j)
            if keep:
                place.set_line(j * code.lanes, value)
            total.value = combine(total.value, value)
        if keep:
            self._kept += 1
            kept = self.load(place)
            columns.function, columns.operands, columns.dear = kept.function, kept.operands, False
        return total.value


class Columns(_Sweep):
    """One line of columns, from the first row of the batch to the last.

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

    def load(self, A: Array) -> Sequence:
        """The line of columns of a matrix (rows, stride)."""
        return self.noted(lambda i: A.line(i * self.stride + self.column), (self.place,))

    def store(self, A: Array, lines: Any) -> None:
        """Write the line of columns."""
        with self.code.loop(0, self.code.rows) as i:
            A.set_line(i * self.stride + self.column, lines.at(i))

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
