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

from forpass.api.long_tables import SAMPLED_ROWS
from forpass.bench.place import in_words, when_and_where

__all__ = ["measure_table", "table_page", "write_table"]

NUMBERS, WORDS = 24, 5
COLUMNS = NUMBERS + WORDS + 1
ROWS_AT_ONCE = 100_000
IN_PORTIONS = ("--max-memory", "1000000")
SECONDS_BETWEEN_LOOKS = 0.02

PAGE = """\
# Long tables

Made by `forpass bench long-table --rows {rows} --out docs/long-tables.md` on {when_and_where}.

A CSV file of {rows:,} rows and {columns} columns, {megabytes:,.0f} MB: {numbers} of numbers, {words} of text
with 8 or 48 different words, and the target, two words. Every command is a process of its own, its imports
included; seconds are those of processors, memory is the most that it had in use, and that divided by the
{cells:,} cells. Its own is what is no page of a file: the system takes pages of files back where memory is
scarce, and reads them again. Training is one epoch: further ones take time and no memory.

| command | seconds | peak memory | bytes a cell | its own |
| --- | --- | --- | --- | --- |
{lines}

## In portions

A CSV, Parquet or Arrow file that would take more than two gibibytes as a table, at eight bytes a cell (of a
CSV file: that is longer), is read in portions of some 65,536 rows; `--max-memory BYTES` sets another bound,
as in the lower half of the table. In Python `fp.open_long_table(path)` opens such a file for `train_table`,
`cross_validate` and `evaluate`.

- Targets, weights, groups and times are read for all rows, for they say what is predicted, and which rows are
  for what.
- What the other columns are, their medians and quantiles, the values of categories, whether they leak the
  target or are identifiers, is learnt from a sample of {sampled:,} training rows, drawn by the seed. A table
  with no more training rows gets the same model, bit for bit, as in memory. In longer ones a value that is
  rarer than once in some ten thousand rows may be unknown, and a column of which each value stands in a
  handful of rows only may be taken for an identifier: say its kind.
- Encoded rows go to files in a folder for temporary files (`TMPDIR`), 4 bytes a feature and 4 a code, from
  which networks learn; text is put there, too, as the table that it is. The folder is gone at the end, also
  after an error, Ctrl-C or SIGTERM; what a killed process leaves behind is removed by the next one that
  needs such a folder. A disk that fills is told in one sentence.
- What stays in memory grows with the rows, not with the columns: targets, the numbers of the rows that each
  network learns from, and what networks say out of fold: with the recipe
  `fast` and one output some 150 bytes a row.
- Predictions go to a file, or to standard output, portion by portion, the same as of the whole table; for
  Parquet and `--json` they lie in temporary files until the last is known.

## In parts

`forpass predict MODEL TABLE --parts FOLDER` writes a file for each 524,288 rows to a folder, as Parquet, or
with `--as csv` or `tsv`. A part is there whole or not at all, so that a run which was interrupted (Ctrl-C,
SIGTERM) or killed goes on where it was when the same command is given once more. The folder is for the parts
alone, and one process at a time writes to it; parts of another model, table or options are not mixed with
them. TABLE is a file, known by its name, its size and when it was last changed. What reads several files as
one table (DuckDB, polars, Dask, Spark) takes the parts as `FOLDER/*.parquet`. In memory are what is
read ahead and the part under way, however many rows there are:

| rows, of a Parquet file | as a table in memory | seconds | peak memory | its own |
| --- | --- | --- | --- | --- |
{parts}

## In what order

Steps read rows in the order that the seed gives, from anywhere in the file of encoded rows. Where that does
not fit into what memory is left, each row is a page to be read from disk, and training takes longer. JSON,
Excel and packed files, searches and importance read the whole table, and so does the command where it
cross-validates; `fp.cross_validate` takes a long table.
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
        each its ``words``, ``seconds``, ``peak_bytes``, and ``own_bytes`` (0 where the system does not say);
        ``parts``, the same of predictions in parts, with ``rows``.
    """
    with tempfile.TemporaryDirectory(prefix="forpass-bench-") as folder:
        table = Path(folder) / "table.csv"
        note(f"writing {rows:,} rows")
        write_table(table, rows)
        commands = []
        for words in (
            ["train", "table.csv", "--target", "y", "--epochs", "1"],
            ["evaluate", "table.forpass", "table.csv"],
            ["predict", "table.forpass", "table.csv", "--out", "predictions.csv"],
            ["train", "table.csv", "--target", "y", "--epochs", "1", "--force", *IN_PORTIONS],
            ["evaluate", "table.forpass", "table.csv", *IN_PORTIONS],
            ["predict", "table.forpass", "table.csv", "--out", "predictions.csv", *IN_PORTIONS],
        ):
            note(f"forpass {' '.join(words)}")
            commands.append({"words": words, **_carried_out(words, folder)})
        size = table.stat().st_size
        parts = []
        for times in (1, 4, 16):
            note(f"forpass predict --parts, {times} x {rows:,} rows")
            parts.append({"rows": times * rows, **_in_parts(folder, times)})
    return {
        **when_and_where(),
        "rows": rows,
        "columns": COLUMNS,
        "file_bytes": size,
        "commands": commands,
        "parts": parts,
    }


def _in_parts(folder: str, times: int) -> dict[str, float]:
    """Predict the rows in parts, so many times, from a Parquet file."""
    import polars as pl

    name = f"{times}.parquet"
    pl.concat([pl.scan_csv(Path(folder) / "table.csv")] * times).sink_parquet(Path(folder) / name)
    found = _carried_out(["predict", "table.forpass", name, "--parts", f"parts{times}", *IN_PORTIONS], folder)
    (Path(folder) / name).unlink()
    return found


def table_page(found: dict[str, Any]) -> str:
    """Return what was measured as Markdown."""
    cells = found["rows"] * found["columns"]
    lines = [
        f"| `forpass {' '.join(c['words'])}` | {c['seconds']:.0f} | {c['peak_bytes'] / 1e6:,.0f} MB "
        f"| {c['peak_bytes'] / cells:.0f} | {c['own_bytes'] / 1e6:,.0f} MB |"
        for c in found["commands"]
    ]
    parts = [
        f"| {part['rows']:,} | {8e-6 * part['rows'] * found['columns']:,.0f} MB | {part['seconds']:.0f} "
        f"| {part['peak_bytes'] / 1e6:,.0f} MB | {part['own_bytes'] / 1e6:,.0f} MB |"
        for part in found["parts"]
    ]
    return PAGE.format(
        parts="\n".join(parts),
        rows=found["rows"],
        when_and_where=in_words(found),
        columns=found["columns"],
        megabytes=found["file_bytes"] / 1e6,
        numbers=NUMBERS,
        words=WORDS,
        cells=cells,
        lines="\n".join(lines),
        sampled=SAMPLED_ROWS,
    )


def write_table(path: Path, rows: int) -> None:
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
    process = subprocess.Popen(
        [sys.executable, "-m", "forpass", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    own, ended = 0, 0
    while not ended:
        own = max(own, _own_bytes(process.pid))
        time.sleep(SECONDS_BETWEEN_LOOKS)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"forpass {' '.join(words)} ended with {process.returncode}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    peak = usage.ru_maxrss * kilobyte
    return {"seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": peak, "own_bytes": own}


def _own_bytes(process: int) -> int:
    """Return what a process has in memory that is no page of a file, where the system says so: on Linux."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))
