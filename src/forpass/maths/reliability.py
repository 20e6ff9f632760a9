"""Reliability: whether what is predicted with probability p happens with frequency p.

Host only: NumPy, float64. Rows are put into bins of equal weight by their probability. Bin b has the weight
w_b, the mean predicted probability p_b and the observed frequency y_b:

    ECE = sum_b w_b |p_b - y_b| / sum_b w_b

the expected calibration error with bins of equal counts (Naeini, Cooper & Hauskrecht 2015; Nguyen & O'Connor
2015). It is above 0 even for perfect probabilities, because of chance in bins of few rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BINS", "ReliabilityBins", "calibration_error", "reliability_bins"]

BINS = 15

Array = NDArray[np.float64]


class ReliabilityBins(NamedTuple):
    """What is in each bin.

    Attributes
    ----------
    weights : array of shape (bins,)
        The total weight of its rows.
    predicted : array of shape (bins,)
        The mean predicted probability.
    observed : array of shape (bins,)
        The observed frequency.
    """

    weights: Array
    predicted: Array
    observed: Array


def reliability_bins(
    p: ArrayLike, observed: ArrayLike, weights: ArrayLike | None = None, bins: int = BINS
) -> ReliabilityBins:
    """Divide rows by their probability into bins of equal weight; rows of one probability stay together.

    Parameters
    ----------
    p, observed : arrays of shape (n,)
        Probabilities, and 0 or 1.
    weights : array of shape (n,), optional
        Not all of them 0.
    bins : int
        The most bins; empty ones are left out.

    Examples
    --------
    >>> found = reliability_bins([0.2, 0.2, 0.9, 0.8], [0, 1, 1, 1], bins=2)
    >>> [part.round(3).tolist() for part in found]
    [[2.0, 2.0], [0.2, 0.85], [0.5, 1.0]]
    """
    p, y = np.asarray(p, np.float64), np.asarray(observed, np.float64)
    w = np.ones(len(p)) if weights is None else np.asarray(weights, np.float64)
    p, y, w = p[w > 0], y[w > 0], w[w > 0]
    _, place = np.unique(p, return_inverse=True)
    of_value = np.bincount(place, weights=w)
    middle = np.cumsum(of_value) - of_value / 2.0
    number = np.minimum((bins * middle / np.sum(w)).astype(np.int64), bins - 1)[place]
    total = np.asarray(np.bincount(number, weights=w, minlength=bins), np.float64)
    filled = total > 0
    sums, true = (np.bincount(number, weights=w * of, minlength=bins)[filled] for of in (p, y))
    return ReliabilityBins(total[filled], sums / total[filled], true / total[filled])


def calibration_error(bins: ReliabilityBins) -> float:
    """Return the expected calibration error of bins.

    Examples
    --------
    >>> round(calibration_error(reliability_bins([0.2, 0.2, 0.9, 0.8], [0, 1, 1, 1], bins=2)), 3)
    0.225
    """
    return float(np.average(np.abs(bins.predicted - bins.observed), weights=bins.weights))
