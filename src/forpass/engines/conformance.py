"""What any engine must pass, shipped: whoever writes an engine runs `check_engine` on it.

The reference engine in float64 says what is right; another engine, in either type, must come as near
to it as its rounding allows (`TOLERANCES`). Where this house promises equal bits (the same run
twice, any division into chunks, an interrupted run), bits are compared.

`engine_checks` gives the checks one by one, so that pytest can show each under its name;
`formula_checks` does the same for a namespace into which formulas are bound (`engines.bind`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, NamedTuple, Protocol

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forpass.engines import reference
from forpass.engines.bind import bind
from forpass.engines.protocol import Engine, State, StepPlan, StepStats, fresh_state
from forpass.errors import EngineError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.clipping import clip_norm_factor, clip_value
from forpass.maths.dropout import dropout, dropout_vjp
from forpass.maths.losses import LOSSES
from forpass.maths.normalisation import running, scale_shift, standardise
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.penalties import decayed, penalty, penalty_gradient
from forpass.maths.philox import uniforms
from forpass.sampling.initial import initial_values
from forpass.sampling.order import permutation
from forpass.spec.data import Data
from forpass.spec.layout import ParameterLayout
from forpass.spec.network import (
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    Embedding,
    Head,
    Layer,
    LayerNorm,
    NetworkSpec,
    Penalty,
)
from forpass.spec.program import Program, lower
from forpass.spec.training import KindFactors, OptimizerSpec, TrainingSpec

__all__ = ["TOLERANCES", "CheckResult", "check_engine", "engine_checks", "formula_checks"]

DTYPES = ("float32", "float64")


class Tolerances(NamedTuple):
    """How far an engine may be from the reference, relative to the largest number of a block.

    Attributes
    ----------
    gradient : float
        256 eps: a few layers, and sums over a few dozen rows in any order.
    trajectory : float
        16384 eps: 20 steps, each of which hands on the errors of the one before and adds its own; an
        optimiser that divides by the size of a gradient magnifies those of small gradients.
    """

    gradient: float
    trajectory: float


TOLERANCES: dict[str, Tolerances] = {
    name: Tolerances(256.0 * float(np.finfo(name).eps), 16384.0 * float(np.finfo(name).eps))
    for name in DTYPES
}
FORMULA_TOLERANCE = 32.0
"""How many eps a formula of one scalar may be off: each engine has its own exp, tanh and erfc."""

SMALL_BLOCK = (
    1e-3  # a block whose numbers are all smaller than this share of the vector's largest counts as this
)
KEY = (20, 24)  # of the examples below; any will do
ROWS = 24
BATCH = 7  # does not divide ROWS: every epoch ends with a smaller batch
STEPS = 20
FIRST = 3  # steps are global numbers: a plan need not begin with 0


class CheckResult(NamedTuple):
    """What came of one check: ``message`` is empty where it passed."""

    name: str
    passed: bool
    message: str


@dataclass(frozen=True, eq=False)
class Case:
    """A small network with examples for it, and where to start: nowhere special."""

    name: str
    program: Program
    data: Data
    training: TrainingSpec
    parameters: NDArray[np.float64]


def check_engine(engine: Engine, *, on_fail: str = "raise") -> list[CheckResult]:
    """Run every check on an engine.

    Parameters
    ----------
    engine : Engine
        A module, or an object with its functions.
    on_fail : {"raise", "report"}
        Stop at the first check that fails, or go on and report it.

    Returns
    -------
    list of CheckResult

    Raises
    ------
    EngineError
        When a check fails and `on_fail` is ``"raise"``; the message names engine, check and numbers.
    """
    results = []
    for name, check in engine_checks(engine):
        try:
            check()
        except EngineError as error:
            if on_fail == "raise":
                raise
            results.append(CheckResult(name, False, str(error)))
        else:
            results.append(CheckResult(name, True, ""))
    return results


def engine_checks(engine: Engine) -> Iterator[tuple[str, Callable[[], None]]]:
    """Give every check as its name and a function that raises `EngineError` where the engine fails.

    Examples
    --------
    >>> from forpass.engines import reference
    >>> checks = dict(engine_checks(reference))
    >>> checks["gradient[activation relu, float32]"]()
    """
    for name, check in _engine_checks():
        yield name, _guarded(engine, name, check)


Check = Callable[[Engine], None]


def _engine_checks() -> Iterator[tuple[str, Check]]:
    for dtype in DTYPES:
        for case in cases():
            yield f"gradient[{case.name}, {dtype}]", partial(_check_gradient, case=case, dtype=dtype)
            yield f"raw_scores[{case.name}, {dtype}]", partial(_check_raw_scores, case=case, dtype=dtype)
            for optimizer in OPTIMIZERS:
                name = f"trajectory[{case.name}, {optimizer}, {dtype}]"
                yield name, partial(_check_trajectory, case=_optimised_by(case, optimizer), dtype=dtype)
        for case in training_cases():
            yield f"trajectory[{case.name}, {dtype}]", partial(_check_trajectory, case=case, dtype=dtype)
        for optimizer in OPTIMIZERS:
            case = _optimised_by(everything(), optimizer)
            for law, check in LAWS.items():
                yield f"{law}[{optimizer}, {dtype}]", partial(check, case=case, dtype=dtype)
        for law, check in OTHER_LAWS.items():
            yield f"{law}[{dtype}]", partial(check, case=everything(), dtype=dtype)
        yield f"sparse examples[{dtype}]", partial(_check_sparse, case=everything(), dtype=dtype)
        yield f"bad step[{dtype}]", partial(_check_bad_step, dtype=dtype)
        yield f"no activation to train[{dtype}]", partial(_check_step_activation, dtype=dtype)


# -- the programs -------------------------------------------------------------------------------
@cache
def cases() -> tuple[Case, ...]:
    """Return the small programs: every row of every table at least once."""
    relu, tanh, softmax = Activation("relu"), Activation("tanh"), Head("softmax_cross_entropy")
    smoothed = Head("softmax_cross_entropy", {"smoothing": 0.2})
    averaged = Head("squared", over_outputs="mean")
    per_weight = Penalty(l1=0.1, l2=0.5, per="batch_weight")
    found = [
        _case(f"activation {a.name}", (Dense(5), Activation(a.name), Dense(2)))
        for a in ACTIVATIONS.values()
        if a.trainable
    ]
    found += [_case(f"loss {loss}", (Dense(4), tanh, Dense(3)), Head(loss)) for loss in LOSSES]
    return (
        *found,
        _case("slope of leaky relu", (Dense(5), Activation("leaky_relu", {"slope": 0.2}), Dense(2))),
        _case("alpha of elu", (Dense(5), Activation("elu", {"alpha": 0.5}), Dense(2))),
        _case("level of quantile", (Dense(4), tanh, Dense(2)), Head("quantile", {"level": 0.8})),
        _case("delta of huber", (Dense(4), tanh, Dense(2)), Head("huber", {"delta": 0.25})),
        _case("probabilities of classes", (Dense(4), tanh, Dense(3)), softmax, probabilities=True),
        _case("label smoothing", (Dense(4), tanh, Dense(3)), smoothed),
        _case("mean over outputs", (Dense(4), tanh, Dense(3)), averaged, weighted=True),
        _case("a single layer", (Dense(2),)),
        _case("no bias", (Dense(5, bias=False), relu, Dense(2, bias=False))),
        _case("batch norm", (Dense(5, bias=False), BatchNorm(), relu, Dense(2))),
        _case("batch norm of the inputs", (BatchNorm(momentum=0.3, epsilon=1e-3), Dense(5), tanh, Dense(2))),
        _case("layer norm", (Dense(5), LayerNorm(), relu, Dense(2))),
        _case("dropout", (Dense(8), relu, Dropout(0.4), Dense(2))),
        _case("dropout of the inputs", (Dropout(0.3), Dense(8), tanh, Dropout(0.6), Dense(2))),
        _case("embedding", (Embedding(3), Dense(5), tanh, Dense(2)), code_sizes=(4, 6)),
        _case("embedding alone", (Embedding(2), Dense(5), tanh, Dense(2)), code_sizes=(5,), n_features=0),
        _case("penalty l1", (Dense(4), tanh, Dense(2)), penalty=Penalty(l1=0.02)),
        _case("penalty l2", (Dense(4), tanh, Dense(2)), penalty=Penalty(l2=0.1, kinds=("W", "b"))),
        _case("penalty per batch weight", (Dense(4), tanh, Dense(2)), penalty=per_weight, weighted=True),
        _case("weights", (Dense(4), tanh, Dense(3)), softmax, weighted=True),
        _case("weights of each batch", (Dense(4), tanh, Dense(2)), weighted=True, batch_mean="batch_weight"),
        _case("sparse", (Dense(5), relu, Dense(2)), sparse=True),
        everything(),
    )


@cache
def everything() -> Case:
    """Return a network of all kinds of layers with weights and a penalty: laws are tried on this one."""
    layers: tuple[Layer, ...] = (
        Embedding(2),
        Dense(6, bias=False),
        BatchNorm(),
        Activation("gelu"),
        Dropout(0.25),
        Dense(5),
        LayerNorm(),
        Activation("relu"),
        Dropout(0.5),
        Dense(3),
    )
    price = Penalty(l1=0.001, l2=0.01, kinds=("W", "E"))
    head = Head("softmax_cross_entropy", {"smoothing": 0.1})
    return _case("everything", layers, head, code_sizes=(4,), penalty=price, weighted=True)


@cache
def training_cases() -> tuple[Case, ...]:
    """Return the same networks with what else a training may ask for."""
    wide = everything()
    deviations = {"b": KindFactors(2.0, 0.0), "E": KindFactors(0.1), "gamma": KindFactors(0.0, 3.0)}

    def trained(name: str, optimizer_name: str = "momentum", **settings: Any) -> Case:
        optimizer = OptimizerSpec(optimizer_name, 0.02, **settings)
        return replace(wide, name=name, training=replace(wide.training, optimizer=optimizer))

    return (
        trained("clip by value", clip_value=0.02),
        trained("clip by norm", clip_norm=0.1),
        trained("clip by both", clip_value=0.05, clip_norm=0.1),
        trained("weight decay", weight_decay=0.5),
        trained("factors by kind", weight_decay=0.5, by_kind=deviations),
        trained("adamw by kind", "adamw", weight_decay=0.1, by_kind=deviations),
        trained(
            "settings of optimisers",
            "adam",
            settings={"beta1": 0.5, "epsilon": 0.0, "epsilon_hat": 1e-3},
        ),
        trained("no momentum", settings={"mu": 0.0}),
    )


def _case(
    name: str,
    layers: Sequence[Layer],
    head: Head | None = None,
    *,
    n_features: int = 3,
    code_sizes: tuple[int, ...] = (),
    penalty: Penalty | None = None,
    batch_mean: str = "mean_weight",
    **kinds: bool,
) -> Case:
    spec = NetworkSpec(n_features, tuple(layers), head or Head("squared"), code_sizes, penalty or Penalty())
    program, training = lower(spec), TrainingSpec(seed=5, batch_mean=batch_mean)
    # away from special values: no bias is 0, no gamma 1
    shifts = 0.1 * (uniforms(program.parameters.size, KEY, (9, 0, 0)) - 0.5)
    parameters = initial_values(program.parameters, training.seed) + shifts
    return Case(name, program, _examples(spec, **kinds), training, parameters)


def _examples(
    spec: NetworkSpec, *, weighted: bool = False, sparse: bool = False, probabilities: bool = False
) -> Data:
    """Draw examples whose numbers float32 can hold, so that both types compute from the same."""

    def drawn(number: int, *shape: int, low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
        U = uniforms(int(np.prod(shape)), KEY, (number, 0, 0))
        return (low + (high - low) * U).astype(np.float32).astype(np.float64).reshape(shape)

    numbers: Any = drawn(0, ROWS, spec.n_features, low=-1.5, high=1.5)
    if sparse:
        numbers = scipy.sparse.csr_array(numbers * (drawn(1, ROWS, spec.n_features) < 0.5))
    codes = np.floor(drawn(2, ROWS, len(spec.code_sizes)) * spec.code_sizes).astype(np.int32)
    kind, k = LOSSES[spec.head.loss].targets, spec.n_outputs
    U = drawn(3, ROWS, k)
    targets: Any
    if kind == "class" and not probabilities:
        targets = np.argmax(U, axis=1)
    elif kind == "class":
        # eighths that sum to 1 are exact in both types
        targets = np.diff(np.sort(np.floor(8.0 * U[:, 1:]) / 8.0), axis=1, prepend=0.0, append=1.0)
    elif kind in ("real", "probability"):
        targets = U
    else:  # labels; counts may as well be 0 or 1
        targets = np.round(U)
    weights = None
    if weighted:
        weights = drawn(4, ROWS, low=0.5, high=2.5)
        weights[::5] = 0.0
    return Data(numbers, codes if spec.code_sizes else None, targets, weights)


def _optimised_by(case: Case, optimizer: str) -> Case:
    return replace(case, training=replace(case.training, optimizer=OptimizerSpec(optimizer, rate=0.01)))


def _plan(case: Case, first: int = FIRST, n_steps: int = STEPS) -> StepPlan:
    """Plan some epochs in which rate, decay and dropout change from step to step."""
    n = case.data.n_rows
    pieces: list[NDArray[np.int64]] = []
    for epoch in range(n_steps):
        order = permutation(n, KEY, epoch)
        pieces += [order[begin : begin + BATCH] for begin in range(0, n, BATCH)]
    pieces, steps = pieces[:n_steps], np.arange(n_steps)
    optimizer = case.training.optimizer
    return StepPlan(
        first,
        np.concatenate(pieces),
        np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]),
        np.asarray(optimizer.rate * (1.0 + 0.5 * (steps % 3)), np.float64),
        np.asarray((optimizer.weight_decay or 0.0) * (1.0 + steps % 2), np.float64),
        np.array([1.0, 0.5, 0.75, 1.25, 0.0])[steps % 5],
    )


def _part(plan: StepPlan, begin: int, end: int) -> StepPlan:
    """Cut the steps begin .. end - 1 out of a plan."""
    rows = plan.rows[plan.bounds[begin] : plan.bounds[end]]
    bounds = plan.bounds[begin : end + 1] - plan.bounds[begin]
    inside = slice(begin, end)
    return StepPlan(
        plan.first + begin, rows, bounds, plan.rate[inside], plan.decay[inside], plan.dropout[inside]
    )


# -- agreement with the reference ---------------------------------------------------------------
def _check_gradient(engine: Engine, case: Case, dtype: str) -> None:
    """Value and gradient on a part of the rows, at parameters that are nowhere special."""
    rows = permutation(case.data.n_rows, KEY, 0)[:BATCH]
    tolerance = TOLERANCES[dtype].gradient
    got, wanted = _started(engine, case, dtype), _started(reference, case, "float64", rounded_to=dtype)
    for step in (0, 6, 2**32 + 1):
        value, gradient = engine.value_and_gradient(got, rows, step)
        right_value, right = reference.value_and_gradient(wanted, rows, step)
        _require_close("the objective", np.array([value]), np.array([right_value]), tolerance)
        _require_blocks("the gradient", case.program.parameters, gradient, right, tolerance)


def _check_trajectory(engine: Engine, case: Case, dtype: str) -> None:
    """Losses, weights and everything a state holds after 20 steps."""
    tolerance, plan, program = TOLERANCES[dtype].trajectory, _plan(case), case.program
    stats, state = _run(engine, case, dtype, plan)
    right_stats, right = _run(reference, case, "float64", plan, rounded_to=dtype)
    _require_equal("the number of the bad step", stats.bad_step, None)
    _require_close("the losses", stats.losses, right_stats.losses, tolerance)
    _require_close("the weights of the batches", stats.weights, right_stats.weights, tolerance)
    _require_state(program, state, right, case.training.optimizer.name, tolerance)


def _check_raw_scores(engine: Engine, case: Case, dtype: str) -> None:
    """Scores in inference mode: with what was learnt, without dropout, for any number of rows."""
    program, plan = case.program, _plan(case, n_steps=5)
    state = _run(reference, case, dtype, plan)[1]
    wide = State(state.parameters.astype(np.float64), state.buffers.astype(np.float64), np.empty((0, 0)))
    right = reference.raw_scores(reference.start(program, wide), case.data)
    engine_state = engine.start(program, state)
    scores = engine.raw_scores(engine_state, case.data)
    _require_equal("the type of the scores", scores.dtype.name, dtype)
    _require_close("the scores", scores, right, TOLERANCES[dtype].gradient)
    for n in (0, 1, 5):
        some = engine.raw_scores(engine_state, case.data.rows(slice(0, n)))
        _require_close(f"the scores of {n} rows", some, right[:n], TOLERANCES[dtype].gradient)
    again = _started(engine, case, dtype)  # an engine that trains predicts the same way
    engine.advance(again, plan)
    _require_close(
        "the scores after training", engine.raw_scores(again, case.data), right, TOLERANCES[dtype].trajectory
    )


# -- laws: bit for bit, no reference ------------------------------------------------------------
def _check_types(engine: Engine, case: Case, dtype: str) -> None:
    """The working type everywhere, float64 for losses; canonical shapes."""
    program = case.program
    engine_state = _started(engine, case, dtype)
    value, gradient = engine.value_and_gradient(engine_state, np.arange(5), 0)
    stats = engine.advance(engine_state, _plan(case))
    state, start = (
        engine.export_state(engine_state),
        fresh_state(program, replace(case.training, dtype=dtype)),
    )
    _require_equal("the type of the objective", type(value), float)
    for name, array, shape, wanted in (
        ("the gradient", gradient, (program.parameters.size,), dtype),
        ("the parameters", state.parameters, start.parameters.shape, dtype),
        ("the buffers", state.buffers, start.buffers.shape, dtype),
        ("the slots", state.slots, start.slots.shape, dtype),
        ("the losses", stats.losses, (STEPS,), "float64"),
        ("the weights", stats.weights, (STEPS,), "float64"),
    ):
        _require_equal(f"the type of {name}", array.dtype.name, wanted)
        _require_equal(f"the shape of {name}", array.shape, shape)


def _check_same_bits_twice(engine: Engine, case: Case, dtype: str) -> None:
    plan = _plan(case)
    _require_same_run(
        "the second of two equal runs", _run(engine, case, dtype, plan), _run(engine, case, dtype, plan)
    )


def _check_chunks(engine: Engine, case: Case, dtype: str) -> None:
    """However a plan is divided, the bits are the same."""
    plan = _plan(case)
    whole = _run(engine, case, dtype, plan)
    for cuts in ([0, 1, STEPS], [0, 7, 13, STEPS], list(range(STEPS + 1))):
        parts = [_part(plan, begin, end) for begin, end in itertools.pairwise(cuts)]
        _require_same_run(f"a run divided at {cuts[1:-1]}", _run(engine, case, dtype, *parts), whole)


def _check_resume(engine: Engine, case: Case, dtype: str) -> None:
    """Exporting, starting again and going on is the same as not stopping."""
    plan = _plan(case)
    whole = _run(engine, case, dtype, plan)
    before, state = _run(engine, case, dtype, _part(plan, 0, 9))
    program, training = case.program, replace(case.training, dtype=dtype)
    again = engine.start(program, state, case.data, training)
    after = engine.advance(again, _part(plan, 9, STEPS))
    _require_same_run("a resumed run", (_joined([before, after]), engine.export_state(again)), whole)


def _check_looking_changes_nothing(engine: Engine, case: Case, dtype: str) -> None:
    """value_and_gradient and raw_scores between steps leave no trace; import_parameters goes back exactly."""
    plan = _plan(case)
    whole = _run(engine, case, dtype, plan)
    engine_state = _started(engine, case, dtype)
    before = engine.advance(engine_state, _part(plan, 0, 9))
    engine.value_and_gradient(engine_state, np.arange(5), 1)
    engine.raw_scores(engine_state, case.data)
    kept = engine.export_state(engine_state).parameters
    engine.import_parameters(engine_state, np.zeros_like(kept))
    _require_same_bits(
        "parameters imported", engine.export_state(engine_state).parameters, np.zeros_like(kept)
    )
    engine.import_parameters(engine_state, kept)
    after = engine.advance(engine_state, _part(plan, 9, STEPS))
    _require_same_run(
        "a run that was looked at", (_joined([before, after]), engine.export_state(engine_state)), whole
    )


def _check_callers_arrays(engine: Engine, case: Case, dtype: str) -> None:
    """Nothing that the caller owns is written to, and what the engine gives out is a copy."""
    program, training, plan = case.program, replace(case.training, dtype=dtype), _plan(case)
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
        _require_same_bits(f"the caller's {name}", array, before[name])
    exported, gradient = (
        engine.export_state(engine_state),
        engine.value_and_gradient(engine_state, rows, 0)[1],
    )
    kept = exported.copy()
    for array in (exported.parameters, exported.buffers, exported.slots, gradient):
        array[...] = 1e3
    again = engine.export_state(engine_state)
    for name in ("parameters", "buffers", "slots"):
        _require_same_bits(
            f"exported {name}, written to by the caller,", getattr(again, name), getattr(kept, name)
        )


def _check_any_memory(engine: Engine, case: Case, dtype: str) -> None:
    """Read-only arrays, other orders in memory and the other float type give the same bits."""
    plan = _plan(case)
    whole = _run(engine, case, dtype, plan)
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
        _require_same_run(f"a run on {name}", _run(engine, replace(case, data=data), dtype, plan), whole)
    fixed = _part(plan, 0, STEPS)
    for array in (fixed.rows, fixed.bounds, fixed.rate, fixed.decay, fixed.dropout):
        array.flags.writeable = False
    _require_same_run("a run by a read-only plan", _run(engine, case, dtype, fixed), whole)


def _check_zero_weight(engine: Engine, case: Case, dtype: str) -> None:
    """A batch of weight 0 is skipped and its number is used up: the next step's masks are its own."""
    assert case.data.weights is not None
    nothing = np.flatnonzero(case.data.weights == 0.0)
    plan = _plan(case, n_steps=6)
    batches = [plan.batch(i) for i in range(plan.n_steps)]
    batches[2] = batches[5] = nothing
    plan = replace(plan, rows=np.concatenate(batches), bounds=np.cumsum([0, *map(len, batches)]))
    stats, state = _run(engine, case, dtype, plan)
    right_stats, right = _run(reference, case, "float64", plan, rounded_to=dtype)
    _require_equal("losses of skipped batches", stats.losses[[2, 5]].tolist(), [0.0, 0.0])
    _require_equal("weights of skipped batches", stats.weights[[2, 5]].tolist(), [0.0, 0.0])
    _require_close("the losses", stats.losses, right_stats.losses, TOLERANCES[dtype].trajectory)
    name = case.training.optimizer.name
    _require_state(case.program, state, right, name, TOLERANCES[dtype].trajectory)
    before = _run(engine, case, dtype, _part(plan, 0, 5))[1]
    _require_same_state("the state after a skipped batch", state, before)


