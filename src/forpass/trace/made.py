"""Which cells a cell was made of: a function for each way of `forpass.engines.reference.tape.HOW`.

Of a sum of products it returns the terms, of anything else the cells that were read; `readers` goes the
other way.
In shapes n is the number of rows of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.reference.tape import Tape, TapeEntry

__all__ = [
    "READS",
    "TERMS",
    "Cell",
    "Known",
    "Place",
    "Term",
    "cell_of",
    "groups_of",
    "has_rows",
    "is_gradient",
]

Place = tuple[int, ...]


class Cell(NamedTuple):
    """One number of an entry.

    Attributes
    ----------
    name : str
        The entry's.
    place : tuple of int
        Counted from 0.
    value : float
    """

    name: str
    place: Place
    value: float

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.place))}]" if self.place else self.name


Term = tuple[Cell, ...]


class Known:
    """What an entry read, as far as it stands on the tape."""

    def __init__(self, tape: Tape, entry: TapeEntry) -> None:
        self.tape, self.entry, self.n_rows = tape, entry, len(tape["X"])
        self.inputs = [tape.entry(name) for name in entry.inputs if name in tape]

    @property
    def whole(self) -> bool:
        """Whether all of it does: of a step that nobody looked at parameters are missing."""
        return len(self.inputs) == len(self.entry.inputs)


def cell_of(entry: TapeEntry, place: Place) -> Cell:
    """Return a number of an entry."""
    return Cell(entry.name, place, entry.value[place].item())


def same_place(value: NDArray[Any], place: Place) -> Place:
    """Return the place of what meets a cell: axes of length 1, and of members, are gone through again."""
    missing = (0,) * (value.ndim - len(place))
    own = (*missing, *place)[-value.ndim :] if value.ndim else ()
    return tuple(i % size for i, size in zip(own, value.shape, strict=True))


def _cells(known: Known, place: Place) -> list[Cell]:
    """The cells at the same place, of each input."""
    return [cell_of(entry, same_place(entry.value, place)) for entry in known.inputs]


def _summed(known: Known, place: Place) -> list[Term]:
    return [(cell,) for cell in _cells(known, place)]


def _product(known: Known, place: Place) -> list[Term]:
    """X W + b: z_ij = sum_k x_ik w_kj + b_j."""
    (i, j), (X, W, *b) = place, known.inputs
    own = _own(W.value, i)
    terms = [(cell_of(X, (i, k)), cell_of(W, (*own, k, j))) for k in range(X.value.shape[1])]
    return terms + [(cell_of(bias, (*own[: bias.value.ndim - 1], j)),) for bias in b]


def _product_back(known: Known, place: Place) -> list[Term]:
    """The way back, dZ W^T: dx_ik = sum_j dz_ij w_kj."""
    (i, k), (dZ, W) = place, known.inputs
    own = _own(W.value, i)
    return [(cell_of(dZ, (i, j)), cell_of(W, (*own, k, j))) for j in range(dZ.value.shape[1])]


def _product_of_columns(known: Known, place: Place) -> list[Term]:
    """X^T dZ: dw_kj = sum_i x_ik dz_ij, over the rows of a member."""
    (*own, k, j), (X, dZ) = place, known.inputs
    rows = _rows_of(known, own)
    return [(cell_of(X, (i, k)), cell_of(dZ, (i, j))) for i in rows]


def _column_sums(known: Known, place: Place) -> list[Term]:
    """db_j = sum_i dz_ij, or of a product, over the rows of a member."""
    *own, j = place
    return [tuple(cell_of(entry, (i, j)) for entry in known.inputs) for i in _rows_of(known, own)]


def _own(W: NDArray[Any], row: int) -> Place:
    """The axis of members, of parameters that each member has of its own: p % members is the row's."""
    return (row % len(W),) if W.ndim == 3 else ()


def _rows_of(known: Known, own: list[int]) -> range:
    """The rows of a member, or all."""
    members = len(known.entry.value) if own else 1
    return range(own[0] if own else 0, known.n_rows, members)


