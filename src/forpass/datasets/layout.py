"""How separated text is laid out: what separates its fields, what stands above the header, what that says.

The text is UTF-8 in a file. The top of it decides; what is found there is held against every row later.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from forpass.errors import TableError
from forpass.gaps import MISSING_WORDS

__all__ = [
    "BLANK",
    "COMMA_NUMBER",
    "MINUS",
    "SEPARATORS",
    "Layout",
    "header_in",
    "is_blank",
    "layout_of",
    "rows_of",
    "rows_with_lines",
]

BLANK = " "
SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", BLANK: "blank"}
"""The rarer in ordinary text, the further to the front: what is undecided goes to the first."""

SAMPLE = 1 << 16  # characters from the top that are looked at
LOOKED_AT = 100  # rows of these
HIGHEST = 10  # rows that may stand above the header
ALIKE = 0.9  # of the rows have as many fields as the header, where that is to prove something

# With a decimal comma, points may stand between thousands: 1,5  -0,25  1.234,5  1.234.567
MINUS = "\u2212"
COMMA_NUMBER = (
    rf"^[+{MINUS}-]?(?:(?:[0-9]+|[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+)(?:,[0-9]*)?|,[0-9]+)"
    r"(?:[eE][+-]?[0-9]+)?$"
)

EXCEL = re.compile(r'\s*"?sep=(.)"?\s*?\n', re.IGNORECASE)
"""A first line that is for Excel and says what separates."""


class Layout(NamedTuple):
    """How a file of separated text is laid out.

    Attributes
    ----------
    separator : str
        `BLANK` stands for any run of blanks and tabs.
    names : list of str
        Of the columns.
    n_above : int
        How many rows, blank ones not counted, stand above the header.
    above : tuple of str
        What stands there, but for a line for Excel, and is no part of the table.
    """

    separator: str
    names: list[str]
    n_above: int = 0
    above: tuple[str, ...] = ()


def layout_of(path: Path, shown: Path) -> Layout:
    """Find out how a file is laid out.

    A separator is the one that divides the most rows into as many fields as the header has, two or more.
    Where that is none, it is the one that stands most often in the header; where it is several, the
    first of `SEPARATORS`: a semicolon before a comma, which may be a decimal comma. Blanks separate
    only where nothing else does and most columns turn out to be of numbers.

    Rows stand above the header when they have one field that is not empty, or begin with ``#``, and what
    comes below them is beyond doubt a header of words over rows alike, one column of numbers at least.

    Raises
    ------
    TableError
        For a header that cannot be read, a name that stands twice, nothing but blank lines.
    """
    sample = _sample(path)
    excel = EXCEL.match(sample)
    separator, n_above = _found(sample, excel)
    try:
        rows = (row for row in rows_of(path, separator) if not is_blank(row[1]))
        top = [fields for _, fields in itertools.islice(rows, n_above + 1)]
    except csv.Error as error:
        raise TableError(
            f"{shown} has a header line that cannot be read ({error}); check its quotes"
        ) from None
    if len(top) <= n_above:
        what = "nothing but blank lines" if not top else "nothing but a line that says what separates"
        raise TableError(f"{shown} holds {what}; give a file with a header line and rows")
    above = [_shown(fields) for fields in top[:-1]]
    return Layout(separator, _names(top[-1], shown), n_above, tuple(above[1:] if excel else above))


def header_in(rows: Sequence[Sequence[str]], shown: Path) -> tuple[list[str], int, tuple[str, ...]]:
    """Return the names in the header of rows of one width, how many rows stand above it, and what there."""
    n_above = _above(rows)
    return _names(rows[n_above], shown), n_above, tuple(_shown(fields) for fields in rows[:n_above])


def is_blank(fields: Sequence[str]) -> bool:
    """Whether there is nothing on a line; blanks are nothing, separators are something."""
    return not fields or (len(fields) == 1 and not fields[0].strip() and fields[0] != "")


def rows_of(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a file, each with the number of its first line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from rows_with_lines(file, separator)


def rows_with_lines(lines: Iterable[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows in lines of text, each with the number of its first line."""
    if separator == BLANK:
        lines = (line.strip().replace("\t", " ") + "\n" for line in lines)
    reader, start = csv.reader(lines, delimiter=separator, skipinitialspace=separator == BLANK), 1
    for fields in reader:
        yield start, fields
        start = reader.line_num + 1


