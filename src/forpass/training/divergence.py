"""Where training left the finite numbers, said so that one knows what to change."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from forpass.engines import reference
from forpass.engines.plans import StepPlan
from forpass.engines.protocol import EngineState
from forpass.errors import DivergenceError
from forpass.model.target_scale import far_from_unit_scale
from forpass.spec.program import Program
from forpass.told import called
from forpass.training.job import Job
from forpass.training.planning import Planner

__all__ = ["explain_divergence"]

LARGE_FEATURE = 100.0  # beyond this, unscaled features are the likelier cause than the learning rate


class Diverged(Protocol):
    """What must be known of a run."""

    job: Job
    program: Program
    planner: Planner


def explain_divergence(run: Diverged, before: EngineState, plan: StepPlan, bad_step: int) -> DivergenceError:
    """Run the bad step again on the reference engine and name what was not finite.

    Parameters
    ----------
    before : EngineState
        The state at the first step of `plan`.
    bad_step : int
        Global number of the step that went wrong.
    """
    i = bad_step - plan.first
    session = reference.start(run.program, before, run.job.data, run.job.training)
    session.advance(plan.part(0, i))
    tape = session.trace(plan.part(i, i + 1))
    entry = tape.first_non_finite()
    what = (
        f"{entry.name} of {entry.layer} is not finite" if entry else "the updated parameters are not finite"
    )
    epoch, batch = run.planner.places(bad_step)
    rate = f"{plan.learning_rate[i]:g}"
    largest = float(np.max(np.abs(tape["X"]), initial=0.0))
    remedies = [f"a lower {called('learning rate')} (it was {rate})"]
    if called("clip_norm") == "clip_norm":  # the command has no such option
        remedies.append("a shorter gradient (OptimizerSpec(clip_norm=1.0))")
    data = run.job.data
    if scale := far_from_unit_scale(run.program.head, np.asarray(data.targets), data.weights):
        remedies.insert(0, f"a target scaled to mean 0 and standard deviation 1 (it has {scale})")
    if largest > LARGE_FEATURE:
        remedies.insert(0, f"features scaled to a few units (they reach {largest:.3g})")
    return DivergenceError(
        f"training diverged in epoch {epoch + 1}, batch {batch + 1} (step {bad_step + 1}): {what}. "
        f"Try {', or '.join(remedies)}"
    )
