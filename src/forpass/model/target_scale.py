"""Targets of values that nobody scaled: a network's outputs begin near 0 and move in small steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.losses import LOSSES
from forpass.spec.network import Head

__all__ = ["COPED", "SCALE_BY_ITSELF", "far_from_unit_scale"]

FAR = 5.0
"""How far the mean may be from 0, and the standard deviation above 1 or, inverted, below it. By Adam's usual
rate an output reaches 5 in some thousand steps, and losses of a standard deviation of 1/5 fall by less than
the usual tolerance; from 10 and 1/10 on a default `MLPRegressor` is worse than the mean."""

COPED = 0.1
"""Share of the loss of always guessing the mean. A network that leaves less has coped with the scale."""

ROUNDING = 1e-9
"""Share of the standard deviation: a smaller mean is what rounding leaves of 0."""

SCALE_BY_ITSELF = "TableRegressor or train_table, which scale the target by themselves"


def far_from_unit_scale(head: Head, T: NDArray[Any], weights: NDArray[Any] | None = None) -> str:
    """Describe the scale of a target of values; "" where it is near to 1, or where there is none to speak of.

    Parameters
    ----------
    head : Head
        Only a loss of values has targets with a scale, and only those that are compared with raw scores.
    T : array of shape (n, k) or (n,)
    weights : array of shape (n,), optional

    Examples
    --------
    >>> far_from_unit_scale(Head("squared"), np.array([[210_000.0], [150_000.0]]))
    'a mean of 1.8e+05 and a standard deviation of 3e+04'
    >>> far_from_unit_scale(Head("squared"), np.array([[0.5], [-1.0]]))
    ''
    """
    if LOSSES[head.loss].targets != "real" or head.link != "identity":
        return ""
    columns = np.asarray(T, np.float64).reshape(len(T), -1)
    mean = np.average(columns, axis=0, weights=weights)
    std = np.sqrt(np.average(np.square(columns - mean), axis=0, weights=weights))
    scale = np.maximum(std, 1.0 / np.where(std > 0.0, std, 1.0))
    distance = np.maximum(scale, np.abs(mean))
    worst = int(np.argmax(distance))
    if not distance[worst] > FAR:
        return ""
    place = f" in column {worst + 1}" if len(std) > 1 else ""
    middle = mean[worst] if abs(mean[worst]) > ROUNDING * std[worst] else 0.0
    return f"a mean of {middle:.3g} and a standard deviation of {std[worst]:.3g}{place}"
