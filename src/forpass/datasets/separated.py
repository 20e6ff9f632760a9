"""Separated text: what separates, what the header says, which types the columns have, which line is wrong.

The text is UTF-8 in a file. Each column is asked what is true of all of its cells, then the cells are
turned into what they are. A large file is read by polars twice for that, piece by piece, so that memory
holds little more than the frame. What polars would repair or report in its own words (short rows, names
that stand twice) is looked for here.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from forpass.datasets.with_polars import import_polars, translated
from forpass.errors import TableError

if TYPE_CHECKING:
    import polars

__all__ = ["SEPARATORS", "Separated", "read_separated"]

SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma"}
"""The rarer in ordinary text, the further to the front: what is undecided goes to the first."""

SAMPLE = 1 << 16  # characters from the top among which the separator is looked for
LOOKED_AT = 100  # rows of these
FIRST_CELLS = 1 << 19  # a file with fewer is read at one go; in a larger one they refute what they can
FIRST_ROWS = 1000  # at least

FACTS = ("blank", "integer", "number", "code", "boolean", "unpadded", "comma", "thousands")
"""What may be true of a column; the last two are asked where the comma does not separate."""

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NaT", "null", "NULL", "None", "?")
"""What `forpass.preprocessing` takes for a missing value; a column of numbers may hold it."""

# With a decimal comma, points may stand between thousands: 1,5  -0,25  1.234,5  1.234.567
MINUS = "\u2212"
COMMA_NUMBER = (
    rf"^[+{MINUS}-]?(?:(?:[0-9]+|[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+)(?:,[0-9]*)?|,[0-9]+)"
    r"(?:[eE][+-]?[0-9]+)?$"
)
THOUSANDS_OR_COMMA = rf"^[+{MINUS}-]?[1-9][0-9]{{0,2}},[0-9]{{3}}$"
# 12  1E2  10E1: without a point or a sign among them they may be no numbers
CODE = r"^[0-9]+(?:[eE][0-9]+)?$"


class Separated(NamedTuple):
    """What a file of separated text held.

    Attributes
    ----------
    frame : polars.DataFrame
    separator : str
    decimal_comma : tuple of str
        Columns that were read with a decimal comma.
    leading_zeros : tuple of str
        Columns of whole numbers, some of which had zeros in front, like 01234.
    """

    frame: polars.DataFrame
    separator: str
    decimal_comma: tuple[str, ...]
    leading_zeros: tuple[str, ...]


def read_separated(
    path: Path, shown: Path, as_text: Collection[str], decimal_comma: bool, plain_ends: bool
) -> Separated:
    r"""Read a UTF-8 file.

    Parameters
    ----------
    path, shown : Path
        The file, and what messages call it.
    as_text : collection of str
        Columns to leave as text.
    decimal_comma : bool
        Whether it is known that numbers have one, unless the comma separates.
    plain_ends : bool
        Whether there is no carriage return in it; otherwise ``\r\n`` within quotes becomes ``\n``.
    """
    pl = import_polars()
    separator = _separator(_sample(path))
    header = _header(path, shown, separator)
    try:
        scan = pl.scan_csv(
            path,
            separator=separator,
            infer_schema=False,
            with_column_names=lambda names: [str(i) for i in range(len(names))],  # some look like patterns
            glob=False,
            raise_if_empty=False,
        )
        frame, types, padded = _columns(scan, header, as_text, separator, decimal_comma, plain_ends)
        frame.columns = header
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception; others pass
        frame = None
        failure = translated(error, f"{shown} cannot be read as a table", "check quotes and separators")
    if frame is None:
        _refuse_quotes(path, shown, separator)
    # polars fills short rows up with nulls, so a short row shows in the last column
    if frame is None or (frame.height and frame[:, -1].null_count()):
        _refuse_ragged(path, shown, separator, len(header))
    if frame is None:
        raise failure
    commas = tuple(n for n, kind in zip(header, types, strict=True) if kind == "comma")
    return Separated(frame, separator, commas, tuple(header[i] for i in padded))


# --- what separates ------------------------------------------------------------------------------


def _sample(path: Path) -> str:
    """Return whole lines from the top of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read(SAMPLE)
        return text if len(text) < SAMPLE else text + file.readline(SAMPLE)


