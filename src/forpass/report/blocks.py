"""What a page is made of: sections, and in them paragraphs, figures, tables, lists and code. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Block", "Code", "Figure", "Listing", "Paragraph", "Section", "Table"]


class Paragraph(NamedTuple):
    """A paragraph; a ``leading`` one says what matters most, with the colour of an outcome."""

    text: str
    outcome: str = ""
    kind: str = "paragraph"


class Listing(NamedTuple):
    """Sentences, each for itself."""

    items: Sequence[str]
    kind: str = "listing"


class Table(NamedTuple):
    """A table: its caption, the heads of its columns, its rows; numbers stand on the right.

    Attributes
    ----------
    caption : str
    head : sequence of str
    rows : sequence of sequences of str, or of lists of str for several lines in a cell
    numbers : collection of int
        Columns of numbers.
    folded : bool
        Whether it is opened only by who wants it.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numbers: Sequence[int] = ()
    folded: bool = False
    kind: str = "table"

    @property
    def is_wordy(self) -> bool:
        """Whether it is of words rather than of numbers: on a narrow screen each row becomes a card."""
        return len(self.numbers) < len(self.head) - 2


class Figure(NamedTuple):
    """A picture.

    Attributes
    ----------
    title, note : str
    svg : str
        Safe to stand in a page as it is.
    """

    title: str
    note: str
    svg: str
    kind: str = "figure"


class Code(NamedTuple):
    """What one types: its title, and the lines."""

    title: str
    text: str
    kind: str = "code"


Block = Paragraph | Listing | Table | Figure | Code


class Section(NamedTuple):
    """A part of the page, by its place in the contents, with the question that it answers as its title."""

    name: str
    title: str
    blocks: Sequence[Block]
