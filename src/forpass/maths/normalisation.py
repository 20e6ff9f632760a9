"""Normalisation: give activations mean 0 and variance 1, then a scale and a shift that are learnt.

Over the batch, column by column (batch normalisation, Ioffe & Szegedy 2015), or over each example's
own units (layer normalisation, Ba et al. 2016). Both are composed of the same pieces::

    mean, variance = column_moments(X) or row_moments(X)
    Xhat = standardise(X, mean, variance, epsilon)
    Y = scale_shift(Xhat, gamma, beta)

``batch_norm_vjp`` and ``layer_norm_vjp`` go back through all three, the moments included.
X, Xhat, Y are ``(n, d)``, gamma and beta ``(d,)``; their derivatives come as ``(1, d)``, as column
sums do. Variances are biased (divided by n); only what is kept for predicting is made unbiased.
"""

from typing import Any

from forpass.maths import xp
from forpass.maths.constants import ONE, TWO

__all__ = [
    "batch_norm_vjp",
    "column_moments",
    "layer_norm_vjp",
    "row_moments",
    "running",
    "scale_shift",
    "standardise",
    "unbiased",
]


def column_moments(X: Any) -> Any:
    """Return mean and variance of each column, (n, d) -> (1, d), (1, d).

    In two passes, so that a large mean does not swallow a small variance.

    Examples
    --------
    >>> import numpy as np
    >>> mean, variance = column_moments(np.array([[1e9, 0.0], [1e9 + 2.0, 6.0]]))
    >>> mean.tolist(), variance.tolist()
    ([[1000000001.0, 3.0]], [[1.0, 9.0]])
    """
    n = xp.column_length(X)
    mean = xp.column_sum(X) / n
    D = X - mean
    return mean, xp.column_sum(D * D) / n


def row_moments(X: Any) -> Any:
    """Return mean and variance of each row, (n, d) -> (n, 1), (n, 1)."""
    d = xp.row_length(X)
    mean = xp.row_sum(X) / d
    D = X - mean
    return mean, xp.row_sum(D * D) / d


def standardise(X: Any, mean: Any, variance: Any, epsilon: Any) -> Any:
    """Return (x - mean) / sqrt(variance + epsilon), elementwise."""
    return (X - mean) / xp.sqrt(variance + epsilon)


def scale_shift(Xhat: Any, gamma: Any, beta: Any) -> Any:
    """Return gamma xhat + beta, elementwise."""
    return gamma * Xhat + beta


def batch_norm_vjp(dY: Any, Xhat: Any, variance: Any, gamma: Any, epsilon: Any) -> Any:
    """Return dX (n, d), dgamma (1, d), dbeta (1, d) of a batch whose own moments were used.

    dbeta = sum dy and dgamma = sum dy xhat over the batch, and
    dx = gamma (dy - dbeta / n - xhat dgamma / n) / sqrt(variance + epsilon):
    what changes only the mean or the size of a column is taken out of its derivative.
    """
    n = xp.column_length(Xhat)
    dbeta = xp.column_sum(dY)
    dgamma = xp.column_sum(dY * Xhat)
    dX = gamma / xp.sqrt(variance + epsilon) * (dY - dbeta / n - Xhat * (dgamma / n))
    return dX, dgamma, dbeta


def layer_norm_vjp(dY: Any, Xhat: Any, variance: Any, gamma: Any, epsilon: Any) -> Any:
    """Return dX (n, d), dgamma (1, d), dbeta (1, d) of rows whose own moments were used.

    With dxhat = gamma dy and means over each row:
    dx = (dxhat - mean dxhat - xhat mean(dxhat xhat)) / sqrt(variance + epsilon).
    """
    d = xp.row_length(Xhat)
    dXhat = gamma * dY
    shift = xp.row_sum(dXhat) / d
    stretch = xp.row_sum(dXhat * Xhat) / d
    dX = (dXhat - shift - Xhat * stretch) / xp.sqrt(variance + epsilon)
    return dX, xp.column_sum(dY * Xhat), xp.column_sum(dY)


def running(average: Any, new: Any, momentum: Any) -> Any:
    """Move an average on: (1 - momentum) average + momentum new; as torch, `momentum` weighs the new."""
    return (ONE - momentum) * average + momentum * new


def unbiased(variance: Any, n: Any) -> Any:
    """Divide by n - 1 instead of n: n / (n - 1) variance; a batch of one gives 0, its variance.

    ``n`` is a number of the working type, as `xp.column_length` gives it.

    Examples
    --------
    >>> float(unbiased(3.0, 4.0)), float(unbiased(0.0, 1.0))
    (4.0, 0.0)
    """
    return n / (xp.maximum(n, TWO) - ONE) * variance
