"""Carry out the cells that the records have not yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from forpass.bench.tables.given import Table
from forpass.errors import InputError

__all__ = ["Cell", "measured", "read_records"]

THREADS_OF_PEERS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables by which libraries that take no number of threads are held to it."""
MOST_WORDS = 300


class Cell(NamedTuple):
    """A system, a table, a division of its rows, and what else decides the figures."""

    system: str
    table: Table
    division: int
    most_rows: int
    threads: int

    def key(self) -> tuple[Any, ...]:
        """Return what tells a record of this cell from others."""
        return self.system, self.table.name, self.division, self.most_rows, self.threads

    def words(self) -> dict[str, Any]:
        """Return what its process is told."""
        return {
            "system": self.system,
            "table": self.table.name,
            "path": str(self.table.path),
            "target": self.table.target,
            "classes": self.table.classes,
            "division": self.division,
            "most_rows": self.most_rows,
            "threads": self.threads,
        }


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
    found = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            record["system"], record["table"], record["division"]
        except (ValueError, TypeError, KeyError):
            if number == len(lines):
                break
            raise InputError(f"line {number} of {path} is no record of `forpass bench tables`") from None
        found.append(record)
    return found


def measured(
    cells: Sequence[Cell],
    records: Path,
    time_limit: float | None = None,
    note: Callable[[str], object] = print,
) -> list[dict[str, Any]]:
    """Return a record for each cell, in their order; what is not in the file yet is carried out and added.

    Parameters
    ----------
    cells : sequence of Cell
    records : Path
        File of JSON lines: read first, and each new record is added as soon as it is there, so that a run
        which was cut short goes on where it was.
    time_limit : float, optional
        Seconds that a cell may take, with everything; a record says that it took longer.
    note : callable
        Is told what is under way.
    """
    known = {_key(record): record for record in read_records(records)}
    absent = [cell for cell in cells if cell.key() not in known]
    for number, cell in enumerate(absent, 1):
        note(f"[{number}/{len(absent)}] {cell.system}: {cell.table.name}, division {cell.division}")
        record = {**cell.words(), **_carried_out(cell, time_limit)}
        del record["path"]  # of this machine
        known[cell.key()] = record
        _add(record, records)
    return [known[cell.key()] for cell in cells]


def _key(record: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what `Cell.key` gave for the cell of a record."""
    return tuple(record[name] for name in ("system", "table", "division", "most_rows", "threads"))


def _add(record: Mapping[str, Any], path: Path) -> None:
    """Add a line to the records, in place of what was left of a line that was cut."""
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(record).encode() + b"\n")


def _carried_out(cell: Cell, time_limit: float | None) -> dict[str, Any]:
    """Return what the process of a cell found, or why it found nothing, under ``failed``."""
    command = [sys.executable, "-m", "forpass.bench.tables.cell", json.dumps(cell.words())]
    environment = os.environ | dict.fromkeys(THREADS_OF_PEERS, str(cell.threads))
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, timeout=time_limit
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"longer than {time_limit:g} s"}
    if done.returncode:
        last = done.stderr.strip().rsplit("\n", 1)[-1]
        return {"failed": last[:MOST_WORDS] or f"ended with {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
