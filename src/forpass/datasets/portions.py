"""Separated text in portions of whole rows, each of which polars reads by itself.

So memory holds little more than a portion beside the table. And what polars refuses to read as plain numbers
costs no more than reading that portion once more, as text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from forpass.datasets.encodings import count_of
from forpass.datasets.layout import Layout
from forpass.datasets.with_polars import import_polars

if TYPE_CHECKING:
    import polars

__all__ = ["Portion", "portions"]

FIRST = 1 << 19  # bytes; it says what the others are taken for
SIZE = 1 << 23


class Portion(NamedTuple):
    """Some rows of a file, with a header on top.

    Attributes
    ----------
    text : bytes
    separator : str
    width : int
        How many fields the header has.
    """

    text: bytes
    separator: str
    width: int

    def read(self, columns: Sequence[int] | None = None, numbers: Collection[int] = ()) -> polars.DataFrame:
        """Return the cells of all columns, or of some: as text, an empty one is null.

        Where nothing but plain numbers stands in all columns of `numbers`, these are floats. polars refuses
        everything else there, blanks behind a number included; then they are text too. What it does not
        refuse has the same value as what it makes of the text: blanks before it or nothing but blanks, a
        plus sign, ``inf`` and ``nan`` in all spellings.
        """
        pl = import_polars()
        try:
            return self._collected(columns, {str(i): pl.Float64 for i in numbers})
        except pl.exceptions.ComputeError:
            if not numbers:
                raise
            return self._collected(columns, {})

    def _collected(self, columns: Sequence[int] | None, types: dict[str, Any]) -> polars.DataFrame:
        pl = import_polars()
        scan = pl.scan_csv(
            self.text,
            separator=self.separator,
            infer_schema=False,
            schema_overrides=types,
            with_column_names=lambda names: [str(i) for i in range(len(names))],  # some look like patterns
            raise_if_empty=False,
        )
        if columns is not None:
            scan = scan.select(pl.nth(columns))
        frame: polars.DataFrame = scan.collect()
        if columns is None and frame.width != self.width:
            raise ValueError(f"its header has {self.width} or {frame.width} fields")
        return frame


def portions(path: Path, layout: Layout, quoted: bool) -> Iterator[Portion]:
    """Divide a UTF-8 file that has its header on top, and no stray quotes, into portions.

    Whether there are any quotes is known already, and counting them takes its time.
    """
    width, size, header = len(layout.names), FIRST, b""
    with path.open("rb") as file:
        while rows := _whole_rows(file, size, quoted):
            yield Portion(b"".join((header, *rows)), layout.separator, width)
            header = (layout.separator.join(map(str, range(width))) + "\n").encode()
            size = SIZE


def _whole_rows(file: BinaryIO, size: int, quoted: bool) -> list[bytes]:
    """Read a number of bytes, and up to the next line end that stands outside quotes."""
    text = file.read(size)
    if not text:
        return []
    rows = [text, file.readline()]
    inside = quoted and sum(count_of(b'"', part) for part in rows) % 2
    while inside and (line := file.readline()):
        rows.append(line)
        inside = (inside + line.count(b'"')) % 2
    return rows
