"""The affine layer: every output is a weighted sum of all inputs plus a bias."""

from typing import Any

from forpass.maths import xp

__all__ = ["affine", "affine_vjp", "linear", "linear_vjp"]


def linear(X: Any, W: Any) -> Any:
    """Z = X W for X (n, d_in), W (d_in, d_out) -> Z (n, d_out)."""
    return xp.matmul(X, W)


def linear_vjp(dZ: Any, X: Any, W: Any) -> Any:
    """Return dX = dZ W^T (n, d_in) and dW = X^T dZ (d_in, d_out)."""
    return xp.matmul(dZ, xp.transpose(W)), xp.matmul(xp.transpose(X), dZ)


def affine(X: Any, W: Any, b: Any) -> Any:
    """Z = X W + b for X (n, d_in), W (d_in, d_out), b (d_out,) -> Z (n, d_out)."""
    return xp.matmul(X, W) + b


def affine_vjp(dZ: Any, X: Any, W: Any) -> Any:
    """Return dX = dZ W^T, dW = X^T dZ and db = column sums of dZ, of shape (1, d_out)."""
    dX, dW = linear_vjp(dZ, X, W)
    return dX, dW, xp.column_sum(dZ)
