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
    "beside": "the cell of the input whose columns, side by side, reach there",
    "rows": "the same row of what has a row for each example",
    "columns": "the same column of each input",
    "all": "every cell of each input",
    "in words": "the formula says it",
}
"""Which cells of the inputs a cell of an entry's value was made of. Where each of several members has
parameters of its own, those of the row's member are meant."""


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
    """

    name: str
    value: NDArray[Any]
    formula: str
    layer: str
    operation: int | None
    phase: str
    inputs: tuple[str, ...]
    how: str = "cells"

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
    ) -> Any:
        """Write a value down and return it; the parameters are those of `TapeEntry`."""
        if name in self._entries:
            raise ValueError(f"{name} stands on the tape already")
        entry = TapeEntry(name, np.asarray(value), formula, layer, operation, phase, tuple(inputs), how)
        self._entries[name] = entry
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
