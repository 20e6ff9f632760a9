"""Laws of any engine: what must hold bit for bit, what may be touched, what is skipped or reported."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forpass.engines import reference
from forpass.engines.conformance.cases import STEPS, Case, make_case, optimised_by, plan_of
from forpass.engines.conformance.comparing import (
    TOLERANCES,
    Failure,
    require_close,
    require_equal,
    require_same_bits,
    require_same_run,
    require_same_state,
    require_state,
)
from forpass.engines.conformance.running import joined, run, started
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter, StepPlan, scalar_places
from forpass.engines.protocol import Engine
from forpass.errors import DataError, ForpassError, SpecError
from forpass.spec.data import Data
from forpass.spec.layers import Dense
from forpass.spec.network import Penalty
from forpass.spec.optimizer import OptimizerSpec

__all__ = [
    "LAWS",
    "OTHER_LAWS",
    "CaseCheck",
    "check_bad_step",
    "check_infinite_penalty",
    "check_orders",
    "check_sparse",
]


PLAN_ARRAYS = ("rows", "bounds", "weights", "normalisers", "learning_rate", "scalars", "thresholds")
STATE_ARRAYS = ("parameters", "buffers", "slots")


def _gradient_plan(case: Case, rows: NDArray[np.int64], step: int = 0) -> StepPlan:
    return PlanWriter(case.program, case.training, case.data).gradient(rows, step)


def _check_types(engine: Engine, case: Case, dtype: str) -> None:
    """The working type everywhere, float64 for losses; canonical shapes."""
    program, session = case.program, started(engine, case, dtype)
    found = session.value_and_gradient(_gradient_plan(case, np.arange(5)))
    stats, state = session.advance(plan_of(case)), session.state()
    start = fresh_state(program, replace(case.training, dtype=dtype), case.data)
    require_equal("the types of loss and penalty", (type(found.loss), type(found.penalty)), (float, float))
    for name, array, shape, wanted in (
        ("the gradient", found.gradient, (program.parameters.size,), dtype),
        ("the parameters", state.parameters, start.parameters.shape, dtype),
        ("the buffers", state.buffers, start.buffers.shape, dtype),
        ("the slots", state.slots, start.slots.shape, dtype),
        ("the losses", stats.losses, (STEPS,), "float64"),
        ("the penalties", stats.penalties, (STEPS,), "float64"),
    ):
        require_equal(f"the type of {name}", array.dtype.name, wanted)
        require_equal(f"the shape of {name}", array.shape, shape)


def _check_same_bits_twice(engine: Engine, case: Case, dtype: str) -> None:
    plan = plan_of(case)
    require_same_run(
        "the second of two equal runs", run(engine, case, dtype, plan), run(engine, case, dtype, plan)
    )


def _check_chunks(engine: Engine, case: Case, dtype: str) -> None:
    """However a plan is divided, the bits are the same."""
    plan = plan_of(case)
    whole = run(engine, case, dtype, plan)
    for cuts in ([0, 1, STEPS], [0, 7, 13, STEPS], list(range(STEPS + 1))):
        parts = [plan_of(case, begin, end) for begin, end in itertools.pairwise(cuts)]
        require_same_run(f"a run divided at {cuts[1:-1]}", run(engine, case, dtype, *parts), whole)


def _check_threads(engine: Engine, case: Case, dtype: str) -> None:
    """However many threads take part, the bits are the same."""
    plan = plan_of(case)
    whole = run(engine, case, dtype, plan)
    for threads in (1, 2, 3):
        session = started(engine, case, dtype)
        session.threads = threads
        require_same_run(f"a run on {threads} thread(s)", (session.advance(plan), session.state()), whole)


def _check_resume(engine: Engine, case: Case, dtype: str) -> None:
    """Exporting, starting again and going on is the same as not stopping."""
    plan = plan_of(case)
    whole = run(engine, case, dtype, plan)
    before, state = run(engine, case, dtype, plan_of(case, 0, 9))
    program, training = case.program, replace(case.training, dtype=dtype)
    again = engine.start(program, state, case.data, training)
    after = again.advance(plan_of(case, 9))
    require_same_run("a resumed run", (joined([before, after]), again.state()), whole)


def _check_looking_changes_nothing(engine: Engine, case: Case, dtype: str) -> None:
    """value_and_gradient and raw_scores between steps leave no trace; set_parameters goes back exactly."""
    whole = run(engine, case, dtype, plan_of(case))
    session = started(engine, case, dtype)
    before = session.advance(plan_of(case, 0, 9))
    session.value_and_gradient(_gradient_plan(case, np.arange(5), 1))
    session.raw_scores(case.data)
    kept = session.state().parameters
    session.set_parameters(np.zeros_like(kept))
    require_same_bits("parameters that were set", session.state().parameters, np.zeros_like(kept))
    session.set_parameters(kept)
    after = session.advance(plan_of(case, 9))
    require_same_run("a run that was looked at", (joined([before, after]), session.state()), whole)


def _check_callers_arrays(engine: Engine, case: Case, dtype: str) -> None:
    """Nothing that the caller owns is written to, and what the session gives out is a copy."""
    program, training, plan = case.program, replace(case.training, dtype=dtype), plan_of(case)
    given, rows, state = _typed(case.data, dtype), np.arange(6), fresh_state(program, training, case.data)
    parameters, look = state.parameters * np.asarray(0.5, dtype), _gradient_plan(case, np.arange(6))
    owned = {
        **{f"data.{name}": getattr(given, name) for name in ("numbers", "codes", "targets", "weights")},
        **{f"plan.{name}": getattr(plan, name) for name in PLAN_ARRAYS},
        **{f"state.{name}": getattr(state, name) for name in STATE_ARRAYS},
        "rows": rows,
        "parameters": parameters,
    }
    before = {name: array.copy() for name, array in owned.items()}
    session = engine.start(program, state, given, training)
    session.value_and_gradient(look)
    session.advance(plan)
    session.raw_scores(given, rows)
    session.set_parameters(parameters)
    session.advance(plan)
    for name, array in owned.items():
        require_same_bits(f"the caller's {name}", array, before[name])
    state, gradient = session.state(), session.value_and_gradient(look).gradient
    kept = state.copy()
    for array in (state.parameters, state.buffers, state.slots, gradient):
        array[...] = 1e3
    again = session.state()
    for name in STATE_ARRAYS:
        require_same_bits(
            f"the state's {name}, written to by the caller,", getattr(again, name), getattr(kept, name)
        )


def _check_wrong_plans(engine: Engine, case: Case, dtype: str) -> None:
    """Looking needs examples and a plan of one step; what was looked at before does not show."""
    session, look = started(engine, case, dtype), _gradient_plan(case, np.arange(5))
    found = session.value_and_gradient(look)
    with _refused("the gradient of a plan of several steps", SpecError):
        session.value_and_gradient(plan_of(case, 0, 2))
    with _refused("the gradient of a session without examples", DataError):
        engine.start(case.program, session.state()).value_and_gradient(look)
    with _refused("steps of a session without examples", DataError):
        engine.start(case.program, session.state()).advance(plan_of(case, 0, 2))
    again = session.value_and_gradient(look)
    require_equal("the objective after what was refused", again.objective, found.objective)
    require_same_bits("the gradient after what was refused", again.gradient, found.gradient)


@contextmanager
def _refused(what: str, error: type[ForpassError]) -> Iterator[None]:
    """Demand an error."""
    try:
        yield
    except error:
        return
    raise Failure(f"{what} must be refused by a {error.__name__}")


def _check_any_memory(engine: Engine, case: Case, dtype: str) -> None:
    """Read-only arrays, other orders in memory and the other float type give the same bits."""
    plan = plan_of(case)
    whole = run(engine, case, dtype, plan)
    other = {"float32": "float64", "float64": "float32"}[dtype]
    for name, data in (
        ("read-only examples", _read_only(_typed(case.data, dtype))),
        ("examples in columns", _map_arrays(case.data, np.asfortranarray)),
        (
            "every second row of a larger array",
            _map_arrays(case.data, lambda a: np.repeat(a, 2, axis=0)[::2]),
        ),
        (f"examples in {other}", _typed(case.data, other)),
    ):
        require_same_run(f"a run on {name}", run(engine, replace(case, data=data), dtype, plan), whole)
    fixed = plan_of(case)
    for name in PLAN_ARRAYS:
        getattr(fixed, name).flags.writeable = False
    require_same_run("a run by a read-only plan", run(engine, case, dtype, fixed), whole)


def _check_zero_weight(engine: Engine, case: Case, dtype: str) -> None:
    """A batch of weight 0 is skipped and its number is used up: the next step's masks are its own."""
    assert case.data.weights is not None
    nothing = np.flatnonzero(case.data.weights == 0.0)
    plan = plan_of(case, 0, 6)
    batches = [plan.batch(i) for i in range(plan.n_steps)]
    batches[2], batches[5] = nothing, nothing[:0]  # rows without weight, and no rows
    one, writer = np.ones(6), PlanWriter(case.program, case.training, case.data)
    bounds, decay = np.cumsum([0, *map(len, batches)]), case.training.optimizer.weight_decay or 0.0
    plan = writer.steps(plan.first, np.concatenate(batches), bounds, plan.learning_rate, decay * one, one)
    require_equal("weights of batches that weigh nothing", plan.weights[[2, 5]].tolist(), [0.0, 0.0])
    stats, state = run(engine, case, dtype, plan)
    right_stats, right = run(reference, case, "float64", plan, rounded_to=dtype)
    for name in ("losses", "penalties"):
        require_equal(f"{name} of skipped batches", getattr(stats, name)[[2, 5]].tolist(), [0.0, 0.0])
    require_close("the losses", stats.losses, right_stats.losses, TOLERANCES[dtype].trajectory)
    name = case.training.optimizer.name
    require_state(case.program, state, right, name, TOLERANCES[dtype].trajectory)
    before = run(engine, case, dtype, plan.part(0, 5))[1]
    require_same_state("the state after a skipped batch", state, before)


