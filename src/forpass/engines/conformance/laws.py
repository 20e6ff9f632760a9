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
from forpass.engines.conformance.cases import STEPS, Case, make_case, optimised_by, part_of, plan_of
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
from forpass.engines.protocol import Engine, fresh_state
from forpass.errors import DataError
from forpass.spec.data import Data
from forpass.spec.network import Dense

__all__ = ["LAWS", "OTHER_LAWS", "CaseCheck", "check_bad_step", "check_orders", "check_sparse"]


def _check_types(engine: Engine, case: Case, dtype: str) -> None:
    """The working type everywhere, float64 for losses; canonical shapes."""
    program = case.program
    engine_state = started(engine, case, dtype)
    value, gradient = engine.value_and_gradient(engine_state, np.arange(5), 0)
    stats = engine.advance(engine_state, plan_of(case))
    state, start = (
        engine.export_state(engine_state),
        fresh_state(program, replace(case.training, dtype=dtype)),
    )
    require_equal("the type of the objective", type(value), float)
    for name, array, shape, wanted in (
        ("the gradient", gradient, (program.parameters.size,), dtype),
        ("the parameters", state.parameters, start.parameters.shape, dtype),
        ("the buffers", state.buffers, start.buffers.shape, dtype),
        ("the slots", state.slots, start.slots.shape, dtype),
        ("the losses", stats.losses, (STEPS,), "float64"),
        ("the weights", stats.weights, (STEPS,), "float64"),
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
        parts = [part_of(plan, begin, end) for begin, end in itertools.pairwise(cuts)]
        require_same_run(f"a run divided at {cuts[1:-1]}", run(engine, case, dtype, *parts), whole)


def _check_resume(engine: Engine, case: Case, dtype: str) -> None:
    """Exporting, starting again and going on is the same as not stopping."""
    plan = plan_of(case)
    whole = run(engine, case, dtype, plan)
    before, state = run(engine, case, dtype, part_of(plan, 0, 9))
    program, training = case.program, replace(case.training, dtype=dtype)
    again = engine.start(program, state, case.data, training)
    after = engine.advance(again, part_of(plan, 9, STEPS))
    require_same_run("a resumed run", (joined([before, after]), engine.export_state(again)), whole)


def _check_looking_changes_nothing(engine: Engine, case: Case, dtype: str) -> None:
    """value_and_gradient and raw_scores between steps leave no trace; import_parameters goes back exactly."""
    plan = plan_of(case)
    whole = run(engine, case, dtype, plan)
    engine_state = started(engine, case, dtype)
    before = engine.advance(engine_state, part_of(plan, 0, 9))
    engine.value_and_gradient(engine_state, np.arange(5), 1)
    engine.raw_scores(engine_state, case.data)
    kept = engine.export_state(engine_state).parameters
    engine.import_parameters(engine_state, np.zeros_like(kept))
    require_same_bits(
        "parameters imported", engine.export_state(engine_state).parameters, np.zeros_like(kept)
    )
    engine.import_parameters(engine_state, kept)
    after = engine.advance(engine_state, part_of(plan, 9, STEPS))
    require_same_run(
        "a run that was looked at", (joined([before, after]), engine.export_state(engine_state)), whole
    )


def _check_callers_arrays(engine: Engine, case: Case, dtype: str) -> None:
    """Nothing that the caller owns is written to, and what the engine gives out is a copy."""
    program, training, plan = case.program, replace(case.training, dtype=dtype), plan_of(case)
    given, rows, state = _typed(case.data, dtype), np.arange(6), fresh_state(program, training)
    parameters = state.parameters * np.asarray(0.5, dtype)
    owned = {
        **{f"data.{name}": getattr(given, name) for name in ("numbers", "codes", "targets", "weights")},
        **{f"plan.{name}": getattr(plan, name) for name in ("rows", "bounds", "rate", "decay", "dropout")},
        **{f"state.{name}": getattr(state, name) for name in ("parameters", "buffers", "slots")},
        "rows": rows,
        "parameters": parameters,
    }
    before = {name: array.copy() for name, array in owned.items()}
    engine_state = engine.start(program, state, given, training)
    engine.value_and_gradient(engine_state, rows, 0)
    engine.advance(engine_state, plan)
    engine.raw_scores(engine_state, given)
    engine.import_parameters(engine_state, parameters)
    engine.advance(engine_state, plan)
    for name, array in owned.items():
        require_same_bits(f"the caller's {name}", array, before[name])
    exported, gradient = (
        engine.export_state(engine_state),
        engine.value_and_gradient(engine_state, rows, 0)[1],
    )
    kept = exported.copy()
    for array in (exported.parameters, exported.buffers, exported.slots, gradient):
        array[...] = 1e3
    again = engine.export_state(engine_state)
    for name in ("parameters", "buffers", "slots"):
        require_same_bits(
            f"exported {name}, written to by the caller,", getattr(again, name), getattr(kept, name)
        )


def _check_rows_without_objective(engine: Engine, case: Case, dtype: str) -> None:
    """Rows that are none, or not there, or without weight are refused; those looked at before do not show."""
    assert case.data.weights is not None
    engine_state, rows = started(engine, case, dtype), np.arange(5)
    value, gradient = engine.value_and_gradient(engine_state, rows, 0)
    for what, wrong in (
        ("no rows", rows[:0]),
        ("rows of weight 0", np.flatnonzero(case.data.weights == 0.0)),
        ("row -1", np.array([0, -1])),
        ("a row too many", np.array([0, case.data.n_rows])),
        ("rows 0.0 and 1.0", np.array([0.0, 1.0])),
    ):
        with _refused(f"the gradient on {what}"):
            engine.value_and_gradient(engine_state, wrong, 0)
    with _refused("the gradient of an engine without examples"):
        engine.value_and_gradient(engine.start(case.program, engine.export_state(engine_state)), rows, 0)
    again, gradient_again = engine.value_and_gradient(engine_state, rows, 0)
    require_equal("the objective after what was refused", again, value)
    require_same_bits("the gradient after what was refused", gradient_again, gradient)


@contextmanager
def _refused(what: str) -> Iterator[None]:
    """Demand a DataError."""
    try:
        yield
    except DataError:
        return
    raise Failure(f"{what} must be refused by a DataError")


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
    fixed = part_of(plan, 0, STEPS)
    for array in (fixed.rows, fixed.bounds, fixed.rate, fixed.decay, fixed.dropout):
        array.flags.writeable = False
    require_same_run("a run by a read-only plan", run(engine, case, dtype, fixed), whole)


def _check_zero_weight(engine: Engine, case: Case, dtype: str) -> None:
    """A batch of weight 0 is skipped and its number is used up: the next step's masks are its own."""
    assert case.data.weights is not None
    nothing = np.flatnonzero(case.data.weights == 0.0)
    plan = plan_of(case, n_steps=6)
    batches = [plan.batch(i) for i in range(plan.n_steps)]
    batches[2] = batches[5] = nothing
    plan = replace(plan, rows=np.concatenate(batches), bounds=np.cumsum([0, *map(len, batches)]))
    stats, state = run(engine, case, dtype, plan)
    right_stats, right = run(reference, case, "float64", plan, rounded_to=dtype)
    require_equal("losses of skipped batches", stats.losses[[2, 5]].tolist(), [0.0, 0.0])
    require_equal("weights of skipped batches", stats.weights[[2, 5]].tolist(), [0.0, 0.0])
    require_close("the losses", stats.losses, right_stats.losses, TOLERANCES[dtype].trajectory)
    name = case.training.optimizer.name
    require_state(case.program, state, right, name, TOLERANCES[dtype].trajectory)
    before = run(engine, case, dtype, part_of(plan, 0, 5))[1]
    require_same_state("the state after a skipped batch", state, before)


def check_bad_step(engine: Engine, dtype: str) -> None:
    """The first step that leaves the finite numbers is reported by its global number."""
    case = optimised_by(make_case("one layer", (Dense(2),)), "gradient_descent")
    plan = plan_of(case, first=2**33)
    huge = {"float32": 1e30, "float64": 1e250}[dtype]  # finite, its square is not
    for rate, bad in ((np.inf, 7), (huge, 8)):  # the parameters of step 7, or the loss of step 8
        rates = plan.rate.copy()
        rates[7] = rate
        stats, _ = run(engine, case, dtype, replace(plan, rate=rates))
        require_equal(
            f"the bad step for a rate of {rate:g} in step {plan.first + 7}", stats.bad_step, plan.first + bad
        )
        right = run(engine, case, dtype, part_of(plan, 0, 7))[0]
        require_same_bits("the losses before a bad step", stats.losses[:7], right.losses)
    require_equal("the bad step of a good run", run(engine, case, dtype, plan)[0].bad_step, None)
    chunks = (part_of(replace(plan, rate=rates), 0, 8), part_of(replace(plan, rate=rates), 8, STEPS))
    engine_state = started(engine, case, dtype)
    found = [engine.advance(engine_state, chunk).bad_step for chunk in chunks]
    require_equal("the bad steps of two chunks", found, [None, plan.first + 8])


def check_sparse(engine: Engine, case: Case, dtype: str) -> None:
    """Sparse examples are the same examples: same bits."""
    plan = plan_of(case)
    data = replace(case.data, numbers=scipy.sparse.csr_array(case.data.numbers))
    dense, sparse = run(engine, case, dtype, plan), run(engine, replace(case, data=data), dtype, plan)
    require_same_run("a run on sparse examples", sparse, dense)
    engine_state = started(engine, case, dtype)
    scores = engine.raw_scores(engine_state, data)
    require_same_bits("the scores of sparse examples", scores, engine.raw_scores(engine_state, case.data))


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
    "looking changes nothing": _check_looking_changes_nothing,
    "caller's arrays": _check_callers_arrays,
    "rows without objective": _check_rows_without_objective,
    "any memory": _check_any_memory,
}
"""Laws in which the optimiser plays no part."""
