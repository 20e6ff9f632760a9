"""Numbers encoded piecewise linearly: of each bin the share of it that lies below the number.

A column with edges e_0 < ... < e_B becomes B columns. Bin j, from e_j to e_(j+1), gives
p_j = (x - e_j) / (e_(j+1) - e_j), at least 0 and at most 1; but the line of the first bin goes on down to -1,
and that of the last one up to 2 (Gorishniy et al. 2022). From each its mean over training rows is taken away,
its centre, so that a unit's sum over bins begins around 0.

A sum of v_j p_j over the bins is linear in x between two edges. With b the bin of x it is

    sum_(j < b) v_j + t v_b,   t = p_b,

for which an engine looks up a sum and a number instead of adding up a product for each bin.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from forpass.maths import xp
from forpass.maths.affine import sized
from forpass.maths.xp import Array

__all__ = ["BinLayout", "bins_of", "centred", "piecewise", "piecewise_vjp", "share", "share_slope"]

BELOW_FIRST, ABOVE_LAST = -1.0, 2.0  # as far the lines of the two outer bins go on


def share(x: Any, low: Any, width: Any, least: Any, most: Any) -> Any:
    """p = (x - low) / width, at least `least` and at most `most`: how much of a bin lies below x."""
    return xp.minimum(xp.maximum((x - low) / width, least), most)


def centred(P: Any, centre: Any) -> Any:
    """Q = P - centre: shares as the layer weighs them."""
    return P - centre


def share_slope(P: Any, width: Any, least: Any, most: Any) -> Any:
    """dp/dx: 1 / width between the bounds of p, beyond them 0; P as `share` gave it."""
    inside = (least < P) & (P < most)  # noqa: SIM300 - the bounds, in order
    return inside / width


def piecewise(Q: Any, V: Any, s: Any, m: Any) -> Any:
    """Z = (Q s) (m V), for centred shares Q (n, bins), V (bins, units), s (bins,) -> Z (n, units).

    Examples
    --------
    >>> import numpy as np
    >>> Q, V = np.array([[1.0, 0.5]]), np.array([[1.0, 10.0], [2.0, 20.0]])
    >>> piecewise(Q, V, np.array([1.0, 3.0]), 2.0).tolist()
    [[8.0, 80.0]]
    """
    return xp.matmul(Q, sized(V, s[:, None], m))


def piecewise_vjp(dZ: Any, Q: Any, V: Any, s: Any, m: Any) -> tuple[Any, Any, Any]:
    """G = Q^T dZ, dV = s m G, ds = m times the row sums of V G, dQ = dZ (s m V)^T.

    dZ (n, units) -> dQ (n, bins), dV (bins, units), ds (bins, 1).
    """
    G = xp.matmul(xp.transpose(Q), dZ)
    S = s[:, None]
    return xp.matmul(dZ, xp.transpose(sized(V, S, m))), sized(G, S, m), m * xp.row_sum(V * G)


class BinLayout(NamedTuple):
    """The bins of several columns, one after the other; all arrays (bins,) but `ends`.

    Attributes
    ----------
    column : int64 array
        Which of the columns each bin is of, counted from 0.
    low, width : array
        Where it begins, and how wide it is.
    least, most : array
        Between what its share lies.
    centre : array
        What is taken away from its share.
    begins : int64 array (columns + 1,)
        The first bin of each column, and the number of all.
    """

    column: Array
    low: Array
    width: Array
    least: Array
    most: Array
    centre: Array
    begins: Array


def bins_of(
    edges: Sequence[Sequence[float]], centres: Sequence[Sequence[float]], dtype: DTypeLike
) -> BinLayout:
    """Host only: lay out the bins of some columns in a type.

    Examples
    --------
    >>> bins = bins_of([[0.0, 1.0, 3.0]], [[0.5, 0.25]], "float32")
    >>> bins.width.tolist(), bins.least.tolist(), bins.most.tolist()
    ([1.0, 2.0], [-1.0, 0.0], [1.0, 2.0])
    """
    counts = np.array([len(row) for row in centres])
    begins = np.concatenate([[0], np.cumsum(counts)])
    corners = [np.asarray(row, dtype) for row in edges]
    low = np.concatenate([row[:-1] for row in corners])
    high = np.concatenate([row[1:] for row in corners])
    least, most = np.zeros_like(low), np.ones_like(low)
    least[begins[:-1]], most[begins[1:] - 1] = BELOW_FIRST, ABOVE_LAST
    centre = np.concatenate([np.asarray(row, dtype) for row in centres])
    return BinLayout(np.repeat(np.arange(len(counts)), counts), low, high - low, least, most, centre, begins)
