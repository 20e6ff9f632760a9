"""Where a number of a pass goes: the cells that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.trace.elements import require_place
from forpass.trace.made import Place, groups_of, has_rows, is_gradient

__all__ = ["Reader", "readers"]

Reach = tuple["int | slice | tuple[int, ...]", ...]

MOST_NUMBERS = 5
"""So many numbers of rows are written out."""


class Reader(NamedTuple):
    """Cells of an entry that are made of a certain cell.

    Attributes
    ----------
    name : str
        The entry's.
    cells : tuple of int, slice and tuple of int
        Which of them: ``entry.value[cells]``.
    """

    name: str
    cells: Reach

    @property
    def first(self) -> Place:
        """The place of the first of them."""
        return tuple(_first(i) for i in self.cells)

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(_axis, self.cells))}]" if self.cells else self.name


def readers(tape: Tape, name: str, place: Iterable[int] = ()) -> list[Reader]:
    """Say which cells of later entries are made of a cell; all of an entry where any of its may be.

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
        for number, read in enumerate(entry.inputs if entry.value.size else ()):
            if read == name:
                reached = _reached(tape, entry, number, place)
                reader = None if reached is None else Reader(entry.name, reached)
                if reader and reader not in found[-1:]:  # one that reads it twice may reach the same
                    found.append(reader)
    return found