def _check_bad_step(engine: Engine, dtype: str) -> None:
    """The first step that leaves the finite numbers is reported by its global number."""
    case = _optimised_by(_case("one layer", (Dense(2),)), "gradient_descent")
    plan = _plan(case, first=2**33)
    huge = {"float32": 1e30, "float64": 1e250}[dtype]  # finite, its square is not
    for rate, bad in ((np.inf, 7), (huge, 8)):  # the parameters of step 7, or the loss of step 8
        rates = plan.rate.copy()
        rates[7] = rate
        stats, _ = _run(engine, case, dtype, replace(plan, rate=rates))
        _require_equal(
            f"the bad step for a rate of {rate:g} in step {plan.first + 7}", stats.bad_step, plan.first + bad
        )
        right = _run(engine, case, dtype, _part(plan, 0, 7))[0]
        _require_same_bits("the losses before a bad step", stats.losses[:7], right.losses)
    _require_equal("the bad step of a good run", _run(engine, case, dtype, plan)[0].bad_step, None)
    chunks = (_part(replace(plan, rate=rates), 0, 8), _part(replace(plan, rate=rates), 8, STEPS))
    engine_state = _started(engine, case, dtype)
    found = [engine.advance(engine_state, chunk).bad_step for chunk in chunks]
    _require_equal("the bad steps of two chunks", found, [None, plan.first + 8])


