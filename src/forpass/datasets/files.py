"""Files: a CSV, TSV, text or Parquet file becomes a polars DataFrame, or one sentence says why not.

A file of separated text takes three steps, each in a room of its own: what it really is (`looks`),
which encoding it is written in (`encodings`), what separates and which types there are (`separated`).
What is not plain UTF-8 is first written as such to a temporary file, piece by piece.
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import tempfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forpass.datasets.encodings import BLOCK, encoding_of, survey, transcode
from forpass.datasets.looks import HEAD, PARQUET_MARK, look_of, refuse_what_is_no_text
from forpass.datasets.separated import SEPARATORS, read_separated
from forpass.datasets.with_polars import import_polars, translated
from forpass.errors import TableError, nearest_names

if TYPE_CHECKING:
    import polars

__all__ = ["READABLE", "TableFile", "TableForm", "read_table", "read_table_file"]

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet",)
READABLE = TEXT + tuple(f"{ending}.gz" for ending in TEXT) + PARQUET


@dataclass(frozen=True)
class TableForm:
    """How a file was found to be written.

    Attributes
    ----------
    encoding : str
        ``"UTF-8"``, ``"UTF-16-LE"``, ``"CP949"``, ``"CP1252"`` ...; "" for Parquet.
    separator : str
        ``","``, ``";"``, a tab or ``"|"``; "" for Parquet.
    decimal_comma : tuple of str
        The columns whose numbers were read with a decimal comma.
    leading_zeros : tuple of str
        The columns of whole numbers, read as such, some of which have zeros in front, as codes do: 01234.

    Examples
    --------
    >>> print(TableForm("CP949", ";", ("price",)))
    CP949, separated by semicolons, decimal comma
    """

    encoding: str = ""
    separator: str = ""
    decimal_comma: tuple[str, ...] = ()
    leading_zeros: tuple[str, ...] = ()

    @property
    def assumed(self) -> bool:
        """Whether it is another encoding than UTF-8, or a decimal comma: people should know."""
        return self.encoding not in ("", "UTF-8") or bool(self.decimal_comma)

    def __str__(self) -> str:
        if not self.encoding:
            return "Parquet"
        words = f"{self.encoding}, separated by {SEPARATORS[self.separator]}s"
        return words + (", decimal comma" if self.decimal_comma else "")


class TableFile(NamedTuple):
    """What `read_table_file` returns: the table, and how its file is written."""

    frame: polars.DataFrame
    form: TableForm


def read_table(
    path: str | Path, as_text: Collection[str] = (), decimal_comma: bool = False
) -> polars.DataFrame:
    r"""Read a table from a file.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt``, the same with ``.gz``, or ``.parquet``. Separator (comma, semicolon,
        tab or bar), encoding and decimal comma of a text file are found out; `read_table_file` tells them.
    as_text : collection of str, optional
        Columns of a text file to leave as text. The others become numbers, booleans or text by all that
        they hold, so ``02`` alone would be read as 2, and beside ``A3`` as text.
    decimal_comma : bool
        Say that numbers of a text file have one where no number proves it; see `read_table_file`.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    TableError
        When there is no such file, it is empty, damaged or something else, a row is too short or too
        long, a name stands twice or is missing, bytes belong to no encoding, or polars is not installed.
        One sentence each.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "sizes.csv"
    ...     _ = file.write_text("name;size\nash;1,5\nelm;2,25\n")
    ...     read_table(file).to_dict(as_series=False)
    {'name': ['ash', 'elm'], 'size': [1.5, 2.25]}
    """
    return read_table_file(path, as_text, decimal_comma).frame


def read_table_file(
    path: str | Path, as_text: Collection[str] = (), decimal_comma: bool = False
) -> TableFile:
    """Read a table from a file, and tell how the file is written.

    Parameters are those of `read_table`.

    Returns
    -------
    TableFile
        ``frame`` and ``form``, a `TableForm`.

    Raises
    ------
    TableError
        As of `read_table`.

    Notes
    -----
    UTF-8, UTF-16 and UTF-32 are told by their marks and laws. Korean (CP949) and Western European
    (CP1252) are told by validity and plausibility: see `forpass.datasets.encodings`.

    A decimal comma is looked for unless the comma separates. A column has it when each of its values is
    such a number and one is beyond doubt: ``1,5`` or ``1.234,5`` (points between thousands), while
    ``1,234`` alone might be English and stays text. Where one column has it, such columns, and whole
    numbers with points between thousands, are read likewise; so they are with ``decimal_comma=True``.
    """
    path = Path(path)
    kind = _kind(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        if not head:
            raise TableError(f"{path} is empty; give a file with a header line and rows")
        found = _parquet(path, head) if kind == "parquet" else _text(path, head, as_text, decimal_comma)
    except OSError as error:
        why, remedy = error.strerror or error, "check who may read it"
        if error.filename != str(path):
            remedy = "make room in the folder for temporary files, which the variable TMPDIR names"
        raise TableError(f"{path} cannot be read ({why}); {remedy}") from None
    frame = found.frame
    if not frame.width:
        raise TableError(f"{path} has no columns; give a file with a header line and rows")
    if not frame.height:
        names = ", ".join(frame.columns[:8])
        raise TableError(f"{path} has a header ({names}) and no rows; give a file with at least one row")
    return found


def _kind(path: Path) -> str:
    """Return "text" or "parquet"; refuse what is not there, a folder, or another ending."""
    if path.is_dir():
        raise TableError(f"{path} is a folder; name a file in it")
    if not path.exists():
        folder = path.parent
        if not folder.is_dir():
            raise TableError(f"there is no file {path}, nor a folder {folder}; check the path")
        inside = sorted(p.name for p in folder.iterdir() if p.is_file())
        near = nearest_names(path.name, inside)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "check the path"
        raise TableError(f"there is no file {path.name!r} in {folder}; {hint}")
    if not path.is_file():
        raise TableError(f"{path} is no ordinary file; write the table to one first")
    name = path.name.lower()
    if name.endswith(PARQUET):
        return "parquet"
    if name.endswith(READABLE):
        return "text"
    with contextlib.suppress(OSError), path.open("rb") as file:
        refuse_what_is_no_text(path, file.read(HEAD))
    raise TableError(
        f"{path.name} has the ending {path.suffix or '(none)'!r}; files that can be read end in "
        f"{', '.join(TEXT)} (also with .gz) or {PARQUET[0]}"
    )


def _parquet(path: Path, head: bytes) -> TableFile:
    pl = import_polars()
    if not head.startswith(PARQUET_MARK):
        look = look_of(head)
        like = f"looks like {look.what}, not like Parquet; {look.remedy}" if look else (
            "is no Parquet file; if it is separated text, give its name the ending .csv, else fetch it again"
        )  # fmt: skip
        raise TableError(f"{path} {like}")
    try:
        return TableFile(pl.read_parquet(path, glob=False), TableForm())
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception; others pass
        raise translated(error, f"{path} is no whole Parquet file", "write or fetch it again") from None


def _text(path: Path, head: bytes, as_text: Collection[str], decimal_comma: bool) -> TableFile:
    import_polars()  # before any work is done for it
    with contextlib.ExitStack() as stack:
        source, plain_ends = path, False
        if path.name.lower().endswith(".gz"):
            source = _unpacked(path, head, _scratch(stack))
        found = survey(source)
        refuse_what_is_no_text(path, found.head)
        encoding = encoding_of(source, path, found)
        if encoding != "UTF-8" or found.line_end == "\r" or found.blank_end:
            plain = _scratch(stack) / "plain"
            with plain.open("w", encoding="utf-8", newline="") as file:
                transcode(source, path, encoding, found.line_end, file.write)
            source, plain_ends = plain, True
        plain_ends = plain_ends or not found.carriage_returns
        read = read_separated(source, path, as_text, decimal_comma, plain_ends)
    form = TableForm(encoding, read.separator, read.decimal_comma, read.leading_zeros)
    return TableFile(read.frame, form)


def _scratch(stack: contextlib.ExitStack) -> Path:
    """Make a folder that is gone when the table is read."""
    return Path(
        stack.enter_context(tempfile.TemporaryDirectory(prefix="forpass-", ignore_cleanup_errors=True))
    )


def _unpacked(path: Path, head: bytes, folder: Path) -> Path:
    """Unpack a gzip file into a folder."""
    if not head.startswith(b"\x1f\x8b"):
        refuse_what_is_no_text(path, head)
        raise TableError(f"{path} is no gzip file; if it is not packed, take the ending .gz off its name")
    unpacked = folder / "unpacked"
    try:
        with gzip.open(path) as packed, unpacked.open("wb") as file:
            shutil.copyfileobj(packed, file, BLOCK)
            size = file.tell()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(f"{path} is no whole gzip file ({error}); fetch it again") from None
    if not size:
        raise TableError(f"{path} is empty; give a file with a header line and rows")
    return unpacked
