"""Rows on which an export is tried where nobody gives any: what is odd about each column, one at a time.

The cells are those that other programs hand over (see `graph.Input`): numbers in float64, words, days. From
the same cells a table is made for the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.exports.graph import Graph, Input
from forpass.model import Ensemble, TrainedModel
from forpass.preprocessing import ColumnSpec, Preprocessing, Table, read_columns, with_missing
from forpass.preprocessing.kinds.protocol import DAYS, TRUTH
from forpass.preprocessing.table import MICROSECONDS_A_DAY
from forpass.spec.data import Data

__all__ = ["Cells", "cells_of", "rows_to_try", "table_of"]

Cells = dict[str, NDArray[Any]]
"""Cells (n,) of columns by name, or arrays (n, d) called X and codes."""

MIXED, MOST_OF_A_COLUMN, MOST = 200, 400, 20_000
"""Rows with cells of all columns mixed; the most odd cells of a column that are tried, and of all columns."""


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
    share = max(1, min(MOST_OF_A_COLUMN, MOST // max(1, len(odd))))
    odd = {name: _thinned(cells, share) for name, cells in odd.items()}
    usual = {name: cells[0] for name, cells in odd.items()}
    rows = 1 + sum(map(len, odd.values())) + MIXED
    found: Cells = {}
    place = 1
    for one in graph.inputs:
        cells = np.full(rows, usual[one.name], object if one.value.kind == "text" else np.float64)
        own = odd[one.name]
        cells[place : place + len(own)] = own
        place += len(own)
        cells[rows - MIXED :] = np.array(own, cells.dtype)[rng.integers(len(own), size=MIXED)]
        cells[0] = "" if one.value.kind == "text" else np.nan  # all missing
        found[one.name] = cells
    return found


def cells_of(graph: Graph, model: TrainedModel | Ensemble, table: Any) -> Cells:
    """Return the cells of a table that somebody gives, as other programs hand them over."""
    first = model.members[0] if isinstance(model, Ensemble) else model
    if not isinstance(first.preprocessing, Preprocessing):
        data = first.encode(table) if first.preprocessing is None else None
        if data is None:
            dense = table.toarray() if hasattr(table, "toarray") else np.asarray(table)
            return {"X": np.asarray(dense, np.float64)}
        arrays: Cells = {"X": np.asarray(data.numbers)}
        return arrays if data.codes is None else {**arrays, "codes": data.codes}
    columns, learnt = read_columns(table).columns, _learnt(model)
    found = {}
    for one in graph.inputs:
        spec, missing = learnt[one.name]
        column = with_missing(Table({one.name: columns[one.name]}), missing).columns[one.name]
        found[one.name] = spec.cells(column)
    return found


def table_of(graph: Graph, model: TrainedModel | Ensemble, cells: Cells) -> Any:
    """Return the same rows as the model takes them: a dict of columns, or an array."""
    if graph.inputs[0].array:
        X = cells.get("X")
        return X if model.preprocessing is not None else Data(X, codes=cells.get("codes"))
    return {one.name: _written(one, cells[one.name]) for one in graph.inputs}


def _written(one: Input, cells: NDArray[Any]) -> Any:
    """Return cells as a table has them: dates and truth values as such."""
    if one.told.startswith(TRUTH):
        return [None if cell != cell else bool(cell) for cell in cells.tolist()]
    if not one.told.startswith(DAYS):
        return cells
    there = ~np.isnan(cells)
    microseconds = np.round(np.where(there, cells, 0.0) * MICROSECONDS_A_DAY).astype(np.int64)
    return np.where(there, microseconds.astype("datetime64[us]"), np.datetime64("NaT"))


def _learnt(model: TrainedModel | Ensemble) -> dict[str, tuple[ColumnSpec, tuple[str, ...] | None]]:
    """Return what was learnt about each column that is used, and which words mean a missing value there."""
    several = model.preprocessings if isinstance(model, Ensemble) else (model.preprocessing,)
    found: dict[str, tuple[ColumnSpec, tuple[str, ...] | None]] = {}
    for preprocessing in several:
        if isinstance(preprocessing, Preprocessing):
            for place in preprocessing.places:
                found.setdefault(place.spec.name, (place.spec, preprocessing.reading.missing))
    return found


def _odd_cells(one: Input, spec: ColumnSpec) -> list[Any]:
    """Return cells of a column that are worth a try, a usual one first, and what means a missing value."""
    usual, *odd = spec.trials
    return [usual, *one.gaps, *odd]


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
