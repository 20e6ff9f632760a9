"""Text, kept small: the different words of a column, and for each row the number of its word.

As objects a million cells of text take fifty megabytes, as numbers of words four, whatever the library
that the table comes from.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CELLS_AT_ONCE", "MISSING_WORDS", "coded"]

MISSING_WORDS = frozenset(
    {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NaT", "null", "NULL", "None", "?"}
)
"""Words that mean "nothing is known here", after the blanks around them are taken away."""

CELLS_AT_ONCE = 1 << 16
"""So many cells of a column are Python objects at a time."""


def coded(parts: Iterable[Sequence[str | None]], count: int) -> tuple[NDArray[np.int32], list[str]]:
    """Return for each of `count` cells the number of its word, -1 where it is missing, and the words.

    The words stand in the order in which they first appear.
    """
    codes = np.empty(count, dtype=np.int32)
    position: dict[str, int] = {}
    code_of: dict[Any, int] = {None: -1}
    start = 0
    for cells in parts:
        for cell in dict.fromkeys(cells):
            if cell is not None and cell not in code_of:
                missing = cell.strip() in MISSING_WORDS
                code_of[cell] = -1 if missing else position.setdefault(cell, len(position))
        stop = start + len(cells)
        codes[start:stop] = np.fromiter(map(code_of.__getitem__, cells), dtype=np.int32, count=len(cells))
        start = stop
    return codes, list(position)