def _check_sparse(engine: Engine, case: Case, dtype: str) -> None:
    """Sparse examples are the same examples: same bits."""
    plan = _plan(case)
    data = replace(case.data, numbers=scipy.sparse.csr_array(case.data.numbers))
    dense, sparse = _run(engine, case, dtype, plan), _run(engine, replace(case, data=data), dtype, plan)
    _require_same_run("a run on sparse examples", sparse, dense)
    engine_state = _started(engine, case, dtype)
    scores = engine.raw_scores(engine_state, data)
    _require_same_bits("the scores of sparse examples", scores, engine.raw_scores(engine_state, case.data))


def _check_step_activation(engine: Engine, dtype: str) -> None:
    """What no gradient can train can still predict."""
    stepping = _case("step", (Dense(6), Activation("step"), Dense(2)))
    state = fresh_state(stepping.program, replace(stepping.training, dtype=dtype), stepping.parameters)
    right = reference.raw_scores(reference.start(stepping.program, state), stepping.data)
    scores = engine.raw_scores(engine.start(stepping.program, state), stepping.data)
    _require_close("the scores", scores, right, TOLERANCES[dtype].gradient)


class CaseCheck(Protocol):
    """A check on a network in a type."""

    def __call__(self, engine: Engine, case: Case, dtype: str) -> None: ...


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
    "any memory": _check_any_memory,
}
"""Laws in which the optimiser plays no part."""


