"""How things are shown: words in columns, of letters as wide as they are, and text that shows itself."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence

__all__ = [
    "FAR",
    "Text",
    "aligned",
    "area",
    "as_shown",
    "bounded",
    "counted",
    "one",
    "padded",
    "printable",
    "shorter_number",
    "width",
]

VOWELS_AND_ENDS = range(0x1160, 0x1200)
"""The parts of a Korean letter that is written in parts: they stand in the place of the first of them."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Letters that end a line, colour a terminal or turn the direction of what follows."""
QUOTED = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)""", re.DOTALL)

BARE = re.compile(r"\S+")
"""A word that nothing quotes, such as a path."""

MANY_DECIMALS = re.compile(r"-?\d{1,15}\.\d{6,30}(?:[eE][+-]?\d{1,3})?")
"""A number of which nobody reads all digits."""

LONGEST_WORD, LONGEST_CELL, LONGEST_PATH, LONGEST_MESSAGE = 80, 120, 260, 3000
"""So many letters are shown of a name or a value, of a cell of a table, of a bare word, of a sentence."""

MOST_LOOKED_AT = 100_000
"""Of a longer message only the beginning and the end are searched for quotes."""


BLOCKS = " ▁▂▃▄▅▆▇█"

FAR = 20.0
"""Numbers that differ by more than this factor are drawn on a log scale."""


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


def printable(text: str) -> str:
    r"""Write what a terminal would obey as one writes it in Python; lines and their indents stay.

    Examples
    --------
    >>> print(printable("a\x1b[31mb\nc"))
    a\x1b[31mb
    c
    """
    if text.isascii() and text.isprintable():
        return text
    return CONTROL.sub(lambda found: found[0] if found[0] in "\n\t" else _escaped(found[0]), text)


def as_shown(word: str, most: int = LONGEST_WORD) -> str:
    r"""Write a name or a value of users in one line: of a very long one beginning and end.

    Examples
    --------
    >>> print(as_shown("two\nlines"), as_shown("x" * 1000, 12))
    two\nlines xxxxxxx...xx
    """
    word = CONTROL.sub(lambda found: _escaped(found[0]), word)
    return word if len(word) <= most else f"{word[: most * 3 // 4 - 2]}...{word[1 - most // 4 :]}"


def bounded(message: str) -> str:
    """Shorten the values and names that a message quotes, and a message that is too long to be read.

    Examples
    --------
    >>> len(bounded(f"column 'a' holds {'x' * 50_000!r}; mend the cell"))
    112
    """
    if len(message) <= LONGEST_WORD:
        return message
    if len(message) > MOST_LOOKED_AT:  # to look for quotes in hundreds of megabytes takes gigabytes
        message = f"{message[: MOST_LOOKED_AT // 2]}...{message[-MOST_LOOKED_AT // 2 :]}"
    message = QUOTED.sub(lambda found: as_shown(found[0]), message)
    message = BARE.sub(
        lambda found: as_shown(found[0], LONGEST_PATH) if len(found[0]) > LONGEST_PATH else found[0], message
    )
    return message if len(message) <= LONGEST_MESSAGE else as_shown(message, LONGEST_MESSAGE)


def counted(n: int, noun: str, plural: str = "") -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> counted(1, "fold"), counted(1200, "row"), counted(0, "entry", "entries")
    ('1 fold', '1,200 rows', '0 entries')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def one(noun: str) -> str:
    """Put an article before a noun that says what was found.

    Examples
    --------
    >>> one("int"), one("dict")
    ('an int', 'a dict')
    """
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def padded(text: str, places: int, right: bool = False) -> str:
    """Fill a text up with blanks, behind it or, flush right, before it."""
    blanks = " " * (places - width(text))
    return blanks + text if right else text + blanks


def aligned(
    rows: Sequence[Sequence[str]], right: Collection[int] = (), indent: str = "  ", between: str = "  "
) -> str:
    """Lay out rows of words in columns, those numbered in `right` flush right.

    A line break within a cell, and its like, is shown as one writes it; of a very long cell, both ends.

    Examples
    --------
    >>> print(aligned([["", "rows"], ["가격", "9"], ["size", "100"]], right=[1]))
            rows
      가격     9
      size   100
    """
    rows = [[as_shown(cell, LONGEST_CELL) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [padded(cell, w, i in right) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append((indent + between.join(cells)).rstrip())
    return "\n".join(lines)


def shorter_number(word: str) -> str:
    """Write a number of many decimals with six digits; any other word stays as it is.

    Examples
    --------
    >>> shorter_number("0.09061988167926385"), shorter_number("20241130.5"), shorter_number("v1.23456789")
    ('0.0906199', '20241130.5', 'v1.23456789')
    """
    return f"{float(word):.6g}" if MANY_DECIMALS.fullmatch(word) else word


def area(values: Sequence[float], columns: int = 48, lines: int = 5) -> list[str]:
    r"""Draw numbers above 0 as an area of block letters; on a log scale where they differ by far.

    Of more numbers than columns, each column shows the last of its share of them. The least number has an
    eighth of a line; what is not finite, or not above 0, has nothing.

    Examples
    --------
    >>> print(*area([8.0, 6.0, 4.0, 3.0, 2.0, 1.0], lines=2), sep="\n")
    █▄
    ██▇▅▃▁
    """
    count = max(1, min(len(values), columns))
    heights = [values[(i + 1) * len(values) // count - 1] for i in range(min(count, len(values)))]
    known = [height for height in heights if 0.0 < height < math.inf]
    if not known:
        return []
    of: Callable[[float], float] = math.log if max(known) > FAR * min(known) else float
    least, span = of(min(known)), of(max(known)) - of(min(known)) or 1.0
    eighths = [
        1 + round((of(height) - least) / span * (8 * lines - 1)) if 0.0 < height < math.inf else 0
        for height in heights
    ]
    return [
        "".join(BLOCKS[max(0, min(8, eighth - 8 * line))] for eighth in eighths).rstrip()
        for line in reversed(range(lines))
    ]


def _escaped(letter: str) -> str:
    return repr(letter)[1:-1]


def _width_of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf") or ord(letter) in VOWELS_AND_ENDS:
        return 0  # it stands above, below or within the letter before it
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
