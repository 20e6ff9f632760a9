"""The tape: every intermediate of a pass, by name, in the order in which it was computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import UnknownNameError
from forpass.shown import aligned
from forpass.shown_html import in_notebook, table

__all__ = ["HOW", "Tape", "TapeEntry"]

HOW = {
    "cells": "the cell at the same place of each input",
    "sum": "the same, added up",
    "product": "X W + b: a row of the first input times a column of the second, plus a cell of the third",
    "product back": "dZ W^T: a row of the first input times a row of the second",
    "product of columns": "X^T dZ: a column of the first input times a column of the second",
    "column sums": "of a column of each input, multiplied, the sum",
    "cells by row": "the cell at the same place of each input, of a vector the one with the row's number",
    "row sums": "of a row of each input, multiplied, the sum; a single number multiplies each term",
    "beside": "of the inputs side by side the cell in the same row, and in the column `columns[j]`",
    "rows": "the same row of what has a row for each example",
    "columns": "the same column of each input",
    "all": "every cell of each input",
    "looked up": "of a table the row that a code names; beside tables, the cell at the same place",
    "by code": "the sum of those rows of the first input of which the code is the cell's row",
    "encoded": "column `columns[j]` of the first input, and of the others the cell that belongs to j",
    "encoded back": "the sum over all j that encode the column, of what belongs to j, multiplied",
    "encoded sums": "over all rows, column `columns[j]` of the first input times column j of the last",
    "mixed": "group by group C V + c: the waves of one number times the rows of V that are theirs",
    "mixed back": "group by group dY V^T",
    "mixed columns": "group by group C^T dY",
}
"""Which cells of the inputs a cell of an entry's value was made of. Where each of several members has
parameters of its own, those of the row's member are meant.

A number that is encoded becomes several columns, j one of them: what belongs to j is column j of what has a
row for each example, and the j-th number of a parameter."""


class TapeEntry(NamedTuple):
    """One intermediate.

    Attributes
    ----------
    name : str
        As in the formulas: ``Z1``, ``A1``, ``loss``, ``dZ1``, ``dW1``, ``W1.new``. Where several operations
        read Z1, what each hands back is called ``dZ1 via A1``, and their sum ``dZ1``.
    value : array
    formula : str
        How it was computed, in the names of what was read.
    layer : str
        Which layer computed it, as messages call it.
    operation : int or None
        The number of the operation that computed it, or whose parameter it is; None for inputs, head, penalty
        and optimiser.
    phase : {"input", "parameters", "forward", "loss", "backward", "update"}
    inputs : tuple of str
        What was read: names of earlier entries, of parameters and buffers, and of the batch's ``codes``,
        targets ``T`` and weights ``w``.
    how : str
        One of `HOW`: which cells of the inputs a cell of the value was made of.
    columns : sequence of int
        Where `how` speaks of them. Looked up: for each table its column of the codes. By code: the column of
        the codes, then for each column of the value that of the first input.
    """

    name: str
    value: NDArray[Any]
    formula: str
    layer: str
    operation: int | None
    phase: str
    inputs: tuple[str, ...]
    how: str = "cells"
    columns: Sequence[int] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.value.shape


class Tape:
    """An ordered record of named values; a name can be written once.

    Examples
    --------
    >>> tape = Tape()
    >>> _ = tape.record("Z1", np.zeros((2, 3)), "X W1 + b1", "layer 1", 1, "forward", ["X", "W1", "b1"])
    >>> [(entry.name, entry.shape) for entry in tape], tape["Z1"].shape
    ([('Z1', (2, 3))], (2, 3))
    """

    def __init__(self) -> None:
        self._entries: dict[str, TapeEntry] = {}

    def record(
        self,
        name: str,
        value: Any,
        formula: str,
        layer: str,
        operation: int | None,
        phase: str,
        inputs: Sequence[str] = (),
        how: str = "cells",
        columns: Sequence[int] = (),
    ) -> Any:
        """Write a value down and return it; the parameters are those of `TapeEntry`."""
        if name in self._entries:
            raise ValueError(f"{name} stands on the tape already")
        said = formula, layer, operation, phase, tuple(inputs), how, columns
        self._entries[name] = TapeEntry(name, np.asarray(value), *said)
        return value

    def entry(self, name: str) -> TapeEntry:
        """Return an entry by its name.

        Raises
        ------
        UnknownNameError
            When there is none.
        """
        if name not in self._entries:
            raise UnknownNameError("entry of the tape", name, self._entries)
        return self._entries[name]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._entries[name].value

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[TapeEntry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def first_non_finite(self) -> TapeEntry | None:
        """Return the earliest entry that holds a NaN or an infinity."""
        for entry in self:
            if entry.value.dtype.kind == "f" and not np.isfinite(entry.value).all():
                return entry
        return None

    def __str__(self) -> str:
        """One line for each entry: name, shape, formula."""
        return aligned(self._rows(), indent="")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return in_notebook(table([("name", "shape", "formula"), *self._rows()]))

    def _rows(self) -> list[tuple[str, str, str]]:
        return [(e.name, str(e.shape), e.formula) for e in self]