# -- running ------------------------------------------------------------------------------------
def _started(engine: Engine, case: Case, dtype: str, rounded_to: str | None = None) -> Any:
    """Start an engine; with `rounded_to` at parameters that this type can hold as well."""
    training = replace(case.training, dtype=dtype)
    start = case.parameters.astype(rounded_to or dtype)
    return engine.start(case.program, fresh_state(case.program, training, start), case.data, training)


def _run(
    engine: Engine, case: Case, dtype: str, *plans: StepPlan, rounded_to: str | None = None
) -> tuple[StepStats, State]:
    engine_state = _started(engine, case, dtype, rounded_to)
    stats = [engine.advance(engine_state, plan) for plan in plans]
    return _joined(stats), engine.export_state(engine_state)


def _joined(stats: Sequence[StepStats]) -> StepStats:
    losses, weights = (np.concatenate([getattr(s, name) for s in stats]) for name in ("losses", "weights"))
    return StepStats(losses, weights, next((s.bad_step for s in stats if s.bad_step is not None), None))


def _guarded(engine: Engine, name: str, check: Check) -> Callable[[], None]:
    """Turn whatever goes wrong in a check into an error that names engine and check."""

    def run() -> None:
        try:
            check(engine)
        except _Failure as failure:
            raise EngineError(f"the engine {engine.NAME} fails {name}: {failure}") from None
        except Exception as error:
            raise EngineError(
                f"the engine {engine.NAME} fails {name}: {type(error).__name__}: {error}"
            ) from error

    return run


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


