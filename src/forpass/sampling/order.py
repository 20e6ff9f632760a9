"""In which order examples are seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.maths.philox import scaled, words
from forpass.sampling.streams import Key, counter_words, stream_key

__all__ = ["block_order", "draws", "permutation"]


def permutation(n: int, key: Key, epoch: int) -> NDArray[np.int64]:
    """Shuffle the numbers 0 .. n-1 for an epoch: Fisher & Yates 1938, one random word a swap.

    The word w chooses among i + 1 places by (w (i + 1)) >> 32, whose bias is below n / 2^32.

    Examples
    --------
    >>> sorted(permutation(5, (1, 2), epoch=0).tolist())
    [0, 1, 2, 3, 4]
    """
    low, high = counter_words(epoch)
    partners: list[int] = scaled(words(n, key, (0, low, high)), np.arange(1, n + 1)).tolist()
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = partners[i]
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)


def block_order(n_rows: int, rows_per_block: int = 4096, seed: int = 0) -> Callable[[int], NDArray[np.int64]]:
    """Make an order for tables larger than memory: blocks of neighbours are shuffled, and rows within each.

    In the order that a seed gives by itself, neighbours in a batch lie anywhere in the table. Of a
    memory-mapped file that does not fit into memory, each row is then a page to be read from disk; by
    blocks the disk is read in long stretches. Batches are less mixed: one comes from a block or two.

    Parameters
    ----------
    n_rows : int
    rows_per_block : int
        Many times the size of a batch, and few enough to fit into memory.
    seed : int

    Returns
    -------
    callable
        ``order(epoch)`` gives the row numbers; for ``forpass.train(..., order=...)``.

    Raises
    ------
    DataError
        When a number is below 1.

    Examples
    --------
    >>> order = block_order(n_rows=8, rows_per_block=4)
    >>> order(0).tolist(), order(1).tolist()
    ([6, 5, 4, 7, 3, 1, 0, 2], [3, 2, 0, 1, 6, 7, 5, 4])
    """
    for name, number in (("n_rows", n_rows), ("rows_per_block", rows_per_block)):
        if number < 1:
            raise DataError(f"{name} must be at least 1; got {number}")
    key = stream_key(seed, "order")
    block = np.arange(n_rows) // rows_per_block

    def order(epoch: int) -> NDArray[np.int64]:
        low, high = counter_words(epoch)
        # counters of their own beside those of `permutation`
        blocks: Any = words(int(block[-1]) + 1, key, (1, low, high))
        rows: Any = words(n_rows, key, (2, low, high))
        place = np.argsort(np.argsort(blocks, kind="stable"), kind="stable")
        return np.lexsort((rows, place[block])).astype(np.int64, copy=False)

    return order


def draws(n: int, count: int, key: Key, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw `count` of the numbers 0 .. n-1 with replacement for each of the steps (m,): (m, count)."""
    low, high = steps & 0xFFFFFFFF, steps >> 32
    drawn: Any = scaled(words(count, key, (0, low, high)), n)
    return np.asarray(drawn, dtype=np.int64)
