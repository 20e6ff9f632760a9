"""How things are shown: words in columns, of letters as wide as they are, and text that shows itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

__all__ = ["Text", "aligned", "counted", "padded", "width"]

VOWELS_AND_ENDS = range(0x1160, 0x1200)
"""The parts of a Korean letter that is written in parts: they stand in the place of the first of them."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Text(str):
    r"""Text that an interpreter or a notebook shows as it is, line by line.

    Examples
    --------
    >>> Text("one\ntwo")
    one
    two
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def width(text: str) -> int:
    """Return how many places a text takes where all letters are equally wide: a Korean letter takes two.

    Examples
    --------
    >>> width("price"), width("가격"), width("e\u0301")
    (5, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_width_of, text))


def counted(n: int, noun: str, plural: str = "") -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> counted(1, "fold"), counted(1200, "row"), counted(0, "entry", "entries")
    ('1 fold', '1,200 rows', '0 entries')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def padded(text: str, places: int, right: bool = False) -> str:
    """Fill a text up with blanks, behind it or, flush right, before it."""
    blanks = " " * (places - width(text))
    return blanks + text if right else text + blanks


def aligned(
    rows: Sequence[Sequence[str]], right: Collection[int] = (), indent: str = "  ", between: str = "  "
) -> str:
    """Lay out rows of words in columns, those numbered in `right` flush right.

    A line break within a cell, and its like, is shown as one writes it.

    Examples
    --------
    >>> print(aligned([["", "rows"], ["가격", "9"], ["size", "100"]], right=[1]))
            rows
      가격     9
      size   100
    """
    rows = [[CONTROL.sub(lambda found: repr(found[0])[1:-1], cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [padded(cell, w, i in right) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append((indent + between.join(cells)).rstrip())
    return "\n".join(lines)


def _width_of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf") or ord(letter) in VOWELS_AND_ENDS:
        return 0  # it stands above, below or within the letter before it
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
