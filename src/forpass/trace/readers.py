"""Where a number of a pass goes: the cells that are made of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.trace.elements import Place, has_rows, require_place

__all__ = ["Reader", "readers"]

Reach = tuple[int | slice, ...]


class Reader(NamedTuple):
    """Cells of an entry that are made of a certain cell.

    Attributes
    ----------
    name : str
        The entry's.
    cells : tuple of int and slice
        Which of them: ``entry.value[cells]``.
    """

    name: str
    cells: Reach

    @property
    def first(self) -> Place:
        """The place of the first of them."""
        return tuple(i if isinstance(i, int) else (i.start or 0) for i in self.cells)

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(_axis, self.cells))}]" if self.cells else self.name


def readers(tape: Tape, name: str, place: Iterable[int] = ()) -> list[Reader]:
    """Say which cells of later entries are made of a cell; all of an entry where only its formula says it.

    Parameters
    ----------
    tape, name, place
        As `forpass.trace.element` takes them.

    Raises
    ------
    UnknownNameError, DataError
        As `forpass.trace.element`.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[1.0, 2.0], [3.0, 4.0]], targets=[0.0, 1.0])
    >>> tape = fp.train(fp.multilayer(2, [3], 1, "squared"), fp.TrainingSpec(1), data).trace(data)
    >>> print(*readers(tape, "A1", (0, 2)), sep=", ")
    Z2[0, :], dW2[2, :], dZ1[0, 2]
    """
    place = require_place(tape.entry(name), place)
    found = list[Reader]()
    for entry in tape:
        for number, read in enumerate(entry.inputs):
            if read == name:
                reader = Reader(entry.name, _reached(tape, entry, number, place))
                found += [reader] * (reader not in found[-1:])  # one that reads it twice may reach the same
    return found


def _reached(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach:
    """Which cells of an entry are made of a cell of its input with that number."""
    shape, everything = entry.value.shape, (slice(None),) * entry.value.ndim
    how, read = entry.how, tape[entry.inputs[number]].shape
    if how in ("cells", "sum"):
        return _spread(shape, read, place)
    if how == "product":
        return (place[0], slice(None)) if number == 0 else (_rows_of_member(read, place, number), place[-1])
    if how == "product back":
        return (place[0], slice(None)) if number == 0 else (_rows_of_member(read, place, 1), place[-2])
    if how == "product of columns":
        own = (place[0] % shape[0],) if len(shape) == 3 else ()
        return (*own, place[1], slice(None)) if number == 0 else (*own, slice(None), place[1])
    if how == "column sums":
        own = (place[0] % shape[0],) if len(shape) == 2 else ()
        return (*own, place[-1])
    if how == "beside":
        before = sum(tape[name].shape[1] for name in entry.inputs[:number])
        return (place[0], before + place[1])
    if how == "rows" and shape and has_rows(tape.entry(entry.inputs[number]), shape[0]):
        return (place[0], *everything[1:])
    if how == "columns" and shape and place and place[-1] < shape[-1]:
        return (*everything[:-1], place[-1])
    return everything


def _spread(shape: Place, read: Place, place: Place) -> Reach:
    """Where a cell goes that meets many: along axes that it does not have, or has once, or once a member."""
    missing, both = len(shape) - len(read), min(len(shape), len(read))
    cells: list[int | slice] = [slice(None)] * missing
    for size, own, i in list(zip(shape[::-1], read[::-1], place[::-1], strict=False))[:both][::-1]:
        cells.append(i if own == size else slice(None) if own == 1 else slice(i, None, own))
    return tuple(cells)


def _rows_of_member(read: Place, place: Place, number: int) -> slice:
    """The rows of the member whose parameter it is; all where members share it."""
    of_members = len(read) == (3 if number == 1 else 2)
    return slice(place[0], None, read[0]) if of_members else slice(None)


def _axis(index: int | slice) -> str:
    if isinstance(index, int):
        return str(index)
    return ":" if index.step is None else f"{index.start}::{index.step}"
