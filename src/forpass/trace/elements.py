"""Where a number of a pass came from: the cells that were read, the formula with symbols and with numbers."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.errors import DataError

__all__ = ["Cell", "Element", "Place", "Term", "element", "has_rows", "require_place", "written"]

MOST_TERMS = 5
"""So many terms of a sum are written out; of more the largest."""

MOST_VALUES = 5
"""So many numbers of a row are written out."""

BETWEEN_FACTORS = re.compile(r"(?<=[\w)]) (?=[\w(])")
"""The blank between two factors of a formula."""

NAME = re.compile(r"[A-Za-z][\w.]*")
"""The name of an entry in a formula, or another word."""

TWICE_IN_BRACKETS = re.compile(r"\(\((-[^()]*)\)\)")

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


@dataclass(frozen=True)
class Element:
    """A number of a pass, and what it was made of.

    Attributes
    ----------
    cell : Cell
        The number itself.
    how : str
        One of `forpass.engines.reference.tape.HOW`.
    terms : tuple of tuple of Cell
        Where it is a sum of products: the factors of each term.
    reads : tuple of Cell
        Otherwise the numbers that were read; empty where they are too many to tell, or the formula says it.
    symbols, numbers : str
        The formula of this one number, with the names of what was read, and with their values; of a long sum
        the terms that are largest.
    """

    cell: Cell
    how: str
    terms: tuple[Term, ...]
    reads: tuple[Cell, ...]
    symbols: str
    numbers: str

    def __str__(self) -> str:
        return f"{self.cell} = {self.symbols}\n  = {self.numbers} = {written(self.cell.value)}"


def element(tape: Tape, name: str, place: Iterable[int] = ()) -> Element:
    """Say what a number of a pass was made of.

    Parameters
    ----------
    tape : Tape
        As `TrainedModel.trace` gives it, with parameters on it.
    name : str
        An entry's.
    place : sequence of int
        The cell's place in its value, counted from 0; as many numbers as the value has axes.

    Returns
    -------
    Element

    Raises
    ------
    UnknownNameError
        When there is no such entry.
    DataError
        When the entry has no such cell.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[1.0, 2.0]], targets=[1.0])
    >>> spec = fp.NetworkSpec(2, (fp.Dense(1, weights="zeros"),), fp.Head("squared"))
    >>> steps = fp.OptimizerSpec("gradient_descent", learning_rate=0.1)
    >>> tape = fp.train(spec, fp.TrainingSpec(1, optimizer=steps), data).trace(data)
    >>> print(element(tape, "Z1", (0, 0)))
    Z1[0, 0] = X[0, 0] W1[0, 0] + X[0, 1] W1[1, 0] + b1[0]
      = 1 * 0.1 + 2 * 0.2 + 0.1 = 0.6
    >>> print(element(tape, "W1.new", (1, 0)))
    W1.new[1, 0] = W1[1, 0] - W1.rate dW1[1, 0]
      = 0.2 - 0.1 * (-0.8) = 0.28
    """
    entry = tape.entry(name)
    place = require_place(entry, place)
    cell = _cell(entry, place)
    if not entry.inputs:
        return Element(cell, entry.how, (), (), entry.formula, entry.formula)
    if entry.how in TERMS:
        terms = tuple(TERMS[entry.how](_Known(tape, entry), place))
        if terms and all(terms):
            some = _largest(terms)
            symbols = _sum_of(some, str, " ")
            numbers = _sum_of(some, lambda cell: _bracketed(cell.value), " * ")
            return Element(cell, entry.how, terms, (), symbols, numbers)
    reads = tuple(READS[entry.how](_Known(tape, entry), place)) if entry.how in READS else ()
    named: dict[str, list[Cell]] = {}
    for read in (*reads, *_also_named(tape, entry, place)):
        named.setdefault(read.name, []).append(read)
    symbols = _filled(entry.formula, {name: _symbol(cells) for name, cells in named.items()})
    numbers = _filled(entry.formula, {name: _values(cells) for name, cells in named.items()})
    if entry.how == "cells":
        numbers = BETWEEN_FACTORS.sub(" * ", numbers)
    return Element(cell, entry.how, (), reads, symbols, TWICE_IN_BRACKETS.sub(r"(\1)", numbers))


def written(value: float) -> str:
    """Write a number with four digits, as short as it gets."""
    return f"{value + 0.0:.4g}"  # no minus before 0


class _Known:
    """What an entry read, as far as it stands on the tape."""

    def __init__(self, tape: Tape, entry: TapeEntry) -> None:
        self.entry, self.n_rows = entry, len(tape["X"])
        self.inputs = [tape.entry(name) for name in entry.inputs if name in tape]

    def __len__(self) -> int:
        return len(self.inputs)


def require_place(entry: TapeEntry, place: Iterable[int]) -> Place:
    """Return a place in an entry's value; refuse one that it does not have.

    Raises
    ------
    DataError
    """
    place, shape = tuple(place), entry.value.shape
    if len(place) != len(shape) or not all(0 <= i < size for i, size in zip(place, shape, strict=True)):
        raise DataError(f"{entry.name} has the shape {shape}, and no cell at {place}; counted from 0")
    return place


def _cell(entry: TapeEntry, place: Place) -> Cell:
    return Cell(entry.name, place, entry.value[place].item())


def same_place(value: NDArray[Any], place: Place) -> Place:
    """Return the place of what meets a cell: axes of length 1, and of members, are gone through again."""
    missing = (0,) * (value.ndim - len(place))
    own = (*missing, *place)[-value.ndim :] if value.ndim else ()
    return tuple(i % size for i, size in zip(own, value.shape, strict=True))


def _cells(known: _Known, place: Place) -> list[Cell]:
    """The cells at the same place, of each input."""
    return [_cell(entry, same_place(entry.value, place)) for entry in known.inputs]


def _summed(known: _Known, place: Place) -> list[Term]:
    return [(cell,) for cell in _cells(known, place)]


def _product(known: _Known, place: Place) -> list[Term]:
    """X W + b: z_ij = sum_k x_ik w_kj + b_j."""
    if len(known) < 2:
        return []
    (i, j), (X, W, *b) = place, known.inputs
    own = _own(W.value, i)
    terms = [(_cell(X, (i, k)), _cell(W, (*own, k, j))) for k in range(X.value.shape[1])]
    return terms + [(_cell(bias, (*own[: bias.value.ndim - 1], j)),) for bias in b]


def _product_back(known: _Known, place: Place) -> list[Term]:
    """The way back, dZ W^T: dx_ik = sum_j dz_ij w_kj."""
    if len(known) < 2:
        return []
    (i, k), (dZ, W) = place, known.inputs
    own = _own(W.value, i)
    return [(_cell(dZ, (i, j)), _cell(W, (*own, k, j))) for j in range(dZ.value.shape[1])]


def _product_of_columns(known: _Known, place: Place) -> list[Term]:
    """X^T dZ: dw_kj = sum_i x_ik dz_ij, over the rows of a member."""
    (*own, k, j), (X, dZ) = place, known.inputs
    rows = _rows_of(known, own)
    return [(_cell(X, (i, k)), _cell(dZ, (i, j))) for i in rows]


def _column_sums(known: _Known, place: Place) -> list[Term]:
    """db_j = sum_i dz_ij, or of a product, over the rows of a member."""
    *own, j = place
    return [tuple(_cell(entry, (i, j)) for entry in known.inputs) for i in _rows_of(known, own)]


def _own(W: NDArray[Any], row: int) -> Place:
    """The axis of members, of parameters that each member has of its own: p % members is the row's."""
    return (row % len(W),) if W.ndim == 3 else ()