def _rows(known: Known, place: Place) -> list[Cell]:
    """The row's cells of what has a row for each example; of a parameter, which meets each row, all cells."""
    found = list[Cell]()
    for entry in known.inputs:
        if has_rows(entry, known.n_rows):
            found += _line(entry, (place[0],))
        else:
            found += [cell_of(entry, own) for own in np.ndindex(entry.value.shape)]
    return found


def has_rows(entry: TapeEntry, n_rows: int) -> bool:
    """Whether an entry has a row for each example; parameters have none, however long they are."""
    return entry.phase != "parameters" and entry.value.ndim > 0 and len(entry.value) == n_rows


def _beside(known: Known, place: Place) -> list[Cell]:
    """The cell of the input whose columns reach there."""
    i, j = place
    j = known.entry.columns[j] if len(known.entry.columns) else j
    for entry in known.inputs:
        if j < entry.value.shape[1]:
            return [cell_of(entry, (i, j))]
        j -= entry.value.shape[1]
    return []


def _columns(known: Known, place: Place) -> list[Cell]:
    """The column's cells of each input; of what has one number for each column that number.

    Of a parameter that each member has of its own, (members, d), those of the member's rows.
    """
    *own, j = place if is_gradient(known.tape, known.entry) else place[-1:]
    found = list[Cell]()
    for entry in known.inputs:
        if has_rows(entry, known.n_rows) and entry.value.ndim == 2:
            found += [cell_of(entry, (i, j)) for i in _rows_of(known, own)]
        else:
            found.append(cell_of(entry, same_place(entry.value, (*own, j))))
    return found


def is_gradient(tape: Tape, entry: TapeEntry) -> bool:
    """Whether an entry is the derivative by a parameter."""
    name = entry.name.removeprefix("d")
    return name in tape and tape.entry(name).phase == "parameters"


def _line(entry: TapeEntry, place: Place) -> list[Cell]:
    if entry.value.ndim == 1:
        return [cell_of(entry, place)]
    return [cell_of(entry, (*place, j)) for j in range(entry.value.shape[1])]


def _cells_by_row(known: Known, place: Place) -> list[Cell]:
    """The cells at the same place, of a vector the one with the row's number."""
    return [
        cell_of(entry, place if entry.value.ndim == 2 else place[: entry.value.ndim])
        for entry in known.inputs
    ]


def _row_sums(known: Known, place: Place) -> list[Term]:
    """ds_k = sum_u m v_ku g_ku."""
    (k,), width = place, max(entry.value.shape[-1] for entry in known.inputs if entry.value.ndim)
    return [tuple(cell_of(e, (k, u) if e.value.ndim else ()) for e in known.inputs) for u in range(width)]


def _looked_up(known: Known, place: Place) -> list[Cell]:
    """A number beside the tables, or the code and the cell of the table that it names."""
    (i, j), tables = place, known.inputs
    while tables[0].name != "codes":
        if j < tables[0].value.shape[1]:
            return [cell_of(tables[0], place)]
        j, tables = j - tables[0].value.shape[1], tables[1:]
    codes, *tables = tables
    for column, table in zip(known.entry.columns, tables, strict=True):
        if j < table.value.shape[1]:
            code = cell_of(codes, (i, column))
            return [code, cell_of(table, (int(code.value), j))]
        j -= table.value.shape[1]
    return []


def _by_code(known: Known, place: Place) -> list[Term]:
    """de_cj = sum of dy_ij over the rows whose code is c."""
    (c, j), (dY, codes), (column, *own) = place, known.inputs, known.entry.columns
    rows = np.flatnonzero(codes.value[:, column] == c).tolist()
    return [(cell_of(dY, (i, own[j])),) for i in rows]


def _codes(known: Known, _: Place) -> list[Cell]:
    """The codes by which rows are added up, whichever they are."""
    codes = known.inputs[1]
    return [cell_of(codes, (i, known.entry.columns[0])) for i in range(known.n_rows)]


