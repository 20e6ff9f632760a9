"""What an engine is, and what passes between it and training.

An engine starts sessions, and a session carries out steps: it knows no epochs, no schedules, no
stopping. Training plans a stretch of steps (`plans.StepPlan`), lets the session advance, and looks at
what came of it (`StepStats`). Because every random number is a function of the global step number,
cutting a run into other stretches changes no bit of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.engines.plans import StepPlan
from forpass.engines.requirements import n_slots
from forpass.errors import DataError
from forpass.sampling.streams import Key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["Engine", "EngineState", "Session", "StepStats", "ValueAndGradient"]


@dataclass(frozen=True, eq=False)
class EngineState:
    """All that an engine knows of a network, in the canonical form in which it is stored.

    Attributes
    ----------
    parameters : array of shape (program.parameters.size,)
        What is trained.
    buffers : array of shape (program.buffers.size,)
        What is learnt but not by gradient: running statistics.
    slots : array of shape (number of slots, program.parameters.size)
        What the optimiser remembers beside each parameter.
    """

    parameters: NDArray[Any]
    buffers: NDArray[Any]
    slots: NDArray[Any]

    def copy(self) -> EngineState:
        """Return a state that shares no array with this one."""
        return EngineState(self.parameters.copy(), self.buffers.copy(), self.slots.copy())

    def require_fit(self, program: Program, training: TrainingSpec | None = None) -> None:
        """Refuse a state that is not the program's, or not that of a training: another length or type.

        There may be no slots where no step is to be taken.

        Raises
        ------
        DataError
        """
        size, kind = program.parameters.size, self.parameters.dtype
        arrays: list[tuple[str, NDArray[Any], tuple[int, ...]]] = [
            ("parameters", self.parameters, (size,)),
            ("buffers", self.buffers, (program.buffers.size,)),
        ]
        if count := len(self.slots):
            arrays.append(("slots", self.slots, (count if training is None else n_slots(training), size)))
        for name, found, wanted in arrays:
            if found.shape != wanted or found.dtype != kind or kind not in (np.float32, np.float64):
                raise DataError(
                    f"the {name} are {found.dtype} {found.shape}; this network takes {wanted}, "
                    "and all of one type, float32 or float64"
                )


@dataclass(frozen=True, eq=False)
class StepStats:
    """What came of a stretch of steps.

    Attributes
    ----------
    losses : float64 array of shape (steps,)
        Sum of the weighted losses of each batch before its step; 0 for a skipped batch. Divided by the
        plan's normaliser it is the loss that the step descends.
    penalties : float64 array of shape (steps,)
        The penalty on the parameters at the same time, as it stands in the objective beside that quotient.
    bad_step : int or None
        Global number of the first step whose loss, penalty or parameters were not finite. Later entries
        mean nothing, nor does the session's state.
    """

    losses: NDArray[np.float64]
    penalties: NDArray[np.float64]
    bad_step: int | None


class ValueAndGradient(NamedTuple):
    """The objective of a batch and its derivative.

    Attributes
    ----------
    loss : float
        Sum of the weighted losses of the batch, divided by the plan's normaliser.
    penalty : float
    gradient : array of shape (program.parameters.size,)
        Derivative of the objective by each parameter.
    """

    loss: float
    penalty: float
    gradient: NDArray[Any]

    @property
    def objective(self) -> float:
        """What is minimised: loss and penalty together."""
        return self.loss + self.penalty


class Session(Protocol):
    """An engine at work on one network.

    How it keeps its numbers is its own business: they may be padded, shared or on a device. It never
    writes into the arrays it is given, and what it gives out are copies.
    """

    threads: int | None
    """How many threads may take part; None: as many as pay. What is computed does not depend on it."""

    def advance(self, plan: StepPlan) -> StepStats:
        """Carry out the steps of a plan; a batch whose weights sum to 0 is skipped."""
        ...

    def value_and_gradient(self, plan: StepPlan) -> ValueAndGradient:
        """Return the objective of the single step of a plan, in training mode, and its gradient.

        Nothing changes: no step is taken and running statistics stay as they are.
        """
        ...

    def raw_scores(self, data: Data, rows: NDArray[np.int64] | None = None) -> NDArray[Any]:
        """Return the raw scores (n, k) of examples, or of some rows of them, in inference mode."""
        ...

    def state(self) -> EngineState:
        """Return parameters, buffers and slots in canonical form."""
        ...

    def set_parameters(self, parameters: NDArray[Any]) -> None:
        """Continue from other parameters."""
        ...


class Engine(Protocol):
    """The functions of an engine's module."""

    NAME: str

    def start(
        self,
        program: Program,
        state: EngineState,
        data: Data | None = None,
        training: TrainingSpec | None = None,
    ) -> Session:
        """Start a session on copies of `state`; the data are not copied.

        Without `data` and `training` it can only give raw scores.

        Raises
        ------
        DataError
            When the data do not fit the program.
        """
        ...

    def raw_scores_of_each(
        self,
        sessions: Sequence[Any],
        data: Data,
        rows: NDArray[np.int64] | None = None,
        threads: int | None = None,
    ) -> list[NDArray[Any]]:
        """Return what each of several sessions of this engine gives as raw scores of the same rows.

        The same bits as theirs: what does not depend on the network may be done once. So many `threads` at
        most take part, None: as each session says.
        """
        ...

    def orders(self, n: int, key: Key, first: int, count: int) -> NDArray[np.int64]:
        """Return the orders of n examples in the epochs first, first + 1, ...: (count, n), n at least 1.

        As `sampling.order.permutation` gives them one by one: the same numbers in every engine.
        """
        ...

    def linked(self, link: str, Z: NDArray[Any]) -> NDArray[Any]:
        """Return raw scores Z (n, k) after a link of the registry LINKS, in their own type."""
        ...
