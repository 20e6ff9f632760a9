"""One function in C: what is done to a row, statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from forpass.exports.c.expressions import in_one_loop
from forpass.exports.c.names import C_TYPES, CNames, comment
from forpass.exports.c.pieces import Loop, Piece, Product, Reduction, Same, cells_of
from forpass.exports.c.storage import Storage
from forpass.exports.graph import (
    Beside,
    Kind,
    Largest,
    Level,
    Network,
    Pick,
    Section,
    Stack,
    Take,
    Value,
)
from forpass.exports.listing import WIDTH

__all__ = ["FileServices", "Function", "Root", "WORK_ARRAYS"]

WORK_ARRAYS: dict[Kind, str] = {
    "float32": "floats",
    "float64": "doubles",
    "int32": "integers",
    "int64": "long_integers",
    "uint64": "uint64s",
    "bool": "bools",
}
"""What the work arrays are called."""


NEXT_LINE = "\n    "


class Root(NamedTuple):
    """How C says where something lies: the name of an array, or of a single number."""

    text: str
    is_array: bool


class FileServices(NamedTuple):
    """What a function asks of the file in which it stands.

    Attributes
    ----------
    helper : callable
        ``helper(name, kind) -> name``: a function of the file.
    constant : callable
        ``constant(value) -> name`` of an array of the graph.
    table : callable
        ``table(wanted, numbers) -> name`` of an array of whole numbers, called like `wanted`.
    level : callable
        ``level(line, function) -> statements``.
    network : callable
        ``network(line, function) -> statements``.
    """

    helper: Callable[[str, Kind], str]
    constant: Callable[[Value], str]
    table: Callable[[str, Sequence[int]], str]
    level: Callable[[Level, Function], Iterator[str]]
    network: Callable[[Network, Function], Iterator[str]]


class Function:
    """Writes the statements of one function.

    Parameters
    ----------
    storage : Storage
    roots : dict
        What is there from the beginning: arguments.
    names : CNames
    file : FileServices
    """

    def __init__(self, storage: Storage, roots: dict[str, Root], names: CNames, file: FileServices) -> None:
        self.storage, self.names, self.file = storage, names, file
        self._roots = dict(roots)

    # -- where values lie ----------------------------------------------------------------------------
    def root(self, name: str, value: Value) -> Root:
        """Return how what lies there is called: a constant, if nothing else has the name."""
        if name not in self._roots:
            self._roots[name] = Root(self.file.constant(value), is_array=True)
        return self._roots[name]

    def at(self, value: Value, index: str = "0") -> str:
        """Return a number of a value."""
        place = self.storage.of(value.name)
        root = self.root(place.root, value)
        if not root.is_array:
            return root.text
        if cells_of(value) == 1:
            return f"{root.text}[{place.offset}]"
        if index.isdigit():
            return f"{root.text}[{place.offset + int(index)}]"
        return f"{root.text}[{place.offset} + {index}]" if place.offset else f"{root.text}[{index}]"

    def pointer(self, value: Value) -> str:
        """Return where a value begins."""
        place = self.storage.of(value.name)
        root = self.root(place.root, value)
        if not root.is_array:
            return f"&{root.text}"
        return f"{root.text} + {place.offset}" if place.offset else root.text

    def defined(self, value: Value, expression: str, index: str = "0") -> str:
        """Return what gives a number of a value."""
        if self.is_new_number(value):
            name = self.name(value)
            self._roots[value.name] = Root(name, is_array=False)
            declared = f"const {C_TYPES[value.kind]} {name} ="
            long = len(declared) + len(expression) > WIDTH
            return f"{declared}{NEXT_LINE if long else ' '}{expression};"
        return f"{self.at(value, index)} = {expression};"

    def by_pointer(self, value: Value) -> Iterator[str]:
        """Make a number of its own known that a function will write."""
        if self.is_new_number(value):
            name = self.name(value)
            self._roots[value.name] = Root(name, is_array=False)
            yield f"{C_TYPES[value.kind]} {name};"

    def is_new_number(self, value: Value) -> bool:
        """Whether a value is a number by itself that has not been named yet."""
        place = self.storage.of(value.name)
        return place.root == value.name and cells_of(value) == 1 and value.name not in self._roots

    def name(self, value: Value) -> str:
        """Return a name for something new."""
        return self.names.of(value.name, "value")

    def call(self, value: Value, name: str) -> None:
        """Call a number by a name that has been given to it."""
        self._roots[value.name] = Root(name, is_array=False)

    def point(self, value: Value, expression: str) -> str:
        """Call a place that exists by the name of a value."""
        name = self.name(value)
        self._roots[value.name] = Root(name, is_array=True)
        return f"const {C_TYPES[value.kind]} *const {name} = {expression};"

    def helper(self, name: str, kind: Kind) -> str:
        """Return the name of a function of the file."""
        return self.file.helper(name, kind)

    # -- statements ----------------------------------------------------------------------------------
    def work_arrays(self) -> Iterator[str]:
        """Declare what arrays lie in, on the stack."""
        for kind, size in sorted(self.storage.work_arrays.items()):
            yield f"{C_TYPES[kind]} {WORK_ARRAYS[kind]}[{size}];"

    def statements(self, pieces: Sequence[Piece]) -> Iterator[str]:
        """Write all pieces."""
        for number, piece in enumerate(pieces):
            if piece.told:
                yield f"/* {comment(piece.told)} */"
            for root, first in self.storage.first.items():
                if first == number:
                    value, begin = self.storage.begins[root]
                    name = self.name(value)
                    self._roots[root] = Root(name, is_array=True)
                    place = f"{WORK_ARRAYS[value.kind]} + {begin}" if begin else WORK_ARRAYS[value.kind]
                    yield f"{C_TYPES[value.kind]} *const {name} = {place};"
            yield from WRITE[type(piece.work)](piece.work, piece, self)

    def copied(self, value: Value, to: str) -> str:
        """Copy a value to an array."""
        size = cells_of(value)
        if size == 1:
            return f"{to}[0] = {self.at(value)};"
        return f"for (int i = 0; i < {size}; i++) {to}[i] = {self.at(value, 'i')};"


def _section(work: Section, piece: Piece, function: Function) -> Iterator[str]:
    yield ""
    yield f"/* -- {comment(work.title)} */"


def _loop(work: Loop, piece: Piece, function: Function) -> Iterator[str]:
    yield from in_one_loop(work, piece, function)


def _product(work: Product, piece: Piece, function: Function) -> Iterator[str]:
    A, B = work.reads
    product, width = function.helper("product", A.kind), work.output.width
    yield from function.by_pointer(work.output)
    members = cells_of(work.output) // width
    x, W, z = (function.pointer(value) for value in (A, B, work.output))
    if members == 1:
        yield f"{product}({A.width}, {width}, {x}, {W}, {z});"
        return
    x = f"{x} + {A.width} * i" if cells_of(A) > A.width else x
    W = f"{W} + {A.width * width} * i" if cells_of(B) > A.width * width else W
    yield f"for (int i = 0; i < {members}; i++) {product}({A.width}, {width}, {x}, {W}, {z} + {width} * i);"


def _reduction(work: Reduction, piece: Piece, function: Function) -> Iterator[str]:
    over, what = work.does.split("_")
    read, output = work.reads, work.output
    cells, rows = cells_of(output), cells_of(read) // cells_of(output)
    if over == "row":
        helper = function.helper(f"row_{what}", read.kind)
        start = function.pointer(read)
        if cells == 1:
            yield function.defined(output, f"{helper}({rows}, {start})")
        else:
            yield f"for (int i = 0; i < {cells}; i++) " + function.defined(
                output, f"{helper}({rows}, {start} + {rows} * i)", "i"
            )
        return
    helper = function.helper(f"member_{what}", read.kind)
    yield from function.by_pointer(output)
    yield f"{helper}({rows}, {cells}, {function.pointer(read)}, {function.pointer(output)});"


def _pick(work: Pick, piece: Piece, function: Function) -> Iterator[str]:
    """Point to the row of the table; a single number is taken from there."""
    width, row, table = work.output.width, function.at(work.reads), function.pointer(work.table)
    if width == 1:
        yield function.defined(work.output, f"{table}[{row}]")
    else:
        yield function.point(work.output, f"{table} + {width} * {row}")


def _beside(work: Beside | Stack, piece: Piece, function: Function) -> Iterator[str]:
    """Copy each value to its columns, of each member; or behind the others, where members are stacked."""
    inside = work.output.width if isinstance(work, Beside) else cells_of(work.output)
    members, offset = cells_of(work.output) // inside, 0
    for value in work.reads:
        size = cells_of(value) if isinstance(work, Stack) else value.width
        if size:
            j = "0" if size == 1 else "j"
            to = f"{offset} + {j}" if size > 1 else str(offset)
            to = f"{inside} * i + {to}" if members > 1 else to
            at = f"{size} * i + {j}" if cells_of(value) > size else j
            cell = function.defined(work.output, function.at(value, at), to)
            around = f"for (int i = 0; i < {members}; i++) " if members > 1 else ""
            yield around + (f"for (int j = 0; j < {size}; j++) {cell}" if size > 1 else cell)
        offset += size


def _take(work: Take, piece: Piece, function: Function) -> Iterator[str]:
    columns, width = work.columns, work.reads.width
    members = cells_of(work.reads) // width
    if len(columns) * members == 1:
        yield function.defined(work.output, function.at(work.reads, str(columns[0])))
        return
    table = function.file.table(f"{work.output.name}.places", columns)
    i = "i" if members == 1 else f"{len(columns)} * m + i"
    of = f"{table}[i]" if members == 1 else f"{width} * m + {table}[i]"
    around = "" if members == 1 else f"for (int m = 0; m < {members}; m++) "
    cell = function.defined(work.output, function.at(work.reads, of), i)
    yield f"{around}for (int i = 0; i < {len(columns)}; i++) {cell}"


def _largest(work: Largest, piece: Piece, function: Function) -> Iterator[str]:
    helper = function.helper("place_of_largest", work.reads.kind)
    yield function.defined(work.output, f"{helper}({work.reads.width}, {function.pointer(work.reads)})")


def _nothing(work: Same, piece: Piece, function: Function) -> Iterator[str]:
    return iter(())


WRITE: dict[type, Callable[[Any, Piece, Function], Iterator[str]]] = {
    Section: _section,
    Loop: _loop,
    Product: _product,
    Reduction: _reduction,
    Same: _nothing,
    Pick: _pick,
    Beside: _beside,
    Stack: _beside,
    Take: _take,
    Largest: _largest,
    Level: lambda work, piece, function: function.file.level(work, function),
    Network: lambda work, piece, function: function.file.network(work, function),
}
