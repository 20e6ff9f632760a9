"""What an engine is, and what passes between it and training.

An engine is a module with the functions of `Engine`. It carries out steps; it knows no epochs, no
schedules, no stopping. Training plans a stretch of steps (`StepPlan`), lets the engine advance, and
looks at what came of it (`StepStats`). Because every random number is a function of the global step
number, cutting a run into other stretches changes no bit of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.maths.optimizers import OPTIMIZERS
from forpass.sampling.initial import initial_values
from forpass.sampling.streams import Key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import LBFGS, TrainingSpec

__all__ = ["Engine", "Progress", "State", "StepPlan", "StepStats", "fresh_state"]


class Progress(NamedTuple):
    """How far a run has come: all that the loop remembers between two looks.

    Attributes
    ----------
    step, epoch : int
        Steps taken and epochs completed.
    looks_without_improvement : int
    monitored_best : float
        Best value of the monitored figure so far, turned so that smaller is better.
    rate_multiplier : float
        What plateaus have made of the learning rate.
    loss_sum, weight_sum : float
        Running loss of the epoch under way: sums of the batches' weighted losses and of their weights.
    best_value : float
        The monitored figure of the parameters kept as best; infinite if none are kept.
    best_epoch : int
    best_parameters, best_buffers : arrays or None
    """

    step: int = 0
    epoch: int = 0
    looks_without_improvement: int = 0
    monitored_best: float = float("inf")
    rate_multiplier: float = 1.0
    loss_sum: float = 0.0
    weight_sum: float = 0.0
    best_value: float = float("inf")
    best_epoch: int = 0
    best_parameters: NDArray[Any] | None = None
    best_buffers: NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class State:
    """Everything a run is made of, in the canonical form in which it is stored.

    Attributes
    ----------
    parameters : array of shape (program.parameters.size,)
        What is trained.
    buffers : array of shape (program.buffers.size,)
        What is learnt but not by gradient: running statistics.
    slots : array of shape (number of slots, program.parameters.size)
        What the optimiser remembers beside each parameter.
    progress : Progress
    """

    parameters: NDArray[Any]
    buffers: NDArray[Any]
    slots: NDArray[Any]
    progress: Progress = field(default_factory=Progress)

    def copy(self) -> State:
        """Return a state that shares no array with this one, except the best values, which nobody writes."""
        return State(self.parameters.copy(), self.buffers.copy(), self.slots.copy(), self.progress)


@dataclass(frozen=True, eq=False)
class StepPlan:
    """A stretch of steps, decided before it begins.

    Attributes
    ----------
    first : int
        Global number of the first step, counting from 0.
    rows : int64 array
        Row numbers of all batches, one after the other.
    bounds : int64 array of shape (steps + 1,)
        Batch i is ``rows[bounds[i]:bounds[i + 1]]``.
    rate, decay, dropout : float64 arrays of shape (steps,)
        Learning rate, weight decay, and factor on every dropout rate, of each step.
    """

    first: int
    rows: NDArray[np.int64]
    bounds: NDArray[np.int64]
    rate: NDArray[np.float64]
    decay: NDArray[np.float64]
    dropout: NDArray[np.float64]

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return len(self.bounds) - 1

    @property
    def stop(self) -> int:
        """Global number of the step after the last."""
        return self.first + self.n_steps

    def batch(self, i: int) -> NDArray[np.int64]:
        """Return the row numbers of the i-th batch."""
        return self.rows[self.bounds[i] : self.bounds[i + 1]]


@dataclass(frozen=True, eq=False)
class StepStats:
    """What came of a stretch of steps.

    Attributes
    ----------
    losses : float64 array of shape (steps,)
        The objective of each batch before its step, penalty included; 0 for a skipped batch.
    weights : float64 array of shape (steps,)
        Sum of weights of each batch; 0 says that the batch was skipped.
    normalisers : float64 array of shape (steps,)
        What the sum of weighted losses of each batch was divided by.
    bad_step : int or None
        Global number of the first step whose loss or parameters were not finite. The engine stops
        there, so later entries mean nothing.
    """

    losses: NDArray[np.float64]
    weights: NDArray[np.float64]
    normalisers: NDArray[np.float64]
    bad_step: int | None


class Engine(Protocol):
    """The functions of an engine's module.

    The engine's own state is opaque to everybody else: it may be padded, shared or on a device.
    Engines never write into the arrays they are given.
    """

    NAME: str

    def start(
        self, program: Program, state: State, data: Data | None = None, training: TrainingSpec | None = None
    ) -> Any:
        """Make the engine's own state. Without `data` and `training` it can only predict."""
        ...

    def advance(self, engine_state: Any, plan: StepPlan) -> StepStats:
        """Carry out the steps of a plan."""
        ...

    def value_and_gradient(
        self, engine_state: Any, rows: NDArray[np.int64], step: int = 0
    ) -> tuple[float, NDArray[Any]]:
        """Return the objective on `rows`, in training mode with the masks of `step`, and its gradient.

        Nothing changes: no step is taken and running statistics stay as they are. `rows` are numbers
        from 0 on; DataError where they are not, where there are none, or where their weights are all 0:
        on such rows there is no objective.
        """
        ...

    def raw_scores(self, engine_state: Any, data: Data) -> NDArray[Any]:
        """Return the raw scores (n, k) of other examples, in inference mode."""
        ...

    def predictions(self, engine_state: Any, data: Data) -> NDArray[Any]:
        """Return the raw scores of other examples after the head's link (n, k)."""
        ...

    def export_state(self, engine_state: Any) -> State:
        """Return parameters, buffers and slots in canonical form, as copies."""
        ...

    def import_parameters(self, engine_state: Any, parameters: NDArray[Any]) -> None:
        """Continue from other parameters."""
        ...

    def orders(self, n: int, key: Key, first: int, count: int) -> NDArray[np.int64]:
        """Return the orders of n examples in the epochs first, first + 1, ...: (count, n), n at least 1.

        As `sampling.order.permutation` gives them one by one: the same numbers in every engine.
        """
        ...


def fresh_state(program: Program, training: TrainingSpec, parameters: NDArray[Any] | None = None) -> State:
    """Return the state before the first step: initial parameters and buffers, empty slots.

    Parameters
    ----------
    program : Program
    training : TrainingSpec
        Its seed decides the parameters, its dtype and optimiser the arrays.
    parameters : array of shape (program.parameters.size,), optional
        Use these instead of drawing some.
    """
    if parameters is None:
        parameters = initial_values(program.parameters, training.seed)
    name = training.optimizer.name
    n_slots = 0 if name == LBFGS else len(OPTIMIZERS[name].slots)
    return State(
        np.array(parameters, dtype=training.dtype),
        initial_values(program.buffers, training.seed).astype(training.dtype),
        np.zeros((n_slots, program.parameters.size), training.dtype),
    )