def _rows_of(known: _Known, own: list[int]) -> range:
    """The rows of a member, or all."""
    members = len(known.entry.value) if own else 1
    return range(own[0] if own else 0, known.n_rows, members)


def _rows(known: _Known, place: Place) -> list[Cell]:
    """The row's cells of what has a row for each example."""
    return [c for entry in known.inputs if has_rows(entry, known.n_rows) for c in _line(entry, (place[0],))]


def has_rows(entry: TapeEntry, n_rows: int) -> bool:
    """Whether an entry has a row for each example; parameters have none, however long they are."""
    return entry.phase != "parameters" and entry.value.ndim > 0 and len(entry.value) == n_rows


def _beside(known: _Known, place: Place) -> list[Cell]:
    """The cell of the input whose columns reach there."""
    i, j = place
    for entry in known.inputs:
        if j < entry.value.shape[1]:
            return [_cell(entry, (i, j))]
        j -= entry.value.shape[1]
    return []


def _columns(known: _Known, place: Place) -> list[Cell]:
    """The column's cells of each input; of what has one number for each column that number."""
    found, j = [], place[-1]
    for entry in known.inputs:
        value = entry.value
        if value.ndim == 2:
            column = j if j < value.shape[1] else 0
            found += [_cell(entry, (i, column)) for i in range(len(value))]
        else:
            found.append(_cell(entry, same_place(value, (j,))))
    return found


