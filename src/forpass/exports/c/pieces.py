"""The work of one function in C: a graph's lines taken apart into loops, products, sums and movements.

What no output asks for is left out. Steps that go through the same cells one by one make up one loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from forpass.exports.graph import (
    Apart,
    Beside,
    Call,
    Cast,
    Graph,
    Joined,
    Largest,
    Level,
    Missing,
    Network,
    Operand,
    Pick,
    Section,
    Shape,
    Stack,
    Step,
    Take,
    Value,
    Where,
    require_known_lines,
)
from forpass.exports.steps import REDUCTIONS

__all__ = ["Loop", "Piece", "Product", "Reduction", "Same", "cells_of", "dimensions", "pieces_of"]


class Loop(NamedTuple):
    """Steps that are taken cell by cell."""

    steps: tuple[Step, ...]


class Product(NamedTuple):
    """A product of matrices, of each member one."""

    output: Value
    reads: tuple[Value, Value]


class Reduction(NamedTuple):
    """The sum, or the largest, of each row or over members."""

    output: Value
    does: str
    reads: Value


class Same(NamedTuple):
    """A value, or neighbouring columns of it from `offset` on, under another name: nothing to do."""

    output: Value
    reads: Value
    offset: int = 0


Work: TypeAlias = (
    Loop | Product | Reduction | Same | Section | Level | Pick | Beside | Take | Stack | Largest | Network
)


@dataclass(frozen=True)
class Piece:
    """A piece of work, what it reads and what it writes for pieces below; `told` is a comment on it."""

    work: Work
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]
    told: str = ""


def dimensions(shape: Shape) -> tuple[int, ...]:
    """Return the sizes of a value of one row.

    Examples
    --------
    >>> dimensions((4, None, 3))
    (4, 1, 3)
    """
    return tuple(1 if size is None else size for size in shape)


def cells_of(value: Value) -> int:
    """Return how many numbers a value of one row has."""
    return math.prod(dimensions(value.shape))


def pieces_of(graph: Graph) -> list[Piece]:
    """Return the pieces of a graph's work, in order."""
    needed = {output.value.name for output in graph.outputs}
    works: list[tuple[Work, str]] = []
    for line in reversed(graph.lines):
        for work, told in reversed(list(WORKS_OF[type(line)](line))):
            if isinstance(work, Loop):
                if steps := _needed_steps(work, needed):
                    works.append((Loop(steps), told))
            elif isinstance(work, Section) or work.output.name in needed:
                works.append((work, told))
                needed |= {value.name for value in _reads(work)}
    return list(_pieces(list(reversed(works)), {output.value.name for output in graph.outputs}))


def _needed_steps(loop: Loop, needed: set[str]) -> tuple[Step, ...]:
    """Leave out steps whose results nobody reads, and add to what is needed what the others read."""
    kept = []
    for step in reversed(loop.steps):
        if step.output.name in needed:
            kept.append(step)
            needed |= {read.name for read in step.reads if isinstance(read, Value)}
    return tuple(reversed(kept))


def _pieces(works: list[tuple[Work, str]], outputs: set[str]) -> Iterator[Piece]:
    """Add to each work what it reads, and which of its results are read elsewhere."""
    elsewhere, known = list[set[str]](), set(outputs)
    for work, _ in reversed(works):
        elsewhere.append(set(known))
        known |= {value.name for value in _reads(work)}
    for (work, told), wanted in zip(works, reversed(elsewhere), strict=True):
        if isinstance(work, Section):
            yield Piece(work, (), ())
            continue
        results = [step.output for step in work.steps] if isinstance(work, Loop) else [work.output]
        writes = tuple(value for value in results if value.name in wanted)
        if any(cells_of(value) for value in writes):
            yield Piece(work, tuple(value for value in _reads(work) if cells_of(value)), writes, told)


