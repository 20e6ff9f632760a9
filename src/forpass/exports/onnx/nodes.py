"""Nodes of an ONNX graph as they are being written, and their results.

ONNX demands that both sides of an operation have one type; a plain number beside a `Term` takes the type of
the term.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.errors import ExportError
from forpass.exports.graph import Kind
from forpass.exports.naming import free

__all__ = ["Nodes", "Number", "TYPES", "Term", "onnx_or_error"]

INSTALL = 'ONNX files need the package onnx; install it with: pip install "forpass[onnx]"'

TYPES: dict[Kind, int] = {
    "float32": 1,
    "uint64": 13,
    "int32": 6,
    "int64": 7,
    "text": 8,
    "bool": 9,
    "float64": 11,
}
"""By which number ONNX knows a type: ``TensorProto.DataType``."""


def onnx_or_error() -> Any:
    """Return the package onnx.

    Raises
    ------
    ExportError
        Where it is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise ExportError(INSTALL) from None
    return onnx


class Term(NamedTuple):
    """A value of the graph being written: what it is called in the file, and its type."""

    name: str
    kind: Kind


Number: TypeAlias = Term | float


class Nodes:
    """All nodes and constants of a graph, in the order in which they are written, and the names taken.

    Attributes
    ----------
    written : list
        The nodes.
    constants : dict
        By their names.
    within : str
        What is being written: it stands before the names of nodes that have none of their own.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.onnx = onnx_or_error()
        self.written: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.within = ""
        self._taken = set(taken)
        self._numbers: dict[tuple[Kind, bytes], Term] = {}

    def of(
        self, operation: str, *reads: Number, kind: Kind | None = None, name: str = "", **attributes: Any
    ) -> Term:
        """Write a node; return its result, whose type is that of the last term that it reads, or `kind`."""
        typed = [read for read in reads if isinstance(read, Term)][-1].kind
        terms = [read if isinstance(read, Term) else self.number(read, typed) for read in reads]
        output = Term(self._free(name or f"{self.within}.{operation.lower()}"), kind or typed)
        names = [term.name for term in terms]
        make = self.onnx.helper.make_node
        self.written.append(make(operation, names, [output.name], name=output.name, **attributes))
        return output

    def renamed(self, term: Term, name: str) -> Term:
        """Give a term the name that it has outside."""
        output = Term(name, term.kind)
        self.written.append(self.onnx.helper.make_node("Identity", [term.name], [name], name=name))
        return output

    def cast(self, term: Term, kind: Kind, name: str = "") -> Term:
        """Write the same numbers in another type."""
        return self.of("Cast", term, kind=kind, name=name or f"{term.name}.{kind}", to=TYPES[kind])

    def number(self, value: float, kind: Kind) -> Term:
        """Return a plain number of a type; the same number is held once."""
        array = np.asarray(value, kind)
        key = kind, array.tobytes()
        if key not in self._numbers:
            self._numbers[key] = self.constant(array, f"{value:g}")
        return self._numbers[key]

    def integers(self, values: ArrayLike, name: str = "places") -> Term:
        """Return whole numbers that say how: axes, shapes, places."""
        array = np.asarray(values, np.int64)
        key: Any = "int64", repr(array.tolist()).encode()
        if key not in self._numbers:
            self._numbers[key] = self.constant(array, name)
        return self._numbers[key]

    def constant(self, array: NDArray[Any], name: str) -> Term:
        """Hold an array."""
        text = array.dtype.kind in "UO"
        kind: Any = "text" if text else array.dtype.name
        term = Term(self._free(name), kind)
        held = array.astype(object) if text else np.ascontiguousarray(array).reshape(array.shape)
        self.constants[term.name] = self.onnx.numpy_helper.from_array(held, term.name)
        return term

    def _free(self, wanted: str) -> str:
        """Return a name that nothing else has, and take it."""
        name = free(wanted, self._taken)
        self._taken.add(name)
        return name

    def needed(self, outputs: Iterable[str]) -> tuple[list[Any], list[Any]]:
        """Return the nodes and constants from which the outputs are made, without those that nobody reads."""
        wanted, nodes = set(outputs), []
        for node in reversed(self.written):
            if wanted.intersection(node.output):
                nodes.append(node)
                wanted.update(node.input)
        return nodes[::-1], [array for name, array in self.constants.items() if name in wanted]
