"""Metrics: figures of merit of predictions, for people. Host only: plain NumPy, not for binding.

``f(truth, prediction, weights) -> float``. ``truth`` and ``prediction`` have the same shape, ``(n,)``
or ``(n, k)``; ``weights`` is ``(n,)`` or None. Numbers of several outputs are taken for each output
and averaged evenly; for classes of several outputs an example counts as right if all are. The
definitions are scikit-learn's. Sorted by increasing complexity.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.errors import DataError
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["METRICS", "Metric"]


def checked(
    truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    """Return truth and prediction as (n, k) and weights as (n,), or refuse what does not fit.

    Nothing is broadcast: (n,) against (n, 1) would quietly compare all with all.
    """
    truth, prediction = np.asarray(truth), np.asarray(prediction)
    if truth.dtype.kind in "biu" and prediction.dtype.kind in "biu":
        truth, prediction = truth.astype(np.int64), prediction.astype(np.int64)  # unsigned ones would wrap
    if truth.shape != prediction.shape or truth.ndim not in (1, 2):
        raise DataError(
            f"truth has shape {truth.shape} and prediction {prediction.shape}; "
            f"give both as (n,) or both as (n, k)"
        )
    n = len(truth)
    if truth.size == 0:
        raise DataError(f"a metric needs at least one example; truth has shape {truth.shape}")
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if weights.shape != (n,):
        raise DataError(f"weights have shape {weights.shape}; give one for each example, as ({n},)")
    if not weights.sum() > 0:
        raise DataError(f"the weights sum to {weights.sum():g}; give some examples a weight above 0")
    return truth.reshape(n, -1), prediction.reshape(n, -1), weights


def mean_squared_error(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take the mean of (t - p)^2."""
    T, P, w = checked(truth, prediction, weights)
    return float(np.mean(np.average((T - P) ** 2, axis=0, weights=w)))


def root_mean_squared_error(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take the root of the mean of (t - p)^2, in the unit of t; of several outputs their mean root."""
    T, P, w = checked(truth, prediction, weights)
    return float(np.mean(np.sqrt(np.average((T - P) ** 2, axis=0, weights=w))))


def mean_absolute_error(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take the mean of |t - p|."""
    T, P, w = checked(truth, prediction, weights)
    return float(np.mean(np.average(np.abs(T - P), axis=0, weights=w)))


def r2(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Tell the share of the variance explained: 1 - sum (t - p)^2 / sum (t - mean t)^2.

    1 is perfect, 0 as good as the mean, below 0 worse. An output whose truth is constant gives 1 if it
    is met exactly, else 0; so does a single example (scikit-learn gives NaN there).

    Examples
    --------
    >>> r2([0.0, 2.0], [0.5, 2.0], None), r2([3.0, 3.0], [3.0, 4.0], None)
    (0.875, 0.0)
    """
    T, P, w = checked(truth, prediction, weights)
    unexplained = np.sum(w[:, None] * (T - P) ** 2, axis=0)
    total = np.sum(w[:, None] * (T - np.average(T, axis=0, weights=w)) ** 2, axis=0)
    counted = T[w > 0]
    constant = np.all(counted == counted[0], axis=0)
    ratio = unexplained / np.where(constant, 1.0, total)
    return float(np.mean(np.where(constant, unexplained == 0, 1.0 - ratio)))


def accuracy(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Tell the share of examples whose class is right.

    Examples
    --------
    >>> accuracy(["cat", "dog", "dog"], ["cat", "dog", "cat"], [1.0, 1.0, 2.0])
    0.5
    """
    T, P, w = checked(truth, prediction, weights)
    return float(np.average(np.all(T == P, axis=1), weights=w))


def balanced_accuracy(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Tell the share found of each class, averaged evenly over the classes that occur in the truth.

    Examples
    --------
    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0], None)
    0.5
    """
    T, P, w = checked(truth, prediction, weights)
    if T.shape[1] > 1:
        raise DataError(f"balanced_accuracy takes one column of classes; truth has {T.shape[1]}")
    counted = w > 0
    _, number = np.unique(T[counted, 0], return_inverse=True)
    found = np.bincount(number, w[counted] * (T[counted, 0] == P[counted, 0]))
    return float(np.mean(found / np.bincount(number, w[counted])))


class Metric(NamedTuple):
    """One record of the registry of metrics.

    Attributes
    ----------
    name : str
    function : callable
        ``function(truth, prediction, weights)``.
    formula : str
        With truth t and prediction p; means and sums are weighted.
    higher_is_better : bool
    targets : str
        What it compares: ``"real"`` numbers or ``"class"`` labels.
    hyperparameters : tuple of Hyperparameter
        Metrics have none.
    """

    name: str
    function: Callable[[ArrayLike, ArrayLike, ArrayLike | None], float]
    formula: str
    higher_is_better: bool
    targets: str
    hyperparameters: tuple[Hyperparameter, ...] = ()


# fmt: off
METRICS: Registry[Metric] = Registry(
    "metric",
    Metric("mean_squared_error",      mean_squared_error,      "mean (t - p)^2",                             False, "real"),
    Metric("root_mean_squared_error", root_mean_squared_error, "sqrt(mean (t - p)^2)",                       False, "real"),
    Metric("mean_absolute_error",     mean_absolute_error,     "mean |t - p|",                               False, "real"),
    Metric("r2",                      r2,                      "1 - sum (t - p)^2 / sum (t - mean t)^2",     True,  "real"),
    Metric("accuracy",                accuracy,                "mean [t = p]",                               True,  "class"),
    Metric("balanced_accuracy",       balanced_accuracy,       "mean over classes c of mean [p = c | t = c]", True, "class"),
)
# fmt: on
