"""Metrics: figures of merit of predictions, for people. Host only: plain NumPy, not for binding.

``f(truth, prediction, weights) -> float``, with ``weights`` (n,) or None. The definitions are
scikit-learn's. What is undefined is NaN, not a number that looks like one. Sorted by increasing complexity.

=====================  ====================  ===========================================================
truth                  prediction            what it is
=====================  ====================  ===========================================================
values (n,) or (n, k)  the same              numbers; each column by itself, averaged evenly
classes (n,)           decisions (n,)        one of several classes, by whatever names
numbers (n,)           (n, classes)          one of several classes, by its number; a probability or a
                                             raw score for each
0 or 1 (n, k)          the same              a question with yes or no in each column: two classes
                                             (k = 1, where 1 is the positive class), or several labels
=====================  ====================  ===========================================================

Where each class is measured against the rest, or each label by itself, the figure is their even mean.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from forpass.errors import DataError, SpecError
from forpass.maths.losses import sigmoid_cross_entropy, softmax_cross_entropy
from forpass.maths.measuring import NAN, checked, mean_of_defined, questions, ratio
from forpass.maths.ranking import average_precision, roc_auc
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["METRICS", "OF_ONE_SIDE", "Metric", "find_metric"]


# -- of values -----------------------------------------------------------------------------------
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


def mean_absolute_percentage_error(
    truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None
) -> float:
    """Take the mean of |t - p| / |t|, as a share: 0.1 is ten per cent.

    Undefined where a t is 0 (scikit-learn divides by 2e-16 there).

    Examples
    --------
    >>> mean_absolute_percentage_error([10.0, 20.0], [15.0, 20.0], None)
    0.25
    """
    T, P, w = checked(truth, prediction, weights)
    T, P, w = T[w > 0], P[w > 0], w[w > 0]
    if not T.all():
        return NAN
    return float(np.mean(np.average(np.abs((T - P) / T), axis=0, weights=w)))


def pinball(
    truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None, quantile: float = 0.5
) -> float:
    """Take the mean of max(q (t - p), (1 - q) (p - t)), which is least at the quantile q of t.

    Examples
    --------
    >>> pinball([2.0, 2.0], [1.0, 3.0], None, 0.9)
    0.5
    """
    T, P, w = checked(truth, prediction, weights)
    E = T - P
    return float(np.mean(np.average(np.maximum(quantile * E, (quantile - 1) * E), axis=0, weights=w)))


def r2(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Tell the share of the variance explained: 1 - sum (t - p)^2 / sum (t - mean t)^2.

    1 is perfect, 0 as good as the mean, below 0 worse. An output whose truth is constant gives 1 if it
    is met exactly, else 0: scikit-learn's convention, by which its scores and ours agree. A single example has
    no variance to explain: undefined.

    Examples
    --------
    >>> r2([0.0, 2.0], [0.5, 2.0], None), r2([3.0, 3.0], [3.0, 4.0], None), r2([3.0], [3.0], None)
    (0.875, 0.0, nan)
    """
    T, P, w = checked(truth, prediction, weights)
    D = T - np.average(T, axis=0, weights=w)
    # in units of a power of 2, which changes no bit: squares of 1e-300 would all be 0, of 1e300 infinite
    unit = np.ldexp(1.0, -np.clip(np.frexp(np.abs(D).max(axis=0))[1], -1000, 1000))
    unexplained = np.sum(w[:, None] * ((T - P) * unit) ** 2, axis=0)
    total = np.sum(w[:, None] * (D * unit) ** 2, axis=0)
    counted = T[w > 0]
    if len(counted) == 1:
        return NAN
    constant = np.all(counted == counted[0], axis=0)
    share = unexplained / np.where(constant, 1.0, total)
    return float(np.mean(np.where(constant, unexplained == 0, 1.0 - share)))