# -- comparing ----------------------------------------------------------------------------------
class _Failure(Exception):
    """What a check found; `_guarded` adds who and where."""


def _require_equal(what: str, got: Any, wanted: Any) -> None:
    if got != wanted:
        raise _Failure(f"{what} is {got!r}; it must be {wanted!r}")


def _require_same_bits(what: str, got: NDArray[Any], wanted: NDArray[Any]) -> None:
    if got.dtype != wanted.dtype or got.shape != wanted.shape:
        raise _Failure(f"{what}: {got.dtype} {got.shape}; it must be {wanted.dtype} {wanted.shape}")
    if got.tobytes() != wanted.tobytes():
        where = np.argwhere(got != wanted)
        index = tuple(int(i) for i in where[0]) if len(where) else ()
        raise _Failure(
            f"{what} must have the same bits; at {list(index)} {got[index]!r} is not {wanted[index]!r}"
        )


def _require_same_run(what: str, got: tuple[StepStats, State], wanted: tuple[StepStats, State]) -> None:
    _require_equal(f"the bad step of {what}", got[0].bad_step, wanted[0].bad_step)
    _require_same_bits(f"the losses of {what}", got[0].losses, wanted[0].losses)
    _require_same_bits(f"the weights of {what}", got[0].weights, wanted[0].weights)
    _require_same_state(f"the state after {what}", got[1], wanted[1])


