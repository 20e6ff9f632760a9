"""Agreement with the reference engine in float64, as near as rounding allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forpass.engines import reference
from forpass.engines.conformance.cases import BATCH, KEY, Case, make_case, plan_of
from forpass.engines.conformance.comparing import (
    TOLERANCES,
    require_blocks,
    require_close,
    require_equal,
    require_state,
)
from forpass.engines.conformance.running import run, started
from forpass.engines.protocol import Engine, State, fresh_state
from forpass.maths.links import LINKS
from forpass.sampling.order import permutation
from forpass.spec.network import Activation, Dense

__all__ = ["check_gradient", "check_raw_scores", "check_step_activation", "check_trajectory"]


def check_gradient(engine: Engine, case: Case, dtype: str) -> None:
    """Value and gradient on a part of the rows, at parameters that are nowhere special."""
    rows = permutation(case.data.n_rows, KEY, 0)[:BATCH]
    tolerance = TOLERANCES[dtype].gradient
    got, wanted = started(engine, case, dtype), started(reference, case, "float64", rounded_to=dtype)
    for step in (0, 6, 2**32 + 1):
        value, gradient = engine.value_and_gradient(got, rows, step)
        right_value, right = reference.value_and_gradient(wanted, rows, step)
        require_close("the objective", np.array([value]), np.array([right_value]), tolerance)
        require_blocks("the gradient", case.program.parameters, gradient, right, tolerance)


def check_trajectory(engine: Engine, case: Case, dtype: str) -> None:
    """Losses, weights and everything a state holds after 20 steps."""
    tolerance, plan, program = TOLERANCES[dtype].trajectory, plan_of(case), case.program
    stats, state = run(engine, case, dtype, plan)
    right_stats, right = run(reference, case, "float64", plan, rounded_to=dtype)
    require_equal("the number of the bad step", stats.bad_step, None)
    require_close("the losses", stats.losses, right_stats.losses, tolerance)
    require_close("the weights of the batches", stats.weights, right_stats.weights, tolerance)
    require_close("the normalisers of the batches", stats.normalisers, right_stats.normalisers, tolerance)
    require_state(program, state, right, case.training.optimizer.name, tolerance)


def check_raw_scores(engine: Engine, case: Case, dtype: str) -> None:
    """Scores and predictions in inference mode: as learnt, without dropout, for any number of rows."""
    program, plan = case.program, plan_of(case, n_steps=5)
    state = run(reference, case, dtype, plan)[1]
    wide = State(state.parameters.astype(np.float64), state.buffers.astype(np.float64), np.empty((0, 0)))
    right = reference.raw_scores(reference.start(program, wide), case.data)
    engine_state = engine.start(program, state)
    scores = engine.raw_scores(engine_state, case.data)
    require_equal("the type of the scores", scores.dtype.name, dtype)
    require_close("the scores", scores, right, TOLERANCES[dtype].gradient)
    with np.errstate(over="ignore"):
        linked = LINKS[program.head.link].function(right)
    predicted = engine.predictions(engine_state, case.data)
    require_equal("the type of the predictions", predicted.dtype.name, dtype)
    require_close("the predictions", predicted, linked, TOLERANCES[dtype].gradient)
    for n in (0, 1, 5):
        rows = case.data.rows(slice(0, n))
        some = engine.raw_scores(engine_state, rows)
        require_close(f"the scores of {n} rows", some, right[:n], TOLERANCES[dtype].gradient)
        require_equal(f"predictions of {n} rows", len(engine.predictions(engine_state, rows)), n)
    again = started(engine, case, dtype)  # an engine that trains predicts the same way
    engine.advance(again, plan)
    require_close(
        "the scores after training", engine.raw_scores(again, case.data), right, TOLERANCES[dtype].trajectory
    )


def check_step_activation(engine: Engine, dtype: str) -> None:
    """What no gradient can train can still predict."""
    stepping = make_case("step", (Dense(6), Activation("step"), Dense(2)))
    state = fresh_state(stepping.program, replace(stepping.training, dtype=dtype), stepping.parameters)
    right = reference.raw_scores(reference.start(stepping.program, state), stepping.data)
    scores = engine.raw_scores(engine.start(stepping.program, state), stepping.data)
    require_close("the scores", scores, right, TOLERANCES[dtype].gradient)
