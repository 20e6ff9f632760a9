"""Where a run stands: what the engine knows, and what training remembers beside it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.initial import empty_slots
from forpass.engines.protocol import EngineState
from forpass.spec.training import TrainingSpec

__all__ = ["Progress", "RunState"]

FEW = 16
"""Numbers, which Python adds in 0.5 microseconds and NumPy in 3.5; there are four such sums an epoch."""


class Progress(NamedTuple):
    """How far a run has come: all that training remembers between two looks.

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
        Of the epoch under way: sums over its batches of weighted losses, and of weights.
    penalty_sum, normaliser_sum : float
        Likewise: of penalties times normalisers, and of normalisers.
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
    penalty_sum: float = 0.0
    normaliser_sum: float = 0.0
    best_value: float = float("inf")
    best_epoch: int = 0
    best_parameters: NDArray[Any] | None = None
    best_buffers: NDArray[Any] | None = None

    def after_iteration(self, loss: float, penalty: float) -> Progress:
        """Return where the run stands after an iteration of lbfgs, which counts as a step of an epoch."""
        step, one = self.step + 1, 1.0
        return self._replace(
            step=step, loss_sum=loss, weight_sum=one, penalty_sum=penalty, normaliser_sum=one
        )

    def after(
        self,
        step: int,
        losses: NDArray[np.float64],
        weights: NDArray[np.float64],
        penalties: NDArray[np.float64],
        normalisers: NDArray[np.float64],
    ) -> Progress:
        """Return where the run stands at `step`, after batches of the epoch under way."""
        return self._replace(
            step=step,
            loss_sum=_added(self.loss_sum, losses),
            weight_sum=_added(self.weight_sum, weights),
            penalty_sum=_added(self.penalty_sum, penalties),
            normaliser_sum=_added(self.normaliser_sum, normalisers),
        )

    @property
    def mean_loss(self) -> float:
        """Of the epoch under way, by now: 0 where nothing counted."""
        return self.loss_sum / self.weight_sum if self.weight_sum else 0.0

    @property
    def mean_penalty(self) -> float:
        """Likewise."""
        return self.penalty_sum / self.normaliser_sum if self.normaliser_sum else 0.0


@dataclass(frozen=True, eq=False)
class RunState:
    """Everything a run is made of: going on from here is going on with the run.

    Attributes
    ----------
    engine : EngineState
        Parameters, buffers and slots.
    progress : Progress
    """

    engine: EngineState
    progress: Progress = field(default_factory=Progress)

    @property
    def parameters(self) -> NDArray[Any]:
        """The parameters to use: the best if any were kept, otherwise the last."""
        best = self.progress.best_parameters
        return self.engine.parameters if best is None else best

    @property
    def buffers(self) -> NDArray[Any]:
        """The buffers that belong to `parameters`."""
        best = self.progress.best_buffers
        return self.engine.buffers if best is None else best

    def at(self, parameters: NDArray[Any]) -> RunState:
        """Return the same state with other last parameters."""
        return replace(self, engine=replace(self.engine, parameters=parameters))

    def forgetting_slots(self, training: TrainingSpec) -> RunState:
        """Return the same state for another optimiser, which remembers nothing yet."""
        slots = empty_slots(training, self.engine.parameters.size)
        return replace(self, engine=replace(self.engine, slots=slots))


def _added(total: float, terms: NDArray[np.float64]) -> float:
    """Add numbers strictly one after the other, so that it does not matter where a stretch ends."""
    if len(terms) <= FEW:
        for term in terms.tolist():
            total += term
        return total
    terms = terms.copy()
    terms[0] += total
    return float(terms.cumsum()[-1])