# -- of decisions --------------------------------------------------------------------------------
def accuracy(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Tell the share of examples whose class is right; of several labels, all of whose labels are.

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


def f1(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take 2 right / (there + called): rows rightly called so, rows that are so, rows that are called so.

    Of classes (n,) the mean over those that are or are called; of columns of 0 and 1 that of the ones,
    which is undefined in a column without any.

    Examples
    --------
    >>> f1([[0], [0], [1], [1]], [[0], [1], [1], [1]], None)
    0.8
    >>> round(f1([0, 0, 1, 1], [0, 1, 1, 1], None), 4)  # of both classes
    0.7333
    """
    T, P, w = checked(truth, prediction, weights)
    if np.ndim(truth) == 1:
        T, P, w = T[w > 0], P[w > 0], w[w > 0]
        classes = np.unique(np.concatenate([T, P]))
        T, P = np.equal(T, classes), np.equal(P, classes)
    right, there, called = (w @ np.asarray(X, np.float64) for X in (T * P, T, P))
    return mean_of_defined(ratio(2 * right, there + called))


# -- of probabilities ----------------------------------------------------------------------------
def log_loss(truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None) -> float:
    """Take the mean of -log p, the probability p of what is true, from raw scores, so that none is lost at 0.

    Of several labels the sum over them.

    Examples
    --------
    >>> round(log_loss([[1], [0]], [[0.0], [-800.0]], None), 4)
    0.3466
    >>> round(log_loss([2], [[0.0, 0.0, 0.0]], None), 4)
    1.0986
    """
    T, Z, w = questions(truth, prediction, weights)
    several = np.ndim(truth) == 1 and np.ndim(prediction) == 2
    loss = softmax_cross_entropy if several else sigmoid_cross_entropy
    return float(np.average(np.sum(loss(Z, T.astype(np.float64), 0.0), axis=1), weights=w))


# -- the registry --------------------------------------------------------------------------------
class Metric(NamedTuple):
    """One record of the registry of metrics.

    Attributes
    ----------
    name : str
    function : callable
        ``function(truth, prediction, weights)``, and its settings if it has any; see `forpass.maths.metrics`.
    formula : str
        With truth t and prediction p; means and sums are weighted.
    higher_is_better : bool
    tasks : tuple of str
        What it measures: ``"regression"``, ``"classification"``, ``"multilabel"``.
    reads : str
        What it takes for the prediction: ``"values"``, ``"decisions"``, ``"probabilities"``, raw ``"scores"``,
        or ``"answers"``: probabilities, and to their right what is decided.
    undefined : str
        Where it is undefined, to be read after "undefined where".
    hyperparameters : tuple of Hyperparameter
    """

    name: str
    function: Callable[..., float]
    formula: str
    higher_is_better: bool
    tasks: tuple[str, ...]
    reads: Literal["values", "decisions", "probabilities", "scores", "answers"]
    undefined: str = ""
    hyperparameters: tuple[Hyperparameter, ...] = ()


QUANTILE = Hyperparameter("quantile", 0.5, 0.0, 1.0)
VALUES, CLASSES, BOTH = ("regression",), ("classification",), ("classification", "multilabel")

# fmt: off
METRICS: Registry[Metric] = Registry(
    "metric",
    Metric("mean_squared_error",      mean_squared_error,      "mean (t - p)^2",                               False, VALUES,  "values"),
    Metric("root_mean_squared_error", root_mean_squared_error, "sqrt(mean (t - p)^2)",                         False, VALUES,  "values"),
    Metric("mean_absolute_error",     mean_absolute_error,     "mean |t - p|",                                 False, VALUES,  "values"),
    Metric("mean_absolute_percentage_error", mean_absolute_percentage_error, "mean |t - p| / |t|",             False, VALUES,  "values", "a value to predict is 0"),
    Metric("pinball",                 pinball,                 "mean max(q (t - p), (1 - q) (p - t))",         False, VALUES,  "values", "", (QUANTILE,)),
    Metric("r2",                      r2,                      "1 - sum (t - p)^2 / sum (t - mean t)^2",       True,  VALUES,  "values", "there is only one row"),
    Metric("accuracy",                accuracy,                "mean [t = p]",                                 True,  BOTH,    "decisions"),
    Metric("balanced_accuracy",       balanced_accuracy,       "mean over classes c of mean [p = c | t = c]",  True,  CLASSES, "decisions"),
    Metric("f1",                      f1,                      "2 sum t p / (sum t + sum p)",                  True,  BOTH,    "decisions", "no row is of the positive class, nor called so"),
    Metric("log_loss",                log_loss,                "mean -log p(t)",                               False, BOTH,    "scores"),
    Metric("roc_auc",                 roc_auc,                 "P(p > p' | t = 1, t' = 0), half of ties",      True,  BOTH,    "probabilities", "all rows are of one class"),
    Metric("average_precision",       average_precision,       "sum over cuts of precision times recall added", True, BOTH,    "probabilities", "no row is of the positive class"),
)
# fmt: on


OF_ONE_SIDE = {
    "precision": "a network that calls a single row positive, and rightly,",
    "recall": "a network that calls every row positive",
}
"""Figures that are reported and that nobody should train for, and why."""


def find_metric(name: str) -> Metric:
    """Return the metric of a name, ready to be called with truth, prediction and weights.

    Parameters
    ----------
    name : str
        A name of the registry METRICS; its setting may follow a colon: ``"pinball:0.9"``.

    Raises
    ------
    UnknownNameError
        When there is no such metric; the nearest is offered.
    SpecError
        For a setting that it does not have, or that makes no sense.

    Examples
    --------
    >>> metric = find_metric("pinball:0.9")
    >>> metric.name, metric.function([2.0, 2.0], [1.0, 3.0], None)
    ('pinball:0.9', 0.5)
    """
    given: Any = name
    called, colon, setting = given.partition(":") if isinstance(given, str) else (given, "", "")
    if called in OF_ONE_SIDE:
        raise SpecError(
            f"{called} is shown for each class and is no metric to go by: {OF_ONE_SIDE[called]} has the best; "
            "take f1, which weighs both precision and recall"
        )
    metric = METRICS[called]
    if not colon:
        return metric
    if not metric.hyperparameters:
        raise SpecError(f"the metric {called!r} has no setting; leave out {colon + setting!r}")
    hyperparameter = metric.hyperparameters[0].name
    try:
        settings = METRICS.settings(called, {hyperparameter: float(setting)})
    except ValueError as error:
        said = (
            error if isinstance(error, SpecError) else f"{hyperparameter} must be a number; got {setting!r}"
        )
        raise SpecError(f"the metric {name!r} cannot be: {said}") from None
    return metric._replace(name=name, function=partial(metric.function, **settings), hyperparameters=())
