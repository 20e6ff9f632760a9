"""Separated text: the table in it, and which line is wrong.

The text is UTF-8 in a file, `layout` says how it is laid out and `columns` what its columns hold. polars
reads it, in `portions`. What polars would repair or report in its own words (short rows, stray quotes) is
looked for here.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Collection, Iterator, MutableSequence, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import numpy as np

from forpass.datasets.columns import converted
from forpass.datasets.encodings import blocks
from forpass.datasets.layout import BLANK, SEPARATORS, Layout, is_blank, rows_of
from forpass.datasets.portions import portions
from forpass.datasets.with_polars import translated
from forpass.errors import TableError
from forpass.gaps import MISSING_WORDS
from forpass.shown import counted

if TYPE_CHECKING:
    import polars

__all__ = ["Separated", "has_stray_quotes", "read_separated", "refuse_stray_quotes", "write_plainly"]


class Separated(NamedTuple):
    """What a file of separated text held.

    Attributes
    ----------
    parts : sequence of polars.DataFrame
        The rows, portion by portion; their columns are called 0, 1, ...
    names : list of str
        What the columns are called in the file.
    decimal_comma : tuple of str
        Columns that were read with a decimal comma.
    leading_zeros : tuple of str
        Columns of whole numbers, some of which had zeros in front, like 01234.
    """

    parts: Sequence[polars.DataFrame]
    names: list[str]
    decimal_comma: tuple[str, ...]
    leading_zeros: tuple[str, ...]


def read_separated(
    path: Path,
    shown: Path,
    layout: Layout,
    as_text: Collection[str],
    decimal_comma: bool,
    quoted: bool,
    plain_ends: bool,
    gaps: Collection[str] = MISSING_WORDS,
    parts: MutableSequence[polars.DataFrame] | None = None,
) -> Separated:
    r"""Read a UTF-8 file that has its header on top.

    Parameters
    ----------
    path, shown : Path
        The file, and what messages call it.
    layout : Layout
    as_text : collection of str
        Columns to leave as text.
    decimal_comma : bool
        Whether it is known that numbers have one, unless the comma separates.
    quoted : bool
        Whether there are quotes in it.
    plain_ends : bool
        Whether there is no carriage return within quotes; otherwise ``\r\n`` becomes ``\n`` there.
    gaps : collection of str
        What means a missing value.
    parts : sequence of DataFrame, optional
        Where the portions go; by default a list.
    """
    header, separator = layout.names, layout.separator
    asked = [name not in as_text for name in header]
    read = None
    try:
        read = converted(
            lambda: portions(path, layout, quoted),
            asked,
            separator != ",",
            decimal_comma,
            plain_ends,
            gaps,
            parts,
        )
    except TableError:  # there is no room where the parts go
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception; others pass
        failure = translated(error, f"{shown} cannot be read as a table", "check quotes and separators")
    if read is None:
        refuse_stray_quotes(path, shown, separator)
    # polars fills short rows up with nulls, so a short row shows in the last column
    if read is None or _perhaps_short(read.parts, path, layout):
        _refuse_ragged(path, shown, layout)
    if read is None:
        raise failure
    commas = tuple(name for name, kind in zip(header, read.types, strict=True) if kind == "comma")
    return Separated(read.parts, header, commas, tuple(header[i] for i in read.padded))


def write_plainly(path: Path, shown: Path, layout: Layout, file: TextIO) -> Layout:
    """Write the rows of a file anew, without what stands above the header and without blank lines.

    Returns
    -------
    Layout
        Of what was written.

    Raises
    ------
    TableError
        For a row that has more or fewer fields than the header.
    """
    width, plain = len(layout.names), "\t" if layout.separator == BLANK else layout.separator
    file.write("\ufeff")  # without a mark, polars takes a file that begins with x^ for a packed one
    writer = csv.writer(file, delimiter=plain, lineterminator="\n")
    line = 1
    try:
        for line, fields in _rows_of_table(path, layout):
            if len(fields) != width:
                raise _ragged(shown, line, len(fields), layout)
            writer.writerow([re.sub("\r\n?", "\n", field) for field in fields])
    except csv.Error as error:  # a field longer than the csv module takes
        raise TableError(
            f"{shown} has a row behind line {line:,} that cannot be read ({error}); take blank lines and "
            "titles out of the file, and it may be"
        ) from None
    return Layout(plain, layout.names)


# --- which line is wrong -------------------------------------------------------------------------


def _rows_of_table(path: Path, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Yield the header and the rows below it, each with the number of its first line.

    Blank lines are passed over; where there is one column, one below the header is a missing value.
    """
    n_seen = 0
    for line, fields in rows_of(path, layout.separator):
        blank = is_blank(fields)
        if blank and n_seen > layout.n_above and len(layout.names) == 1:
            yield line, fields or [""]
        elif not blank:
            n_seen += 1
            if n_seen > layout.n_above:
                yield line, fields


