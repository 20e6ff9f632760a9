"""The bootstrap (Efron 1979): units drawn from themselves, with replacement."""

import numpy as np
from numpy.typing import NDArray

from forpass.maths.philox import scaled, words
from forpass.sampling.streams import stream_key

__all__ = ["resampled", "resampled_places", "shuffled_units"]

COUNTS, ORDER, PLACES = range(3)
"""What is drawn, as the stream's counter has it."""


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
    places = _drawn(n, n, replicates, seed, COUNTS) + n * np.arange(replicates)[:, None]
    return np.bincount(places.ravel(), minlength=replicates * n).reshape(replicates, n).astype(np.float64)


def resampled_places(n: int, drawn: int, replicates: int, seed: int) -> NDArray[np.int64]:
    """Draw some of n units with replacement, over and over; return their places (replicates, drawn)."""
    return _drawn(n, drawn, replicates, seed, PLACES)


def shuffled_units(n: int, seed: int) -> NDArray[np.int64]:
    """Return the places of n units in an order by chance."""
    return np.argsort(words(n, stream_key(seed, "bootstrap"), (0, ORDER, 0)), kind="stable")


def _drawn(n: int, drawn: int, replicates: int, seed: int, what: int) -> NDArray[np.int64]:
    """Draw places of n units (replicates, drawn)."""
    random = words(drawn, stream_key(seed, "bootstrap"), (np.arange(replicates), what, 0))
    return np.asarray(scaled(random, n))
