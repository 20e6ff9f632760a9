"""``forpass predict --parts``: predictions as files of so many rows each, which an interrupted run leaves.

    FOLDER/run.json            of which model, table and options the parts are
    FOLDER/lock                held by the process that writes into it
    FOLDER/part-00000.parquet  the predictions for the first rows, whole or not there

Whoever asks for the same again gets the parts that are missing. Which rows a part has, its number says, so
that it is the same file whoever wrote it, and when.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from forpass.api.portions import numbered_portions
from forpass.cli.options import option_called
from forpass.cli.output import Reporter
from forpass.cli.tables import write_table
from forpass.datasets import LongTable
from forpass.datasets.with_polars import import_polars
from forpass.errors import NOT_AS_WRITTEN, InputError, TableError
from forpass.model.files import whole_file
from forpass.model.folders import RUN, held_folder
from forpass.preprocessing import Table
from forpass.shown import counted

__all__ = ["ROWS_OF_A_PART", "Parts", "held_parts", "said_of"]

ROWS_OF_A_PART = 1 << 19
"""Some ten seconds of work, which is what an interrupted run has to do again."""

SCHEMA = 1
"""Of run.json."""

CALLED = {
    "schema": "the version of forpass",
    "model": "the model",
    "table": "the table",
    "ending": "--as",
    "rows of a part": "the rows of a part",
}
"""What messages call what stands in run.json; everything else is an option of that name."""

PART = re.compile(r"part-\d{5,}\.(?:csv|tsv|parquet)")


class Parts(NamedTuple):
    """A folder of parts, and what they are of.

    Attributes
    ----------
    folder : Path
    ending : str
        ``".parquet"``, ``".csv"`` or ``".tsv"``.
    excel : bool
        Whether text begins with the mark by which Excel knows UTF-8.
    """

    folder: Path
    ending: str
    excel: bool

    def place(self, number: int) -> Path:
        """Return where a part lies, or will."""
        return self.folder / f"part-{number:05}{self.ending}"

    def write(
        self,
        table: LongTable,
        predicted: Callable[[Table], Any],
        reporter: Reporter,
        progress: Callable[[int, int], object],
    ) -> int:
        """Write the parts that are not there, and return how many of them there are now.

        Parameters
        ----------
        table : LongTable
        predicted : callable
            From a portion to the columns of its predictions.
        reporter : Reporter
        progress : callable
            Is told how many rows are done of those that are to be.
        """
        n = len(table)
        count = -(-n // ROWS_OF_A_PART)
        missing = [number for number in range(count) if not self.place(number).is_file()]
        there = count - len(missing)
        if there:
            reporter.note(f"{self.folder}: {there} of {counted(count, 'part')} there already")
        written = done = 0
        asked = sum(min(ROWS_OF_A_PART, n - number * ROWS_OF_A_PART) for number in missing)

        def told(rows: int) -> None:
            nonlocal done
            done += rows
            progress(done, asked)

        try:
            if missing:
                told(0)
            for first, last in stretches(missing):
                for number, frame in enumerate(cut(table, predicted, first, last, told), start=first):
                    write_table(str(self.place(number)), frame.to_dict(), self.excel)
                    written += 1
        except KeyboardInterrupt:
            whole = f"{there + written} of {counted(count, 'part')}"
            reporter.note(f"\n{self.folder}: {whole} written; the same command goes on")
            raise
        return count


@contextlib.contextmanager
def held_parts(folder: str, ending: str, excel: bool, of: dict[str, Any]) -> Iterator[Parts]:
    """Hold a folder for parts, which is made; refuse one with parts of something else, or other files.

    Parameters
    ----------
    folder, ending : str
    excel : bool
    of : dict
        Of what they are: see `said_of`.

    Raises
    ------
    InputError
        When the folder cannot be written to, holds something else, or somebody else writes into it.
    """
    parts = Parts(Path(folder), f".{ending}", excel)
    of = {"schema": SCHEMA, "ending": ending, "excel": excel, **of}
    with held_folder(parts.folder, PART, begun=_head(parts.folder) is not None):
        before = _head(parts.folder)
        if any(map(PART.fullmatch, os.listdir(folder))):
            _require_same(parts.folder, before, of)
        elif before is None and (parts.folder / RUN).exists():
            raise InputError(f"{folder} has a {RUN} that is not of parts; choose another folder")
        else:
            with whole_file(parts.folder / RUN) as file:
                file.write(json.dumps(of, indent=1).encode())
        yield parts


def said_of(model_file: str, table: str, options: dict[str, Any]) -> dict[str, Any]:
    """Say of what predictions are: the model's file, the table's as far as the system knows it, options."""
    if not os.path.isfile(table):
        raise TableError(
            f"--parts needs the table as a file, so that it can go on where it was interrupted, and {table} "
            "is none; write it to one, or use --out"
        )
    with open(model_file, "rb") as file:
        model = hashlib.file_digest(file, "sha256").hexdigest()
    found = os.stat(table)
    return {
        "model": model,
        "table": {"name": Path(table).name, "bytes": found.st_size, "changed": found.st_mtime_ns},
        "rows of a part": ROWS_OF_A_PART,
        **options,
    }


def _head(folder: Path) -> dict[str, Any] | None:
    """Return what run.json says; None where it says nothing of parts."""
    try:
        found = json.loads((folder / RUN).read_bytes())
    except (OSError, *NOT_AS_WRITTEN):
        return None
    return found if isinstance(found, dict) and "rows of a part" in found else None


def _require_same(folder: Path, before: dict[str, Any] | None, of: dict[str, Any]) -> None:
    """Refuse to go on with parts of something else."""
    if before is None:
        raise InputError(
            f"{folder} has parts, and no {RUN} that says of what they are; choose another folder, or remove "
            "this one"
        )
    others = (name for name in of if before.get(name) != of[name])
    if called := [CALLED.get(name) or option_called(name) for name in others]:
        raise InputError(
            f"{folder} has parts of another run, which differs in {', '.join(called)}; choose another "
            "folder, or remove this one"
        )


def stretches(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of numbers that follow each other.

    Examples
    --------
    >>> list(stretches([0, 1, 4, 6, 7]))
    [(0, 1), (4, 4), (6, 7)]
    """
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        those = [number for _, number in group]
        yield those[0], those[-1]


