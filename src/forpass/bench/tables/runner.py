"""Carry out a cell, one system on one division of one table, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from forpass.bench.tables.given import Table

__all__ = ["carried_out"]

THREADS_OF_PEERS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables by which libraries that take no number of threads are held to it."""
MOST_WORDS = 300


def carried_out(cell: Mapping[str, Any], table: Table, time_limit: float | None = None) -> dict[str, Any]:
    """Return what the process of a cell found, or why it found nothing, under ``failed``.

    Parameters
    ----------
    cell : mapping
        ``system``, ``division``, ``most_rows`` and ``threads``.
    table : Table
    time_limit : float, optional
        Seconds that it may take, with everything; what took longer has them under ``limit``.
    """
    told = {**cell, "path": str(table.path), "target": table.target, "classes": table.classes}
    command = [sys.executable, "-m", "forpass.bench.tables.cell", json.dumps(told)]
    environment = os.environ | dict.fromkeys(THREADS_OF_PEERS, str(cell["threads"]))
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, timeout=time_limit
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"longer than {time_limit:g} s", "limit": time_limit}
    if done.returncode:
        last = done.stderr.strip().rsplit("\n", 1)[-1]
        return {"failed": last[:MOST_WORDS] or f"ended with {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