def check_bad_step(engine: Engine, dtype: str) -> None:
    """The first step that leaves the finite numbers is reported by its global number."""
    case = optimised_by(make_case("one layer", (Dense(2),)), "gradient_descent")
    plan = plan_of(case, first=2**33)
    rate = scalar_places(case.program, case.training).learning_rate[0]
    huge = {"float32": 1e30, "float64": 1e250}[dtype]  # finite, its square is not
    for value, bad in ((np.inf, 7), (huge, 8)):  # the parameters of step 7, or the loss of step 8
        scalars = plan.scalars.copy()
        scalars[7, rate] = value
        stats, _ = run(engine, case, dtype, replace(plan, scalars=scalars))
        what = f"the bad step for a learning rate of {value:g} in step {plan.first + 7}"
        require_equal(what, stats.bad_step, plan.first + bad)
        right = run(engine, case, dtype, plan.part(0, 7))[0]
        require_same_bits("the losses before a bad step", stats.losses[:7], right.losses)
    require_equal("the bad step of a good run", run(engine, case, dtype, plan)[0].bad_step, None)
    worse = replace(plan, scalars=scalars)
    session = started(engine, case, dtype)
    found = [session.advance(part).bad_step for part in (worse.part(0, 8), worse.part(8, STEPS))]
    require_equal("the bad steps of two chunks", found, [None, plan.first + 8])


