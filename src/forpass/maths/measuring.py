"""What every metric does with truth and prediction: check that they fit, ask yes or no, average what is defined."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.errors import DataError

__all__ = ["NAN", "Floats", "checked", "mean_of_defined", "questions", "ratio"]

Floats = NDArray[np.float64]
NAN = float("nan")


def checked(
    truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[Any], NDArray[Any], Floats]:
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


def questions(
    truth: ArrayLike, prediction: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Return truth as yes or no (n, k), predictions (n, k) and weights (n,), or refuse what does not fit.

    Class numbers (n,) become a column for each class, which asks whether the row is of it.
    """
    T, P = np.asarray(truth), np.asarray(prediction, np.float64)
    if T.ndim == 1 and P.ndim == 2 and len(T) == len(P) and P.shape[1] > 1:
        T = np.equal(T[:, None], np.arange(P.shape[1]))
        if not T.any(axis=1).all():
            raise DataError(f"truth must hold class numbers from 0 to {P.shape[1] - 1}, as prediction has")
    T, P, w = checked(T, P, weights)
    if not np.isin(T, (0, 1)).all():
        raise DataError(
            "truth must be 0 or 1, or class numbers (n,) beside a prediction (n, classes); "
            f"got {T[~np.isin(T, (0, 1))][0]!r}"
        )
    return T.astype(np.bool_), P, w


def mean_of_defined(figures: ArrayLike) -> float:
    """Return the even mean of the figures that are defined; NaN where none is."""
    found = np.asarray(figures, np.float64)
    found = found[~np.isnan(found)]
    return float(np.mean(found)) if len(found) else NAN


def ratio(part: Floats, whole: Floats) -> Floats:
    """Divide; what has nothing to be divided by is undefined."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), NAN)
