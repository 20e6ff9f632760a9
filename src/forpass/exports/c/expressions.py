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


class Scope(Protocol):
    """What a loop asks of the function in which it stands."""

    def at(self, value: Value, index: str = "0") -> str:
        """Return a number of a value."""

    def defined(self, value: Value, expression: str, index: str = "0") -> str:
        """Return what gives a number of a value."""

    def name(self, value: Value) -> str:
        """Return a name for something new."""

    def helper(self, name: str, kind: Kind) -> str:
        """Return the name of a function of the file."""


class Expression(NamedTuple):
    """An expression, and whether it can stand beside an operator as it is."""

    text: str
    atomic: bool = True

    @property
    def in_brackets(self) -> str:
        """As a part of a larger expression, in brackets where it needs them."""
        return self.text if self.atomic else f"({self.text})"


def in_one_loop(loop: Loop, piece: Piece, scope: Scope) -> Iterator[str]:
    """Write a loop over all cells; of a single cell the statements alone."""
    written = {value.name for value in piece.writes}
    sizes, cells = _axes(loop)
    statements = list(_statements(loop, written, cells, scope))
    if not sizes:
        yield from statements
        return
    for depth, (letter, size) in enumerate(zip("ijk", sizes, strict=False)):
        yield "    " * depth + f"for (int {letter} = 0; {letter} < {size}; {letter}++) {{"
    for statement in statements:
        yield "    " * len(sizes) + statement
    for depth in reversed(range(len(sizes))):
        yield "    " * depth + "}"


def _statements(loop: Loop, written: set[str], cells: dict[str, str], scope: Scope) -> Iterator[str]:
    """Write each step that is read more than once, or elsewhere; others become a part of what reads them."""
    uses = Counter(read.name for step in loop.steps for read in step.reads if isinstance(read, Value))
    known: dict[str, Expression] = {}

    def of(operand: Operand, kind: Kind) -> Expression:
        if not isinstance(operand, Value):
            text = literal(operand, kind)
            return Expression(text, atomic=not text.startswith("-"))
        return known.get(operand.name) or Expression(scope.at(operand, cells[operand.name]))

    for step in loop.steps:
        expression, value = _expression(step, of, scope), step.output
        if value.name in written:
            yield scope.defined(value, expression.text, cells[value.name])
            known[value.name] = Expression(scope.at(value, cells[value.name]))
        elif uses[value.name] == 1 and len(expression.text) < LONG:
            known[value.name] = expression
        else:
            name = scope.name(value)
            yield f"const {C_TYPES[value.kind]} {name} = {expression.text};"
            known[value.name] = Expression(name)


def _expression(step: Step, of: Callable[[Operand, Kind], Expression], scope: Scope) -> Expression:
    """Return what a step computes of a cell."""
    does, output = step.does, step.output
    first = next(read for read in step.reads if isinstance(read, Value))
    kind = output.kind if does == "where" else first.kind
    reads = [of(read, kind) for read in step.reads]
    if does == "where":
        parts = (of(step.reads[0], "bool"), *reads[1:])
        condition, if_true, if_false = (part.in_brackets for part in parts)
        return Expression(f"{condition} ? {if_true} : {if_false}", atomic=False)
    if does == "cast":
        return Expression(f"({C_TYPES[output.kind]}){reads[0].in_brackets}")
    if does == "missing":
        return Expression(f"isnan({reads[0].text})")
    if does == "negative":
        return Expression(f"-{reads[0].in_brackets}", atomic=False)
    texts = ", ".join(read.text for read in reads)
    if does in OF_MATH:
        return Expression(f"{OF_MATH[does]}{'f' if kind == 'float32' else ''}({texts})")
    if does in OF_THE_FILE:
        return Expression(f"{scope.helper(OF_THE_FILE[does], kind)}({texts})")
    assert does in ("+", "-", "*", "/", "<", ">", "<=", ">="), does
    return Expression(f"{reads[0].in_brackets} {does} {reads[1].in_brackets}", atomic=False)


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
