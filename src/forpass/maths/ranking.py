"""Metrics of how scores rank rows: ROC AUC and average precision. Host only; see `forpass.maths.metrics`."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.maths.measuring import NAN, Floats, mean_of_defined, questions

__all__ = ["average_precision", "roc_auc", "weights_by_score"]


def roc_auc(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take the area under the ROC curve: how often a row that is so scores above one that is not.

    Equal scores count half. Of several classes, each against the rest. Undefined for a class that no row
    or every row is of; the mean is that of the others.

    Examples
    --------
    >>> roc_auc([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8], None), roc_auc([1, 1], [0.2, 0.7], None)
    (0.875, nan)
    """
    T, P, w = questions(truth, prediction, weights)
    return mean_of_defined([_area(t, p, w) for t, p in zip(T.T, P.T, strict=True)])


def _area(t: NDArray[np.bool_], p: Floats, w: Floats) -> float:
    yes, no = weights_by_score(t, p, w)
    pairs = yes.sum() * no.sum()
    below = np.cumsum(no) - no
    return float(np.sum(yes * (below + no / 2)) / pairs) if pairs > 0 else NAN


def average_precision(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take the mean precision over all cuts, each weighted by the recall that it adds.

    Of several classes, each against the rest. Undefined for a class that no row is of.

    Examples
    --------
    >>> round(average_precision([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.8], None), 4)
    0.8333
    """
    T, P, w = questions(truth, prediction, weights)
    return mean_of_defined([_mean_precision(t, p, w) for t, p in zip(T.T, P.T, strict=True)])


def _mean_precision(t: NDArray[np.bool_], p: Floats, w: Floats) -> float:
    yes, no = (weight[::-1] for weight in weights_by_score(t, p, w))
    right, called = np.cumsum(yes), np.cumsum(yes + no)
    precision = right / np.where(called > 0, called, 1.0)
    return float(np.sum(yes * precision) / right[-1]) if right[-1] > 0 else NAN


def weights_by_score(t: NDArray[np.bool_], p: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return for each different score, in ascending order, the weight of rows that are so, and that are not."""
    order = np.argsort(p, kind="stable")
    first = np.concatenate([[0], np.flatnonzero(np.diff(p[order])) + 1])
    yes, no = (np.add.reduceat((w * which)[order], first) for which in (t, ~t))
    return yes, no
