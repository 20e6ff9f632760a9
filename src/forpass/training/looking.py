"""Looking at rows between steps: mean loss and metric, in inference mode.

Rows are looked at as they were encoded once; nothing is encoded again.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from forpass.engines.protocol import Session
from forpass.maths.metrics import Metric
from forpass.model.scores import Scores
from forpass.spec.network import Head
from forpass.training.job import Part

__all__ = ["measure"]


def measure(
    session: Session,
    head: Head,
    part: Part,
    metric: Metric,
    threshold: float = 0.5,
    metric_weights: NDArray[Any] | None = None,
) -> tuple[float, float]:
    """Return mean loss, without penalty, and metric on examples with targets.

    Parameters
    ----------
    threshold : float
        Of two classes, the probability above which the second is decided.
    metric_weights : array, optional
        How much each row counts for the metric, where that is not as for the loss.
    """
    data, rows = part
    assert data.targets is not None
    targets = data.targets if rows is None else data.targets[rows]
    weights = data.weights if data.weights is None or rows is None else data.weights[rows]
    scores = Scores(head, session.raw_scores(data, rows), threshold=threshold)
    counted = weights if metric_weights is None else metric_weights
    return scores.loss(targets, weights), scores.metric(metric, targets, counted)
