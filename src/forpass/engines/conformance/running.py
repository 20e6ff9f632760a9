"""Runs of an engine on a case: start a session, let it take the steps of some plans, ask for its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forpass.engines.conformance.cases import Case
from forpass.engines.initial import fresh_state
from forpass.engines.plans import StepPlan
from forpass.engines.protocol import Engine, EngineState, Session, StepStats

__all__ = ["joined", "run", "started"]


def started(engine: Engine, case: Case, dtype: str, rounded_to: str | None = None) -> Session:
    """Start a session; with `rounded_to` at parameters that this type can hold as well."""
    training = replace(case.training, dtype=dtype)
    start = case.parameters.astype(rounded_to or dtype)
    state = fresh_state(case.program, training, case.data, parameters=start)
    return engine.start(case.program, state, case.data, training)


def run(
    engine: Engine, case: Case, dtype: str, *plans: StepPlan, rounded_to: str | None = None
) -> tuple[StepStats, EngineState]:
    """Take the steps of the plans, one plan after the other; return what they reported and the state."""
    session = started(engine, case, dtype, rounded_to)
    stats = [session.advance(plan) for plan in plans]
    return joined(stats), session.state()


def joined(stats: Sequence[StepStats]) -> StepStats:
    """Put reports of plans that follow each other together as if it had been one plan."""
    losses, penalties = (
        np.concatenate([getattr(s, name) for s in stats]) for name in ("losses", "penalties")
    )
    bad_step = next((s.bad_step for s in stats if s.bad_step is not None), None)
    return StepStats(losses, penalties, bad_step)
