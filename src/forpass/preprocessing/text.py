"""Text, kept small: the different words of a column, and for each row the number of its word.

As objects a million cells of text take fifty megabytes, as numbers of words four, whatever the library
that the table comes from.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.gaps import MISSING_WORDS

__all__ = ["CELLS_AT_ONCE", "FIRST_GAP", "NOTHING", "Coded", "coded"]

NOTHING, FIRST_GAP = -1, -2
"""What a cell points to that is empty, and one that holds the first of the words for a missing value."""

CELLS_AT_ONCE = 1 << 16
"""So many cells of a column are Python objects at a time."""


class Coded(NamedTuple):
    """Cells as numbers of words.

    Attributes
    ----------
    codes : ndarray (n,) of int32
        For each cell the number of its word. -1 where nothing stands; -2, -3, ... where one of `gaps` does.
    words : list of str
        In the order in which they first appear.
    gaps : list of str
        Words for a missing value, likewise.
    """

    codes: NDArray[np.int32]
    words: list[str]
    gaps: list[str]


def coded(parts: Iterable[Sequence[str | None]], count: int) -> Coded:
    """Return `count` cells, which come a part at a time, as numbers of words; None where one is missing."""
    codes = np.empty(count, dtype=np.int32)
    words: dict[str, int] = {}
    gaps: dict[str, int] = {}
    code_of: dict[Any, int] = {None: NOTHING}
    start = 0
    for cells in parts:
        for cell in dict.fromkeys(cells):
            if cell is not None and cell not in code_of:
                if cell.strip() in MISSING_WORDS:
                    code_of[cell] = gaps.setdefault(cell, FIRST_GAP - len(gaps)) if cell.strip() else NOTHING
                else:
                    code_of[cell] = words.setdefault(cell, len(words))
        stop = start + len(cells)
        codes[start:stop] = np.fromiter(map(code_of.__getitem__, cells), dtype=np.int32, count=len(cells))
        start = stop
    return Coded(codes, list(map(str, words)), list(map(str, gaps)))  # not NumPy's own kind of text
