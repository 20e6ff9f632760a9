"""What a listener reads of a run under way, beside it: gradients of a probe batch, losses of a stretch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.plans import PlanWriter
from forpass.engines.protocol import EngineState
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["Stretch", "gradients_of"]


def gradients_of(
    program: Program, state: EngineState, training: TrainingSpec, data: Data
) -> dict[str, NDArray[Any]]:
    """Return the gradient of the objective on some examples by each parameter, by name.

    The objective is that of one step on all of them, in training mode but without dropout. The reference
    engine computes it, on copies.

    Raises
    ------
    DataError
        When the data do not fit the network, or have no targets.
    """
    from forpass.engines import reference  # who asks for no gradient does not wait for it

    session = reference.start(program, state, data, training)
    plan = PlanWriter(program, training, data).gradient(np.arange(data.n_rows), dropout=0.0)
    return program.parameters.views(session.value_and_gradient(plan).gradient)


@dataclass
class Stretch:
    """Steps after a step, of which nobody was told yet: the losses and weights of their batches.

    Examples
    --------
    >>> stretch = Stretch(after=4)
    >>> stretch.add(np.array([1.0, 4.0]), np.array([2.0, 2.0]))
    >>> stretch.mean_loss
    1.25
    """

    after: int
    losses: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, losses: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        """Take note of some steps."""
        self.losses += losses.tolist()
        self.weights += weights.tolist()

    @property
    def mean_loss(self) -> float:
        """Weighted mean loss, exact before it is rounded, so wherever the run paused; nan without weight."""
        weight = math.fsum(self.weights)
        return math.fsum(self.losses) / weight if weight else math.nan
