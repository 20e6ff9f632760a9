"""`forpass bench tables`: which cells are asked for, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forpass.bench.tables.given import MOST_ROWS, listed
from forpass.bench.tables.records import measured
from forpass.bench.tables.runner import carried_out
from forpass.bench.tables.systems import SYSTEMS, missing, version_of
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
        Plain data: ``folder``, ``systems``, ``divisions``, ``most_rows``, ``threads``, ``time_limit``,
        ``absent`` (modules that a system was missing), ``records``.

    Raises
    ------
    InputError
        When a system is not known, or the folder's list is no such list.
    """
    unknown = [name for name in systems if name not in SYSTEMS]
    if unknown:
        raise InputError(f'there is no system "{unknown[0]}"; there are {", ".join(SYSTEMS)}')
    tables = {table.name: table for table in listed(folder)}
    asked = [SYSTEMS[name] for name in systems or SYSTEMS]
    absent = {system.name: missing(system) for system in asked}
    present = [(system.name, version_of(system)) for system in asked if not absent[system.name]]
    cells = [
        {
            "system": name,
            "version": version,
            "table": table,
            "division": division,
            "most_rows": most_rows,
            "threads": processors(),
        }
        for table in tables
        for division in range(divisions)
        for name, version in present
    ]

    def carry_out(cell: Mapping[str, Any]) -> dict[str, Any]:
        return carried_out(cell, tables[cell["table"]], time_limit)

    return {
        "folder": folder.resolve().name,
        "systems": list(systems),
        "divisions": divisions,
        "most_rows": most_rows,
        "threads": processors(),
        "time_limit": time_limit,
        "absent": {name: ", ".join(modules) for name, modules in absent.items() if modules},
        "records": measured(cells, records, carry_out, note, time_limit),
    }
