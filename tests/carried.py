"""A graph carried out line by line with NumPy: what it says, without any form.

With it tests prove a graph before any form, and compare a form with it value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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

__all__ = ["carried_out", "values_of"]

Found = dict[str, Any]


def carried_out(graph: Graph, given: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
    """Return the outputs of a graph by name.

    Parameters
    ----------
    graph : Graph
    given : mapping
        What it begins with, by the names of its inputs: cells of a column (n,) or (n, 1), arrays as they are.
    """
    found = values_of(graph, given)
    return {output.name: found[output.value.name] for output in graph.outputs}


def values_of(graph: Graph, given: Mapping[str, ArrayLike]) -> Found:
    """Return all values of a graph by name."""
    found: Found = dict(graph.constants)
    for one in graph.inputs:
        array = _given(given[one.name], one.value.kind)
        array = array[:, None] if array.ndim < len(one.value.shape) else array
        if one.missing and one.value.kind != "text":
            array = np.where(np.isin(array, one.missing), np.nan, array)
        found[one.value.name] = array
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        for line in graph.lines:
            CARRY[type(line)](line, found, graph)
    return found


def _given(cells: Any, kind: str) -> NDArray[Any]:
    """Return what a caller hands in in its type; text that is None is empty."""
    if kind != "text":
        return np.asarray(cells, kind)
    words: NDArray[Any] = np.array(["" if cell is None else cell for cell in cells], object)
    return words


def _of(found: Found, operand: Operand) -> Any:
    return found[operand.name] if isinstance(operand, Value) else operand


def _call(line: Call, found: Found, graph: Graph) -> None:
    results = line.function(*(_of(found, read) for read in line.reads))
    for output, result in zip(
        line.outputs, results if isinstance(results, tuple) else (results,), strict=True
    ):
        found[output.name] = result


def _level(line: Level, found: Found, graph: Graph) -> None:
    cells = found[line.reads.name][:, 0].tolist()
    gaps = frozenset(line.gaps)

    def level(cell: Any) -> int:
        if cell != cell or cell in gaps:
            return line.missing
        return line.levels.get(cell.lower() if line.any_case else cell, line.other)

    known = [level(cell) for cell in cells]
    found[line.output.name] = np.array(known, np.int32).reshape(-1, 1)


def _beside(line: Beside, found: Found, graph: Graph) -> None:
    values = [found[read.name] for read in line.reads]
    rows = np.broadcast_shapes(*(value.shape[:-1] for value in values))
    each = [np.broadcast_to(value, (*rows, value.shape[-1])) for value in values]
    found[line.output.name] = np.concatenate(each, axis=-1)


def _apart(line: Apart, found: Found, graph: Graph) -> None:
    value, (groups, _, width) = found[line.reads.name], line.output.shape
    found[line.output.name] = value.reshape(len(value), groups, width).swapaxes(0, 1)


def _joined(line: Joined, found: Found, graph: Graph) -> None:
    value = found[line.reads.name]
    found[line.output.name] = value.swapaxes(0, 1).reshape(value.shape[1], -1)


def _network(line: Network, found: Found, graph: Graph) -> None:
    body = graph.networks[line.body]
    given = {one.name: found[read.name] for one, read in zip(body.inputs, line.reads, strict=True)}
    (output,) = carried_out(body, given).values()
    found[line.output.name] = output


def _result(function: Callable[[Any, Found], Any]) -> Callable[[Any, Found, Graph], None]:
    """Return what keeps the result of a function under the name of a line's output."""

    def carry(line: Any, found: Found, graph: Graph) -> None:
        found[line.output.name] = function(line, found)

    return carry


CARRY: dict[type, Callable[[Any, Found, Graph], None]] = {
    Section: lambda line, found, graph: None,
    Call: _call,
    Level: _level,
    Beside: _beside,
    Apart: _apart,
    Joined: _joined,
    Network: _network,
    Cast: _result(lambda line, found: found[line.reads.name].astype(line.output.kind)),
    Missing: _result(lambda line, found: np.isnan(found[line.reads.name])),
    Pick: _result(lambda line, found: found[line.table.name][found[line.reads.name][:, 0]]),
    Where: _result(
        lambda line, found: np.where(
            found[line.condition.name], _of(found, line.if_true), _of(found, line.if_false)
        ).astype(line.output.kind)
    ),
    Take: _result(lambda line, found: found[line.reads.name][..., list(line.columns)]),
    Stack: _result(lambda line, found: np.stack([found[read.name] for read in line.reads])),
    Largest: _result(lambda line, found: np.argmax(found[line.reads.name], axis=1)[:, None].astype(np.int32)),
}
require_known_lines(CARRY)
