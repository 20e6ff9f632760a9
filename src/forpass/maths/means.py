"""The mean of predictions, as a raw score: what several networks say together. Host only."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.links import LINKS, log_logistic, log_softmax

__all__ = ["mean_score"]


def mean_score(link: str, Z: Any, weights: Sequence[float]) -> NDArray[np.float64]:
    """Return the raw scores (n, k) whose predictions are the weighted mean of those of raw scores Z (m, n, k).

    Probabilities and rates are added up by their logarithms, log sum_m w_m exp(log p_m), so that nothing is
    lost where one rounds to 0 or 1. Weights add up to 1.

    Examples
    --------
    >>> mean_score("exponential", np.log([[[1.0]], [[3.0]]]), [0.5, 0.5]).round(12).tolist()
    [[0.69314718056]]
    """
    Z = np.asarray(Z, np.float64)
    w, rows = np.asarray(weights, np.float64)[:, None, None], Z.reshape(-1, Z.shape[2])
    logarithms = LOGARITHMS.get(link)
    if logarithms is None:
        P = w * np.asarray(LINKS[link].function(rows)).reshape(Z.shape)
        return np.asarray(LINKS[link].inverse(np.add.reduce(P, axis=0)))
    log_w = np.log(w)
    means = [np.logaddexp.reduce(L.reshape(Z.shape) + log_w, axis=0) for L in logarithms(rows)]
    return np.asarray(means[0] if len(means) == 1 else means[0] - means[1])


LOGARITHMS: dict[str, Callable[[NDArray[Any]], tuple[NDArray[Any], ...]]] = {
    "exponential": lambda Z: (Z,),
    "logistic": lambda Z: (log_logistic(Z), log_logistic(-Z)),
    "softmax": lambda Z: (log_softmax(Z),),
}
"""For links whose predictions are positive: the logarithm of the prediction, and of 1 less it where the raw
score is the difference of the two."""
