"""Figures that were measured, one JSON line each: what a run that was cut short goes on from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.bench.place import when_and_where
from forpass.errors import InputError

__all__ = ["measured", "read_records"]

Cell = Mapping[str, Any]
"""What decides a figure, as plain values under the names under which the record has them."""


def measured(
    cells: Sequence[Cell],
    path: Path,
    carry_out: Callable[[Cell], Mapping[str, Any]],
    note: Callable[[str], object] = print,
    time_limit: float | None = None,
) -> list[dict[str, Any]]:
    """Return a record for each cell, in their order; what is not in the file yet is carried out and added.

    A record is the cell, what was found, the ``date``, and the ``machine`` in words. One without a figure
    says why under ``failed``; it is carried out again by the next run, unless it took longer than a ``limit``
    in seconds, and there is no more time now.

    Parameters
    ----------
    cells : sequence of mapping
        All with the same names: first of all who or what is measured, and a ``table`` and a ``division``.
    path : Path
        File of JSON lines: read first, and each new record is added as soon as it is there.
    carry_out : callable
        Is given a cell, and returns what was found.
    note : callable
        Is told what is under way.
    time_limit : float, optional
        Seconds that `carry_out` gives a cell.
    """
    names, most = tuple(cells[0]) if cells else (), math.inf if time_limit is None else time_limit
    holding = (record for record in read_records(path) if _holds(record, most))
    known = {_key(record, names): record for record in holding}
    absent = [cell for cell in cells if _key(cell, names) not in known]
    here = when_and_where()
    for number, cell in enumerate(absent, 1):
        who = next(iter(cell.values()))
        note(f"[{number}/{len(absent)}] {who}: {cell['table']}, division {cell['division']}")
        about = {"date": here["date"], "machine": here["machine"]["processor"]}
        record = {**cell, **about, **carry_out(cell)}
        known[_key(cell, names)] = record
        _add(record, path)
    return [known[_key(cell, names)] for cell in cells]


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of JSON lines; none where there is no file. A cut last line is left out.

    Raises
    ------
    InputError
        When another line is no record.
    """
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    records = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError:
            if number == len(lines):
                break
            record = None
        if not isinstance(record, dict):
            raise InputError(f"line {number} of {path} is no record: {line[:60]!r}")
        records.append(record)
    return records


def _holds(record: Mapping[str, Any], most: float) -> bool:
    return "failed" not in record or record.get("limit", 0.0) >= most


def _key(record: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return what tells the records of different cells apart."""
    return json.dumps([record.get(name) for name in names])


def _add(record: Mapping[str, Any], path: Path) -> None:
    """Add a line to the records, in place of what was left of a line that was cut."""
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(record).encode() + b"\n")
