"""What training tells its caller while it runs.

A listener is called with each event; it may return True to end training after this epoch. With a
listener, training pauses after every epoch; without one, many short epochs may pass at one go. Every
event of a run carries it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from forpass.model.history import EpochRecord
from forpass.training.job import Job
from forpass.training.state import RunState

__all__ = [
    "BaselineEnded",
    "BaselineStep",
    "EpochEnded",
    "Event",
    "Listener",
    "Running",
    "TrainingEnded",
    "TrainingStarted",
]


class Running(Protocol):
    """A run as its listeners see it: to read, and to end."""

    job: Job
    history: list[EpochRecord]

    def state(self) -> RunState:
        """Return where it stands: parameters, buffers, slots, progress."""
        ...

    def stop(self, reason: str) -> None:
        """End it where it stands."""
        ...


@dataclass(frozen=True)
class TrainingStarted:
    """Before the first step of this call.

    Attributes
    ----------
    run : Running
    epochs, steps : int
        How many are planned in all, earlier ones included.
    rows : int
        Number of training rows.
    first_epoch : int
        Number of the next epoch, counting from 1; above 1 when a run is continued.
    metric : str
        Name of the metric of the records.
    """

    run: Running = field(repr=False)
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
    run : Running
    record : EpochRecord
        The history's record of this epoch.
    epochs : int
        How many are planned in all.
    is_best : bool
        Whether these are the best parameters so far.
    """

    run: Running = field(repr=False)
    record: EpochRecord
    epochs: int
    is_best: bool


@dataclass(frozen=True)
class TrainingEnded:
    """After the last step.

    Attributes
    ----------
    run : Running
    reason : str
        ``"epochs"``, ``"plateau"``, ``"max_steps"``, ``"max_seconds"``, ``"interrupted"``,
        ``"listener"``, or of lbfgs ``"converged"``, ``"evaluations"`` or ``"stalled"``.
    epoch, step : int
        Epochs completed and steps taken.
    best_epoch : int
        The epoch whose parameters are kept; 0 for the last.
    seconds : float
    """

    run: Running = field(repr=False)
    reason: str
    epoch: int
    step: int
    best_epoch: int
    seconds: float


@dataclass(frozen=True)
class BaselineStep:
    """After a step of fitting the linear baseline, which `train_table` does before training.

    Attributes
    ----------
    step : int
        Counted from 1.
    """

    step: int


@dataclass(frozen=True)
class BaselineEnded:
    """After the last of these steps."""


Event: TypeAlias = TrainingStarted | EpochEnded | TrainingEnded | BaselineStep | BaselineEnded
Listener: TypeAlias = Callable[[Event], bool | None]
