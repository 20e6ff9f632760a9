"""The mean of predictions, as a raw score: what several networks say together.

With raw scores Z (m, n, k) of m members and weights w (m, 1, 1) that add up to 1, each mean is the raw score
(n, k) whose prediction is the weighted mean of theirs. Probabilities and rates are added up by their
logarithms, so that nothing is lost where one rounds to 0 or 1.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths import xp
from forpass.maths.links import LINKS, log_logistic, log_softmax

__all__ = ["MEANS", "mean_score", "weighted_sum"]


def weighted_sum(P: Any, w: Any) -> Any:
    """sum_m w_m p_m: the mean of values, whose raw scores they are."""
    return xp.member_sum(w * P)


def log_mean(L: Any, w: Any) -> Any:
    """log sum_m w_m exp(l_m), the largest of which is taken out first so that nothing overflows."""
    largest = xp.member_max(L)
    return largest + xp.log(xp.member_sum(w * xp.exp(L - largest)))


def logistic_mean(Z: Any, w: Any) -> Any:
    """log p - log(1 - p), with p the mean of the members' probabilities."""
    return log_mean(log_logistic(Z), w) - log_mean(log_logistic(-Z), w)


def softmax_mean(Z: Any, w: Any) -> Any:
    """log p of each class, with p the mean of the members' probabilities."""
    return log_mean(log_softmax(Z), w)


MEANS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": weighted_sum,
    "exponential": log_mean,
    "logistic": logistic_mean,
    "softmax": softmax_mean,
}
"""By link; of another, the link is turned round: see `mean_score`."""


def mean_score(link: str, Z: Any, weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the raw scores (n, k) whose predictions are the weighted mean of those of raw scores Z (m, n, k).

    Host only. Weights add up to 1.

    Examples
    --------
    >>> mean_score("exponential", np.log([[[1.0]], [[3.0]]]), [0.5, 0.5]).round(12).tolist()
    [[0.69314718056]]
    """
    Z, w = np.asarray(Z, np.float64), np.asarray(weights, np.float64)[:, None, None]
    if (mean := MEANS.get(link)) is not None:
        return np.asarray(mean(Z, w))
    rows = Z.reshape(-1, Z.shape[2])
    P = np.asarray(LINKS[link].function(rows)).reshape(Z.shape)
    return np.asarray(LINKS[link].inverse(weighted_sum(P, w)))
