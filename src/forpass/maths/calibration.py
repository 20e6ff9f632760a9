"""Calibration: transforming logarithms of probabilities so that predicted probabilities match frequencies.

Fitting is for the host only: NumPy and SciPy, float64. With L = log p of n rows and k classes,

    log p' = log_softmax(s L + b + L M)

A scale s alone is temperature scaling (Guo et al. 2017); with bias b and matrix M it is matrix scaling (Kull et
al. 2019), with an L2 penalty on b and M. A logit z of two classes or of a label becomes z' = s z. Each minimises
the mean log-loss on rows that were not trained on, plus one pseudo-row spread evenly over all classes, so that
probabilities are no more certain than the number of rows allows (smoothed targets, Platt 1999; Laplace's rule):

    T' = (n T + 1/k) / (n + 1)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths import xp
from forpass.maths.links import log_softmax, logistic
from forpass.maths.links import softmax as softmax_of

__all__ = ["calibrated_logits", "calibrated_scores", "fit_matrix", "fit_scale"]

LOG_SCALES = (-2.5, 1.5)
"""Bounds of the logarithm of a scale."""

NEAR_ENOUGH = 1e-7
"""Relative tolerance: Newton's method ends with a smaller step."""

MOST_STEPS, MOST_MORE, FLAT_ENOUGH = 50, 20, 1e-6
"""Fitting a matrix ends after so many steps, after so many where it begins at another, or where the loss falls
by a smaller share."""

Array = NDArray[np.float64]


def calibrated_logits(Z: Any, scale: Any) -> Any:
    """Return s z for logits Z (n, k): one scale, or one for each column."""
    return scale * Z


def calibrated_scores(Z: Any, scale: float, bias: Any, matrix: Any) -> Any:
    """Return s L + b + L M, the scores of which the softmax is calibrated, with L = log_softmax(Z), (n, k)."""
    L = log_softmax(Z)
    return scale * L + bias + xp.matmul(L, matrix)


def _with_doubt(T: Array, weights: Array, classes: int) -> Array:
    """Return smoothed targets (n, k): with one pseudo-row, spread evenly over classes and over all rows."""
    n = np.sum(weights) ** 2 / np.sum(weights**2)  # the effective sample size (Kish 1965)
    return np.asarray((n * T + 1.0 / classes) / (n + 1.0))


def fit_scale(Z: Array, T: Array, weights: Array, softmax: bool) -> float:
    """Return the scale with the least mean log-loss.

    Parameters
    ----------
    Z : array of shape (n, k)
        Scores of k classes, or with ``softmax=False`` logits of labels.
    T : array of shape (n, k)
        0 or 1, or probabilities.
    weights : array of shape (n,)
    softmax : bool

    Examples
    --------
    Logits of 2 where three of four are right, and half of the one row more: the logarithm of these odds.

    >>> Z, T = np.full((4, 1), 2.0), np.array([[1.0], [1.0], [1.0], [0.0]])
    >>> round(2.0 * fit_scale(Z, T, np.ones(4), softmax=False), 3), round(float(np.log(3.5 / 1.5)), 3)
    (0.847, 0.847)
    """
    shares, T = weights / np.sum(weights), _with_doubt(T, weights, T.shape[1] if softmax else 2)
    wanted = np.einsum("ij,ij->i", T, Z)

    def slopes(scale: float) -> tuple[float, float]:
        """First and second derivative of the mean log-loss, which is convex in the scale."""
        P = np.asarray(softmax_of(scale * Z) if softmax else logistic(scale * Z))
        PZ = P * Z
        mean, square = PZ.sum(axis=1), np.einsum("ij,ij->i", PZ, Z)
        spread = square - (mean * mean if softmax else np.einsum("ij,ij->i", PZ, PZ))
        return float(shares @ (mean - wanted)), float(shares @ spread)

    low, high = np.exp(LOG_SCALES).tolist()
    ends, scale = [low, high], 1.0
    for _ in range(MOST_STEPS):
        slope, curvature = slopes(scale)
        if slope == 0.0:
            return scale
        low, high = (scale, high) if slope < 0.0 else (low, scale)
        if low >= high:  # it would go on beyond an end
            return scale
        following = scale - slope / curvature if curvature > 0.0 else math.copysign(math.inf, -slope)
        if not low < following < high:  # Newton leads outside: to an end, or the middle, of the logarithms
            end = low if following <= low else high
            following = end if end in ends else math.sqrt(low * high)
        if abs(following - scale) <= NEAR_ENOUGH * scale:
            return following
        scale = following
        ends = [end for end in ends if end != scale]
    return scale


def fit_matrix(
    Z: Array, T: Array, weights: Array, penalty: float, start: tuple[float, Any, Any] | None = None
) -> tuple[float, Array, Array]:
    """Return scale, bias (k,) and matrix (k, k) with the least mean log-loss + penalty (|b|^2 + |M|^2).

    Parameters
    ----------
    Z : array of shape (n, k)
        Scores of classes.
    T : array of shape (n, k)
    weights : array of shape (n,)
    penalty : float
        100 / n for n rows, where nothing else is known.
    start : (float, array, array), optional
        Where to begin: a scale, bias and matrix of nearly the same rows.
    """
    from scipy.optimize import minimize

    L, k, shares = np.asarray(log_softmax(Z)).astype(np.float32), Z.shape[1], weights / weights.sum()
    wanted = (shares[:, None] * _with_doubt(T, weights, k)).astype(
        np.float32
    )  # float32 is near enough for a search that ends so soon
    totals, LT = wanted.sum(axis=1), L.T

    def cost(theta: Array) -> tuple[float, Array]:
        scale, b, M = np.exp(theta[0]), theta[1 : 1 + k], theta[1 + k :].reshape(k, k)
        S = L @ (M + scale * np.eye(k)).astype(np.float32)
        S += b.astype(np.float32)
        S -= S.max(axis=1, keepdims=True)
        said = np.sum(wanted * S, dtype=np.float64)
        E = np.exp(S, out=S)
        sums = E.sum(axis=1)
        loss = float(np.sum(totals * np.log(sums), dtype=np.float64) - said)
        loss += penalty * float(b @ b + np.vdot(M, M))
        E *= (totals / sums)[:, None]
        E -= wanted
        product = (LT @ E).astype(np.float64)
        db, dM = E.sum(axis=0, dtype=np.float64) + 2.0 * penalty * b, product + 2.0 * penalty * M
        return loss, np.concatenate([[scale * np.trace(product)], db, dM.ravel()])

    scale, b, M = start or (1.0, np.zeros(k), np.zeros((k, k)))
    first = np.concatenate([[np.log(scale)], b, np.ravel(M)])
    options = {"maxiter": MOST_STEPS if start is None else MOST_MORE, "ftol": FLAT_ENOUGH}
    found = minimize(cost, first, jac=True, method="L-BFGS-B", options=options).x
    return float(np.exp(found[0])), found[1 : 1 + k], found[1 + k :].reshape(k, k)
