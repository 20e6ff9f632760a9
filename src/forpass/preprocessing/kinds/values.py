"""Values that occur repeatedly in a column of numbers: 40 hours, 9.99, a code that looks like a number.

What such a value means need not lie between what its neighbours mean, so a network may be told which of them
it is, for statistics of the target by value. Two numbers are one value where float32 holds them alike: then
tables of float32 and of float64 have the same.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.kinds.scaling import Distinct, merged
from forpass.preprocessing.words import plain_values

__all__ = ["as_values", "codes_of_values", "repeated_values", "rises"]

FEWEST_VALUES = 9  # a column of fewer different ones is told by its bins
MOST_REPEATED = 300
LEAST_SHARE = 0.5  # of the rows
COMMON = 0.5  # a value of more than this share of the rows says nothing of how the others are


def repeated_values(distinct: Distinct) -> tuple[float, ...] | None:
    """Return the values that stand in two rows or more, rising, where most of the rows hold such.

    Parameters
    ----------
    distinct : Distinct
        The numbers of the training rows, the missing ones left out.

    Returns
    -------
    tuple of float or None
        None where there are fewer than 9 different values, or more than 300 repeated ones, or where fewer
        than half of the rows hold repeated values. Rows of a value that more than half of them hold are left
        out of that half.
    """
    found = merged(as_values(distinct.values), distinct.counts)
    counts, several = found.counts, found.counts >= 2
    if len(counts) < FEWEST_VALUES or not 0 < int(several.sum()) <= MOST_REPEATED:
        return None
    others = np.ones(len(counts), dtype=np.bool_)
    others[counts.argmax()] = counts.max() <= COMMON * counts.sum()
    rows = int(counts[others].sum())
    if int(counts[others & several].sum()) < LEAST_SHARE * rows:
        return None
    repeated = found.values[several]
    return tuple(plain_values(repeated[np.isfinite(repeated)])) or None


def codes_of_values(values: NDArray[Any], repeated: tuple[float, ...]) -> NDArray[np.int32]:
    """Return which repeated value, counted from 1, each number (n,) is; 0 for any other, and NaN."""
    x, known = as_values(values), np.array(repeated, np.float32)
    place = np.minimum(np.searchsorted(known, x), len(known) - 1)
    return np.where(known[place] == x, place + 1, 0).astype(np.int32)


def rises(repeated: tuple[float, ...]) -> bool:
    """Whether values rise, as they are told apart, and there is one."""
    known = as_values(np.array(repeated, np.float64))
    return len(known) > 0 and bool(np.all(known[1:] > known[:-1]))


def as_values(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """Return numbers as they are told apart."""
    with np.errstate(over="ignore"):
        return numbers.astype(np.float32)
