"""Where a table's two classes are told apart: said as a probability, or chosen by a metric."""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.api.metrics import TargetMeaning, metric_for
from forpass.errors import DataError, SpecError
from forpass.maths.links import LINKS
from forpass.maths.threshold import best_threshold
from forpass.model import Scores
from forpass.preprocessing import TargetSpec
from forpass.spec.data import Data
from forpass.told import called

__all__ = ["chosen_threshold", "fixed_threshold", "positive_threshold", "require_threshold_for"]


def require_threshold_for(target: TargetSpec, threshold: Any, any_rows: bool) -> None:
    """Refuse a threshold where there are not two classes, or not `any_rows` by which to choose it.

    Raises
    ------
    SpecError
    """
    if threshold is None:
        return
    if target.task != "classification" or len(target.classes) != 2:
        many = f"has {len(target.classes)} classes" if target.classes else f"is a {target.task}"
        raise SpecError(
            f"{called('threshold')} decides between two classes, and the target {', '.join(target.names)} "
            f"{many}; leave it out"
        )
    if isinstance(threshold, str) and not any_rows:
        raise SpecError(
            f"{called('threshold')} {threshold!r} is chosen on validation rows, and there are none; "
            "give a share of them, or say it as a number"
        )


def fixed_threshold(target: TargetSpec, threshold: Any) -> float:
    """Return the threshold on the probability of the second class, one half until it is chosen."""
    if threshold is None or isinstance(threshold, str):
        return 0.5
    return positive_threshold(target, float(threshold))


def positive_threshold(target: TargetSpec, threshold: float) -> float:
    """Turn a threshold on the probability of the second class into one of the positive class, or back."""
    return threshold if target.positive_number == 1 else 1.0 - threshold


def chosen_threshold(name: str, target: TargetSpec, validation: Data, scores: Scores) -> float:
    """Return the threshold on the probability of the second class that is best for a metric.

    Raises
    ------
    DataError
        When the metric is undefined on the validation rows.
    """
    metric = metric_for(name, TargetMeaning.of_target(target, "classification"))
    assert metric is not None and validation.targets is not None
    P = np.asarray(LINKS["logistic"].function(scores.raw[:, 0].astype(np.float64)))
    threshold, value = best_threshold(metric, validation.targets[:, 0] > 0.5, P, validation.weights)
    if np.isnan(value):
        raise DataError(
            f"the threshold cannot be chosen by {name}, which is undefined on the {validation.n_rows} "
            f"rows by which it is chosen: {metric.undefined}; say the threshold as a number, or give other "
            "rows"
        )
    return threshold