def _sample(path: Path) -> str:
    """Return whole lines from the top of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read(SAMPLE)
        return text if len(text) < SAMPLE else text + file.readline(SAMPLE)


def _found(sample: str, excel: re.Match[str] | None) -> tuple[str, int]:
    """Return what separates, and how many rows with something on them stand above the header."""
    if excel and excel[1] in SEPARATORS:
        return excel[1], 1
    score, found, n_above = (0.0, 1), ",", 0
    for separator in SEPARATORS:
        if separator == BLANK and score[0] >= ALIKE:
            continue
        try:
            lines = io.StringIO(sample, newline="")
            every = (fields for _, fields in rows_with_lines(lines, separator))
            rows = list(itertools.islice((r for r in every if not is_blank(r)), LOOKED_AT))
        except csv.Error:
            continue  # a field longer than the csv module takes
        above = _above(rows)
        width = len(rows[above]) if rows else 1
        alike = _alike(rows[above:], width) if width > 1 else 0.0
        if separator == BLANK and not _is_of_numbers(rows[above:], alike):
            continue
        if (alike, 0 if alike else width) > score:
            score, found, n_above = (alike, 0 if alike else width), separator, above
    return found, n_above


def _alike(rows: Sequence[Sequence[str]], width: int) -> float:
    """Return the share of rows below the first with a given number of fields."""
    return sum(len(row) == width for row in rows[1:]) / max(len(rows) - 1, 1)


def _above(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows stand above the header; none where there is a doubt."""
    for n, row in enumerate(rows[: HIGHEST + 1]):
        if len(rows) < n + 2:
            return 0
        width, filled = len(row), sum(bool(field.strip()) for field in row)
        if filled > 1 and not (row[0].startswith("#") and len(rows[n + 1]) != width):
            break
    else:
        return 0
    below = rows[n:]
    return n if n and _has_header(below) and _alike(below, width) >= ALIKE and _numeric(below, width) else 0


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is one of different words, none of them a number."""
    names = {name.strip() for name in rows[0]} - {""}
    return len(names) == len(rows[0]) and not any(map(_is_number, names))


def _is_of_numbers(rows: Sequence[Sequence[str]], alike: float) -> bool:
    """Whether these are a header and rows, most columns of which hold numbers; words of a text do not."""
    return alike >= ALIKE and _has_header(rows) and 2 * len(_numeric(rows, len(rows[0]))) > len(rows[0])


def _numeric(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns that hold numbers, and nothing else, below their name."""
    full = [row for row in rows[1:] if len(row) == width]
    cells = [[row[j].strip() for row in full if row[j].strip() not in MISSING_WORDS] for j in range(width)]
    return [j for j, column in enumerate(cells) if column and all(map(_is_number, column))]


def _is_number(cell: str) -> bool:
    if re.match(COMMA_NUMBER, cell):
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _names(fields: Sequence[str], shown: Path) -> list[str]:
    """Return the names in the header; refuse one that stands twice.

    A column without a name, as pandas writes its index, is called by its place: ``column 1``.
    """
    if fields[0].lower().startswith("sep="):
        raise TableError(
            f"{shown} begins with a line for Excel that says what separates ({fields[0]}), which is unknown; "
            "take that line out"
        )
    names = [
        re.sub("\r\n?", "\n", name) if name.strip() else f"column {i}" for i, name in enumerate(fields, 1)
    ]
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in seen:
            raise TableError(
                f"{shown} names the columns {seen[name]} and {position} both {name!r}; rename one of them"
            )
        seen[name] = position
    return names


def _shown(fields: Sequence[str]) -> str:
    return " ".join(field.strip() for field in fields if field.strip())
