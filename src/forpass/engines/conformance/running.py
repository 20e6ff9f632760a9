"""Runs of an engine on a case: start it, let it take the steps of some plans, export its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from forpass.engines.conformance.cases import Case
from forpass.engines.protocol import Engine, State, StepPlan, StepStats, fresh_state

__all__ = ["joined", "run", "started"]


def started(engine: Engine, case: Case, dtype: str, rounded_to: str | None = None) -> Any:
    """Start an engine; with `rounded_to` at parameters that this type can hold as well."""
    training = replace(case.training, dtype=dtype)
    start = case.parameters.astype(rounded_to or dtype)
    return engine.start(case.program, fresh_state(case.program, training, start), case.data, training)


def run(
    engine: Engine, case: Case, dtype: str, *plans: StepPlan, rounded_to: str | None = None
) -> tuple[StepStats, State]:
    """Take the steps of the plans, one plan after the other; return what they reported and the state."""
    engine_state = started(engine, case, dtype, rounded_to)
    stats = [engine.advance(engine_state, plan) for plan in plans]
    return joined(stats), engine.export_state(engine_state)


def joined(stats: Sequence[StepStats]) -> StepStats:
    """Put reports of plans that follow each other together as if it had been one plan."""
    names = ("losses", "weights", "normalisers")
    losses, weights, normalisers = (np.concatenate([getattr(s, name) for s in stats]) for name in names)
    bad_step = next((s.bad_step for s in stats if s.bad_step is not None), None)
    return StepStats(losses, weights, normalisers, bad_step)