def _line(entry: TapeEntry, place: Place) -> list[Cell]:
    if entry.value.ndim == 1:
        return [_cell(entry, place)]
    return [_cell(entry, (*place, j)) for j in range(entry.value.shape[1])]


TERMS: dict[str, Callable[[_Known, Place], list[Term]]] = {
    "sum": _summed,
    "product": _product,
    "product back": _product_back,
    "product of columns": _product_of_columns,
    "column sums": _column_sums,
}
READS: dict[str, Callable[[_Known, Place], list[Cell]]] = {
    "cells": _cells,
    "beside": _beside,
    "rows": _rows,
    "columns": _columns,
}


def _largest(terms: tuple[Term, ...]) -> list[Term | None]:
    """Return the terms that are written out, in their order; None where others stand between."""
    if len(terms) <= MOST_TERMS:
        return list(terms)
    sizes = [-abs(math.prod(cell.value for cell in term)) for term in terms]
    places = sorted(np.argsort(sizes, kind="stable")[:MOST_TERMS].tolist())
    found: list[Term | None] = []
    for before, place in itertools.pairwise([-1, *places]):
        found += [None, terms[place]] if place > before + 1 else [terms[place]]
    return found if places[-1] == len(terms) - 1 else [*found, None]


def _sum_of(terms: list[Term | None], write: Callable[[Cell], str], between: str) -> str:
    """Write a sum of products."""
    return " + ".join("..." if term is None else between.join(map(write, term)) for term in terms)


def _also_named(tape: Tape, entry: TapeEntry, place: Place) -> list[Cell]:
    """The cells of what a formula names though it was read another way: relu'(Z1), told from A1."""
    if entry.how != "cells" or entry.operation is None:
        return []
    words = dict.fromkeys(NAME.findall(entry.formula))
    others = [tape.entry(word) for word in words if word in tape and word not in entry.inputs]
    alike = [other for other in others if other.value.shape == entry.value.shape]
    return [_cell(other, place) for other in alike]


def _symbol(cells: list[Cell]) -> str:
    """Write where cells of one entry stand: one by its place, a row or a column with a colon."""
    if len(cells) == 1:
        return str(cells[0])
    (name, first, _), second = cells[0], cells[1].place
    return f"{name}[{', '.join(str(i) if i == j else ':' for i, j in zip(first, second, strict=True))}]"


def _values(cells: list[Cell]) -> str:
    """Write the numbers of cells of one entry."""
    if len(cells) == 1:
        return _bracketed(cells[0].value)
    shown = [written(cell.value) for cell in cells[:MOST_VALUES]] + ["..."] * (len(cells) > MOST_VALUES)
    return f"[{', '.join(shown)}]"


def _bracketed(value: float) -> str:
    return f"({written(value)})" if value < 0 else written(value)


def _filled(formula: str, words: dict[str, str]) -> str:
    """Put words in the place of names in a formula."""
    return NAME.sub(lambda found: words.get(found[0], found[0]), formula)
