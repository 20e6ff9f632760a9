"""Looking at rows between steps: mean loss and metric, in inference mode.

Rows are looked at as they were encoded once; nothing is encoded again.
"""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from forpass.engines.protocol import Session
from forpass.errors import DataError
from forpass.maths.metrics import Metric
from forpass.model.scores import Scores
from forpass.spec.network import Head
from forpass.training.job import Job, Part

__all__ = ["look", "measure"]


def look(session: Session, job: Job, metric: Metric, decides: bool) -> dict[str, Any]:
    """Return the figures that a job asks for, by the names that they have in an `EpochRecord`.

    Parameters
    ----------
    decides : bool
        Whether the metric decides when to stop, and which parameters to keep.

    Raises
    ------
    DataError
        When it decides and is undefined on the validation rows.
    """
    head, threshold, found = job.spec.head, job.threshold, dict[str, Any]()
    if job.validation_part is not None:
        part, weights = job.validation_part, job.metric_weights
        loss, value = measure(session, head, part, metric, threshold, weights)
        if decides and math.isnan(value) and math.isfinite(loss):
            why = f": {metric.undefined}" if metric.undefined else ""
            raise DataError(
                f"the metric {metric.name} is undefined on the {part.n_rows} validation rows{why}; "
                "choose another metric, or other validation rows"
            )
        found |= {"metric": metric.name, "validation_loss": loss, "validation_metric": value}
    if job.training.training_metrics:
        value = measure(session, head, job.training_part, metric, threshold)[1]
        found |= {"metric": metric.name, "training_metric": value}
    return found


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