def _reached(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach | None:
    """Which cells of an entry are made of a cell of its input with that number; None where none is."""
    shape, everything = entry.value.shape, (slice(None),) * entry.value.ndim
    how, read = entry.how, tape[entry.inputs[number]].shape
    if how in OF_ENCODED:
        return OF_ENCODED[how](tape, entry, number, place)
    if how in ("cells", "sum"):
        return _spread(shape, read, place)
    if how in ("cells by row", "row sums"):
        return (*place[: len(shape)], *everything[len(place) :]) if place else everything
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
        column = sum(tape[name].shape[1] for name in entry.inputs[:number]) + place[1]
        return _some((place[0],), entry.columns, column) if len(entry.columns) else (place[0], column)
    if how == "rows" and shape and has_rows(tape.entry(entry.inputs[number]), shape[0]):
        return (place[0], *everything[1:])
    if how == "columns" and shape and place and place[-1] < shape[-1]:
        of_member = is_gradient(tape, entry) and len(shape) == 2
        return (place[0] % shape[0] if of_member else slice(None), place[-1])[-len(shape) :]
    return everything


def _some(before: Reach, columns: Sequence[int], column: int) -> Reach | None:
    """The columns j with `columns[j]` the one that is read, in some rows; None where there are none."""
    found = tuple(j for j, other in enumerate(columns) if other == column)
    return _joined(before, found) if found else None


def _joined(before: Reach, numbers: tuple[int, ...], after: Reach = ()) -> Reach:
    """A place with one of several numbers on an axis: as a number or as a slice where it can be said so."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return (*before, first, *after)
    in_a_row = last - first + 1 == len(numbers)
    return (*before, slice(first, last + 1) if in_a_row else numbers, *after)


def _of_looked_up(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach | None:
    """Numbers go to their own place, a code to the columns of its tables, a table's row where its code is."""
    codes, begin = entry.inputs.index("codes"), 0
    if number < codes:
        return place
    begin = tape[entry.inputs[0]].shape[1] if codes else 0
    columns, widths = entry.columns, [tape[name].shape[1] for name in entry.inputs[codes + 1 :]]
    begins = [begin + sum(widths[:k]) for k in range(len(widths))]
    if number > codes:
        rows = np.flatnonzero(tape["codes"][:, columns[number - codes - 1]] == place[0]).tolist()
        return _joined((), tuple(rows), (begins[number - codes - 1] + place[1],)) if rows else None
    tables = [k for k, column in enumerate(columns) if column == place[1]]
    reached = tuple(j for k in tables for j in range(begins[k], begins[k] + widths[k]))
    return _joined((place[0],), reached) if reached else None


def _of_by_code(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach | None:
    """A number goes to the row that its code names; a code may go to any."""
    column, *own = entry.columns
    if number == 1:
        return (slice(None), slice(None)) if place[1] == column else None
    code = int(tape["codes"][place[0], column])
    return (code, own.index(place[1])) if place[1] in own else None


def _of_encoded(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach | None:
    """To all columns that a number becomes, or to the one to which it belongs."""
    if number == 0:
        return _some((place[0],), entry.columns, place[1])
    read = tape.entry(entry.inputs[number])
    has = has_rows(read, len(entry.value)) and read.value.ndim == 2
    return place if has else (slice(None), int(np.ravel_multi_index(place, read.shape)))


def _of_encoded_back(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach:
    """To the column of numbers that is encoded."""
    read = tape.entry(entry.inputs[number])
    if has_rows(read, len(entry.value)):
        return (place[0], entry.columns[place[1]])
    return (slice(None), entry.columns[int(np.ravel_multi_index(place, read.shape))])


def _of_encoded_sums(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach | None:
    """A number goes to the row of all that belong to its column, a derivative to the one that is its own."""
    if number < len(entry.inputs) - 1:
        found = _some((), entry.columns, place[1])
        return None if found is None else (_first(found[0]) // entry.value.shape[1], slice(None))
    return tuple(int(i) for i in np.unravel_index(place[1], entry.value.shape))


def _of_mixed(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach:
    """Waves go to the outputs of their group, the others each to its own."""
    waves, m = groups_of(tape[entry.inputs[1]], entry.value)
    if number == 0:
        group = place[1] // waves
        return (place[0], slice(group * m, (group + 1) * m))
    group = place[0] // waves if number == 1 else place[0]
    return (slice(None), group * m + place[1])


def _of_mixed_back(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach:
    """An output's derivative goes to the waves of its group, a row of V to its wave."""
    waves, m = groups_of(tape[entry.inputs[1]], tape[entry.inputs[0]])
    if number == 1:
        return (slice(None), place[0])
    group = place[1] // m
    return (place[0], slice(group * waves, (group + 1) * waves))


def _of_mixed_columns(tape: Tape, entry: TapeEntry, number: int, place: Place) -> Reach:
    """A wave goes to its row, an output's derivative to its column of the rows of its group."""
    waves, m = groups_of(entry.value, tape[entry.inputs[1]])
    if number == 0:
        return (place[1], slice(None))
    group, o = divmod(place[1], m)
    return (slice(group * waves, (group + 1) * waves), o)


OF_ENCODED: dict[str, Callable[[Tape, TapeEntry, int, Place], Reach | None]] = {
    "looked up": _of_looked_up,
    "by code": _of_by_code,
    "encoded": _of_encoded,
    "encoded back": _of_encoded_back,
    "encoded sums": _of_encoded_sums,
    "mixed": _of_mixed,
    "mixed back": _of_mixed_back,
    "mixed columns": _of_mixed_columns,
}


def _spread(shape: Place, read: Place, place: Place) -> Reach:
    """Where a cell goes that meets many: along axes that it does not have, or has once, or once a member."""
    missing, both = len(shape) - len(read), min(len(shape), len(read))
    cells: list[int | slice | tuple[int, ...]] = [slice(None)] * missing
    for size, own, i in list(zip(shape[::-1], read[::-1], place[::-1], strict=False))[:both][::-1]:
        cells.append(i if own == size else slice(None) if own == 1 else slice(i, None, own))
    return tuple(cells)


def _rows_of_member(read: Place, place: Place, number: int) -> slice:
    """The rows of the member whose parameter it is; all where members share it."""
    of_members = len(read) == (3 if number == 1 else 2)
    return slice(place[0], None, read[0]) if of_members else slice(None)


def _axis(index: int | slice | tuple[int, ...]) -> str:
    if isinstance(index, int):
        return str(index)
    if isinstance(index, tuple):
        more = [f"... {index[-1]}"] if len(index) > MOST_NUMBERS else []
        return f"({', '.join([*map(str, index[:MOST_NUMBERS]), *more])})"
    if index.step is None:
        return ":" if index == slice(None) else f"{index.start}:{index.stop}"
    return f"{index.start}::{index.step}"


def _first(index: int | slice | tuple[int, ...]) -> int:
    """The first number on an axis."""
    if isinstance(index, tuple):
        return index[0]
    return index if isinstance(index, int) else index.start or 0
