"""Loops in C: the steps of a formula, cell by cell, as expressions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from forpass.exports.c.names import C_TYPES, literal
from forpass.exports.c.pieces import Loop, Piece, dimensions
from forpass.exports.graph import Kind, Operand, Step, Value

__all__ = ["in_one_loop"]

OF_MATH = {
    "absolute": "fabs",
    "cos": "cos",
    "erfc": "erfc",
    "exp": "exp",
    "expm1": "expm1",
    "floor": "floor",
    "log": "log",
    "log1p": "log1p",
    "sin": "sin",
    "sqrt": "sqrt",
    "tanh": "tanh",
}
"""Functions of math.h."""

OF_THE_FILE = {"maximum": "larger", "minimum": "smaller", "sign": "sign_of"}
"""Functions that the file has itself."""


LONG = 60
"""An expression of so many letters has a name."""


class Function(Protocol):
    """What a loop asks of the function around it."""

    def at(self, value: Value, index: str = "0") -> str:
        """Return a number of a value."""

    def defined(self, value: Value, expression: str, index: str = "0") -> str:
        """Return what gives a number of a value."""

    def name(self, value: Value) -> str:
        """Return a name for something new."""

    def helper(self, name: str, kind: Kind) -> str:
        """Return the name of a function of the file."""


class Said(NamedTuple):
    """An expression, and whether it can stand beside an operator as it is."""

    text: str
    alone: bool = True

    @property
    def within(self) -> str:
        """The expression as a part of a larger one."""
        return self.text if self.alone else f"({self.text})"


def in_one_loop(loop: Loop, piece: Piece, function: Function) -> Iterator[str]:
    """Write a loop over all cells; of a single cell the statements alone."""
    written = {value.name for value in piece.writes}
    sizes, cells = _axes(loop)
    statements = list(_statements(loop, written, cells, function))
    if not sizes:
        yield from statements
        return
    for depth, (letter, size) in enumerate(zip("ijk", sizes, strict=False)):
        yield "    " * depth + f"for (int {letter} = 0; {letter} < {size}; {letter}++) {{"
    for statement in statements:
        yield "    " * len(sizes) + statement
    for depth in reversed(range(len(sizes))):
        yield "    " * depth + "}"


def _statements(loop: Loop, written: set[str], cells: dict[str, str], function: Function) -> Iterator[str]:
    """Write each step that is read more than once, or elsewhere; others become a part of what reads them."""
    uses = Counter(read.name for step in loop.steps for read in step.reads if isinstance(read, Value))
    known: dict[str, Said] = {}

    def of(operand: Operand, kind: Kind) -> Said:
        if not isinstance(operand, Value):
            text = literal(operand, kind)
            return Said(text, alone=not text.startswith("-"))
        return known.get(operand.name) or Said(function.at(operand, cells[operand.name]))

    for step in loop.steps:
        expression, value = _expression(step, of, function), step.output
        if value.name in written:
            yield function.defined(value, expression.text, cells[value.name])
            known[value.name] = Said(function.at(value, cells[value.name]))
        elif uses[value.name] == 1 and len(expression.text) < LONG:
            known[value.name] = expression
        else:
            name = function.name(value)
            yield f"const {C_TYPES[value.kind]} {name} = {expression.text};"
            known[value.name] = Said(name)


def _expression(step: Step, of: Callable[[Operand, Kind], Said], function: Function) -> Said:
    """Return what a step computes of a cell."""
    does, output = step.does, step.output
    first = next(read for read in step.reads if isinstance(read, Value))
    kind = output.kind if does == "where" else first.kind
    reads = [of(read, kind) for read in step.reads]
    if does == "where":
        condition, if_true, if_false = of(step.reads[0], "bool"), *reads[1:]
        return Said(f"{condition.within} ? {if_true.within} : {if_false.within}", alone=False)
    if does == "cast":
        return Said(f"({C_TYPES[output.kind]}){reads[0].within}")
    if does == "missing":
        return Said(f"isnan({reads[0].text})")
    if does == "negative":
        return Said(f"-{reads[0].within}", alone=False)
    texts = ", ".join(read.text for read in reads)
    if does in OF_MATH:
        return Said(f"{OF_MATH[does]}{'f' if kind == 'float32' else ''}({texts})")
    if does in OF_THE_FILE:
        return Said(f"{function.helper(OF_THE_FILE[does], kind)}({texts})")
    assert does in ("+", "-", "*", "/", "<", ">", "<=", ">="), does
    return Said(f"{reads[0].within} {does} {reads[1].within}", alone=False)


def _axes(loop: Loop) -> tuple[list[int], dict[str, str]]:
    """Return the sizes of as few nested loops as will do, and by value which cell of it is meant there."""
    values = {
        read.name: read
        for step in loop.steps
        for read in (*step.reads, step.output)
        if isinstance(read, Value)
    }
    whole = max((dimensions(step.output.shape) for step in loop.steps), key=len)
    strides = {name: _strides(dimensions(value.shape), len(whole)) for name, value in values.items()}
    axes: list[tuple[int, dict[str, int]]] = []
    for axis, size in enumerate(whole):
        if size == 1:
            continue
        own = {name: stride[axis] for name, stride in strides.items()}
        if axes and all(axes[-1][1][name] == own[name] * size for name in own):
            axes[-1] = axes[-1][0] * size, own  # one loop goes through both
        else:
            axes.append((size, own))
    letters = "ijk"[: len(axes)]
    cells = {
        name: " + ".join(
            letter if own[name] == 1 else f"{own[name]} * {letter}"
            for letter, (_, own) in zip(letters, axes, strict=True)
            if own[name]
        )
        or "0"
        for name in values
    }
    return [size for size, _ in axes], cells


def _strides(sizes: tuple[int, ...], axes: int) -> list[int]:
    """Return how far the next cell along each axis is; 0 where a value has only one, which stands for all."""
    own = [0 if size == 1 else math.prod(sizes[axis + 1 :]) for axis, size in enumerate(sizes)]
    return [0] * (axes - len(sizes)) + own
