"""Files: whatever holds a table becomes a polars DataFrame, or one sentence says why not.

A map: `sources` finds the file by its name, or copies an open one, and unpacks it. Separated text then takes
four steps: what it really is (`looks`), which encoding it is written in (`encodings`), how it is laid out
(`layout`), and what its columns hold (`separated`: polars reads `portions` of it, `columns` decides what they
hold by what is true of their `cells`). What polars would not read as it stands is first written anew to a
temporary file (`temporary`), piece by piece. JSON is read by `records`, Excel by `workbooks`; `long` gives
the rows of long files in portions. `with_polars` says errors of polars in one sentence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, MutableSequence, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from forpass.datasets.encodings import Survey, encoding_of, survey, transcode
from forpass.datasets.layout import BLANK, SEPARATORS, Layout, layout_of
from forpass.datasets.looks import (
    ARROW,
    EXCEL,
    JSON,
    PARQUET,
    is_look,
    look_of,
    refuse_what_is_no_text,
)
from forpass.datasets.records import read_records
from forpass.datasets.separated import (
    Separated,
    has_stray_quotes,
    read_separated,
    refuse_stray_quotes,
    write_plainly,
)
from forpass.datasets.sources import (
    MAX_BYTES,
    TEXT,
    Opened,
    openable,
    opened,
    too_much,
)
from forpass.datasets.temporary import temporary_folder
from forpass.datasets.with_polars import import_polars, whole_file_of
from forpass.datasets.workbooks import read_workbook
from forpass.errors import TableError
from forpass.gaps import MISSING_WORDS
from forpass.shown import as_shown

if TYPE_CHECKING:
    import polars

__all__ = ["TableFile", "TableForm", "read_table", "read_table_file"]


@dataclass(frozen=True)
class TableForm:
    """How a file was found to be written.

    Attributes
    ----------
    kind : str
        ``"text"``, ``"Parquet"``, ``"Arrow"``, ``"JSON"`` or ``"Excel"``.
    encoding : str
        Of text: ``"UTF-8"``, ``"UTF-16-LE"``, ``"CP949"``, ``"CP1252"`` ...
    separator : str
        Of text: ``","``, ``";"``, a tab, ``"|"``, or a blank for any run of blanks.
    decimal_comma : tuple of str
        The columns whose numbers were read with a decimal comma.
    leading_zeros : tuple of str
        The columns of whole numbers, read as such, some of which have zeros in front, as codes do: 01234.
    above : tuple of str
        What stands above the header, a title for instance, and was passed over.
    sheet : str
        Of a workbook with several sheets that are not empty: the one that was read.

    Examples
    --------
    >>> print(TableForm("text", "CP949", ";", ("price",), above=("Sales 2024",)))
    CP949, separated by semicolons, decimal comma, without 'Sales 2024' above the header
    """

    kind: str
    encoding: str = ""
    separator: str = ""
    decimal_comma: tuple[str, ...] = ()
    leading_zeros: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    sheet: str = ""

    @property
    def assumed(self) -> bool:
        """Whether anything had to be assumed that people should know."""
        found = self.decimal_comma or self.above or self.sheet or self.separator == BLANK
        return self.encoding not in ("", "UTF-8") or bool(found)

    def __str__(self) -> str:
        words = [
            f"{self.encoding}, separated by {SEPARATORS[self.separator]}s" if self.encoding else self.kind
        ]
        words += ["decimal comma"] if self.decimal_comma else []
        words += [f"its sheet {self.sheet!r}"] if self.sheet else []
        words += [f"without {', '.join(map(repr, self.above))} above the header"] if self.above else []
        return ", ".join(words)


class TableFile(NamedTuple):
    r"""What `read_table_file` returns: the table, and how its file is written.

    Attributes
    ----------
    frame : polars.DataFrame
    form : TableForm

    Examples
    --------
    >>> import io, forpass as fp
    >>> frame, form = fp.read_table_file(io.BytesIO(b"name\tsize\nash\t3\nelm\t5\n"))
    >>> frame.shape, form.separator
    ((2, 2), '\t')
    """

    frame: polars.DataFrame
    form: TableForm


def read_table(
    path: str | Path | BinaryIO,
    as_text: Collection[str] = (),
    decimal_comma: bool = False,
    max_bytes: int = MAX_BYTES,
    missing: Collection[str] | None = None,
) -> polars.DataFrame:
    r"""Read a table from a file.

    Parameters
    ----------
    path : str, Path or binary file
        ``.csv``, ``.tsv``, ``.txt``, ``.json``, ``.jsonl``, ``.ndjson``, the same with ``.gz``,
        ``.parquet``, ``.arrow``, ``.feather`` or ``.xlsx``. Separator (comma, semicolon, tab, bar or blanks),
        encoding and decimal comma of a text file are found out; `read_table_file` tells them. What an open
        file holds is told by how it begins.
    as_text : collection of str, optional
        Columns of a text file to leave as text. The others become numbers, booleans or text by all that
        they hold, so ``02`` alone would be read as 2, and beside ``A3`` as text.
    decimal_comma : bool
        Say that numbers of a text file have one where no number proves it; see `read_table_file`.
    max_bytes : int
        How far a compressed file may decompress, and how much an open one may hold; four gibibytes.
    missing : collection of str, optional
        The words that mean a missing value in a column of numbers; the usual ones (NA, null, ? ...) when
        not given. An empty cell always does.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    TableError
        When there is no such file, it is empty, damaged or something else, a row is too short or too
        long, a name stands twice or is missing, bytes belong to no encoding, it decompresses to too much, or
        what reads it is not installed. One sentence each.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "sizes.csv"
    ...     _ = file.write_text("name;size\nash;1,5\nelm;2,25\n")
    ...     read_table(file).to_dict(as_series=False)
    {'name': ['ash', 'elm'], 'size': [1.5, 2.25]}
    """
    return read_table_file(path, as_text, decimal_comma, max_bytes, missing).frame


def read_table_file(
    path: str | Path | BinaryIO,
    as_text: Collection[str] = (),
    decimal_comma: bool = False,
    max_bytes: int = MAX_BYTES,
    missing: Collection[str] | None = None,
    empty: bool = False,
) -> TableFile:
    r"""Read a table from a file, and tell how the file is written.

    Further parameters are those of `read_table`.

    Parameters
    ----------
    empty : bool
        Whether a table may have a header and no rows.

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

    Blank lines are passed over, and so are a title or comments above the header: rows with one field, or
    behind ``#``, over a header of words and rows alike with numbers among them. Whole numbers that no
    column of numbers holds exactly stay text.

    Examples
    --------
    >>> import io
    >>> print(read_table_file(io.BytesIO(b"name;size\nash;1,5\nelm;2,25\n")).form)
    UTF-8, separated by semicolons, decimal comma
    """
    gaps = meaning_missing(missing)
    with opened(path, max_bytes) as file:
        import_polars()  # before any work is done for it
        if file.kind == TEXT:
            found = _text(file, as_text, decimal_comma, gaps)
        elif file.kind == JSON:
            found = TableFile(read_records(file.path, file.shown), TableForm("JSON"))
        elif file.kind == EXCEL:
            found = _workbook(file, max_bytes, gaps)
        else:
            found = _columnar(file, max_bytes)
        require_cells(file.shown, found.frame.columns, found.frame.height, empty)
    return found


def meaning_missing(words: Collection[str] | None) -> Collection[str]:
    """Return the words of a text file that mean a missing value: the usual ones where none were said."""
    return MISSING_WORDS if words is None else ("", *words)


def require_cells(shown: Path, names: Sequence[str], n_rows: int, empty: bool = False) -> None:
    """Refuse a table without columns, or without rows unless it may be empty."""
    if not names:
        raise TableError(f"{shown} has no columns; give a file with a header line and rows")
    if not n_rows and not empty:
        listed = ", ".join(map(as_shown, names[:8]))
        raise TableError(f"{shown} has a header ({listed}) and no rows; give a file with at least one row")


# --- what holds it -------------------------------------------------------------------------------


def _text(file: Opened, as_text: Collection[str], decimal_comma: bool, gaps: Collection[str]) -> TableFile:
    read, form = read_text(file.path, file.shown, as_text, decimal_comma, gaps, file.stack, [])
    frame = read.parts[0] if len(read.parts) == 1 else import_polars().concat(read.parts)
    frame.columns = read.names
    return TableFile(frame, form)


def read_text(
    path: Path,
    shown: Path,
    as_text: Collection[str],
    decimal_comma: bool,
    gaps: Collection[str],
    stack: contextlib.ExitStack,
    parts: MutableSequence[polars.DataFrame],
) -> tuple[Separated, TableForm]:
    """Read separated text in portions, and tell how it is written.

    Parameters
    ----------
    path, shown : Path
        The file, and what messages call it.
    as_text, decimal_comma, gaps
        See `read_table`; gaps are what means a missing value.
    stack : ExitStack
        Until it is left, folders remain in which files are written anew.
    parts : sequence
        Where the portions go: a list, or what stands in for one.
    """
    found = survey(path)
    refuse_what_is_no_text(shown, found.head)
    encoding = encoding_of(path, shown, found)
    if encoding != "UTF-8" or found.line_end == "\r" or found.blank_end:
        plain = stack.enter_context(temporary_folder()) / "plain"
        with plain.open("w", encoding="utf-8", newline="") as file:
            transcode(path, shown, encoding, found.line_end, file.write)
        path, found = plain, survey(plain)
    layout = layout_of(path, shown)
    stray = found.quotes > 0 and has_stray_quotes(path, layout.separator)
    if stray or found.quotes % 2:
        refuse_stray_quotes(path, shown, layout.separator)
    told, quoted = layout, found.quotes > 0
    plain_ends = not (quoted and found.carriage_returns)
    if stray or _is_nothing_for_polars(found, layout):
        anew = stack.enter_context(temporary_folder()) / "anew"
        with anew.open("w", encoding="utf-8", newline="") as file:
            layout = write_plainly(path, shown, layout, file)
        path, quoted, plain_ends = anew, True, True
    read = read_separated(path, shown, layout, as_text, decimal_comma, quoted, plain_ends, gaps, parts)
    form = TableForm(
        "text", encoding, told.separator, read.decimal_comma, read.leading_zeros, above=told.above
    )
    return read, form


def _is_nothing_for_polars(found: Survey, layout: Layout) -> bool:
    """Whether polars would read another table than the one that stands there, or none."""
    return bool(
        layout.n_above
        or layout.separator == BLANK
        or found.lone_returns
        or (found.blank_inside and len(layout.names) > 1)
        or found.last == layout.separator.encode()  # it takes no notice of an empty field at the end
        or found.head.startswith(b"x^")  # as packed data do, it says
    )


def _workbook(file: Opened, max_bytes: int, gaps: Collection[str]) -> TableFile:
    if not is_look(EXCEL, file.head) and not file.head.startswith(b"PK"):
        refuse_what_is_no_text(file.shown, file.head)
        raise TableError(
            f"{file.shown} is no Excel workbook; if it is separated text, give its name the ending .csv"
        )
    sheet = read_workbook(file.path, file.shown, max_bytes, gaps)
    name = sheet.name if sheet.sheets > 1 else ""
    return TableFile(sheet.frame, TableForm("Excel", above=sheet.above, sheet=name))


def _columnar(file: Opened, max_bytes: int) -> TableFile:
    """Read Parquet or Arrow."""
    found = scanned(file)
    with whole_file_of(file.shown, found.name):
        cells = found.n_rows * len(found.schema)
        frame = found.scan().collect() if cells <= max_bytes else None
    if frame is None:
        raise TableError(too_much(file.shown, "holds", f"{cells:,} cells", max_bytes))
    return TableFile(frame, TableForm(found.name))


class Scanned(NamedTuple):
    """What is known of a Parquet or Arrow file before its cells are read."""

    name: str
    """``"Parquet"`` or ``"Arrow"``."""

    schema: dict[str, Any]
    n_rows: int

    scan: Callable[[], polars.LazyFrame]
    """Begins to read it anew."""


def scanned(file: Opened) -> Scanned:
    """Look into a Parquet or Arrow file; refuse one that is none by how it begins."""
    pl, name = import_polars(), {PARQUET: "Parquet", ARROW: "Arrow"}[file.kind]
    scan, begins = {PARQUET: (pl.scan_parquet, b"PAR1"), ARROW: (pl.scan_ipc, b"ARROW1")}[file.kind]
    if not file.head.startswith(begins):
        look = look_of(file.head)
        like = f"looks like {look.what}, not like {name}; {look.remedy}" if look else (
            f"is no {name} file; if it is separated text, give its name the ending .csv, else fetch it again"
        )  # fmt: skip
        raise TableError(f"{file.shown} {like}")
    begin = partial(scan, openable(file.path, file.stack), glob=False)
    with whole_file_of(file.shown, name):
        n_rows = begin().select(pl.len()).collect().item()
        return Scanned(name, dict(begin().collect_schema()), n_rows, begin)
