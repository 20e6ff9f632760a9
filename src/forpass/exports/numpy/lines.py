"""The lines of a graph as statements of Python: what the NumPy form says of each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from forpass.exports.listing import WIDTH, listed
from forpass.exports.numpy.names import PythonNames, printable

__all__ = ["WRITE", "Function", "indented", "own_arrays"]

FEW = 9
"""Arrays of no more numbers stand in the text."""


class Function:
    """One function of the file as it is being written.

    Parameters
    ----------
    graph : Graph
        The model, or one of its networks.
    names : PythonNames
        For the values of this function.
    place : str
        Under which the constants of the graph stand among the numbers.
    """

    def __init__(self, graph: Graph, names: PythonNames, place: str) -> None:
        self.graph, self.names, self.place = graph, names, place
        self.members = 0
        """How many networks were called by now."""

    def name(self, value: Value) -> str:
        """Return the variable of a value."""
        return self.names.of(value.name)

    def of(self, operand: Operand) -> str:
        """Return an operand as the file says it."""
        if not isinstance(operand, Value):
            return repr(operand) if math.isfinite(operand) else f'float("{operand}")'
        array = self.graph.constants.get(operand.name)
        if array is None:
            return self.name(operand)
        if array.dtype.kind in "UO":
            return listed("np.array([", (f"[{word!r}]" for word in array[:, 0].tolist()), "], object)")
        if array.shape == (1,) and np.isfinite(array).all():
            return repr(array.item())
        if 0 < array.size <= FEW and array.ndim < 3 and np.isfinite(array).all():
            return f"np.array({array.tolist()!r}, np.{array.dtype.name})"
        return f"NUMBERS[{f'{self.place}/{printable(operand.name)}'!r}]"


def own_arrays(graph: Graph) -> Iterator[tuple[str, NDArray[Any]]]:
    """Return the arrays of each member by their names among the numbers: ``1/W1``, ``1/b1``, ``2/W1`` ..."""
    calls = (line for line in graph.lines if isinstance(line, Network))
    for number, line in enumerate(calls, start=1):
        for one, read in zip(graph.networks[line.body].inputs, line.reads, strict=True):
            if read.name in graph.constants:
                yield f"{number}/{one.name}", graph.constants[read.name]


def indented(text: str) -> str:
    """Return text further in."""
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


def _call(line: Call, function: Function) -> Iterator[str]:
    names = ", ".join(map(function.name, line.outputs))
    yield listed(f"{names} = {line.function.__name__}(", map(function.of, line.reads), ")")


def _level(line: Level, function: Function) -> Iterator[str]:
    levels = [f"{word!r}: {level}" for word, level in line.levels.items()]
    more = f"missing={line.missing}, other={line.other}" + f", refused={line.refused!r}" * bool(line.refused)
    cells = f"in_small_letters({function.of(line.reads)})" if line.any_case else function.of(line.reads)
    yield listed(f"{function.name(line.output)} = level_of({cells}, {{", levels, f"}}, {more})")


def _network(line: Network, function: Function) -> Iterator[str]:
    function.members += 1
    shared = [function.of(read) for read in line.reads if read.name not in function.graph.constants]
    own = [f"**member({function.members})"] * (len(shared) < len(line.reads))
    yield f"{function.name(line.output)} = {line.body}({', '.join([*shared, *own])})"


def _columns(columns: tuple[int, ...]) -> str:
    """Say which columns: [0, 1, 2], or where each stands there several times [0] * 24 + [1] * 24."""
    runs = [(column, len(list(same))) for column, same in itertools.groupby(columns)]
    if len(runs) == len(columns):
        return listed("[", map(str, columns), "]")
    whole = " + ".join(f"[{column}] * {count}" for column, count in runs)
    if len(whole) <= WIDTH:
        return whole
    return listed("sum([", (f"[{column}] * {count}" for column, count in runs), "], [])")


def _section(line: Section, function: Function) -> Iterator[str]:
    yield ""
    yield f"# -- {printable(line.title)}"


def _statement(
    say: Callable[[Any, Callable[[Operand], str]], str],
) -> Callable[[Any, Function], Iterator[str]]:
    """Return what gives a line's output what `say` says."""

    def write(line: Any, function: Function) -> Iterator[str]:
        yield f"{function.name(line.output)} = {say(line, function.of)}"

    return write


WRITE: dict[type, Callable[[Any, Function], Iterator[str]]] = {
    Section: _section,
    Call: _call,
    Level: _level,
    Network: _network,
    Cast: _statement(lambda line, of: f"{of(line.reads)}.astype(np.{line.output.kind})"),
    Missing: _statement(lambda line, of: f"np.isnan({of(line.reads)})"),
    Pick: _statement(lambda line, of: f"{of(line.table)}[{of(line.reads)}[:, 0]]"),
    Where: _statement(
        lambda line, of: f"np.where({', '.join(map(of, (line.condition, line.if_true, line.if_false)))})"
    ),
    Beside: _statement(lambda line, of: listed("beside(", map(of, line.reads), ")")),
    Take: _statement(lambda line, of: f"{of(line.reads)}[..., {_columns(line.columns)}]"),
    Stack: _statement(lambda line, of: listed("np.stack([", map(of, line.reads), "])")),
    Apart: _statement(lambda line, of: f"apart({of(line.reads)}, {line.output.shape[0]})"),
    Joined: _statement(lambda line, of: f"joined({of(line.reads)})"),
    Largest: _statement(lambda line, of: f"largest({of(line.reads)})"),
}
require_known_lines(WRITE)
