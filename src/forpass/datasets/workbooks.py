"""Workbooks: the first sheet of an .xlsx file with anything on it, by openpyxl."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from forpass.datasets.layout import header_in
from forpass.datasets.records import frame_of
from forpass.datasets.sources import too_much
from forpass.errors import TableError
from forpass.gaps import MISSING_WORDS

if TYPE_CHECKING:
    import polars

__all__ = ["Sheet", "read_workbook"]


class Sheet(NamedTuple):
    """A table in a workbook: what the sheet is called, and what stands above the header."""

    frame: polars.DataFrame
    name: str
    sheets: int
    above: tuple[str, ...]


def read_workbook(path: Path, shown: Path, max_bytes: int, gaps: Collection[str] = MISSING_WORDS) -> Sheet:
    """Read the first sheet that is not empty; formulas are what they last came to.

    `gaps` are the words for a missing value beside numbers.

    Raises
    ------
    TableError
        When openpyxl is not installed, for a workbook that is damaged, empty, or decompresses to too much.
    """
    import zipfile  # which `import forpass` need not wait for

    try:
        import openpyxl  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise TableError(
            'reading .xlsx needs openpyxl; install it with: pip install "forpass[excel]"'
        ) from None
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > max_bytes:
            raise TableError(too_much(shown, "decompresses to", f"{unpacked:,} bytes", max_bytes))
        with path.open("rb") as file:  # by its name alone it might be refused
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            found = [(sheet.title, _rows(sheet)) for sheet in book.worksheets]
    except (TableError, MemoryError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged archive makes of zip and XML readers
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(f"{shown} is no whole workbook ({why}); save it again as .xlsx") from None
    filled = [(name, rows) for name, rows in found if rows]
    if not filled:
        raise TableError(f"{shown} holds nothing but empty sheets; give one with a header and rows")
    name, rows = filled[0]
    names, n_above, above = header_in([[_text(cell) for cell in row] for row in rows[:100]], shown)
    below = rows[n_above + 1 :]
    columns = {title: _cells([row[j] for row in below], gaps) for j, title in enumerate(names)}
    return Sheet(frame_of(columns), name, len(filled), above)


def _rows(sheet: Any) -> list[tuple[Any, ...]]:
    """Return the rows with anything on them, without the empty columns behind the last."""
    rows = [row for row in sheet.iter_rows(values_only=True) if any(_text(cell) for cell in row)]
    width = max((j for row in rows for j, cell in enumerate(row, start=1) if _text(cell)), default=0)
    return [(*row[:width], *[None] * (width - len(row))) for row in rows]


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _cells(values: Sequence[Any], gaps: Collection[str]) -> list[Any]:
    """Take words for missing values out of a column that holds anything else than text."""
    if all(isinstance(value, str) or value is None for value in values):
        return list(values)
    return [None if isinstance(value, str) and value.strip() in gaps else value for value in values]
