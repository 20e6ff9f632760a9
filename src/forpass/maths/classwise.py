"""How well each class is told from the others: precision, recall and F1, for people. Host only."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from forpass.maths.measuring import checked, ratio

__all__ = ["ClassFigures", "figures_of_classes"]


class ClassFigures(NamedTuple):
    """How well a class is told from the others.

    Attributes
    ----------
    rows : int
        Rows of the class, those of weight 0 left out.
    precision : float
        Of the rows that are called so, the share that is so; NaN where none is called so.
    recall : float
        Of the rows that are so, the share that is called so; NaN where there are none.
    f1 : float
        Their harmonic mean, 2 right / (there + called).
    """

    rows: int
    precision: float
    recall: float
    f1: float


def figures_of_classes(
    truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None, classes: int
) -> tuple[ClassFigures, ...]:
    """Measure each class by itself.

    Parameters
    ----------
    truth, prediction : array of shape (n,) or (n, 1)
        Numbers of classes, from 0.
    weights : array of shape (n,) or None
    classes : int
        How many classes there are.

    Returns
    -------
    tuple of ClassFigures
        One for each class.

    Raises
    ------
    DataError
        When shapes do not fit, or no row counts.

    Examples
    --------
    >>> figures_of_classes([0, 0, 1, 1], [0, 1, 1, 1], None, 2)[1].precision
    0.6666666666666666
    """
    T, P, w = checked(truth, prediction, weights)
    number = np.arange(classes)
    T, P = np.equal(T, number), np.equal(P, number)
    rows = np.count_nonzero(T[w > 0], axis=0)
    right, there, called = (w @ X.astype(np.float64) for X in (T & P, T, P))
    columns = rows, ratio(right, called), ratio(right, there), ratio(2 * right, there + called)
    return tuple(ClassFigures(*row) for row in zip(*(c.tolist() for c in columns), strict=True))