def cut(
    table: LongTable,
    predicted: Callable[[Table], Any],
    first: int,
    last: int,
    told: Callable[[int], object],
) -> Iterator[Any]:
    """Yield the predictions of some parts that follow each other, each as a frame; tell of rows."""
    pl, n = import_polars(), len(table)
    done, end = first * ROWS_OF_A_PART, min(n, (last + 1) * ROWS_OF_A_PART)
    waiting: list[Any] = []
    for portion in numbered_portions(table, begin=done):
        frame = _typed(pl.DataFrame(predicted(portion)), table)[: end - done]
        done += frame.height
        waiting.append(frame)
        held = sum(one.height for one in waiting)
        while held >= ROWS_OF_A_PART or (done == end and held):
            together = pl.concat(waiting, how="vertical_relaxed")
            yield together[:ROWS_OF_A_PART]
            waiting = [together[ROWS_OF_A_PART:]]
            held = waiting[0].height
        told(frame.height)
        if done == end:
            return


def _typed(frame: Any, table: LongTable) -> Any:
    """Give a column of gaps alone the type that it has where there is something: parts have one type."""
    pl = import_polars()
    gaps = [name for name, dtype in frame.schema.items() if dtype == pl.Null]
    return frame.cast({name: _written_as(table.schema[name]) for name in gaps if name in table.schema})


def _written_as(dtype: Any) -> Any:
    """Return the type of a column's cells, as `forpass.cli.kept.cells` hands them out."""
    pl = import_polars()
    if dtype == pl.Boolean:
        return pl.Boolean
    if dtype.is_integer():
        return pl.Int64
    return pl.Float64 if dtype.is_float() else pl.String