def _reads(work: Any) -> list[Value]:
    """Return the values that come from outside of a work, each once."""
    if isinstance(work, Section):
        return []
    if isinstance(work, Loop):
        own = {step.output.name for step in work.steps}
        reads = [
            read
            for step in work.steps
            for read in step.reads
            if isinstance(read, Value) and read.name not in own
        ]
    elif isinstance(work, Pick):
        reads = [work.table, work.reads]
    else:
        reads = (
            list(work.reads)
            if isinstance(work.reads, tuple) and not isinstance(work.reads, Value)
            else [work.reads]
        )
    return list(dict.fromkeys(reads))


# -- lines, taken apart ------------------------------------------------------------------------------
Works: TypeAlias = Iterator[tuple[Work, str]]
"""Each with a comment."""


def _call(line: Call) -> Works:
    """Take the steps of a formula apart: those through the same cells, one after the other, are a loop."""
    told = f"{', '.join(one.name for one in line.outputs)} = {line.function.__name__}"
    told += f"({', '.join(map(_shown, line.reads))})"
    open_steps: list[Step] = []
    made = {step.output.name for step in line.steps}
    works: list[Any] = []
    for step in line.steps:
        alone = step.does == "matmul" or step.does in REDUCTIONS or step.does == "same"
        if open_steps and (alone or _sizes(step.output) != _sizes(open_steps[0].output)):
            works.append(Loop(tuple(open_steps)))
            open_steps = []
        if not alone:
            open_steps.append(step)
        elif step.does == "same":
            works.append(Same(step.output, _value(step.reads[0])))
        elif step.does == "matmul":
            works.append(Product(step.output, (_value(step.reads[0]), _value(step.reads[1]))))
        else:
            works.append(Reduction(step.output, step.does, _value(step.reads[0])))
    if open_steps:
        works.append(Loop(tuple(open_steps)))
    for output in line.outputs:
        assert output.name in made, f"no step makes {output.name}"
    for number, work in enumerate(works):
        yield work, told if number == 0 else ""


def _shown(operand: Operand) -> str:
    return operand.name if isinstance(operand, Value) else f"{operand:g}"


def _value(operand: Operand) -> Value:
    assert isinstance(operand, Value)
    return operand


def _sizes(value: Value) -> tuple[int, ...]:
    """Return the sizes of a value without those of 1 in front."""
    sizes = dimensions(value.shape)
    while len(sizes) > 1 and sizes[0] == 1:
        sizes = sizes[1:]
    return sizes


def _take(line: Take) -> Works:
    """Neighbouring columns of a row need not be moved."""
    columns = line.columns
    neighbours = columns == tuple(range(columns[0], columns[0] + len(columns))) if columns else False
    if neighbours and cells_of(line.reads) == line.reads.width:
        yield Same(line.output, line.reads, columns[0]), ""
    else:
        yield line, ""


def _one_loop(does: str, reads: Callable[[Any], tuple[Operand, ...]]) -> Callable[[Any], Works]:
    def apart(line: Any) -> Works:
        yield Loop((Step(line.output, does, reads(line)),)), ""

    return apart


def _as_it_is(line: Any) -> Works:
    yield line, ""


def _same(line: Any) -> Works:
    """Of one row the columns of all groups stand beside each other in either form."""
    yield Same(line.output, line.reads), ""


WORKS_OF: dict[type, Callable[[Any], Works]] = {
    Section: _as_it_is,
    Call: _call,
    Cast: _one_loop("cast", lambda line: (line.reads,)),
    Missing: _one_loop("missing", lambda line: (line.reads,)),
    Where: _one_loop("where", lambda line: (line.condition, line.if_true, line.if_false)),
    Level: _as_it_is,
    Pick: _as_it_is,
    Beside: _as_it_is,
    Take: _take,
    Stack: _as_it_is,
    Apart: _same,
    Joined: _same,
    Largest: _as_it_is,
    Network: _as_it_is,
}
require_known_lines(WORKS_OF)
