"""Files: a CSV, TSV, text or Parquet file becomes a polars DataFrame, or one sentence says why not.

The types of columns come from the whole file, never from its first rows. polars reads; what it would
repair or report in its own words (short rows, names that stand twice, bytes that are no text) is looked
for here first.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forpass.errors import TableError, nearest_names

if TYPE_CHECKING:
    import polars

__all__ = ["READABLE", "import_polars", "read_table"]

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet",)
READABLE = TEXT + tuple(f"{ending}.gz" for ending in TEXT) + PARQUET

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_table(path: str | Path, as_text: Collection[str] = ()) -> polars.DataFrame:
    """Read a table from a file.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt`` (separated by comma, semicolon, tab or bar, found out from the header
        line; quotes are honoured), the same with ``.gz``, or ``.parquet``.
    as_text : collection of str, optional
        Columns of a text file to leave as text. The others become numbers, booleans or text by what
        they hold, so ``02`` alone would be read as 2, and beside ``A3`` as text.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    TableError
        When there is no such file, it is empty or damaged, a row is too short or too long, a name stands
        twice, bytes are no UTF-8, or polars is not installed. One sentence each.
    """
    path = Path(path)
    kind = _kind(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}; check who may read it") from None
    if not content:
        raise TableError(f"{path} is empty; give a file with a header line and rows")
    frame = _parquet(path, content) if kind == "parquet" else _text(path, _unpacked(path, content), as_text)
    if not frame.width:
        raise TableError(f"{path} has no columns; give a file with a header line and rows")
    if not frame.height:
        names = ", ".join(frame.columns[:8])
        raise TableError(f"{path} has a header ({names}) and no rows; give a file with at least one row")
    return frame


def import_polars() -> Any:
    """Return the module polars, or say how to install it."""
    try:
        import polars
    except ImportError:
        raise TableError('reading files needs polars; install it with: pip install "forpass[cli]"') from None
    return polars


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
    name = path.name.lower()
    if name.endswith(PARQUET):
        return "parquet"
    if name.endswith(READABLE):
        return "text"
    raise TableError(
        f"{path.name} has the ending {path.suffix or '(none)'!r}; files that can be read end in "
        f"{', '.join(TEXT)} (also with .gz) or {PARQUET[0]}"
    )


def _unpacked(path: Path, content: bytes) -> bytes:
    if not path.name.lower().endswith(".gz"):
        return content
    try:
        unpacked = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path} is no whole gzip file ({error}); fetch it again") from None
    if not unpacked:
        raise TableError(f"{path} is empty; give a file with a header line and rows")
    return unpacked


def _parquet(path: Path, content: bytes) -> polars.DataFrame:
    pl = import_polars()
    try:
        return pl.read_parquet(io.BytesIO(content))  # type: ignore[no-any-return]
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception; others pass
        raise _translated(error, f"{path} is no whole Parquet file", "write or fetch it again") from None


def _text(path: Path, content: bytes, as_text: Collection[str]) -> polars.DataFrame:
    pl = import_polars()
    text = _decoded(path, content)
    if not text:
        raise TableError(f"{path} holds nothing but blank lines; give a file with a header line and rows")
    separator = _separator(text)
    header = _header(path, text, separator)
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            separator=separator,
            infer_schema_length=None,
            raise_if_empty=False,
            schema_overrides={name: pl.String for name in header if name in as_text},
        )
        frame.columns = header  # polars leaves doubled quotes in names as they are
    except BaseException as error:  # noqa: BLE001 - a panic of polars is no Exception; others pass
        frame = None
        failure = _translated(error, f"{path} cannot be read as a table", "check quotes and separators")
    # polars fills short rows up with nulls, so a short row shows in the last column
    if frame is None or (frame.height and frame[:, -1].null_count()):
        _refuse_ragged(path, text, separator, len(header))
    if frame is None:
        raise failure
    return frame  # type: ignore[no-any-return]


def _decoded(path: Path, content: bytes) -> str:
    """Return the file's text with plain line ends, without a byte order mark or blank lines at its ends."""
    for mark, encoding in OTHER_ENCODINGS.items():
        if content.startswith(mark):
            raise TableError(f"{path} is written in {encoding}; save it as UTF-8")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"{path} holds the byte 0x{content[error.start]:02x} at offset {error.start} (line {line}), "
            "which is no UTF-8; save the file as UTF-8"
        ) from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return (text if "\n" in text else text.replace("\r", "\n")).strip("\n")


def _separator(text: str) -> str:
    """Return the separator that stands most often in the header line, outside quotes."""
    line = text.partition("\n")[0]
    outside = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _header(path: Path, text: str, separator: str) -> list[str]:
    """Return the names in the header; refuse one that stands twice."""
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name in seen:
            raise TableError(
                f"{path} names the columns {seen[name]} and {position} both {name!r}; rename one of them"
            )
        seen[name] = position
    return names


def _refuse_ragged(path: Path, text: str, separator: str, width: int) -> None:
    """Name the first line that has more or fewer fields than the header; do nothing when there is none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    start = 1
    try:
        for fields in reader:
            # a line with nothing on it is a missing value where there is one column
            if len(fields) != width and not (width == 1 and not fields):
                raise TableError(
                    f"{path} has {len(fields)} fields in line {start} where the header has {width} "
                    f"(separator: {SEPARATORS[separator]}); mend the line or put the field in quotes"
                )
            start = reader.line_num + 1
    except csv.Error:
        return  # a field longer than the csv module takes; polars has the word


def _translated(error: BaseException, what: str, remedy: str) -> TableError:
    """Turn an error of polars into one sentence; let anything that is not its own pass."""
    name = type(error).__name__
    if not isinstance(error, Exception) and name != "PanicException":
        raise error
    first = (str(error).strip() or name).splitlines()[0].rstrip(".:")
    return TableError(f"{what} ({first}); {remedy}")
