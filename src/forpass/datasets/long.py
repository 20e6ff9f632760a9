"""Files that are longer than memory: a table whose rows come a portion at a time, and are never all there.

Of a Parquet or Arrow file polars reads row groups as they come. Text is read once, for what a column holds is
decided by all of its cells, and written portion by portion to a folder for temporary files, as what it is.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Collection, Iterator, Mapping, MutableSequence, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from forpass.datasets.files import TableForm, meaning_missing, read_text, require_cells, scanned
from forpass.datasets.looks import ARROW, PARQUET
from forpass.datasets.sources import MAX_BYTES, TEXT, Opened, kind_of_name, opened
from forpass.datasets.temporary import temporary_folder
from forpass.datasets.with_polars import import_polars, whole_file_of
from forpass.errors import TableError
from forpass.shown import counted

if TYPE_CHECKING:
    import polars

__all__ = ["MAX_MEMORY", "ROWS_OF_A_PORTION", "LongTable", "bytes_in_memory", "no_room", "open_long_table"]

MAX_MEMORY = 2 << 30
"""The command reads a file in portions that takes more bytes than this as a table: two gibibytes."""

ROWS_OF_A_PORTION = 65_536
"""How many rows of a Parquet or Arrow file are read at a time; of text as many as are in eight megabytes."""

Portions = Callable[[list[str], int], Iterator[Any]]
"""Gives the rows of some columns from a certain one on, portion by portion."""


class LongTable:
    r"""The rows of a file, a portion at a time; `open_long_table` makes one.

    It is left by ``with``, or by `close`: then the folder for temporary files is gone, where there was one.

    Attributes
    ----------
    name : str
        Of the file.
    names : tuple of str
        Of the columns.
    text_columns : tuple of str
        Those of text.
    n_rows : int
    schema : dict
        The types of the columns, as polars has them.
    form : TableForm
        How the file is written.

    Examples
    --------
    >>> import io
    >>> with open_long_table(io.BytesIO(b"name,size\nash,3\nelm,5\n")) as table:
    ...     print(table, table.text_columns, sum(portion.height for portion in table.portions()))
    <LongTable the stream: 2 rows, 2 columns> ('name',) 2
    """

    def __init__(
        self, name: str, schema: Mapping[str, Any], n_rows: int, form: TableForm, portions: Portions
    ) -> None:
        self.name, self.n_rows, self.form = name, n_rows, form
        self.names, self.schema = tuple(schema), dict(schema)
        self.text_columns = tuple(name for name, dtype in schema.items() if dtype == import_polars().String)
        self._portions, self._kept = portions, contextlib.ExitStack()

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.n_rows

    def __repr__(self) -> str:
        return f"<LongTable {self.name}: {counted(self.n_rows, 'row')}, {counted(len(self.names), 'column')}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def keep(self, stack: contextlib.ExitStack) -> None:
        """Leave this stack when the table is closed."""
        self._kept = stack

    def close(self) -> None:
        """Remove what was written for it."""
        self._kept.close()

    def portions(self, columns: Sequence[str] | None = None, begin: int = 0) -> Iterator[polars.DataFrame]:
        """Yield the rows in their order, as frames of the same columns: all, or those that are named.

        Rows before `begin` are passed over; of a Parquet or Arrow file they are not read.

        Raises
        ------
        TableError
            When the file is damaged.
        """
        yield from self._portions(list(self.names if columns is None else columns), begin)


def open_long_table(
    path: str | Path | BinaryIO,
    as_text: Collection[str] = (),
    decimal_comma: bool = False,
    max_bytes: int = MAX_BYTES,
    missing: Collection[str] | None = None,
) -> LongTable:
    r"""Open a file whose rows are to be read a portion at a time, for they need not fit into memory.

    `train_table` takes it like any other table: it learns what columns are from a sample of rows, and writes
    the encoded rows to a folder for temporary files.

    Parameters are those of `read_table`.

    Returns
    -------
    LongTable

    Raises
    ------
    TableError
        As of `read_table`, also when there is no room for temporary files; and for JSON and Excel, which are
        read as a whole.

    Examples
    --------
    >>> import io, forpass as fp
    >>> rows = b"".join(b"%d,%d\n" % (i % 7, i % 7 * 2) for i in range(100))
    >>> with open_long_table(io.BytesIO(b"x,y\n" + rows)) as table:
    ...     print(table.names, len(table), next(table.portions(["y"])).shape)
    ('x', 'y') 100 (100, 1)
    """
    gaps = meaning_missing(missing)
    with opened(path, max_bytes) as file:
        import_polars()
        if file.kind == TEXT:
            table = _text(file, as_text, decimal_comma, gaps)
        elif file.kind in (PARQUET, ARROW):
            table = _columnar(file)
        else:
            raise TableError(
                f"{file.shown} cannot be read in portions, as Parquet, Arrow and separated text can; write "
                "it as one of these"
            )
        require_cells(file.shown, table.names, table.n_rows)
        table.keep(file.stack.pop_all())
    return table


def bytes_in_memory(path: str | Path) -> int:
    """Return roughly how much a file takes as a table in memory, at eight bytes a cell; 0: it is not known.

    Of separated text that is the length of the file. Nothing is known of what is packed, or read as a whole.

    Raises
    ------
    TableError
        When there is no such file, or it is damaged.
    """
    kind, packed = kind_of_name(Path(path))
    if packed or kind not in (TEXT, PARQUET, ARROW):
        return 0
    with opened(path, MAX_BYTES) as file:
        if kind == TEXT:
            return file.path.stat().st_size
        found = scanned(file)
        return 8 * found.n_rows * len(found.schema)


def _columnar(file: Opened) -> LongTable:
    """Open Parquet or Arrow, whose portions polars reads as they are asked for."""
    found = scanned(file)

    def portions(columns: list[str], begin: int) -> Iterator[Any]:
        with whole_file_of(file.shown, found.name):
            lazy = found.scan().select(columns).slice(begin)
            yield from lazy.collect_batches(chunk_size=ROWS_OF_A_PORTION, maintain_order=True)

    return LongTable(file.shown.name, found.schema, found.n_rows, TableForm(found.name), portions)


def _text(file: Opened, as_text: Collection[str], decimal_comma: bool, gaps: Collection[str]) -> LongTable:
    """Open separated text: it is read as it is for any table, and its portions are put on disk."""
    parts = OnDisk(file.stack.enter_context(temporary_folder()))
    with contextlib.ExitStack() as meanwhile:
        read, form = read_text(file.path, file.shown, as_text, decimal_comma, gaps, meanwhile, parts)
    numbers = {name: str(number) for number, name in enumerate(read.names)}

    def portions(columns: list[str], begin: int) -> Iterator[Any]:
        for place, height in enumerate(parts.heights):
            if begin < height:
                frame = parts.read(place, [numbers[name] for name in columns])
                frame.columns = columns
                yield frame[begin:] if begin else frame
            begin = max(0, begin - height)

    schema = dict(zip(read.names, parts[0].schema.values(), strict=True))
    return LongTable(file.shown.name, schema, sum(parts.heights), form, portions)


class OnDisk(MutableSequence[Any]):
    """Frames in the files of a folder, in place of a list that holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.heights: list[int] = []

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.heights)

    def __getitem__(self, place: Any) -> Any:
        return self.read(place, None)

    def read(self, place: int, columns: list[str] | None) -> Any:
        """Return a frame, or some of its columns."""
        return import_polars().read_ipc(self._path(place), columns=columns)

    def cells(self, name: str) -> Iterator[Any]:
        """Yield the cells of a column, one frame after the other in memory."""
        for place in range(len(self)):
            yield from self.read(place, [name])[name].to_list()

    def scan(self) -> polars.LazyFrame:
        """Return all frames as one that polars reads as it goes, with types that hold what each has."""
        pl = import_polars()
        frames = (pl.scan_ipc(self._path(place), glob=False) for place in range(len(self)))
        return cast("polars.LazyFrame", pl.concat(frames, how="vertical_relaxed"))

    def __setitem__(self, place: Any, frame: Any) -> None:
        try:
            frame.write_ipc(self._path(place))
        except Exception as error:  # noqa: BLE001 - polars has several for a full disk
            raise no_room(self.folder, error) from None
        self.heights[place] = frame.height

    def insert(self, index: int, value: Any) -> None:
        """Add a frame behind the others."""
        self.heights.append(0)
        self[index] = value

    def __delitem__(self, place: Any) -> None:
        raise TypeError("frames on disk are not taken away one by one")

    def _path(self, place: int) -> Path:
        return self.folder / f"{range(len(self))[place]}.arrow"  # beyond its end, an IndexError


def no_room(folder: Path, error: Exception) -> TableError:
    """Say that a folder for temporary files does not take more."""
    full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
    why = "the disk is full" if full else str(error).strip().partition("\n")[0]
    return TableError(
        f"there is no room in {folder.parent} for the rows of a long table ({why}); make some, or name "
        "another folder in the variable TMPDIR"
    )
