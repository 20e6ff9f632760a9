"""Learning rates that are too high or too low, told by the history and by the size of a step.

Of the history the objective is judged, training loss and penalty together, for that is what steps descend.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from forpass.diagnosis.finding import Case, Finding
from forpass.diagnosis.remedies import remedy
from forpass.engines import reference
from forpass.engines.initial import empty_slots
from forpass.engines.plans import PlanWriter
from forpass.engines.protocol import EngineState

__all__ = ["learning_rate_too_high", "learning_rate_too_low"]

RISE = 0.25
"""Share of the first epoch's objective. A batch's jumps about, the mean of an epoch hardly; a rise by a
quarter of where it all began means that steps overshoot."""

LARGE_STEP = 0.1
"""Length of one step over the length of the parameters. Usual are 0.001 to 0.01; ten such steps replace
the matrix."""

SMALL_STEP = 1e-6
"""The same: a million steps to replace the matrix."""

FEW_EPOCHS = 10
"""Fewer do not show a trend."""

STEADY = 0.5
"""Fall of the objective in the second half of the epochs over that in the first. What approaches its end
falls much faster at first; a fall that has hardly slowed down has hardly begun."""

STILL_HIGH = 0.5
"""Share of the first epoch's objective that must be left for a steady fall to count: else it has got
somewhere."""

NOTHING = 0.01
"""Share of the first epoch's objective. Less than this in a whole run is no progress."""


def learning_rate_too_high(case: Case) -> Iterator[Finding]:
    """Report an objective that rises or jumps, or a step that is large beside the parameters.

    The step is a first one, from empty slots, on the examples looked at, with clipping, decay and
    factors as they were: what momentum would add to it is not counted.
    """
    J = _objectives(case)
    if len(J) > 1:
        rises = J[1:] - np.minimum.accumulate(J)[:-1]
        worst = int(np.argmax(rises))
        if rises[worst] > RISE * J[0]:
            yield Finding(
                "learning_rate_too_high",
                "training",
                float(rises[worst] / J[0]),
                f"the objective (training loss and penalty) rose from {J[: worst + 1].min():.3g} to "
                f"{J[worst + 1]:.3g} in epoch {worst + 2}",
                remedy("learning_rate_too_high", _learning_rate(case)),
            )
            return
    steps = _relative_steps(case)
    if steps:
        name = max(steps, key=lambda block: steps[block])
        if steps[name] > LARGE_STEP:
            yield Finding(
                "learning_rate_too_high",
                _layer(case, name),
                steps[name],
                f"one step changes {name} by {steps[name]:.0%} of its size",
                remedy("learning_rate_too_high", _learning_rate(case)),
            )


def learning_rate_too_low(case: Case) -> Iterator[Finding]:
    """Report an objective that has hardly begun to fall, at the pace at which it began."""
    J = _objectives(case)
    if len(J) < FEW_EPOCHS:
        return
    middle = J[len(J) // 2]
    fall, first, second = J[0] - J[-1], J[0] - middle, middle - J[-1]
    steady = fall > 0 and first > 0 and second >= STEADY * first and J[-1] > STILL_HIGH * J[0]
    steps = _relative_steps(case)
    tiny = bool(steps) and max(steps.values()) < SMALL_STEP and abs(fall) < NOTHING * J[0]
    if steady or tiny:
        yield Finding(
            "learning_rate_too_low",
            "training",
            float(fall / J[0]),
            f"the objective (training loss and penalty) fell by {max(fall / J[0], 0.0):.1%} in "
            f"{len(J)} epochs" + (" and was still falling as fast as in the beginning" if steady else ""),
            remedy("learning_rate_too_low", _learning_rate(case)),
        )


def _learning_rate(case: Case) -> float:
    assert case.model.training is not None
    return case.model.training.optimizer.learning_rate


def _objectives(case: Case) -> np.ndarray:
    """Return the objective of each epoch (epochs,); none where no learning rate was at work."""
    training = case.model.training
    if training is None or not training.by_steps:
        return np.empty(0)
    return np.array([record.objective for record in case.model.history])


def _relative_steps(case: Case) -> dict[str, float]:
    """Length of a first step from here over the length of the parameters, by matrix; in float64."""
    model, data = case.model, case.data
    n = data.n_rows - data.n_rows % model.program.members  # as many rows for each member
    if model.training is None or not model.training.by_steps or not n:
        return {}
    training = dataclasses.replace(model.training, dtype="float64")
    parameters, buffers = (A.astype(np.float64) for A in (model.parameters, model.buffers))
    state = EngineState(parameters, buffers, empty_slots(training, parameters.size))
    session = reference.start(model.program, state, data, training)
    optimizer, one = training.optimizer, np.ones(1)
    session.advance(
        PlanWriter(model.program, training, data).steps(
            0,
            np.arange(n),
            np.array([0, n]),
            optimizer.learning_rate * one,
            (optimizer.weight_decay or 0.0) * one,
            one,
        )
    )
    moved = model.program.parameters.views(session.state().parameters)
    steps = {}
    for name, W in model.program.parameters.views(state.parameters).items():
        length = float(np.linalg.norm(W))
        if W.ndim == 2 and length > 0:
            steps[name] = float(np.linalg.norm(moved[name] - W)) / length
    return steps


def _layer(case: Case, block: str) -> str:
    return next(op.label for op in case.model.program.operations if block in op.parameters)