def _separator(sample: str) -> str:
    """Return what separates fields.

    It is the character that divides the most rows into as many fields as the header has, two or more.
    Where that is none, it is the one that stands most often in the header; where it is several, the
    first of `SEPARATORS`: a semicolon before a comma, which may be a decimal comma.
    """
    score, found = (0.0, 1), ","
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        try:
            rows = [row for row in itertools.islice(reader, LOOKED_AT) if row]
        except csv.Error:
            continue  # a field longer than the csv module takes
        width = len(rows[0]) if rows else 1
        alike = sum(len(row) == width for row in rows[1:]) / max(len(rows) - 1, 1) if width > 1 else 0.0
        if (alike, 0 if alike else width) > score:
            score, found = (alike, 0 if alike else width), separator
    return found


# --- what the header says ------------------------------------------------------------------------


def _rows(path: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a file, each with the number of its first line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader, start = csv.reader(file, delimiter=separator), 1
        for fields in reader:
            yield start, fields
            start = reader.line_num + 1


def _header(path: Path, shown: Path, separator: str) -> list[str]:
    """Return the names in the header; refuse one that stands twice.

    A column without a name, as pandas writes its index, is called by its place: ``column 1``.
    """
    try:
        names = next((fields for _, fields in _rows(path, separator) if fields), None)
    except csv.Error as error:
        raise TableError(
            f"{shown} has a header line that cannot be read ({error}); check its quotes"
        ) from None
    if names is None:
        raise TableError(f"{shown} holds nothing but blank lines; give a file with a header line and rows")
    if names[0].lower() == "sep=" or (len(names) == 1 and names[0].lower().startswith("sep=")):
        raise TableError(
            f"{shown} begins with a line for Excel that says what separates (sep=), not with a header; take "
            "that line out"
        )
    names = [name.replace("\r\n", "\n") if name.strip() else f"column {i}" for i, name in enumerate(names, 1)]
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in seen:
            raise TableError(
                f"{shown} names the columns {seen[name]} and {position} both {name!r}; rename one of them"
            )
        seen[name] = position
    return names


# --- which types the columns have ----------------------------------------------------------------


def _columns(
    scan: Any,
    header: Sequence[str],
    as_text: Collection[str],
    separator: str,
    decimal_comma: bool,
    plain_ends: bool,
) -> tuple[Any, list[str], list[int]]:
    """Return the frame; for each column "text", "integer", "number", "boolean" or "comma"; which are padded.

    A fact holds for every cell. What the first rows refute need not be asked of the others; what they
    do not is asked of all: the answer does not depend on which rows are looked at first.
    """
    pl = import_polars()
    n_first = max(FIRST_ROWS, FIRST_CELLS // len(header))
    first = scan.head(n_first + 1).collect()
    if first.width != len(header):
        raise ValueError(f"its header has {len(header)} or {first.width} fields")
    names = FACTS[:-2] if separator == "," else FACTS
    facts = _confirmed(first.lazy(), [() if name in as_text else names for name in header])
    whole = first.height <= n_first
    facts = facts if whole else _confirmed(scan, facts)
    types = _types(facts, decimal_comma)
    padded = [i for i, kind in enumerate(types) if kind == "integer" and "unpadded" not in facts[i]]
    cells = [
        _converted(pl.nth([i for i, found in enumerate(types) if found == kind]), kind, plain_ends)
        for kind in dict.fromkeys(types)
    ]
    frame = (first.lazy() if whole else scan).select(cells).collect(engine="streaming")
    return frame.select(first.columns), types, padded


def _confirmed(rows: Any, facts: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return which of the facts about each column hold in these rows."""
    pl = import_polars()
    asked = {name: [i for i, names in enumerate(facts) if name in names] for name in FACTS}
    # a question goes to many columns at once: one for each would take seconds where there are thousands
    questions = [_fact(name, pl.nth(of)).name.suffix(f" {name}") for name, of in asked.items() if of]
    answers = iter(rows.select(questions).collect(engine="streaming").row(0) if questions else ())
    held = {(i, name) for name, of in asked.items() for i in of if next(answers)}
    return [[name for name in names if (i, name) in held] for i, names in enumerate(facts)]


def _types(facts: Sequence[Sequence[str]], proven: bool) -> list[str]:
    """Decide by what is true of each column.

    A number such as 1,5 proves that the file has a decimal comma. 1,234 does not, it may be English, and
    stays text. Where others prove it, or it is known, 1,234 is a little more than one, and 1.234 more than
    a thousand. Codes such as 1E2, and whole numbers of more digits than an integer holds, stay text.
    """
    proven = proven or any("comma" in held and not {"number", "thousands"} & set(held) for held in facts)
    order = ["blank", "integer", "code", *(["comma"] if proven else []), "number", "boolean"]
    types = [next((name for name in order if name in held), "text") for held in facts]
    return ["text" if kind in ("blank", "code") else kind for kind in types]


def _fact(name: str, cells: Any) -> Any:
    """Ask of all cells of each column whether something holds that is no matter for missing ones."""
    pl = import_polars()
    value = cells.str.strip_chars()
    missing = value.is_in(MISSING)
    match name:
        case "integer":
            holds = value.cast(pl.Int64, strict=False).is_not_null()
        case "number":
            holds = value.cast(pl.Float64, strict=False).is_not_null()
        case "code":
            holds = value.str.contains(CODE)
        case "boolean":
            holds = value.str.to_lowercase().is_in(["true", "false"])
        case "unpadded":  # 007 is padded; 07 may well be a month
            holds = ~(value.str.starts_with("0") & (value.str.len_bytes() > 2))
        case "comma":
            holds = value.str.contains(COMMA_NUMBER)
        case "thousands":  # each comma may stand between thousands
            holds = ~value.str.contains(",", literal=True) | value.str.contains(THOUSANDS_OR_COMMA)
        case _:  # "blank": all are missing
            holds = missing
    return (missing | holds).all()


def _converted(cells: Any, kind: str, plain_ends: bool) -> Any:
    """Turn the cells of a column into what they are; what means "missing" is left only in text."""
    pl = import_polars()
    value = cells.str.strip_chars()
    match kind:
        case "integer":
            return value.cast(pl.Int64, strict=False)
        case "number":
            return value.cast(pl.Float64, strict=False)
        case "boolean":
            truth = {"true": True, "false": False}
            return value.str.to_lowercase().replace_strict(truth, default=None, return_dtype=pl.Boolean)
        case "comma":
            signed = value.str.replace(MINUS, "-", literal=True)
            pointed = signed.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
            return pointed.cast(pl.Float64, strict=False)
    return cells if plain_ends else cells.str.replace_all("\r\n", "\n", literal=True)


# --- which line is wrong -------------------------------------------------------------------------


def _refuse_ragged(path: Path, shown: Path, separator: str, width: int) -> None:
    """Name the first line that has more or fewer fields than the header; do nothing when there is none."""
    rows = itertools.dropwhile(lambda row: not row[1], _rows(path, separator))
    try:
        for line, fields in rows:
            # a line with nothing on it is a missing value where there is one column
            if len(fields) != width and not (width == 1 and not fields):
                raise TableError(
                    f"{shown} has {len(fields)} fields in line {line:,} where the header has {width} "
                    f"(separator: {SEPARATORS[separator]}); mend the line or put the field in quotes"
                )
    except csv.Error:
        return  # a field longer than the csv module takes: a quote that nothing closes


def _refuse_quotes(path: Path, shown: Path, separator: str) -> None:
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
    raise TableError(
        f"{shown} has a quote in line {start:,} that does not begin or end a field; "
        "put the field in quotes and double those inside it"
    )
