"""`forpass bench tables`: which cells are asked for, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from forpass.bench.place import when_and_where
from forpass.bench.tables.given import MOST_ROWS, listed
from forpass.bench.tables.runner import Cell, measured
from forpass.bench.tables.systems import SYSTEMS, missing
from forpass.engines.threads import processors
from forpass.errors import InputError

__all__ = ["measure_tables"]


def measure_tables(
    folder: Path,
    records: Path,
    systems: Sequence[str] = (),
    divisions: int = 1,
    most_rows: int = MOST_ROWS,
    time_limit: float | None = None,
    note: Callable[[str], object] = print,
) -> dict[str, Any]:
    """Let systems learn the tables of a folder; what the records have already is not measured again.

    Parameters
    ----------
    folder : Path
        With ``tables.json``, see `listed`.
    records : Path
        File of JSON lines that keeps every figure; made where it is not there.
    systems : sequence of str
        Names among `SYSTEMS`; none: all whose packages are installed.
    divisions : int
        How many divisions of each table's rows.
    most_rows : int
        Rows to learn from, at most.
    time_limit : float, optional
        Seconds for a cell, with everything.
    note : callable
        Is told what is under way.

    Returns
    -------
    dict
        Plain data: ``date``, ``machine``, ``versions``, ``folder``, ``most_rows``, ``threads``,
        ``absent`` (packages that a system was missing), ``records``.

    Raises
    ------
    InputError
        When a system is not known, or the folder's list is no such list.
    """
    unknown = [name for name in systems if name not in SYSTEMS]
    if unknown:
        raise InputError(f'there is no system "{unknown[0]}"; there are {", ".join(SYSTEMS)}')
    tables = listed(folder)
    asked = [SYSTEMS[name] for name in systems or SYSTEMS]
    absent = {system.name: missing(system) for system in asked}
    present = [system.name for system in asked if not absent[system.name]]
    cells = [
        Cell(name, table, division, most_rows, processors())
        for table in tables
        for division in range(divisions)
        for name in present
    ]
    return {
        **when_and_where(),
        "folder": folder.name,
        "most_rows": most_rows,
        "threads": processors(),
        "absent": {name: ", ".join(packages) for name, packages in absent.items() if packages},
        "records": measured(cells, records, time_limit, note),
    }
