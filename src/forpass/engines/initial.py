"""The state before the first step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import EngineState
from forpass.maths.optimizers import OPTIMIZERS
from forpass.sampling.initial import initial_values
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["empty_slots", "fresh_state"]


def fresh_state(
    program: Program, training: TrainingSpec, parameters: NDArray[Any] | None = None
) -> EngineState:
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
    return EngineState(
        np.array(parameters, dtype=training.dtype),
        initial_values(program.buffers, training.seed).astype(training.dtype),
        empty_slots(training, program.parameters.size),
    )


def empty_slots(training: TrainingSpec, size: int) -> NDArray[Any]:
    """Return what an optimiser remembers of so many parameters before the first step: zeros."""
    n_slots = len(OPTIMIZERS[training.optimizer.name].slots) if training.by_steps else 0
    return np.zeros((n_slots, size), training.dtype)
