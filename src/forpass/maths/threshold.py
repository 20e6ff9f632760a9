"""Where to draw the line between two classes: the threshold that is best for a metric. Host only."""

import numpy as np
from numpy.typing import NDArray

from forpass.maths.metrics import Metric
from forpass.maths.ranking import weights_by_score

__all__ = ["best_threshold"]

MOST_CUTS = 1000  # the most that are tried; more would change the figure in its third digit at most

TRUTH = np.array([[1], [0], [1], [0]])
DECIDED = np.array([[1], [1], [0], [0]])
"""The four things that can happen. Their weights say all that a metric of decisions can know."""


def best_threshold(
    metric: Metric, truth: NDArray[np.bool_], P: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> tuple[float, float]:
    """Return the probability above which to say yes that is best for a metric, and the metric there.

    All cuts between neighbouring probabilities are tried, each in the middle of its gap; of very many those
    just below a yes, evenly thinned out, and that above which there is nothing. Of equally good ones the
    nearest to one half is taken.

    Parameters
    ----------
    metric : Metric
        Of decisions.
    truth : bool array (n,)
    P : float64 array (n,)
        Probability of yes.
    weights : array (n,) or None

    Returns
    -------
    threshold, value : float
        NaN for the value where the metric is undefined at all cuts.

    Examples
    --------
    >>> from forpass.maths.metrics import METRICS
    >>> truth = np.array([False, False, True, False, True])
    >>> best_threshold(METRICS["f1"], truth, np.array([0.05, 0.1, 0.2, 0.3, 0.4]), None)
    (0.15000000000000002, 0.8)
    """
    w = np.ones(len(P)) if weights is None else np.asarray(weights, np.float64)
    yes, no = weights_by_score(truth, P, w)
    different = np.unique(P)
    middles = (different[1:] + different[:-1]) / 2
    thresholds = np.concatenate([[different[0] / 2], middles, [(different[-1] + 1) / 2]])
    cuts = np.arange(len(thresholds))
    if len(cuts) > MOST_CUTS:
        cuts = np.flatnonzero(yes)
        cuts = cuts[np.linspace(0, len(cuts) - 1, min(len(cuts), MOST_CUTS)).astype(np.int64)]
        cuts = np.append(cuts, len(thresholds) - 1)
    hits, alarms = (np.concatenate([np.cumsum(of[::-1])[::-1], [0.0]]) for of in (yes, no))
    values = np.array(
        [
            metric.function(TRUTH, DECIDED, np.array([h, a, hits[0] - h, alarms[0] - a]))
            for h, a in zip(hits[cuts], alarms[cuts], strict=True)
        ]
    )
    if np.isnan(values).all():
        return 0.5, float("nan")
    best = np.nanmax(values) if metric.higher_is_better else np.nanmin(values)
    found = thresholds[cuts[values == best]]
    nearest = float(found[np.argmin(np.abs(found - 0.5))])
    return min(max(nearest, np.finfo(np.float64).tiny), 1.0 - 2.0**-53), float(best)
