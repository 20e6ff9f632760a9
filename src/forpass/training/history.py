"""The history of a run: one plain record per epoch, which JSON can hold."""

from __future__ import annotations

from typing import Any

from forpass.engines.protocol import Engine
from forpass.model.scores import Scores
from forpass.spec.data import Data
from forpass.spec.program import Program

__all__ = ["History", "measure"]

History = list[dict[str, Any]]
"""Records with ``epoch``, ``step``, ``training_loss``, ``rate`` and ``seconds``; where it was looked
also ``metric`` (its name), ``validation_loss``, ``validation_metric``, ``training_metric``."""


def measure(
    program: Program, engine: Engine, engine_state: Any, data: Data, metric: str
) -> tuple[float, float]:
    """Return mean loss, without penalty, and metric on examples with targets, in inference mode."""
    assert data.targets is not None
    scores = Scores(program.head, engine.raw_scores(engine_state, data))
    loss = scores.loss(data.targets, data.weights)
    return loss, scores.metric(metric, data.targets, data.weights)
