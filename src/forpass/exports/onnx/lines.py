"""The lines of a graph as nodes of ONNX."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

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
    Stack,
    Take,
    Value,
    Where,
    require_known_lines,
)
from forpass.exports.onnx.nodes import Nodes, Number, Term
from forpass.exports.onnx.steps import write_step

__all__ = ["Part", "write_lines"]


class Part:
    """A graph that is being written: that of the model, or one of its networks, as often as it is called.

    Parameters
    ----------
    nodes : Nodes
    graph : Graph
    found : dict
        Terms by the names of values; to begin with, those of the graph's inputs.
    prefix : str
        What stands before all names of this part.
    held : dict
        Constants of networks, which all calls of one share: by the names of graph and constant.
    """

    def __init__(
        self,
        nodes: Nodes,
        graph: Graph,
        found: dict[str, Term],
        prefix: str = "",
        held: dict[tuple[str, str], Term] | None = None,
    ) -> None:
        self.nodes, self.graph, self.found, self.prefix = nodes, graph, found, prefix
        self.held: dict[tuple[str, str], Term] = {} if held is None else held

    def term(self, value: Value) -> Term:
        """Return the term of a value, a constant where it is one."""
        if value.name in self.found:
            return self.found[value.name]
        key = self.graph.name, value.name
        if key not in self.held:
            name = f"{self.graph.name}/{value.name}" if self.prefix else value.name
            self.held[key] = self.nodes.constant(self.graph.constants[value.name], name)
        return self.held[key]

    def number(self, operand: Operand) -> Number:
        """Return an operand: a term, or a plain number as it is."""
        return self.term(operand) if isinstance(operand, Value) else operand

    def name(self, value: Value) -> str:
        """Return what a value is called in the file, but for a number behind where that is taken."""
        return self.prefix + value.name


def write_lines(part: Part) -> None:
    """Write all lines of a graph."""
    for line in part.graph.lines:
        if not isinstance(line, Section | Call):
            part.nodes.within = part.name(line.output)
        WRITE[type(line)](line, part)


# -- the lines ---------------------------------------------------------------------------------------
def _call(line: Call, part: Part) -> None:
    for step in line.steps:
        reads = tuple(map(part.number, step.reads))
        part.found[step.output.name] = write_step(part.nodes, step, reads, part.name(step.output))


def _network(line: Network, part: Part) -> None:
    body = part.graph.networks[line.body]
    given = {one.value.name: part.term(read) for one, read in zip(body.inputs, line.reads, strict=True)}
    inner = Part(part.nodes, body, given, f"{part.name(line.output)}/", part.held)
    write_lines(inner)
    part.found[line.output.name] = inner.term(body.outputs[0].value)


def _level(line: Level, part: Part) -> Term:
    """Compare with each word: the levels of those that are equal, of which there is one at most, added up.

    To `other` is added how far a word's level is from it, so that a cell that equals none is left there.
    """
    nodes, cells = part.nodes, part.term(line.reads)
    levels: dict[Any, int] = {}
    for word, level in line.levels.items():
        if word is not None:  # no number is such a word
            levels |= dict.fromkeys(
                _cases(word) if line.any_case and isinstance(word, str) else [word], level
            )
    levels |= dict.fromkeys(line.gaps, line.missing)
    number = nodes.number(line.other, "float32")
    if levels:
        words = nodes.constant(
            np.array([list(levels)], _dtype(line.reads)), f"{part.name(line.output)}.words"
        )
        equal = nodes.cast(nodes.of("Equal", cells, words, kind="bool"), "float32")
        steps = np.array([[level - line.other] for level in levels.values()], np.float32)
        further = nodes.of("MatMul", equal, nodes.constant(steps, f"{part.name(line.output)}.levels"))
        number = nodes.of("Add", further, number)
    if line.reads.kind != "text":
        gone = nodes.of("IsNaN", cells, kind="bool")
        number = nodes.of("Where", gone, nodes.number(line.missing, "float32"), number)
    return nodes.cast(number, "int32", part.name(line.output))


def _cases(word: str) -> list[str]:
    """Return all ways to write a word in small and capital letters.

    Examples
    --------
    >>> _cases("no")
    ['no', 'nO', 'No', 'NO']
    """
    letters = [dict.fromkeys((letter, letter.upper())) for letter in word]
    return ["".join(each) for each in itertools.product(*letters)]


def _dtype(value: Value) -> Any:
    return object if value.kind == "text" else value.kind


def _pick(line: Pick, part: Part) -> Term:
    places = part.nodes.of("Squeeze", part.term(line.reads), part.nodes.integers([1], "axis"), kind="int32")
    table = part.term(line.table)
    return part.nodes.of("Gather", table, places, kind=table.kind, name=part.name(line.output), axis=0)


def _where(line: Where, part: Part) -> Term:
    kind = line.output.kind
    chosen = [
        operand if isinstance(operand, Term) else part.nodes.number(operand, kind)
        for operand in map(part.number, (line.if_true, line.if_false))
    ]
    return part.nodes.of("Where", part.term(line.condition), *chosen, kind=kind, name=part.name(line.output))


def _beside(line: Beside, part: Part) -> Term:
    """Concat of columns, where a value without members is repeated for each."""
    members = line.output.shape[:-2]  # none, or one number
    each = []
    for read in line.reads:
        term = part.term(read)
        if read.shape[:-2] != members:
            shape = part.nodes.integers([members[0] or 1, 1, 1], "shape")
            term = part.nodes.of("Expand", term, shape, kind=term.kind)
        each.append(term)
    return part.nodes.of("Concat", *each, name=part.name(line.output), axis=-1)


def _take(line: Take, part: Part) -> Term:
    read = part.term(line.reads)
    columns = part.nodes.integers(line.columns, "columns")
    return part.nodes.of("Gather", read, columns, kind=read.kind, name=part.name(line.output), axis=-1)


def _stack(line: Stack, part: Part) -> Term:
    axis = part.nodes.integers([0], "axis")
    each = []
    for read in line.reads:
        term = part.term(read)
        each.append(part.nodes.of("Unsqueeze", term, axis, kind=term.kind, name=f"{term.name}.member"))
    return part.nodes.of("Concat", *each, name=part.name(line.output), axis=0)


def _apart(line: Apart, part: Part) -> Term:
    """Reshape and Transpose; in float64 a Concat of nothing but that.

    Without it, older versions of ONNX Runtime (1.24 among them) would join the Transpose with a MatMul that
    follows, into an operation that they do not have in float64.
    """
    groups, name = line.reads.width // line.output.width, part.name(line.output)
    read = part.term(line.reads)
    shape = part.nodes.integers([0, groups, line.output.width], "shape")  # 0: as many rows as there are
    parted = part.nodes.of("Reshape", read, shape, kind=read.kind)
    if read.kind != "float64":
        return part.nodes.of("Transpose", parted, name=name, perm=[1, 0, 2])
    return part.nodes.of("Concat", part.nodes.of("Transpose", parted, perm=[1, 0, 2]), name=name, axis=0)


def _joined(line: Joined, part: Part) -> Term:
    turned = part.nodes.of("Transpose", part.term(line.reads), perm=[1, 0, 2])
    shape = part.nodes.integers([0, line.output.width], "shape")
    return part.nodes.of("Reshape", turned, shape, kind=turned.kind, name=part.name(line.output))


def _largest(line: Largest, part: Part) -> Term:
    """ArgMax, and where a row holds NaN the first of those, which ArgMax of ONNX Runtime passes over."""
    nodes, read = part.nodes, part.term(line.reads)
    place = nodes.of("ArgMax", read, kind="int64", axis=1, keepdims=1)
    lost = nodes.cast(nodes.of("IsNaN", read, kind="bool"), "float32")
    first = nodes.of("ArgMax", lost, kind="int64", axis=1, keepdims=1)
    some = nodes.cast(
        nodes.of("ReduceMax", lost, nodes.integers([1], "axis"), kind="float32", keepdims=1), "bool"
    )
    return nodes.cast(nodes.of("Where", some, first, place, kind="int64"), "int32", part.name(line.output))


def _missing(line: Missing, part: Part) -> Term:
    return part.nodes.of("IsNaN", part.term(line.reads), kind="bool", name=part.name(line.output))


def _cast(line: Cast, part: Part) -> Term:
    return part.nodes.cast(part.term(line.reads), line.output.kind, part.name(line.output))


def _result(write: Callable[[Any, Part], Term]) -> Callable[[Any, Part], None]:
    """Return what keeps the result under the name of the line's output."""

    def keep(line: Any, part: Part) -> None:
        part.found[line.output.name] = write(line, part)

    return keep


WRITE: dict[type, Callable[[Any, Part], None]] = {
    Section: lambda line, part: None,
    Call: _call,
    Network: _network,
    Level: _result(_level),
    Pick: _result(_pick),
    Where: _result(_where),
    Beside: _result(_beside),
    Take: _result(_take),
    Stack: _result(_stack),
    Apart: _result(_apart),
    Joined: _result(_joined),
    Largest: _result(_largest),
    Missing: _result(_missing),
    Cast: _result(_cast),
}
require_known_lines(WRITE)
