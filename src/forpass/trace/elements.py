"""Where a number of a pass came from: the cells that were read, the formula with symbols and with numbers."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.errors import DataError, InputError
from forpass.trace.made import READS, TERMS, Cell, Known, Place, Term, cell_of

__all__ = ["Element", "cell_said", "element", "require_place", "written"]

MOST_TERMS = 5
"""So many terms of a sum are written out; of more the largest."""

MOST_VALUES = 5
"""So many numbers of a row are written out."""

BETWEEN_FACTORS = re.compile(r"(?<=[\w)]) (?=[\w(])")
"""The blank between two factors of a formula."""

NAME = re.compile(r"[A-Za-z][\w.]*")
"""The name of an entry in a formula, or another word."""

TWICE_IN_BRACKETS = re.compile(r"\(\((-[^()]*)\)\)")

CALCULATED = ("cells", "cells by row", "encoded")
"""The ways in which a formula is that of each number."""


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
        Where it is a sum of products: the factors of each term; none where the sum is empty.
    reads : tuple of Cell
        Otherwise the numbers that were read; empty where they are too many to tell. Of a sum by codes the
        codes.
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
    cell = cell_of(entry, place)
    if not entry.inputs:
        return Element(cell, entry.how, (), (), entry.formula, entry.formula)
    known = Known(tape, entry)
    if not known.whole:
        return Element(cell, entry.how, (), (), entry.formula, entry.formula)
    reads = tuple(READS[entry.how](known, place)) if entry.how in READS else ()
    if entry.how in TERMS:
        terms = tuple(TERMS[entry.how](known, place))
        some = _largest(terms)
        symbols = _sum_of(some, str, " ")
        numbers = _sum_of(some, lambda cell: _bracketed(cell.value), " * ")
        return Element(cell, entry.how, terms, reads, symbols, numbers)
    if entry.how in ("beside", "looked up"):
        return Element(cell, entry.how, (), reads, *_picked(reads))
    named: dict[str, list[Cell]] = {}
    for read in (*reads, *_also_named(tape, entry, place)):
        named.setdefault(read.name, []).append(read)
    formula = entry.formula.replace("[m]", "")  # whose member's it is the place says
    symbols = _filled(formula, {name: _symbol(cells) for name, cells in named.items()})
    numbers = _filled(formula, {name: _values(cells) for name, cells in named.items()})
    if entry.how in CALCULATED:
        numbers = BETWEEN_FACTORS.sub(" * ", numbers)
    return Element(cell, entry.how, (), reads, symbols, TWICE_IN_BRACKETS.sub(r"(\1)", numbers))


def written(value: float) -> str:
    """Write a number with four digits, as short as it gets; a code, whole by its type, with all digits."""
    if isinstance(value, int):
        return str(value)
    return f"{value + 0.0:.4g}"  # no minus before 0


def cell_said(at: str) -> tuple[str, Place | None]:
    """Return the entry that was asked for, and the place of a cell: ``Z1`` or ``Z1[0,3]``.

    Raises
    ------
    InputError
        When there is something else than whole numbers in brackets, or no end to them.
    """
    name, opened, rest = at.strip().partition("[")
    if not opened:
        return name, None
    refused = InputError(f"a cell is said by an entry and a place in it, as Z1[0,3]; got {at!r}")
    if not name or not rest.endswith("]"):
        raise refused
    numbers = rest[:-1].strip()
    try:
        return name.strip(), tuple(int(word) for word in numbers.split(",")) if numbers else ()
    except ValueError:
        raise refused from None


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
    """Write a sum of products; an empty one is 0."""
    return " + ".join("..." if term is None else between.join(map(write, term)) for term in terms) or "0"


def _picked(reads: tuple[Cell, ...]) -> tuple[str, str]:
    """Write a cell that was taken over, in symbols and numbers; of a table with the code of its row."""
    *code, cell = reads
    if not code:
        return str(cell), written(cell.value)
    return f"{cell.name}[{code[0]}, {cell.place[1]}]", str(cell)


def _also_named(tape: Tape, entry: TapeEntry, place: Place) -> list[Cell]:
    """The cells of what a formula names though it was read another way: relu'(Z1), told from A1."""
    if entry.how != "cells" or entry.operation is None:
        return []
    words = dict.fromkeys(NAME.findall(entry.formula))
    others = [tape.entry(word) for word in words if word in tape and word not in entry.inputs]
    alike = [other for other in others if other.value.shape == entry.value.shape]
    return [cell_of(other, place) for other in alike]


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
