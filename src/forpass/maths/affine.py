"""The affine layer: every output is a weighted sum of all inputs plus a bias.

With a multiplier it is Z = X (m W) + b: what is trained is W, what is used is `scaled`. For m = 1 / sqrt(d_in)
this is the neural-tangent form (Jacot et al. 2018), in which W begins with variance 1 whatever the width, and
a step of the same size means the same to layers of all widths.

Where each input has a size of its own, Z = (X s) (m W) + b = X S + b with S = s m W, rows of W made as large as
their inputs. With G = X^T dZ, dW = s m G and ds = m times the row sums of W G: neither asks for the derivative
by X s.
"""

from typing import Any

from forpass.maths import xp

__all__ = ["affine", "affine_vjp", "linear", "linear_vjp", "plus", "scaled", "scaled_vjp", "sized"]


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


def plus(X: Any, Y: Any) -> Any:
    """Z = X + Y, elementwise."""
    return X + Y


def scaled(W: Any, multiplier: Any) -> Any:
    """S = m W, elementwise."""
    return multiplier * W


def scaled_vjp(dS: Any, multiplier: Any) -> Any:
    """dw = m ds."""
    return multiplier * dS


def sized(W: Any, s: Any, multiplier: Any) -> Any:
    """S = W (s m): weights with the trained size of what they weigh, and the layer's multiplier."""
    return W * (s * multiplier)
