"""A single row, encoded without a table around it: what serving asks for, row after row.

Numbers of all columns are scaled in one go, by the formula that scales a column of them. What any other cell
becomes is found out by its column's kind as in a table, and of text kept, so that a word is looked at once.
Whatever is not plain goes through a table: errors and their words are the same.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from forpass.errors import TableError
from forpass.maths.constants import EXACT
from forpass.preprocessing.frames import column_of_cell, is_pandas, read_columns
from forpass.preprocessing.kinds import ColumnSpec
from forpass.preprocessing.kinds.number import NumberColumn
from forpass.preprocessing.kinds.scaling import scaled_each
from forpass.preprocessing.kinds.values import as_values
from forpass.preprocessing.unseen import Seen, seen_in, warn_of
from forpass.spec.data import Data

__all__ = ["Place", "RowEncoder", "cells_of"]

CELLS_KEPT, LONGEST_KEPT = 1024, 256
"""The most cells of a column that are remembered, and the most letters of one."""

NUMBERS = frozenset({int, float})


class Place(NamedTuple):
    """A column that is used, and which columns of numbers and of codes it fills."""

    spec: ColumnSpec
    numbers: slice
    codes: slice


class EncodedCell(NamedTuple):
    """What a cell becomes, and what is to be said of it, if anything is."""

    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    seen: Seen | None


def cells_of(table: Any) -> dict[str, Any] | None:
    """Return the cells of a table of one row by name; None where it is something else, or not a plain one."""
    if type(table) is dict:
        cells = {}
        for name, values in table.items():
            plain = type(values) is list or type(values) is tuple
            if type(name) is not str or not (len(values) == 1 if plain else _is_cell(values)):
                return None
            cells[name] = values[0] if plain else values.item()
        return cells
    if type(table) is list and len(table) == 1 and type(table[0]) is dict:
        record = table[0]
        return record if all(type(name) is str for name in record) else None
    if is_pandas(table) and len(table) == 1 and table.columns.is_unique:
        names = table.columns.tolist()
        if all(type(name) is str for name in names):
            # a row of numbers of several types is one of floats, which `_of` does not take for whole numbers
            return dict(zip(names, table.iloc[0].tolist(), strict=True))
    return None


def _is_cell(values: Any) -> bool:
    """Whether an array is a single number, truth value or text."""
    plain = type(values) is np.ndarray and values.shape == (1,)
    return plain and (values.dtype.kind in "iubUO" or values.dtype in (np.float32, np.float64))


def _plainly(cell: Any) -> Any:
    """Return a number or truth value of NumPy's as Python's own, which it is to a column too."""
    own = isinstance(cell, np.generic) and cell.dtype.kind in "iufb" and cell.dtype.itemsize <= 8
    return cell.item() if own else cell


def _code_of_each(repeated: tuple[float, ...]) -> dict[float, int]:
    """Return the code of each repeated value, as numbers are told apart."""
    values: list[float] = as_values(np.array(repeated)).tolist()
    return {value: code for code, value in enumerate(values, start=1)}


class RowEncoder:
    """Encodes single rows of the columns of a `Preprocessing`.

    Parameters
    ----------
    places : sequence of Place
    n_numbers, n_codes : int
        How many columns of each they fill.
    """

    def __init__(self, places: Iterable[Place], n_numbers: int, n_codes: int) -> None:
        self._shape = n_numbers, n_codes
        self._places = {place.spec.name: place for place in places}
        self._order = {name: i for i, name in enumerate(self._places)}
        self._kept: dict[str, dict[Any, EncodedCell]] = {name: {} for name in self._places}
        numbers = [(s, p) for p in self._places.values() if isinstance(s := p.spec, NumberColumn)]
        numbers = [(s, p) for s, p in numbers if s.found != "date"]
        self._numbers = [s.name for s, _ in numbers]
        self._others = [name for name in self._places if name not in set(self._numbers)]
        self._centre = np.array([s.centre for s, _ in numbers])
        self._scale = np.array([s.scale for s, _ in numbers])
        self._at = np.array([p.numbers.start for _, p in numbers], np.int64)
        told = [(i, p.codes.start, s.repeated) for i, (s, p) in enumerate(numbers) if s.repeated is not None]
        self._told = [(i, at, _code_of_each(repeated)) for i, at, repeated in told]

    def encode(self, table: Any, cells: Mapping[str, Any], dtype: DTypeLike, aloud: bool) -> Data | None:
        """Encode the cells of a row; None where it must be looked at as a table, which may refuse it.

        Warns
        -----
        ForpassWarning
            As `Preprocessing.encode` does, if `aloud`.
        """
        known = self._places
        if not known.keys() <= cells.keys():
            return None
        values, others = [], list(self._others)
        for name in self._numbers:
            cell = cells[name]
            if type(cell) not in NUMBERS:
                cell = _plainly(cell)
            if type(cell) in NUMBERS and -EXACT <= cell <= EXACT:
                values.append(cell)
            else:  # none, or one that may be too large
                values.append(np.nan)
                others.append(name)
        numbers, codes = np.zeros((1, self._shape[0]), dtype), np.empty((1, self._shape[1]), np.int32)
        given = np.array(values, np.float64)
        numbers[0, self._at] = scaled_each(given, self._centre, self._scale)
        if self._told:
            as_told = as_values(given).tolist()
            for i, at, code_of in self._told:
                codes[0, at] = code_of.get(as_told[i], 0)
        seen = []
        try:
            for name in others:
                cell, place = cells[name], known[name]
                encoded = self._kept[name].get(cell) if type(cell) is str else None
                encoded = encoded or self._of(name, cell, table, aloud)
                numbers[0, place.numbers] = encoded.numbers
                if len(encoded.codes):
                    codes[0, place.codes] = encoded.codes
                if encoded.seen is not None:
                    seen.append(encoded.seen)
        except TableError:  # of several, the first in the order of a table is told
            return None
        if aloud and seen:
            warn_of(sorted(seen, key=lambda one: self._order[one.name]))
        return Data(numbers, codes if self._shape[1] else None)

    def _of(self, name: str, cell: Any, table: Any, aloud: bool) -> EncodedCell:
        """What a cell becomes, as its column's kind says; that of text, truth values and gaps is kept."""
        cell = _plainly(cell)
        cell = None if type(cell) is float and cell != cell else cell
        kept, lasting = self._kept[name], type(cell) in (str, bool, type(None))
        found = kept.get(cell) if lasting else None
        if found is None:
            place = self._places[name]
            alone = lasting or (isinstance(cell, datetime.datetime) and not getattr(cell, "nanosecond", 0))
            given = table[name] if type(table) is not list else [table[0][name]]
            column = column_of_cell(name, cell) if alone else read_columns({name: given}).columns[name]
            numbers = np.empty((1, place.numbers.stop - place.numbers.start))
            codes = np.empty((1, place.codes.stop - place.codes.start), np.int32)
            place.spec.encode(column, numbers, codes)
            seen = seen_in(place.spec, column) if lasting or aloud else None
            found = EncodedCell(numbers[0], codes[0], seen if seen and any(seen[1:]) else None)
            short = not isinstance(cell, str) or len(cell) <= LONGEST_KEPT
            if lasting and short and len(kept) < CELLS_KEPT:
                kept[cell] = found
        return found
