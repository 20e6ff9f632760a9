"""``forpass predict --parts``: predictions as files of so many rows each, which an interrupted run leaves.

    FOLDER/run.json            of which model, table and options the parts are
    FOLDER/part-00000.parquet  the predictions for the first rows, whole or not there

Whoever asks for the same again gets the parts that are missing. Which rows a part has, its number says, so
that it is the same file whoever wrote it, and when.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from forpass.api.portions import numbered_portions
from forpass.cli.output import Reporter
from forpass.cli.tables import write_table
from forpass.datasets import LongTable
from forpass.datasets.with_polars import import_polars
from forpass.errors import InputError, TableError
from forpass.model.files import whole_file
from forpass.preprocessing import Table
from forpass.shown import counted

__all__ = ["ROWS_OF_A_PART", "Parts", "require_parts", "said_of"]

ROWS_OF_A_PART = 1 << 19
"""Some ten seconds of work, which is what an interrupted run has to do again."""

RUN = "run.json"
FORM = 1
"""Of run.json."""

PART = re.compile(r"part-(\d{5,})\.(csv|tsv|parquet)")


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
            reporter.note(f"{there} of {counted(count, 'part')} are in {self.folder}")
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
            whole = there + written
            reporter.note(
                f"\n{whole} of {counted(count, 'part')} are in {self.folder}; the same command goes on"
            )
            raise
        return count


def require_parts(folder: str, ending: str, excel: bool, of: dict[str, Any]) -> Parts:
    """Return the parts of a folder, which is made; refuse one with parts of something else.

    Parameters
    ----------
    folder, ending : str
    excel : bool
    of : dict
        Of what they are: see `said_of`.

    Raises
    ------
    InputError
        When the folder cannot be made, or holds something else.
    """
    parts, of = Parts(Path(folder), f".{ending}", excel), {"form": FORM, "as": ending, "excel": excel, **of}
    try:
        parts.folder.mkdir(exist_ok=True)
        inside = sorted(path.name for path in parts.folder.iterdir())
    except OSError as error:
        raise InputError(f"cannot write to the folder {folder}: {error.strerror}; choose another") from None
    run = parts.folder / RUN
    if RUN in inside:
        _require_same(run, of)
    elif any(PART.fullmatch(name) for name in inside):
        raise InputError(f"{folder} has parts, and no {RUN} that says of what; choose another folder")
    else:
        with whole_file(run) as file:
            file.write(json.dumps(of, indent=1).encode())
    return parts


def said_of(model_file: str, table: str, options: dict[str, Any]) -> dict[str, Any]:
    """Say of what predictions are: the model's file, the table's as far as the system knows it, options."""
    with open(model_file, "rb") as file:
        model = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        found = os.stat(table)
    except OSError as error:
        raise TableError(
            f"cannot read {table}: {error.strerror}; --parts needs the table as a file"
        ) from None
    return {
        "model": model,
        "table": {"name": Path(table).name, "bytes": found.st_size, "changed": found.st_mtime_ns},
        "options": options,
        "rows of a part": ROWS_OF_A_PART,
    }


def _require_same(run: Path, of: dict[str, Any]) -> None:
    """Refuse to go on with parts of something else."""
    try:
        before = json.loads(run.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{run} cannot be read ({error}); choose another folder for --parts") from None
    if not isinstance(before, dict):
        before = {}
    other = [name for name in of if before.get(name) != of[name]]
    if other:
        raise InputError(
            f"{run.parent} has parts of another run: its {' and '.join(other)} differ; choose another "
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
