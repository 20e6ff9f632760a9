"""Looking at rows between steps: mean loss and metric, in inference mode."""

from __future__ import annotations

from forpass.engines.protocol import Session
from forpass.model.scores import Scores
from forpass.spec.network import Head
from forpass.training.job import Part

__all__ = ["measure"]


def measure(session: Session, head: Head, part: Part, metric: str) -> tuple[float, float]:
    """Return mean loss, without penalty, and metric on examples with targets."""
    data, rows = part
    assert data.targets is not None
    targets = data.targets if rows is None else data.targets[rows]
    weights = data.weights if data.weights is None or rows is None else data.weights[rows]
    scores = Scores(head, session.raw_scores(data, rows))
    return scores.loss(targets, weights), scores.metric(metric, targets, weights)