def _perhaps_short(parts: Sequence[polars.DataFrame], path: Path, layout: Layout) -> bool:
    """Whether cells are missing at the end of rows that are not there in the file either."""
    gaps = rows = 0
    for part in parts:
        gaps, rows = gaps + part[:, -1].null_count(), rows + part.height
    return gaps > 0 and _lacks_fields(path, layout, rows)


def _lacks_fields(path: Path, layout: Layout, rows: int) -> bool:
    """Whether there are fewer separators outside quotes than so many whole rows have, and the header."""
    mark, count, inside = layout.separator.encode(), 0, 0
    with path.open("rb") as file:
        for block in blocks(file):
            parts = block.split(b'"')
            count += sum(part.count(mark) for part in parts[inside::2])
            inside = (inside + len(parts) - 1) % 2
    return count != (rows + 1) * (len(layout.names) - 1)


def has_stray_quotes(path: Path, separator: str) -> bool:
    """Whether a quote stands anywhere but at the ends of a field, or doubled within one: ``5" pipe``."""
    before, behind = ([ord(letter) for letter in f'{separator}"{ends}'] for ends in ("\n", "\n\r"))
    kept, inside = b"\n", 0
    with path.open("rb") as file:
        for number, block in enumerate(itertools.chain(blocks(file), [b"\n"])):
            text = kept + (block if number else block.removeprefix(b"\xef\xbb\xbf"))
            letters = np.frombuffer(text, np.uint8)
            places = np.flatnonzero(letters[1:-1] == ord('"')) + 1  # those at the ends wait for a neighbour
            opening, closing = places[inside::2], places[1 - inside :: 2]
            if (
                not np.isin(letters[opening - 1], before).all()
                or not np.isin(letters[closing + 1], behind).all()
            ):
                return True
            inside = (inside + len(places)) % 2
            kept = text[-2:]
    return False


def _refuse_ragged(path: Path, shown: Path, layout: Layout) -> None:
    """Name the first line that has more or fewer fields than the header; do nothing when there is none."""
    width = len(layout.names)
    try:
        for line, fields in rows_of(path, layout.separator):
            if fields and len(fields) != width:
                raise _ragged(shown, line, len(fields), layout)
    except csv.Error:
        return  # a field longer than the csv module takes: a quote that nothing closes


def _ragged(shown: Path, line: int, count: int, layout: Layout) -> TableError:
    return TableError(
        f"{shown} has {counted(count, 'field')} in line {line:,} where the header has {len(layout.names)} "
        f"(separator: {SEPARATORS[layout.separator]}); mend the line or put the field in quotes"
    )


def refuse_stray_quotes(path: Path, shown: Path, separator: str) -> None:
    """Name the first row with a quote that is not closed, or not doubled; do nothing when there is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        kept, lines = itertools.tee(file)
        reader, start = csv.reader(lines, delimiter=separator, strict=True), 1
        try:
            while next(reader, None) is not None:
                row = "".join(itertools.islice(kept, reader.line_num + 1 - start))
                if row.count('"') % 2:
                    break
                start = reader.line_num + 1
            else:
                return
        except csv.Error:
            pass
    opened, next_one = _quote_left_open(path, start, separator)
    if opened:
        closed = f"not closed before the one in line {next_one:,}" if next_one else "never closed"
        raise TableError(
            f"{shown} has a quote that opens in line {opened:,} and is {closed}; close it, or, if it is part "
            "of the text, put the field in quotes and double it"
        )
    raise TableError(
        f"{shown} has a quote in line {start:,} that does not begin or end a field; "
        "put the field in quotes and double those inside it"
    )


def _quote_left_open(path: Path, start: int, separator: str) -> tuple[int, int]:
    """Find the line in which a quote opens that nothing closes, or that the next one, inside a text, does.

    Parameters
    ----------
    start : int
        The first line of a row in which a quote is wrong.

    Returns
    -------
    tuple
        That line, and the line of the next quote, 0 at the end of the file; (0, 0) where the quotes that
        begin a field are closed in their line.
    """
    ends, opened = (separator, "\r", "\n", ""), 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, text in enumerate(itertools.islice(file, start - 1, None), start):
            place = text.find('"')
            while place >= 0:
                following = text[place + 1 : place + 2]
                if not opened:
                    opened = number if place == 0 or text[place - 1] == separator else 0
                elif following == '"':
                    place += 1  # doubled
                elif following in ends:
                    opened = 0
                else:
                    return (opened, number) if opened < number else (0, 0)
                place = text.find('"', place + 1)
    return opened, 0
