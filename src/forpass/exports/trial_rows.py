"""Rows on which an export is tried where nobody gives any: what is odd about each column, one at a time.

The cells are those that other programs hand over (see `graph.Input`): numbers in float64, words, days. From
the same cells a table is made for the model.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.exports.columns import exportable
from forpass.exports.graph import Cells, Graph, Input
from forpass.model import Ensemble, TrainedModel
from forpass.preprocessing import Preprocessing, Table, read_columns, with_missing
from forpass.preprocessing.kinds.protocol import ExportableColumn
from forpass.preprocessing.table import MICROSECONDS_A_DAY
from forpass.spec.data import Data

__all__ = ["cells_of", "rows_to_try", "table_of"]

MIXED, MOST_OF_A_COLUMN, MOST_CELLS = 200, 400, 2_000_000
"""Rows with cells of all columns mixed; the most odd cells of a column; about so many cells have all rows."""


def rows_to_try(graph: Graph, model: TrainedModel | Ensemble) -> Cells:
    """Return rows with everything that a column knows, its edges and extremes, gaps and what was never seen.

    The same model has the same rows.
    """
    first = model.members[0] if isinstance(model, Ensemble) else model
    rng = np.random.default_rng(0)
    if not isinstance(first.preprocessing, Preprocessing):
        return _arrays(graph, first, rng)
    learnt = _learnt(model)
    odd = {one.name: _odd_cells(one, learnt[one.name][0]) for one in graph.inputs}
    odd = {name: _thinned(cells, MOST_OF_A_COLUMN) for name, cells in odd.items()}
    usual = {name: cells[0] for name, cells in odd.items()}
    # one odd cell a row; of so many columns that this were too many cells, several have theirs in one row
    together = max(1, math.ceil(sum(map(len, odd.values())) * len(odd) / MOST_CELLS))
    ends, places = [1] * together, dict[str, int]()
    for number, (name, odd_ones) in enumerate(odd.items()):
        places[name] = ends[number % together]
        ends[number % together] += len(odd_ones)
    rows = max(ends) + MIXED
    found: Cells = {}
    for one in graph.inputs:
        own, place = odd[one.name], places[one.name]
        cells = np.full(rows, usual[one.name], object if one.value.kind == "text" else np.float64)
        cells[place : place + len(own)] = own
        cells[rows - MIXED :] = np.array(own, cells.dtype)[rng.integers(len(own), size=MIXED)]
        cells[0] = "" if one.value.kind == "text" else np.nan  # all missing
        found[one.name] = cells
    return found


def cells_of(graph: Graph, model: TrainedModel | Ensemble, table: Any) -> Cells:
    """Return the cells of a table that somebody gives, as other programs hand them over."""
    first = model.members[0] if isinstance(model, Ensemble) else model
    if not isinstance(first.preprocessing, Preprocessing):
        data = first.encode(table) if first.preprocessing is None else Data(table)
        numbers = data.numbers if isinstance(data.numbers, np.ndarray) else data.numbers.toarray()
        arrays: Cells = {"X": np.asarray(numbers)} if numbers.shape[1] else {}
        return arrays if data.codes is None else {**arrays, "codes": data.codes}
    whole, learnt, found = read_columns(table), _learnt(model), dict[str, Any]()
    for one in graph.inputs:
        spec, missing = learnt[one.name]
        column = with_missing(Table({one.name: whole.column(one.name)}), missing).columns[one.name]
        found[one.name] = spec.cells(column)
    return found


def table_of(graph: Graph, model: TrainedModel | Ensemble, cells: Cells) -> Any:
    """Return the same rows as the model takes them: a dict of columns, or an array."""
    if graph.inputs[0].array:
        if model.preprocessing is not None:
            return cells["X"]
        rows = len(next(iter(cells.values())))
        return Data(cells["X"] if "X" in cells else np.zeros((rows, 0)), codes=cells.get("codes"))
    return {one.name: _written(one, cells[one.name]) for one in graph.inputs}


def _written(one: Input, cells: NDArray[Any]) -> Any:
    """Return cells as a table has them: dates and truth values as such."""
    if one.holds == "truth":
        return [None if cell != cell else bool(cell) for cell in cells.tolist()]
    if one.holds != "days":
        return cells
    there = ~np.isnan(cells)
    microseconds = np.round(np.where(there, cells, 0.0) * MICROSECONDS_A_DAY).astype(np.int64)
    return np.where(there, microseconds.astype("datetime64[us]"), np.datetime64("NaT"))


def _learnt(model: TrainedModel | Ensemble) -> dict[str, tuple[ExportableColumn, tuple[str, ...] | None]]:
    """Return what was learnt about each column that is used, and which words mean a missing value there."""
    several = model.preprocessings if isinstance(model, Ensemble) else (model.preprocessing,)
    found: dict[str, tuple[ExportableColumn, tuple[str, ...] | None]] = {}
    for preprocessing in several:
        if isinstance(preprocessing, Preprocessing):
            for place in preprocessing.places:
                found.setdefault(place.spec.name, (exportable(place.spec), preprocessing.reading.missing))
    return found


def _odd_cells(one: Input, spec: ExportableColumn) -> list[Any]:
    """Return cells of a column that are worth a try, a usual one first, and what means a missing value."""
    usual, *odd = spec.trials
    return [usual, *one.missing, *odd]


def _thinned(cells: list[Any], most: int) -> list[Any]:
    """Return the first cell and evenly spaced others, so many of them at most."""
    if len(cells) <= most:
        return cells
    return [cells[0], *(cells[1 + place * (len(cells) - 1) // most] for place in range(most - 1))]


def _arrays(graph: Graph, model: TrainedModel, rng: np.random.Generator) -> Cells:
    """Return rows of numbers of all sizes, and codes."""
    found: Cells = {}
    for one in graph.inputs:
        width = one.value.width
        if one.name == "codes":
            sizes = [
                min(size, limit or size)
                for size, limit in zip(model.spec.code_sizes, model.program.code_limits, strict=True)
            ]
            found["codes"] = rng.integers(0, sizes, size=(MIXED, width)).astype(np.int32)
        else:
            X = rng.normal(size=(MIXED, width)) * rng.choice([0.1, 1.0, 10.0], size=(MIXED, 1))
            X[0], X[1], X[2] = 0.0, 1.0, -1.0
            found["X"] = X
    return found
