"""A trace as one page of HTML, which works from disk, without a network."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from forpass.engines.reference.tape import Tape
from forpass.model.files import whole_file
from forpass.trace.elements import element, written
from forpass.trace.made import Place
from forpass.trace.readers import readers
from forpass.trace.tables import Shown, shown
from forpass.trace.text import largest, made_of, statistics_line, told_of

__all__ = ["trace_page", "write_trace"]

MOST_CELLS = 5_000
"""So many numbers are worked out on a page, which keeps it below three megabytes."""
SIDES = ((40, 40), (24, 24), (16, 16), (10, 10), (6, 6), (4, 4), (2, 2))
"""Rows and columns of each value that are shown, the first that keep to it."""
MOST_LINKS = 24
"""So many cells are named that made a number, or that are made of it."""


def write_trace(path: str | os.PathLike[str], tape: Tape, rows: Sequence[str] = ()) -> Path:
    """Write a trace as a page; the file appears whole or not at all.

    Parameters
    ----------
    path : path
    tape : Tape
        As `TrainedModel.trace` gives it.
    rows : sequence of str
        Of each row of the batch, what preprocessing made of it.
    """
    path = Path(path)
    with whole_file(path) as file:
        file.write(trace_page(tape, rows).encode())
    return path


def trace_page(tape: Tape, rows: Sequence[str] = ()) -> str:
    """Return a trace as a page of HTML; the parameters are those of `write_trace`."""
    tables = _tables(tape)
    plain = {"rows": list(rows), "entries": [_entry(tape, table, tables) for table in tables.values()]}
    # nothing in the data may end the script that holds them
    data = json.dumps(plain, ensure_ascii=False).replace("<", "\\u003c")
    template = files("forpass.trace").joinpath("page.html").read_text(encoding="utf-8")
    return template.replace("DATA", data, 1)


def _tables(tape: Tape) -> dict[str, Shown]:
    """Cut all values alike, so that the page does not become too large."""
    for rows, columns in SIDES:
        tables = {entry.name: shown(entry, rows, columns) for entry in tape}
        if sum(table.rows * table.columns for table in tables.values()) <= MOST_CELLS:
            break
    return tables


def _entry(tape: Tape, table: Shown, tables: dict[str, Shown]) -> dict[str, Any]:
    entry = table.entry
    return {
        "name": entry.name,
        "phase": entry.phase,
        "layer": entry.layer,
        "formula": entry.formula,
        "reads": bool(entry.inputs),
        "shape": str(entry.value.shape),
        "statistics": statistics_line(entry),
        "left_out": table.left_out,
        "heads": table.heads,
        "largest": table.position_of(largest(entry)) if entry.value.size else (0, 0),
        "rows": [
            {
                "head": table.row_head(i),
                "cells": [written(entry.value[place].item()) for place in places],
                "elements": [_element(tape, entry.name, place, tables) for place in places],
            }
            for i, places in enumerate(table.places())
        ],
    }


def _element(tape: Tape, name: str, place: Place, tables: dict[str, Shown]) -> dict[str, Any]:
    """What is said of a number, and the cells to which one can go from there: text, entry, row and column."""
    found = element(tape, name, place)
    made = [
        (text, cell.name, *tables[cell.name].position_of(cell.place))
        for text, cell in made_of(found)[:MOST_LINKS]
    ]
    goes = readers(tape, name, place)[:MOST_LINKS]
    read = [(str(reader), reader.name, *tables[reader.name].position_of(reader.first)) for reader in goes]
    return {"told": told_of(tape, found), "made": made, "read": read}
