"""The mean of what members predict, as a raw score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forpass.exports.graph import Value
from forpass.exports.writer import Writer
from forpass.maths.links import LINKS
from forpass.maths.means import MEANS, weighted_sum

__all__ = ["mean_of"]


def mean_of(writer: Writer, link: str, Z: Value, weights: Sequence[float]) -> Value:
    """Write the raw scores (n, k) whose predictions are the weighted mean of those of Z (m, n, k), float64.

    The same as `forpass.maths.means.mean_score`.
    """
    w = writer.constant("weights", np.asarray(weights, np.float64)[:, None, None])
    if (mean := MEANS.get(link)) is not None:
        return writer.call(mean, Z, w, name="mean")
    P = writer.call(LINKS[link].function, Z)
    return writer.call(LINKS[link].inverse, writer.call(weighted_sum, P, w), name="mean")
