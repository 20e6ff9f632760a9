"""What training tells its caller while it runs.

A listener is called with each event; it may return True to end training after this epoch. With a
listener, training pauses after every epoch; without one, many short epochs may pass at one go. Every
event of a run carries it. Of runs side by side a listener is told in their threads, one event at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from forpass.model.history import EpochRecord
from forpass.spec.data import Data
from forpass.training.job import Job
from forpass.training.state import RunState

__all__ = [
    "BaselineEnded",
    "BaselineStep",
    "EpochEnded",
    "Event",
    "Listener",
    "NetworkEnded",
    "NetworksEnded",
    "NetworksStarted",
    "Running",
    "StepsEnded",
    "TrainingEnded",
    "TrainingStarted",
]


class Running(Protocol):
    """A run as its listeners see it: to read, and to end.

    Attributes
    ----------
    job : Job
    history : list of EpochRecord
    steps_told : int or None
        After every so many steps `StepsEnded` is told; None, as it is at first, for never. A listener sets
        it when it hears `TrainingStarted`. What is computed does not depend on it.
    """

    job: Job
    history: list[EpochRecord]
    steps_told: int | None

    def state(self) -> RunState:
        """Return where it stands: parameters, buffers, slots, progress."""
        ...

    def parameters(self) -> dict[str, NDArray[Any]]:
        """Return copies of its parameters as they are now, by name."""
        ...

    def gradients(self, data: Data) -> dict[str, NDArray[Any]]:
        """Return the gradient of the objective on some examples by each parameter, by name."""
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

    Examples
    --------
    >>> import forpass as fp
    >>> events = []
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> training = fp.TrainingSpec(epochs=5, batch_size=2)
    >>> _ = fp.train(fp.multilayer(1, [], 1, "squared"), training, data, listener=events.append)
    >>> events[0]
    TrainingStarted(epochs=5, steps=10, rows=3, first_epoch=1, metric='r2')
    """

    run: Running = field(repr=False)
    epochs: int
    steps: int
    rows: int
    first_epoch: int
    metric: str


@dataclass(frozen=True)
class StepsEnded:
    """After a stretch of steps, where a listener has asked for it: ``event.run.steps_told = 100``.

    It comes after each step whose number is a multiple of that, after the `EpochEnded` of the same step.
    Of lbfgs, each of whose iterations is told as an epoch, it never comes.

    Attributes
    ----------
    run : Running
    first, last : int
        The steps taken since the last event of this kind, or since the run began or went on; counted
        from 1, both included.
    training_loss : float
        Weighted mean loss of the examples as they came by in these steps, without any penalty.

    Examples
    --------
    >>> import forpass as fp
    >>> events = []
    >>> def listener(event):
    ...     event.run.steps_told = 4
    ...     events.append(event)
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> training = fp.TrainingSpec(epochs=5, batch_size=2)
    >>> _ = fp.train(fp.multilayer(1, [], 1, "squared"), training, data, listener=listener)
    >>> [type(event).__name__ for event in events[:4]]
    ['TrainingStarted', 'EpochEnded', 'EpochEnded', 'StepsEnded']
    >>> events[3]
    StepsEnded(first=1, last=4, training_loss=...)
    """

    run: Running = field(repr=False)
    first: int
    last: int
    training_loss: float


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
    looked : bool
        Whether the data were looked at after this epoch: then the record has a metric.

    Examples
    --------
    >>> import forpass as fp
    >>> events = []
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> training = fp.TrainingSpec(epochs=2)
    >>> _ = fp.train(fp.multilayer(1, [], 1, "squared"), training, data, listener=events.append)
    >>> [type(event).__name__ for event in events]
    ['TrainingStarted', 'EpochEnded', 'EpochEnded', 'TrainingEnded']
    >>> events[1].record.epoch, events[1].epochs
    (1, 2)
    """

    run: Running = field(repr=False)
    record: EpochRecord
    epochs: int
    is_best: bool

    @property
    def looked(self) -> bool:
        """Whether the data were looked at after this epoch."""
        return self.record.metric is not None


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
        Epochs completed, with the one that the last step broke off, and steps taken.
    best_epoch : int
        The epoch whose parameters are kept; 0 for the last.
    seconds : float
        Since the run began, earlier calls included.

    Examples
    --------
    >>> import forpass as fp
    >>> events = []
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> training = fp.TrainingSpec(epochs=5, batch_size=2, stopping=fp.StoppingSpec(max_steps=6))
    >>> _ = fp.train(fp.multilayer(1, [], 1, "squared"), training, data, listener=events.append)
    >>> events[-1]
    TrainingEnded(reason='max_steps', epoch=3, step=6, best_epoch=0, seconds=...)
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


@dataclass(frozen=True)
class NetworksStarted:
    """Before the first of many networks that are trained in one call.

    Attributes
    ----------
    count : int
        How many they are.
    work : float
        How many operations all of them take, as predicted; only the shares tell something.
    """

    count: int
    work: float


@dataclass(frozen=True)
class NetworkEnded:
    """After one of many networks; a listener that returns True ends all of them.

    Attributes
    ----------
    number : int
        Its place among them, counted from 0.
    name : str
        The name of its job, or ``network 3``.
    metric : str
        What was measured.
    figure : float or None
        What it was on the validation rows in the epoch that was kept; None where there are no such rows.
    higher_is_better : bool
        Of that figure.
    seconds : float
        How long it took.
    work : float
        How many of the predicted operations it was.

    Examples
    --------
    >>> import forpass as fp
    >>> events = []
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> job = fp.Job(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(epochs=5), data)
    >>> _ = fp.train_many([job, job], listener=events.append)
    >>> sorted(event.name for event in events if isinstance(event, fp.NetworkEnded))
    ['network 1', 'network 2']
    """

    number: int
    name: str
    metric: str
    figure: float | None
    higher_is_better: bool
    seconds: float
    work: float


@dataclass(frozen=True)
class NetworksEnded:
    """After the last of many networks, or when no other is begun."""


Event: TypeAlias = (
    TrainingStarted
    | StepsEnded
    | EpochEnded
    | TrainingEnded
    | BaselineStep
    | BaselineEnded
    | NetworksStarted
    | NetworkEnded
    | NetworksEnded
)
Listener: TypeAlias = Callable[[Event], bool | None]