def _require_same_state(what: str, got: State, wanted: State) -> None:
    for name in ("parameters", "buffers", "slots"):
        _require_same_bits(f"{name} of {what}", getattr(got, name), getattr(wanted, name))


def _require_close(
    what: str, got: NDArray[Any], wanted: NDArray[Any], tolerance: float, least: float = 0.0
) -> None:
    """Demand agreement up to `tolerance` times the largest number wanted."""
    if got.shape != wanted.shape:
        raise _Failure(f"{what} has the shape {got.shape}; it must be {wanted.shape}")
    if not wanted.size:
        return
    scale = max(float(np.max(np.abs(wanted))), least)
    distance = np.abs(got.astype(np.float64) - wanted)
    if not np.all(distance <= tolerance * scale):
        worst = np.unravel_index(int(np.argmax(np.where(np.isfinite(distance), distance, np.inf))), got.shape)
        raise _Failure(
            f"{what} at {[int(i) for i in worst]} is {got[worst]:.9g}; it must be {wanted[worst]:.9g} "
            f"(largest {scale:.3g}, tolerance {tolerance:.1e} of that)"
        )


def _require_blocks(
    what: str, layout: ParameterLayout, got: NDArray[Any], wanted: NDArray[Any], tolerance: float
) -> None:
    if got.shape != wanted.shape:
        raise _Failure(f"{what} has the shape {got.shape}; it must be {wanted.shape}")
    least = SMALL_BLOCK * float(np.max(np.abs(wanted), initial=0.0))
    right = layout.views(wanted)
    for name, view in layout.views(got).items():
        _require_close(f"{what}, {name}", view, right[name], tolerance, least)


