"""What raw scores mean: predictions, decisions, and how good they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import SpecError
from forpass.maths.links import LINKS
from forpass.maths.losses import LOSSES
from forpass.maths.metrics import METRICS
from forpass.spec.network import Head

__all__ = ["decisions", "default_metric", "mean_loss", "metric_value", "predictions", "require_metric"]

DECIDED = ("class", "label", "probability")
"""Kinds of target that are decided rather than estimated."""


def predictions(head: Head, Z: NDArray[Any]) -> NDArray[Any]:
    """Apply the head's link: raw scores (n, k) -> probabilities, rates or values (n, k)."""
    with np.errstate(over="ignore"):  # exp of a large score is infinite, and says so
        return np.asarray(LINKS[head.link].function(Z))


def decisions(head: Head, Z: NDArray[Any]) -> NDArray[Any]:
    """Decide: the class number (n,), a 0 or 1 for each label (n, k), or the predicted values (n, k).

    A label is 1 where the raw score is above 0, which is a probability above one half.
    """
    kind = LOSSES[head.loss].targets
    if kind == "class":
        return np.asarray(np.argmax(Z, axis=1))
    if kind in ("label", "probability"):
        return (Z > 0).astype(np.int64)
    return predictions(head, Z)


def mean_loss(head: Head, Z: NDArray[Any], targets: NDArray[Any], weights: NDArray[Any] | None) -> float:
    """Weighted mean loss of raw scores, without any penalty, computed in float64."""
    Z = Z.astype(np.float64, copy=False)
    T: Any = targets
    if T.ndim == 1:
        T = (T[:, None] == np.arange(Z.shape[1])).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        L = LOSSES[head.loss].function(Z, T, *head.settings.values())
        per_example = np.sum(L, axis=1) / (Z.shape[1] if head.over_outputs == "mean" else 1)
        return float(np.average(per_example, weights=weights))


def default_metric(head: Head) -> str:
    """Name of the metric people expect: accuracy of decisions, r2 of values."""
    return "accuracy" if LOSSES[head.loss].targets in DECIDED else "r2"


def require_metric(name: str, head: Head) -> None:
    """Refuse a metric of classes for a head that predicts values, and the other way round."""
    metric, decides = METRICS[name], LOSSES[head.loss].targets in DECIDED
    if decides != (metric.targets == "class"):
        raise SpecError(
            f"the metric {name} measures {'values' if decides else 'classes'}, but the loss {head.loss} "
            f"predicts {'classes' if decides else 'values'}; use {default_metric(head)}"
        )


def metric_value(
    name: str, head: Head, Z: NDArray[Any], targets: NDArray[Any], weights: NDArray[Any] | None
) -> float:
    """Measure raw scores against targets with a metric of the registry METRICS.

    Raises
    ------
    SpecError
        When the metric is one of classes and the head predicts values, or the other way round.
    """
    require_metric(name, head)
    if not np.isfinite(Z).all():
        return float("nan")
    truth: Any = targets
    kind = LOSSES[head.loss].targets
    if kind in DECIDED and truth.ndim == 2:
        # Probabilities as targets are decided like predictions: the likeliest class, or above one half.
        truth = np.argmax(truth, axis=1) if kind == "class" else (truth > 0.5).astype(np.int64)
    return METRICS[name].function(truth, decisions(head, Z), weights)
