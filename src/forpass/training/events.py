"""What training tells its caller while it runs.

A listener is called with each event; it may return True to end training after this epoch. With a
listener, training pauses after every epoch; without one, many short epochs may pass at one go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["EpochEnded", "Event", "Listener", "TrainingEnded", "TrainingStarted"]


@dataclass(frozen=True)
class TrainingStarted:
    """Before the first step of this call.

    Attributes
    ----------
    epochs, steps : int
        How many are planned in all, earlier ones included.
    rows : int
        Number of examples.
    first_epoch : int
        Number of the next epoch, counting from 1; above 1 when a run is continued.
    metric : str
        Name of the metric of the records.
    """

    epochs: int
    steps: int
    rows: int
    first_epoch: int
    metric: str


@dataclass(frozen=True)
class EpochEnded:
    """After an epoch, and after looking at the validation data if it was time to.

    Attributes
    ----------
    record : dict
        The history's record of this epoch.
    epochs : int
        How many are planned in all.
    is_best : bool
        Whether these are the best parameters so far.
    """

    record: dict[str, Any]
    epochs: int
    is_best: bool


@dataclass(frozen=True)
class TrainingEnded:
    """After the last step.

    Attributes
    ----------
    reason : str
        ``"epochs"``, ``"plateau"``, ``"max_steps"``, ``"max_seconds"``, ``"interrupted"``,
        ``"listener"``, or of lbfgs ``"converged"``, ``"evaluations"`` or ``"stalled"``.
    epoch, step : int
        Epochs completed and steps taken.
    best_epoch : int
        The epoch whose parameters are kept; 0 for the last.
    seconds : float
    """

    reason: str
    epoch: int
    step: int
    best_epoch: int
    seconds: float


Event: TypeAlias = TrainingStarted | EpochEnded | TrainingEnded
Listener: TypeAlias = Callable[[Event], bool | None]