def _encoded(known: Known, place: Place) -> list[Cell]:
    """The number that is encoded, and what belongs to the column that it becomes."""
    (i, j), (X, *others) = place, known.inputs
    return [cell_of(X, (i, known.entry.columns[j])), *(_belonging(other, i, j, known) for other in others)]


def _encoded_back(known: Known, place: Place) -> list[Term]:
    """dx_if = the sum over all j that encode column f."""
    i, f = place
    encoding = [j for j, column in enumerate(known.entry.columns) if column == f]
    return [tuple(_belonging(entry, i, j, known) for entry in known.inputs) for j in encoding]


def _encoded_sums(known: Known, place: Place) -> list[Term]:
    """dw_j = sum_i x_if du_ij, or sum_i du_ij, where f is the column that j encodes."""
    j = int(np.ravel_multi_index(place, known.entry.value.shape))
    *numbers, dU = known.inputs
    rows = range(known.n_rows)
    return [(*(cell_of(X, (i, known.entry.columns[j])) for X in numbers), cell_of(dU, (i, j))) for i in rows]


def _belonging(entry: TapeEntry, i: int, j: int, known: Known) -> Cell:
    """What belongs to an encoded column j: in row i of what has rows, else the j-th number."""
    if has_rows(entry, known.n_rows) and entry.value.ndim == 2:
        return cell_of(entry, (i, j))
    return cell_of(entry, tuple(int(k) for k in np.unravel_index(j, entry.value.shape)))


def groups_of(V: NDArray[Any], Y: NDArray[Any]) -> tuple[int, int]:
    """Return how many rows of V (groups waves, m) a group of what is mixed to Y (n, groups m) has, and m."""
    m = V.shape[1]
    return len(V) // (Y.shape[1] // m), m


def _mixed(known: Known, place: Place) -> list[Term]:
    """y_io = sum_h c_ih v_ho + c_o, h and o of one group."""
    (i, j), (C, V, c) = place, known.inputs
    waves, m = groups_of(V.value, known.entry.value)
    group, o = divmod(j, m)
    rows = range(group * waves, (group + 1) * waves)
    return [*((cell_of(C, (i, h)), cell_of(V, (h, o))) for h in rows), (cell_of(c, (group, o)),)]


def _mixed_back(known: Known, place: Place) -> list[Term]:
    """dc_ih = sum_o dy_io v_ho, o of the group of h."""
    (i, h), (dY, V) = place, known.inputs
    waves, m = groups_of(V.value, dY.value)
    return [(cell_of(dY, (i, h // waves * m + o)), cell_of(V, (h, o))) for o in range(m)]


def _mixed_columns(known: Known, place: Place) -> list[Term]:
    """dv_ho = sum_i c_ih dy_io, o of the group of h."""
    (h, o), (C, dY) = place, known.inputs
    waves, m = groups_of(known.entry.value, dY.value)
    return [(cell_of(C, (i, h)), cell_of(dY, (i, h // waves * m + o))) for i in range(known.n_rows)]


TERMS: dict[str, Callable[[Known, Place], list[Term]]] = {
    "sum": _summed,
    "product": _product,
    "product back": _product_back,
    "product of columns": _product_of_columns,
    "column sums": _column_sums,
    "row sums": _row_sums,
    "by code": _by_code,
    "encoded back": _encoded_back,
    "encoded sums": _encoded_sums,
    "mixed": _mixed,
    "mixed back": _mixed_back,
    "mixed columns": _mixed_columns,
}
"""Of a sum of products its terms."""
READS: dict[str, Callable[[Known, Place], list[Cell]]] = {
    "cells": _cells,
    "beside": _beside,
    "rows": _rows,
    "columns": _columns,
    "cells by row": _cells_by_row,
    "looked up": _looked_up,
    "encoded": _encoded,
    "by code": _codes,
}
"""What was read otherwise: all of it, or beside the terms what decides which they are."""