def _require_state(program: Program, got: State, wanted: State, optimizer: str, tolerance: float) -> None:
    _require_blocks("the parameters", program.parameters, got.parameters, wanted.parameters, tolerance)
    _require_blocks("the buffers", program.buffers, got.buffers, wanted.buffers, tolerance)
    _require_equal("the number of slots", len(got.slots), len(wanted.slots))
    for name, slot, right in zip(OPTIMIZERS[optimizer].slots, got.slots, wanted.slots, strict=True):
        _require_blocks(f"the slot {name}", program.parameters, slot, right, tolerance)


# -- formulas bound to a namespace ---------------------------------------------------------------
SCORES = (-2.5, -0.75, 0.0, 0.5, 3.0)
WORDS = (np.uint32(5), np.uint32(2**32 - 1))
THRESHOLD = np.uint32(2**31)

Arguments = tuple[Any, ...]


def numpy_types(function: Callable[..., Any], arguments: Arguments) -> tuple[str, ...]:
    """Name the types of what a function returns: the default of `formula_checks`."""
    result = function(*arguments)
    parts = result if isinstance(result, tuple) else (result,)
    return tuple(np.asarray(part).dtype.name for part in parts)


def formula_checks(
    namespace: Any,
    wrap: Callable[[Any], Any] = lambda function: function,
    types_of: Callable[[Callable[..., Any], Arguments], tuple[str, ...]] = numpy_types,
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Bind every elementwise formula to a namespace, for scalars of both types, and compare with NumPy.

    Parameters
    ----------
    namespace : module
        An engine's ``xp``.
    wrap : callable
        What the engine does with a bound function, for instance ``numba.njit``.
    types_of : callable
        ``types_of(function, arguments)`` names the types of the results; for an engine whose results
        lose their type on the way back to Python.

    Examples
    --------
    >>> from forpass.maths import xp
    >>> checks = dict(formula_checks(xp))
    >>> checks["gelu_vjp[float32]"]()
    """
    for dtype in DTYPES:
        bound: dict[Callable[..., Any], Any] = {}
        for name, function, examples in _formulas():
            yield (
                f"{name}[{dtype}]",
                _formula_check(name, function, examples, dtype, namespace, wrap, types_of, bound),
            )


def _formula_check(
    name: str,
    function: Callable[..., Any],
    examples: Sequence[Arguments],
    dtype: str,
    namespace: Any,
    wrap: Callable[[Any], Any],
    types_of: Callable[[Callable[..., Any], Arguments], tuple[str, ...]],
    bound: dict[Callable[..., Any], Any],
) -> Callable[[], None]:
    real: Any = np.dtype(dtype).type
    tolerance = FORMULA_TOLERANCE * float(np.finfo(dtype).eps)

    def check() -> None:
        ours = bind(function, namespace, real, wrap, bound)
        for example in examples:
            arguments = tuple(real(a) if isinstance(a, float) else a for a in example)
            # float64 formulas on the same, already rounded, numbers
            wide = (np.float64(a) if isinstance(a, np.floating) else a for a in arguments)
            right = np.atleast_1d(np.array(function(*wide), np.float64))
            types = types_of(ours, arguments)
            if set(types) != {dtype}:
                raise EngineError(f"{name}{arguments} returns {', '.join(types)}; it must be {dtype}")
            got = np.atleast_1d(np.array(ours(*arguments), np.float64))
            if got.shape != right.shape or not np.all(
                np.abs(got - right) <= tolerance * np.maximum(np.abs(right), 1.0)
            ):
                raise EngineError(
                    f"{name}{arguments} is {got.tolist()}; it must be {right.tolist()} ({dtype})"
                )

    return check


def _formulas() -> Iterator[tuple[str, Callable[..., Any], list[Arguments]]]:
    """Give every elementwise formula with arguments to try: floats become the working type."""
    for activation in ACTIVATIONS.values():
        settings = tuple(p.default for p in activation.parameters)
        values = [(z, float(activation.function(z, *settings))) for z in SCORES]
        yield activation.function.__name__, activation.function, [(z, *settings) for z, _ in values]
        yield activation.vjp.__name__, activation.vjp, [(0.75, z, a, *settings) for z, a in values]
    for loss in LOSSES.values():
        if loss.over == "elements":
            settings = tuple(p.default for p in loss.parameters)
            pairs = [(z, t) for z in SCORES for t in (0.0, 1.0)]
            yield loss.function.__name__, loss.function, [(z, t, *settings) for z, t in pairs]
            yield loss.vjp.__name__, loss.vjp, [(0.75, z, t, *settings) for z, t in pairs]
            if loss.switch is not None:
                yield loss.switch.__name__, loss.switch, [(z, t, *settings) for z, t in pairs]
    for name, optimizer in OPTIMIZERS.items():
        coefficients = optimizer.coefficients(3.0, *(p.default for p in optimizer.parameters))
        slots = (0.25,) * len(optimizer.slots)
        yield (
            name,
            optimizer.step,
            [(1.5, g, *slots, 0.1, *map(float, coefficients)) for g in (-2.0, 0.0, 0.5)],
        )
    masks: list[Callable[..., Any]] = [dropout, dropout_vjp]
    for function in masks:
        yield function.__name__, function, [(z, word, THRESHOLD, 2.0) for z in SCORES for word in WORDS]
    others: list[Callable[..., Any]] = [
        *(penalty, penalty_gradient, decayed),
        *(clip_value, clip_norm_factor),
        *(standardise, scale_shift, running),
    ]
    for function in others:
        n = function.__code__.co_argcount
        yield function.__name__, function, [(z, 0.5, 0.25, 2.0)[:n] for z in SCORES]
