"""The pen with which a graph is written: each method writes a line and returns the value that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forpass.exports.graph import (
    Apart,
    Beside,
    Call,
    Cast,
    Graph,
    Input,
    Joined,
    Kind,
    Largest,
    Level,
    Missing,
    Network,
    Operand,
    Output,
    Pick,
    Section,
    Shape,
    Stack,
    Take,
    Value,
    Where,
)
from forpass.exports.naming import free
from forpass.exports.steps import broadcast, steps_of

__all__ = ["Writer"]


class Writer:
    """Writes one graph.

    Parameters
    ----------
    graph : Graph

    Examples
    --------
    >>> from forpass.maths.activations import relu
    >>> writer = Writer(Graph("example"))
    >>> x = writer.input("X", "float32", (None, 3))
    >>> z = writer.call(relu, x, name="A1")
    >>> z
    Value(name='A1', kind='float32', shape=(None, 3))
    >>> writer.graph.lines[0].steps
    (Step(output=Value(name='A1', kind='float32', shape=(None, 3)), does='maximum', reads=(Value(name='X', \
kind='float32', shape=(None, 3)), 0.0)),)
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._names: set[str] = set()

    # -- the two ends --------------------------------------------------------------------------------
    def input(
        self,
        name: str,
        kind: Kind,
        shape: Shape,
        told: str = "",
        holds: str = "number",
        notation: tuple[str, ...] = (),
        array: bool = False,
        missing: tuple[float, ...] | tuple[str, ...] = (),
    ) -> Value:
        """Begin with what a caller hands in."""
        value = Value(self._name(name), kind, shape)
        self.graph.inputs.append(Input(value, name, told, holds, notation, array, missing))
        return value

    def constant(self, name: str, array: ArrayLike) -> Value:
        """Hold an array; one of text holds words."""
        held = np.asarray(array)
        kind: Kind = "text" if held.dtype.kind in "UO" else held.dtype.name  # type: ignore[assignment]
        value = Value(self._name(name), kind, held.shape)
        self.graph.constants[value.name] = held
        return value

    def output(self, name: str, value: Value, told: str, columns: Iterable[object] = ()) -> None:
        """Give a value out."""
        self.graph.outputs.append(Output(name, value, told, tuple(map(str, columns))))

    def output_called(self, name: str) -> Output:
        """Return an output that was given out."""
        return next(output for output in self.graph.outputs if output.name == name)

    def section(self, title: str) -> None:
        """Begin a part with a heading."""
        self.graph.lines.append(Section(title))

    # -- lines ---------------------------------------------------------------------------------------
    def call(self, function: Callable[..., Any], *reads: Operand, name: str = "") -> Value:
        """Carry out a formula; numbers are handed on as they are."""
        (output,) = self.several(function, *reads, name=name)
        return output

    def several(self, function: Callable[..., Any], *reads: Operand, name: str = "") -> tuple[Value, ...]:
        """Carry out a formula with several results, called `name` with a number behind."""
        base = self._name(name or function.__name__)
        results, steps = steps_of(function, reads, base)
        names = [base]
        if len(results) > 1:
            names = [self._name(f"{base}.of{number}") for number in range(1, 1 + len(results))]
        outputs = tuple(value._replace(name=own) for own, value in zip(names, results, strict=True))
        renamed = {value.name: own for own, value in zip(names, results, strict=True)}
        written = tuple(_renamed(step, renamed) for step in steps)
        self.graph.lines.append(Call(outputs, function, reads, written))
        return outputs

    def cast(self, value: Value, kind: Kind, name: str = "") -> Value:
        """Give the numbers another type, where it is another."""
        if value.kind == kind:
            return value
        return self._line(Cast, name or value.name, kind, value.shape, value)

    def missing(self, value: Value, name: str = "") -> Value:
        """Say where a number is NaN."""
        return self._line(Missing, name or f"{value.name}.missing", "bool", value.shape, value)

    def level(
        self,
        cells: Value,
        levels: Mapping[Any, int],
        *,
        missing: int,
        other: int,
        refused: str = "",
        any_case: bool = False,
    ) -> Value:
        """Find the level of each cell (n, 1); see `Level`. Which words mean a missing one the input says."""
        gaps: Any = next((one.missing for one in self.graph.inputs if one.value == cells), ())
        words = gaps if cells.kind == "text" else ()
        rest = dict(levels), missing, other, words, refused, any_case
        return self._line(Level, f"{cells.name}.level", "int32", cells.shape, cells, *rest)

    def pick(self, table: Value, rows: Value, name: str = "") -> Value:
        """Take from a table (m, d) the rows that numbers (n, 1) say."""
        return self._line(Pick, name or f"{rows.name}.picked", table.kind, (None, table.width), table, rows)

    def where(self, condition: Value, if_true: Operand, if_false: Operand, name: str = "") -> Value:
        """Choose cell by cell."""
        values = [one for one in (if_true, if_false) if isinstance(one, Value)]
        shape = condition.shape
        for one in values:
            shape = broadcast(shape, one.shape)
        return self._line(
            Where, name or f"{condition.name}.chosen", values[0].kind, shape, condition, if_true, if_false
        )

    def beside(self, values: Sequence[Value], name: str = "") -> Value:
        """Put values side by side."""
        if len(values) == 1:
            return values[0]
        rows: Shape = ()
        for one in values:
            rows = broadcast(rows, one.shape[:-1])
        shape = (*rows, sum(one.width for one in values))
        return self._line(Beside, name or "beside", values[0].kind, shape, tuple(values))

    def take(self, value: Value, columns: Sequence[int], name: str = "") -> Value:
        """Take some columns, where they are not all in their order."""
        if tuple(columns) == tuple(range(value.width)):
            return value
        shape = (*value.shape[:-1], len(columns))
        return self._line(Take, name or f"{value.name}.columns", value.kind, shape, value, tuple(columns))

    def stack(self, values: Sequence[Value], name: str = "") -> Value:
        """Put the same of several members on top of each other, (n, d) -> (m, n, d)."""
        return self._line(
            Stack, name or "members", values[0].kind, (len(values), *values[0].shape), tuple(values)
        )

    def apart(self, value: Value, groups: int, name: str = "") -> Value:
        """Part the columns into equal groups, (n, groups d) -> (groups, n, d)."""
        shape = (groups, None, value.width // groups)
        return self._line(Apart, name or f"{value.name}.apart", value.kind, shape, value)

    def joined(self, value: Value, name: str = "") -> Value:
        """Put the columns of groups side by side, (groups, n, d) -> (n, groups d)."""
        groups, rows, width = value.shape
        assert groups is not None
        assert width is not None
        return self._line(Joined, name or f"{value.name}.joined", value.kind, (rows, groups * width), value)

    def largest(self, value: Value, name: str = "") -> Value:
        """Say where the largest number of each row stands."""
        return self._line(Largest, name or f"{value.name}.largest", "int32", (None, 1), value)

    def network(self, body: Graph, reads: Sequence[Value], name: str) -> Value:
        """Carry out a network, a graph of its own, for one member."""
        known = self.graph.networks.setdefault(body.name, body)
        (found,) = known.outputs
        return self._line(Network, name, found.value.kind, found.value.shape, body.name, tuple(reads))

    def _line(self, line: Callable[..., Any], name: str, kind: Kind, shape: Shape, *rest: Any) -> Value:
        value = Value(self._name(name), kind, shape)
        self.graph.lines.append(line(value, *rest))
        return value

    def _name(self, wanted: str) -> str:
        """Return a name that no other value of the graph has."""
        name = free(wanted, self._names)
        self._names.add(name)
        return name


def _renamed(step: Any, names: Mapping[str, str]) -> Any:
    """Return a step, the results among its values called by their names."""

    def of(operand: Any) -> Any:
        return (
            operand._replace(name=names.get(operand.name, operand.name))
            if isinstance(operand, Value)
            else operand
        )

    return step._replace(output=of(step.output), reads=tuple(map(of, step.reads)))
