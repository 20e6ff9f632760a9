"""What charts of classes are made of: counts of true and decided classes, ROC and precision-recall points.

Host only: NumPy, float64. A row counts by its weight w. Of rows that are called "so" where their score is at
least c:

    true positive rate, recall   R(c) = sum w [so, s >= c] / sum w [so]
    false positive rate          F(c) = sum w [not so, s >= c] / sum w [not so]
    precision                    P(c) = sum w [so, s >= c] / sum w [s >= c]

with one point for each different score c. See Fawcett (2006) for ROC, Davis & Goadrich (2006) for precision and
recall, between whose points no straight line may be drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.errors import DataError
from forpass.maths.measuring import checked, questions
from forpass.maths.ranking import weights_by_score

__all__ = ["CurvePoints", "confusion_counts", "curve_points"]

Array = NDArray[np.float64]


class CurvePoints(NamedTuple):
    """What becomes of rates as more and more rows are called so, from none to all.

    Attributes
    ----------
    cut : array of shape (points,)
        Rows whose score is at least this are called so; infinity, for none, is the first.
    false_positive, true_positive : arrays of shape (points,)
        The rates F and R; NaN where no row is not so, or none is so.
    precision : array of shape (points,)
        P; 1 for the first point, where no row is called so.
    """

    cut: Array
    false_positive: Array
    true_positive: Array
    precision: Array


def curve_points(truth: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> CurvePoints:
    """Return the points of the ROC curve and of the precision-recall curve of one question.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1: whether the row is so.
    score : array of shape (n,)
        Greater for rows that are rather so: probabilities or raw scores.
    weights : array of shape (n,), optional

    Raises
    ------
    DataError
        When shapes do not fit, truth is something else than 0 and 1, or no row counts.

    Examples
    --------
    >>> found = curve_points([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    >>> found.false_positive.tolist(), found.true_positive.tolist()
    ([0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0])
    """
    T, P, w = questions(truth, score, weights)
    if T.shape[1] != 1:
        raise DataError(f"curve_points asks one question; truth has {T.shape[1]} columns: give one of them")
    if np.isnan(P).any():
        raise DataError("score of curve_points holds NaN; leave such rows out")
    yes, no = (np.cumsum(part[::-1]) for part in weights_by_score(T[:, 0], P[:, 0], w))
    cut = np.unique(P[:, 0])[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = [np.concatenate([[0.0 * part[-1] / part[-1]], part / part[-1]]) for part in (no, yes)]
        precision = np.concatenate([[1.0], yes / (yes + no)])
    return CurvePoints(np.concatenate([[np.inf], cut]), rates[0], rates[1], precision)


def confusion_counts(
    truth: ArrayLike, decided: ArrayLike, classes: int, weights: ArrayLike | None = None
) -> Array:
    """Count rows by their true class (down) and the class that was decided (across).

    Parameters
    ----------
    truth, decided : arrays of shape (n,)
        Numbers of classes, from 0.
    classes : int
    weights : array of shape (n,), optional
        Where given, weights are added up.

    Returns
    -------
    array of shape (classes, classes)

    Raises
    ------
    DataError
        When shapes do not fit, a number is no class, or no row counts.

    Examples
    --------
    >>> confusion_counts([0, 0, 1], [0, 1, 1], 3).tolist()
    [[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    T, D, w = checked(truth, decided, weights)
    for numbers in (T, D):
        if (
            numbers.shape[1] != 1
            or numbers.dtype.kind != "i"
            or numbers.min() < 0
            or numbers.max() >= classes
        ):
            raise DataError(f"truth and decided must be numbers of classes (n,), from 0 to {classes - 1}")
    pairs = T[:, 0] * classes + D[:, 0]
    counts = np.bincount(pairs, weights=w, minlength=classes * classes)
    return np.asarray(counts.reshape(classes, classes), np.float64)
