"""Some of many rows, from all over a table: in many tables the first are all of one class."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["evenly"]


def evenly(n: int, most: int) -> NDArray[np.int64]:
    """Return some of n row numbers, evenly spread from the first to the last.

    Examples
    --------
    >>> evenly(5, 3).tolist(), evenly(2, 3).tolist()
    ([0, 2, 4], [0, 1])
    """
    return np.linspace(0, n - 1, min(n, most)).astype(np.int64)
