"""Where the values of one function in C lie: numbers by themselves, arrays in work arrays on the stack.

Two arrays have the same place in a work array where one is not needed any more when the other is made. Of
presets this leaves 1,776 bytes of the stack of 7,072 (fast), 2,256 of 11,304 (realmlp) and 133,184 of 920,648
(tabm). A loop may write over what it reads last: without that it were 2,608, 2,496 and 133,440.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from forpass.exports.c.pieces import Loop, Piece, Same, cells_of
from forpass.exports.graph import Kind, Pick, Value

__all__ = ["Place", "Storage", "storage_of"]


BYTES: dict[Kind, int] = {"float32": 4, "float64": 8, "int32": 4, "int64": 8, "uint64": 8, "bool": 1}


class Place(NamedTuple):
    """A value lies in what another value calls its own, from a cell on."""

    root: str
    offset: int


class Storage(NamedTuple):
    """Where all values lie that the pieces of a function write.

    Attributes
    ----------
    places : dict
        By name of a value; what is not there lies in itself.
    work_arrays : dict
        How many numbers of each kind are needed.
    begins : dict
        For each array in a work array, by name, its value and where it begins there.
    first : dict
        Before which piece an array has to be known.
    """

    places: dict[str, Place]
    work_arrays: dict[Kind, int]
    begins: dict[str, tuple[Value, int]]
    first: dict[str, int]

    @property
    def bytes(self) -> int:
        """Return how many bytes the work arrays have."""
        return sum(size * BYTES[kind] for kind, size in self.work_arrays.items())

    def of(self, name: str) -> Place:
        """Return where a value lies."""
        return self.places.get(name, Place(name, 0))


def storage_of(pieces: Sequence[Piece], outputs: Iterable[Value], elsewhere: str = "") -> Storage:
    """Find a place for everything that pieces write, but for an output for which the caller has one."""
    places = _places(pieces)
    made = {value.name: value for piece in pieces for value in piece.writes}
    span: dict[str, list[int]] = {}
    for number, piece in enumerate(pieces):
        for value in (*piece.writes, *piece.reads):
            root = places.get(value.name, Place(value.name, 0)).root
            span.setdefault(root, [number, number])[1] = number
    for value in outputs:
        root = places.get(value.name, Place(value.name, 0)).root
        if root in span:
            span[root][1] = len(pieces)
    arrays = {root: made[root] for root in span if root in made and cells_of(made[root]) > 1}
    pointers = {piece.work.output.name for piece in pieces if isinstance(piece.work, Pick)}
    arrays = {root: value for root, value in arrays.items() if root not in pointers and root != elsewhere}
    begins, work_arrays = _begins(arrays, span, pieces, places)
    return Storage(places, work_arrays, begins, {root: span[root][0] for root in begins})


def _places(pieces: Sequence[Piece]) -> dict[str, Place]:
    """Find what lies in something else: a value, or a part of it, under another name."""
    above = {
        piece.work.output.name: Place(piece.work.reads.name, piece.work.offset)
        for piece in pieces
        if isinstance(piece.work, Same)
    }
    return {name: _resolved(name, above) for name in above}


def _resolved(name: str, above: dict[str, Place]) -> Place:
    offset = 0
    while name in above:
        name, more = above[name]
        offset += more
    return Place(name, offset)


def _begins(
    arrays: dict[str, Value], span: dict[str, list[int]], pieces: Sequence[Piece], places: dict[str, Place]
) -> tuple[dict[str, tuple[Value, int]], dict[Kind, int]]:
    """Lay arrays into work arrays, each at the first stretch that nothing else needs at the same time."""
    begins: dict[str, tuple[Value, int]] = {}
    work_arrays: dict[Kind, int] = {}
    for root, value in sorted(arrays.items(), key=lambda one: span[one[0]][0]):
        size, (first, last) = cells_of(value), span[root]
        others = [
            (place, place + cells_of(other), name)
            for name, (other, place) in begins.items()
            if other.kind == value.kind and span[name][0] <= last and first <= span[name][1]
        ]
        ending = {name for _, _, name in others if span[name][1] == first}
        over = _written_over(root, size, pieces[first], ending, places)
        begin = _free(size, [one[:2] for one in others]) if over is None else begins[over][1]
        begins[root] = value, begin
        work_arrays[value.kind] = max(work_arrays.get(value.kind, 0), begin + size)
    return begins, work_arrays


def _free(size: int, taken: list[tuple[int, int]]) -> int:
    begin = 0
    for low, high in sorted(taken):
        if begin + size <= low:
            break
        begin = max(begin, high)
    return begin


def _written_over(
    root: str, size: int, piece: Piece, ending: set[str], places: dict[str, Place]
) -> str | None:
    """Return an array as large that the loop which makes this one is the last to read, if any.

    Only where this one is what the loop writes last of a cell, and the other is read cell by cell.
    """
    if not isinstance(piece.work, Loop) or piece.work.steps[-1].output.name != root:
        return None
    for name in sorted(ending):
        reads = [read for read in piece.reads if places.get(read.name, Place(read.name, 0)).root == name]
        if reads and all(read.name == name and cells_of(read) == size for read in reads):
            return name
    return None
