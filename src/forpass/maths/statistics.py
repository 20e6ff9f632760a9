"""Statistics of targets by values: what a value of a column says about the targets, learnt from training rows.

Host only, in float64. A code v + K (1 + f) means the value v of K in a row of fold f, and v itself a row that
is in none. Rows of fold f see what the rows of other folds say, so that no row sees its own target.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["standardised", "target_logits", "target_means"]

LEAST_PROBABILITY = 1e-3

Reals = NDArray[np.float64]


def target_means(
    codes: NDArray[Any], y: Reals, w: Reals, n_values: int, folds: int, prior: float
) -> tuple[Reals, Reals]:
    """Return the smoothed mean of the targets for each value, and for each fold that of the other folds.

    For value v it is (S_v + a mean) / (N_v + a) with S_v = sum of w y and N_v = sum of w over its rows, the mean
    of all targets and a = `prior` (Micci-Barreca 2001); for fold f all of it without the rows of f.

    Parameters
    ----------
    codes : whole-number array (n,)
        Below K (1 + folds).
    y, w : float64 arrays (n,)
        Targets, and weights with the mean 1.
    n_values, folds : int
        K, and how many folds there are.
    prior : float

    Returns
    -------
    means : float64 array (K (1 + folds),)
        By code.
    seen : float64 array (n,)
        Those of the rows.

    Examples
    --------
    >>> codes, y = np.array([2, 4, 3]), np.array([1.0, 0.0, 1.0])  # values 0, 0, 1 in folds 0, 1, 0
    >>> means, _ = target_means(codes, y, np.ones(3), n_values=2, folds=2, prior=0.0)
    >>> means.tolist()
    [0.5, 1.0, 0.0, 0.0, 1.0, 1.0]
    """
    size = n_values * (1 + folds)
    S, N = (np.bincount(codes, v, size).reshape(1 + folds, n_values) for v in (w * y, w))
    # by fold what the other folds have; of all rows what all have
    S_others, N_others = (A.sum(axis=0) - A for A in (S, N))
    S_others[0], N_others[0] = S.sum(axis=0), N.sum(axis=0)
    totals, counts = S_others.sum(axis=1, keepdims=True), N_others.sum(axis=1, keepdims=True)
    mean = np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0.0)
    below = N_others + prior
    means = np.divide(S_others + prior * mean, below, out=mean + np.zeros_like(below), where=below > 0.0)
    return means.ravel(), means.ravel()[codes]


def target_logits(means: Reals) -> Reals:
    """log(p / (1 - p)), p at least 0.001 and at most 0.999."""
    p = np.clip(means, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    return np.asarray(np.log(p / (1.0 - p)))


def standardised(values: Reals, seen: Reals, w: Reals) -> Reals:
    """(values - mean) / standard deviation, both of what rows of weights w see; where these agree only minus."""
    mean = np.average(seen, weights=w)
    std = np.sqrt(np.average((seen - mean) ** 2, weights=w))
    return np.asarray((values - mean) / (std if std > 0.0 else 1.0))
