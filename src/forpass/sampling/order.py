"""In which order examples are seen."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.philox import scaled, words
from forpass.sampling.streams import Key, counter_words

__all__ = ["draws", "permutation"]


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


def draws(n: int, count: int, key: Key, step: int) -> NDArray[np.int64]:
    """Draw `count` of the numbers 0 .. n-1 with replacement for a step."""
    low, high = counter_words(step)
    drawn: Any = scaled(words(count, key, (0, low, high)), n)
    return np.asarray(drawn, dtype=np.int64)
