"""The bootstrap: how often each unit occurs when as many are drawn with replacement (Efron 1979)."""

import numpy as np
from numpy.typing import NDArray

from forpass.maths.philox import words
from forpass.sampling.streams import stream_key

__all__ = ["resampled"]


def resampled(n: int, replicates: int, seed: int) -> NDArray[np.float64]:
    """Draw n units with replacement, over and over.

    Parameters
    ----------
    n : int
        Number of units, less than 2^32.
    replicates : int
        How often n units are drawn.
    seed : int

    Returns
    -------
    float64 array (replicates, n)
        How often each unit was drawn; each row adds up to n.

    Examples
    --------
    >>> counts = resampled(4, 3, seed=0)
    >>> counts.shape, counts.sum(axis=1).tolist()
    ((3, 4), [4.0, 4.0, 4.0])
    """
    turns = np.arange(replicates, dtype=np.uint32)
    drawn = words(n, stream_key(seed, "bootstrap"), (turns, 0, 0)).astype(np.uint64)
    drawn *= np.uint64(n)
    drawn >>= np.uint64(32)  # see `scaled`
    places = drawn.astype(np.int64) + n * np.arange(replicates)[:, None]
    return np.bincount(places.ravel(), minlength=replicates * n).reshape(replicates, n).astype(np.float64)
