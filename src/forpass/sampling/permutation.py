"""Orders by chance, one after another from the same seed."""

import numpy as np
from numpy.typing import NDArray

from forpass.maths.philox import words
from forpass.sampling.streams import stream_key

__all__ = ["permutation"]


def permutation(n: int, seed: int, stream: str, number: int) -> NDArray[np.int64]:
    """Return the numbers 0, ..., n - 1 in an order by chance: of this seed and stream the one of a number.

    Examples
    --------
    >>> sorted(permutation(4, 0, "importance", 0).tolist())
    [0, 1, 2, 3]
    """
    return np.argsort(words(n, stream_key(seed, stream), (number, 0, 0)), kind="stable")
