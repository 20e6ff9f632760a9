"""`forpass bench long-table`: what a long file costs, in seconds and in memory per cell."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from forpass.bench.place import in_words, when_and_where

__all__ = ["measure_table", "table_page"]

NUMBERS, WORDS = 24, 5
COLUMNS = NUMBERS + WORDS + 1
ROWS_AT_ONCE = 100_000

PAGE = """\
# Long tables

Made by `forpass bench long-table --rows {rows} --out docs/long-tables.md` on {when_and_where}.

A CSV file of {rows:,} rows and {columns} columns, {megabytes:,.0f} MB: {numbers} of numbers, {words} of text
with 8 or 48 different words, and the target, two words. Every command is a process of its own, its imports
included; memory is the most that it had in use, and that divided by the {cells:,} cells. Training is one
epoch: further ones take time and no memory.

| command | seconds | peak memory | bytes a cell |
| --- | --- | --- | --- |
{lines}
"""


def measure_table(rows: int, note: Callable[[str], object] = print) -> dict[str, Any]:
    """Write a table, and use it from the command line.

    Parameters
    ----------
    rows : int
    note : callable
        Is told what is being measured.

    Returns
    -------
    dict
        ``date``, ``machine``, ``versions``, ``rows``, ``columns``, ``file_bytes``, and ``commands``: for
        each its ``words``, ``seconds`` and ``peak_bytes``.
    """
    with tempfile.TemporaryDirectory(prefix="forpass-bench-") as folder:
        table = Path(folder) / "table.csv"
        note(f"writing {rows:,} rows")
        _write(table, rows)
        commands = []
        for words in (
            ["train", "table.csv", "--target", "y", "--epochs", "1"],
            ["evaluate", "table.forpass", "table.csv"],
            ["predict", "table.forpass", "table.csv", "--out", "predictions.csv"],
        ):
            note(f"forpass {' '.join(words)}")
            commands.append({"words": words, **_carried_out(words, folder)})
        size = table.stat().st_size
    return {
        **when_and_where(),
        "rows": rows,
        "columns": COLUMNS,
        "file_bytes": size,
        "commands": commands,
    }


def table_page(found: dict[str, Any]) -> str:
    """Return what was measured as Markdown."""
    cells = found["rows"] * found["columns"]
    lines = [
        f"| `forpass {' '.join(c['words'])}` | {c['seconds']:.0f} | {c['peak_bytes'] / 1e6:,.0f} MB "
        f"| {c['peak_bytes'] / cells:.0f} |"
        for c in found["commands"]
    ]
    return PAGE.format(
        rows=found["rows"],
        when_and_where=in_words(found),
        columns=found["columns"],
        megabytes=found["file_bytes"] / 1e6,
        numbers=NUMBERS,
        words=WORDS,
        cells=cells,
        lines="\n".join(lines),
    )


def _write(path: Path, rows: int) -> None:
    """Write the table in pieces: this process must not be what needs the memory."""
    import polars as pl

    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for begin in range(0, rows, ROWS_AT_ONCE):
            n = min(ROWS_AT_ONCE, rows - begin)
            X = rng.standard_normal((n, NUMBERS)).round(4)
            words = [rng.integers(0, 8 + 40 * (j % 2), n) for j in range(WORDS)]
            score = X[:, 0] + 0.5 * X[:, 1] * X[:, 2] + (words[0] == 1) + 0.5 * rng.standard_normal(n)
            columns: dict[str, Any] = {f"n{j}": X[:, j] for j in range(NUMBERS)}
            columns |= {f"w{j}": [f"word{k}" for k in codes] for j, codes in enumerate(words)}
            columns["y"] = np.where(score > 0.3, "yes", "no")
            pl.DataFrame(columns).write_csv(file, include_header=begin == 0)


def _carried_out(words: list[str], folder: str) -> dict[str, float]:
    """Run a command; return its seconds, and the bytes it had in memory at its worst."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "forpass", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"forpass {' '.join(words)} ended with {process.returncode}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return {"seconds": time.perf_counter() - began, "peak_bytes": usage.ru_maxrss * kilobyte}
