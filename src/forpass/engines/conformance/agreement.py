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
    require_same_bits,
    require_state,
)
from forpass.engines.conformance.running import run, started
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.engines.protocol import Engine, EngineState
from forpass.maths.philox import uniforms
from forpass.sampling.order import permutation
from forpass.spec.data import Data
from forpass.spec.layers import Activation, Concatenate, Dense
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.program import lower
from forpass.spec.training import TrainingSpec

__all__ = [
    "check_gradient",
    "check_link",
    "check_order_of_sums",
    "check_raw_scores",
    "check_step_activation",
    "check_trajectory",
]


def check_gradient(engine: Engine, case: Case, dtype: str) -> None:
    """Value and gradient on a part of the rows, at parameters that are nowhere special."""
    rows = permutation(case.data.n_rows, KEY, 0)[:BATCH]
    tolerance, writer = TOLERANCES[dtype].gradient, PlanWriter(case.program, case.training, case.data)
    session = started(engine, case, dtype)
    right_session = started(reference, case, "float64", rounded_to=dtype)
    for step in (0, 6, 2**32 + 1):
        plan = writer.gradient(rows, step)
        got, wanted = session.value_and_gradient(plan), right_session.value_and_gradient(plan)
        for name in ("loss", "penalty"):
            value, right = getattr(got, name), getattr(wanted, name)
            require_close(f"the {name}", np.array([value]), np.array([right]), tolerance)
        require_blocks("the gradient", case.program.parameters, got.gradient, wanted.gradient, tolerance)


def check_trajectory(engine: Engine, case: Case, dtype: str) -> None:
    """Losses, penalties and everything a state holds after 20 steps."""
    tolerance, plan, program = TOLERANCES[dtype].trajectory, plan_of(case), case.program
    stats, state = run(engine, case, dtype, plan)
    right_stats, right = run(reference, case, "float64", plan, rounded_to=dtype)
    require_equal("the number of the bad step", stats.bad_step, None)
    require_close("the losses", stats.losses, right_stats.losses, tolerance)
    require_close("the penalties", stats.penalties, right_stats.penalties, tolerance)
    require_state(program, state, right, case.training.optimizer.name, tolerance)


def check_raw_scores(engine: Engine, case: Case, dtype: str) -> None:
    """Scores in inference mode: as learnt, without dropout, for any number of rows and in any order."""
    program, plan, data = case.program, plan_of(case, 0, 5), case.data
    state = run(reference, case, dtype, plan)[1]
    wide = EngineState(
        state.parameters.astype(np.float64), state.buffers.astype(np.float64), np.empty((0, 0))
    )
    right, tolerance = reference.start(program, wide).raw_scores(data), TOLERANCES[dtype].gradient
    session = engine.start(program, state)
    scores = session.raw_scores(data)
    require_equal("the type of the scores", scores.dtype.name, dtype)
    require_close("the scores", scores, right, tolerance)
    for n in (0, 1, 5):
        require_close(
            f"the scores of {n} rows", session.raw_scores(data.rows(slice(0, n))), right[:n], tolerance
        )
        some = permutation(data.n_rows, KEY, 1)[:n]
        require_close(
            f"the scores of the rows {some}", session.raw_scores(data, some), right[some], tolerance
        )
    for together in engine.raw_scores_of_each([session, session], data, threads=1):
        require_same_bits("the scores of one of two sessions", together, scores)
    again = started(engine, case, dtype)  # a session that trains scores the same way
    again.advance(plan)
    require_close("the scores after training", again.raw_scores(data), right, TOLERANCES[dtype].trajectory)


def check_step_activation(engine: Engine, dtype: str) -> None:
    """What no gradient can train can still predict."""
    stepping = make_case("step", (Dense(6), Activation("step"), Dense(2)))
    training = replace(stepping.training, dtype=dtype)
    state = fresh_state(stepping.program, training, parameters=stepping.parameters)
    right = reference.start(stepping.program, state).raw_scores(stepping.data)
    scores = engine.start(stepping.program, state).raw_scores(stepping.data)
    require_close("the scores", scores, right, TOLERANCES[dtype].gradient)


def check_order_of_sums(engine: Engine, dtype: str) -> None:
    """What is handed back for one buffer is added up from the last operation to the first, and by sources.

    In this order of three derivatives -huge, huge and 1 the first two cancel; in any other the 1 is lost.
    """
    huge, one, x = 2.0**60, Dense(1, bias=False), np.array([[0.5], [1.0], [2.0]])
    three, copies = Concatenate(((one,), (one,), (one,))), Concatenate(((), (), ()))
    w, v = np.array([1.0, -huge, huge]), np.array([huge, -huge, 1.0])
    branches = {"W2": [[w[0]]], "W3": [[w[1]]], "W4": [[w[2]]]}
    for readers, layers, scales, values in (
        ("three operations", (one, three), w, branches),
        ("one operation", (one, copies, Dense(3, bias=False)), v, {"W2": np.diag(v)}),
    ):
        # above the score where it is huge, whose derivative is then -scale, and below it where it is small
        targets = x * scales + np.where(np.abs(scales) > 1.0, 1.0, -1.0) * np.abs(scales)
        program, training = lower(NetworkSpec(1, layers, Head("absolute"))), TrainingSpec()
        parameters = program.parameters.flatten({"W1": [[1.0]], **values})
        case = Case(readers, program, Data(x, targets=targets), training, parameters)
        plan = PlanWriter(program, training, case.data).gradient(np.arange(3))
        found = started(engine, case, dtype).value_and_gradient(plan).gradient[:1]
        tolerance = TOLERANCES[dtype].gradient
        require_close(f"the sum of what {readers} hand back", found, np.mean(x, axis=0), tolerance)


def check_link(engine: Engine, link: str, dtype: str) -> None:
    """Predictions of raw scores, large ones too, for any number of rows and outputs."""
    for n, k in ((0, 3), (1, 1), (5, 2), (300, 7), (3, 40)):
        Z = (60.0 * (uniforms(n * k, KEY, (7, 0, 0)) - 0.5)).reshape(n, k).astype(dtype)
        got, right = engine.linked(link, Z), reference.linked(link, Z.astype(np.float64))
        require_equal(f"the type of predictions (link {link})", got.dtype.name, dtype)
        require_close(f"predictions of {n} rows (link {link})", got, right, TOLERANCES[dtype].gradient)
