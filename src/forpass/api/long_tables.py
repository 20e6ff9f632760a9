"""The road of a table that need not fit into memory: what `forpass.api.road` does, a portion at a time.

1. Targets, weights, groups and times are read whole: they say which rows there are, and for what.
2. What the other columns are, and how they are encoded, is learnt from a sample of the training rows, drawn
   by the seed. A table with no more rows is its own sample, and gets the same bits as in memory.
3. Rows are encoded portion by portion and written to files in a folder for temporary files, from which
   networks learn: the system reads what a step needs, and lets go of it when memory is scarce.

The folder is gone when all is done, and also when it was interrupted or failed.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from forpass.api.portions import numbered_portions
from forpass.api.road import Examples, Parts, Rows, keys_of, learnt_again, learnt_columns, look
from forpass.api.setup import Setup
from forpass.datasets.long import LongTable, no_room
from forpass.datasets.temporary import temporary_folder
from forpass.datasets.with_polars import import_polars
from forpass.maths.philox import scaled, words
from forpass.preprocessing import (
    Preprocessing,
    Reading,
    Table,
    missing_words,
    read_columns,
    require_schema,
    target_names,
    with_missing,
)
from forpass.preprocessing.weights import weights_of
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data

__all__ = ["SAMPLED_ROWS", "encoded_on_disk", "look_at_long"]

SAMPLED_ROWS = 200_000
"""The most rows from which it is learnt what columns are: quantiles are then good to a thousandth."""

Numbers = NDArray[np.int64]


def look_at_long(
    table: LongTable,
    target: str | Sequence[str],
    missing: Sequence[str] | None,
    how: Mapping[str, Any],
    fewest: int,
) -> Examples:
    """Look at a long table; see `look`, which `how` is for. The examples hold columns that are no features.

    Parameters
    ----------
    missing : sequence of str or None
        Words that mean a missing value.
    fewest : int
        So many rows there must be.
    """
    first = with_missing(read_columns(next(table.portions())), missing)
    kinds = require_schema(how["schema"], first, target_names(target, table.names), how["weight"])
    also = [name for name in (how["weight"], how["group"], how["time"]) if name is not None]
    names = list(dict.fromkeys([*target_names(target, table.names), *also]))
    for name in names:
        first.column(name)  # refuses one that is not there
    narrow = with_missing(read_columns(import_polars().concat(table.portions(names))), missing)
    schema = {name: kind for name, kind in kinds.items() if name in names}
    examples = look(narrow, target, **{**how, "schema": schema}, fewest=fewest)
    features = {name: kind for name, kind in kinds.items() if name not in examples.target.names}
    return dataclasses.replace(examples, schema={**features, **examples.schema})


@contextlib.contextmanager
def encoded_on_disk(
    table: LongTable, examples: Examples, setup: Setup, reading: Reading
) -> Iterator[Callable[[Rows], Parts]]:
    """Give a function that encodes rows for their uses; what it gives is gone when the block is left."""
    with temporary_folder() as folder:
        numbers = iter(range(2))  # a refit encodes once more

        def encode(rows: Rows) -> Parts:
            place = folder / str(next(numbers))
            place.mkdir()
            return _encoded(table, examples, rows, setup, reading, place)

        yield encode


def _encoded(
    table: LongTable, examples: Examples, rows: Rows, setup: Setup, reading: Reading, folder: Path
) -> Parts:
    """Learn from a sample of the training rows, and encode all rows into files; see `road.encode`."""
    target = learnt_again(examples, rows.training, setup)
    sample = _taken(table, _sample(rows.training, setup.training.seed), _missing(setup, reading))
    every = np.arange(len(sample))
    preprocessing = learnt_columns(sample, every, target, examples, setup, reading)
    del sample
    uses = [part for part in rows if len(part)]
    files = [_Files(folder / str(number), preprocessing, setup.training.dtype) for number in range(len(uses))]
    with contextlib.ExitStack() as stack:
        for file in files:
            stack.enter_context(file)
        begin = 0
        for portion in numbered_portions(table, preprocessing.reading.missing):
            for file, part in zip(files, uses, strict=True):
                here = part[slice(*np.searchsorted(part, [begin, begin + len(portion)]))]
                file.add(portion, here - begin)
            begin += len(portion)
    found = iter(file.data(examples, part) for file, part in zip(files, uses, strict=True))
    training, validation, test = (next(found) if len(part) else None for part in rows)
    assert training is not None
    groups = keys_of(examples, rows.test).get("groups")
    return Parts(training, validation, test, preprocessing, groups, keys_of(examples, rows.training))


def _missing(setup: Setup, reading: Reading) -> Sequence[str] | None:
    """Return the words that mean a missing value."""
    said = dict(setup.columns).get("missing")
    return reading.missing if said is None else missing_words(said)


def _sample(rows: Numbers, seed: int) -> Numbers:
    """Return all rows, or one by chance of each of as many equal stretches as rows are sampled."""
    n, most = len(rows), SAMPLED_ROWS
    if n <= most:
        return rows
    within: NDArray[np.uint32] = scaled(words(most, stream_key(seed, "sampled_rows"), (0, 0, 0)), n)
    return rows[np.unique((np.arange(most) * n + within) // most)]


def _taken(table: LongTable, rows: Numbers, missing: Sequence[str] | None) -> Table:
    """Return some rows of a long table, which know where they lie in it."""
    begin, frames = 0, []
    for frame in table.portions():
        here = rows[slice(*np.searchsorted(rows, [begin, begin + frame.height]))] - begin
        frames.append(frame[here])
        begin += frame.height
    taken = with_missing(read_columns(import_polars().concat(frames)), missing)
    return Table({name: c.lying_at(rows) for name, c in taken.columns.items()})


class _Files:
    """Encoded rows of one use, in files to which they are added."""

    def __init__(self, folder: Path, preprocessing: Preprocessing, dtype: str) -> None:
        self.folder, self.preprocessing, self.dtype = folder, preprocessing, np.dtype(dtype)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir()
        self._numbers, self._codes = (
            self._open.enter_context((self.folder / name).open("wb", buffering=0))
            for name in ("numbers", "codes")
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def add(self, portion: Table, rows: Numbers) -> None:
        """Encode rows of a portion and write them behind the others."""
        if not len(rows):
            return
        data = self.preprocessing.encode(portion, dtype=self.dtype, rows=rows, aloud=False)
        try:
            _write(self._numbers, data.numbers)
            if data.codes is not None:
                _write(self._codes, data.codes)
        except OSError as error:
            raise no_room(self.folder.parent, error) from None

    def data(self, examples: Examples, rows: Numbers) -> Data:
        """Return all rows: what lies in the files as it lies there, with their targets and weights."""
        preprocessing = self.preprocessing
        target = preprocessing.target
        assert target is not None
        targets = target.encode(examples.table.only(target.names, rows), self.dtype)
        weights = weights_of(examples.weight, examples.table, rows)
        numbers = self._mapped("numbers", self.dtype, (len(rows), preprocessing.n_features))
        codes = self._mapped("codes", np.dtype(np.int32), (len(rows), preprocessing.n_codes))
        return Data(numbers, codes if preprocessing.n_codes else None, targets, weights)

    def _mapped(self, name: str, dtype: np.dtype[Any], shape: tuple[int, int]) -> NDArray[Any]:
        if 0 in shape:
            return np.empty(shape, dtype)
        return np.memmap(self.folder / name, dtype, "r", shape=shape)


def _write(file: FileIO, array: NDArray[Any]) -> None:
    """Write all numbers of an array; a file that keeps nothing back says at once when there is no room."""
    left = array.reshape(-1).view(np.uint8)
    while len(left):
        left = left[file.write(left.data) :]
