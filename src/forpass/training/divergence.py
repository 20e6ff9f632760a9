"""Where training left the finite numbers, said so that one knows what to change."""

from __future__ import annotations

import numpy as np

from forpass.engines import reference
from forpass.engines.protocol import State, StepPlan
from forpass.errors import DivergenceError
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["explain_divergence"]

LARGE_FEATURE = 100.0  # beyond this, unscaled features are the likelier cause than the learning rate


def explain_divergence(
    program: Program,
    training: TrainingSpec,
    data: Data,
    before: State,
    plan: StepPlan,
    bad_step: int,
    place: tuple[int, int],
) -> DivergenceError:
    """Run the bad step again on the reference engine and name what was not finite.

    Parameters
    ----------
    before : State
        The state at the first step of `plan`.
    bad_step : int
        Global number of the step that went wrong.
    place : pair of int
        Its epoch, and its place in the epoch, both counted from 0.
    """
    i = bad_step - plan.first
    engine_state = reference.start(program, before, data, training)
    good = StepPlan(
        plan.first,
        plan.rows[: plan.bounds[i]],
        plan.bounds[: i + 1],
        plan.rate[:i],
        plan.decay[:i],
        plan.dropout[:i],
    )
    reference.advance(engine_state, good)
    tape = reference.trace(engine_state, plan.batch(i), bad_step, float(plan.dropout[i]))
    entry = tape.first_non_finite()
    what = (
        f"{entry.name} of {entry.layer} is not finite" if entry else "the updated parameters are not finite"
    )
    epoch, batch = place
    rate = f"{plan.rate[i]:g}"
    largest = float(np.max(np.abs(tape["X"]), initial=0.0))
    remedies = [f"a lower learning rate (it was {rate})", "a shorter gradient (clip_norm=1.0)"]
    if largest > LARGE_FEATURE:
        remedies.insert(0, f"features scaled to a few units (they reach {largest:.3g})")
    return DivergenceError(
        f"training diverged in epoch {epoch + 1}, batch {batch + 1} (step {bad_step + 1}): {what}. "
        f"Try {', or '.join(remedies)}"
    )