def check_infinite_penalty(engine: Engine, dtype: str) -> None:
    """A penalty that is not finite is a bad step, though loss and parameters are."""
    case = make_case("penalised", (Dense(2),), penalty=Penalty(l2=1.0))
    clipped = OptimizerSpec("gradient_descent", 0.01, clip_value=1.0)  # of the gradient, which is as large
    case = replace(case, training=replace(case.training, optimizer=clipped))
    plan = plan_of(case)
    scalars = plan.scalars.copy()
    scalars[4, scalar_places(case.program, case.training).l2] = np.inf
    stats, _ = run(engine, case, dtype, replace(plan, scalars=scalars))
    require_equal("the bad step of an infinite penalty", stats.bad_step, plan.first + 4)


def check_sparse(engine: Engine, case: Case, dtype: str) -> None:
    """Sparse examples are the same examples: same bits."""
    plan = plan_of(case)
    data = replace(case.data, numbers=scipy.sparse.csr_array(case.data.numbers))
    dense, sparse = run(engine, case, dtype, plan), run(engine, replace(case, data=data), dtype, plan)
    require_same_run("a run on sparse examples", sparse, dense)
    session = started(engine, case, dtype)
    scores = session.raw_scores(data)
    require_same_bits("the scores of sparse examples", scores, session.raw_scores(case.data))


def check_orders(engine: Engine) -> None:
    """The orders of examples are those of `sampling.order`: the same numbers in every engine."""
    for n, first, count in ((1, 0, 2), (2, 5, 3), (64, 1, 1), (65, 0, 2), (200, 2**32 - 1, 2)):
        got = engine.orders(n, (3, 2**31), first, count)
        require_equal(f"the type of orders of {n}", got.dtype.name, "int64")
        require_same_bits(f"the orders of {n}", got, reference.orders(n, (3, 2**31), first, count))


def _map_arrays(data: Data, change: Callable[[NDArray[Any]], Any]) -> Data:
    return Data(
        *(None if a is None else change(a) for a in (data.numbers, data.codes, data.targets, data.weights))
    )


def _typed(data: Data, dtype: str) -> Data:
    """Return copies of the examples, numbers and float targets in the type."""
    return _map_arrays(data, lambda a: a.astype(dtype) if a.dtype.kind == "f" else a.copy())


def _read_only(data: Data) -> Data:
    for array in (data.numbers, data.codes, data.targets, data.weights):
        if array is not None:
            array.flags.writeable = False
    return data


CaseCheck = Callable[[Engine, Case, str], None]
"""A check of an engine on a network in a type."""

LAWS: dict[str, CaseCheck] = {
    "same bits twice": _check_same_bits_twice,
    "same bits for any chunks": _check_chunks,
    "resumed run": _check_resume,
    "types": _check_types,
    "zero weight": _check_zero_weight,
}
"""Laws of a run, for every optimiser."""

OTHER_LAWS: dict[str, CaseCheck] = {
    "same bits for any threads": _check_threads,
    "looking changes nothing": _check_looking_changes_nothing,
    "caller's arrays": _check_callers_arrays,
    "wrong plans": _check_wrong_plans,
    "any memory": _check_any_memory,
}
"""Laws in which the optimiser plays no part."""
