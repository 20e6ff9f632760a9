"""Streams of random numbers: for each purpose its own, all from one seed.

A random number is a function of (seed, stream, counter). Nothing remembers how many were drawn, so
a resumed run needs no generator's state, engines agree, and drawing for one purpose never shifts
the numbers of another.
"""

import functools

import numpy as np

from forpass.errors import UnknownNameError
from forpass.maths.philox import philox

__all__ = ["STREAMS", "Key", "counter_words", "stream_key"]

Key = tuple[int, int]
"""The two 32-bit words that key the generator."""

STREAMS: dict[str, int] = {
    "parameters": 1,  # initial values; counter: element, block number
    "order": 2,  # order of examples; counter: position, kind of order, epoch (or step, with replacement)
    "dropout": 3,  # masks; counter: element of the batch, layer number, step
    "test": 4,  # which rows are test rows; counter: row
    "check": 5,  # which entries a gradient check looks at
    "validation": 6,  # which of the others are validation rows; counter: row
    "first_rows": 7,  # which training rows initial values are adjusted to; counter: position
    "adjustments": 8,  # what they are adjusted by; counter: element, block number
    "bootstrap": 9,  # which units a replicate has; counter: position, replicate, counts, order or places
    "folds": 10,  # which fold a row is in; counter: row
    "inner_folds": 11,  # which fold of a member's own a training row is in; counter: row
    "members": 12,  # seeds of a recipe's networks; counter: name of the chain, rung, fold and repeat
    "importance": 13,  # orders of a column's values; counter: row, repeat
    "trials": 14,  # what the trials of a search are; counter: number of the trial, name of the field
    "sampled_rows": 15,  # which training rows of a long table its columns are learnt from; counter: position
    "background": 16,  # rows that one is compared with where it is explained; counter: row
    "explanation": 17,  # orders of columns; counter: background row and column, round
}
"""A stream's number may never change or be used again: recorded runs depend on it."""


SEEDS_KEPT = 64


def stream_key(seed: int, stream: str) -> Key:
    """Return the key of a `stream`: two words of Philox keyed by the 64-bit `seed`.

    Raises
    ------
    UnknownNameError
        When there is no such stream.

    Examples
    --------
    >>> stream_key(0, "order") != stream_key(0, "dropout") != stream_key(1, "dropout")
    True
    """
    if stream not in STREAMS:
        raise UnknownNameError("stream", stream, STREAMS)
    return _keys(seed)[stream]


@functools.lru_cache(SEEDS_KEPT)
def _keys(seed: int) -> dict[str, Key]:
    """Return the keys of all streams: a fit needs several, and one takes as long as all of them."""
    words = philox(np.array([*STREAMS.values()]), 0, 0, 0, *counter_words(seed))
    return dict(zip(STREAMS, zip(words[0].tolist(), words[1].tolist(), strict=True), strict=True))


def counter_words(number: int) -> tuple[int, int]:
    """Split a whole number below 2^64 into its low and high 32 bits."""
    return number & 0xFFFFFFFF, number >> 32
