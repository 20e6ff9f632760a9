"""The compiled engine as training sees it: the functions of `protocol.Engine`.

A program becomes an executable, and the driver carries out all steps of a plan in one call.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels import movement
from forpass.engines.compiled.program.examples import Examples
from forpass.engines.compiled.program.executable import Executable, executable_of, product_operations
from forpass.engines.compiled.program.memory import (
    FIRST_SLOT,
    GRADIENT,
    PARAMETERS,
    Arena,
    PaddedVectors,
)
from forpass.engines.compiled.program.passes import forward_pass, link
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.program.step import Group, StepScalars, groups_of, step_phases
from forpass.engines.compiled.runtime.driver import steps_of
from forpass.engines.compiled.runtime.team import threads_for, threads_worth
from forpass.engines.protocol import State, StepPlan, StepStats
from forpass.engines.requirements import require_batch, require_dropout, require_inputs, require_targets
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import LBFGS, OptimizerSpec, TrainingSpec

__all__ = [
    "NAME",
    "advance",
    "export_state",
    "import_parameters",
    "predictions",
    "raw_scores",
    "start",
    "value_and_gradient",
]

NAME = "compiled"

ROWS_PER_BLOCK = 256
"""Rows predicted at a time, whose activations stay in the cache. From 64 to 1024 a table takes equally long,
as one block 20 to 60 % longer."""
MOST_ROWS_PER_BLOCK, THREADS_TO_FEED = 2048, 8
"""Of a small network a block is doubled up to so many rows, as long as it is not worth so many threads."""

LAYOUTS_KEPT = 8
"""Layouts of examples for whose scores instructions are kept, those that came last. There is a bound because
of a table that lies in columns each number of rows is a layout of its own."""

PASSES_OF_A_STEP = 3
"""Products with each matrix of weights: forward, and two on the way back."""


@dataclass(eq=False)
class CompiledState:
    """The engine's own state: padded vectors, and executables made when they are needed.

    Attributes
    ----------
    vectors : PaddedVectors
        Parameters, their gradient, and the slots.
    buffers : PaddedVectors
        One vector.
    threads : int or None
        Threads of the largest step. Known from the start where there are examples to learn from, because
        training holds libraries of linear algebra to one thread, and that is not meant for this engine.
    learning : dict from name to Executable
        ``"step"`` and ``"gradient"``.
    predicting : dict from key to Executable
        By the layout of the examples and whether the link comes after.
    at_work : threading.Lock
        Held while an executable is carried out: its memory serves one caller at a time.
    """

    program: Program
    dtype: str
    data: Data | None
    examples: Examples | None
    training: TrainingSpec | None
    mean_weight: float
    groups: tuple[Group, ...]
    vectors: PaddedVectors
    buffers: PaddedVectors
    threads: int | None
    learning: dict[str, Executable] = field(default_factory=dict)
    predicting: dict[tuple[Any, bool], Executable] = field(default_factory=dict)
    at_work: threading.Lock = field(default_factory=threading.Lock)


def start(
    program: Program, state: State, data: Data | None = None, training: TrainingSpec | None = None
) -> CompiledState:
    """Make the engine's state from copies of `state`; the data are not copied."""
    dtype, mean_weight, examples = state.parameters.dtype.name, 1.0, None
    if data is not None:
        require_inputs(program, data)
        require_targets(program, data)
        examples = Examples(data, dtype)
        if data.weights is not None:
            mean_weight = float(np.mean(data.weights, dtype=np.float64))
    groups = groups_of(program, training.optimizer if training else OptimizerSpec())
    arena = Arena(dtype)
    order = [name for group in groups for name in group.names]
    vectors = PaddedVectors(arena, program.parameters, FIRST_SLOT + len(state.slots), order)
    buffers = PaddedVectors(arena, program.buffers, 1)
    vectors.write(PARAMETERS, state.parameters)
    for number, slot in enumerate(state.slots, start=FIRST_SLOT):
        vectors.write(number, slot)
    buffers.write(0, state.buffers)
    threads = None if data is None else threads_for(product_operations(program, _most_rows(data, training)))
    return CompiledState(
        program=program,
        dtype=dtype,
        data=data,
        examples=examples,
        training=training,
        mean_weight=mean_weight,
        groups=groups,
        vectors=vectors,
        buffers=buffers,
        threads=threads,
    )


def advance(engine_state: CompiledState, plan: StepPlan) -> StepStats:
    """Carry out the steps of a plan in one call."""
    require_dropout(engine_state.program, plan.dropout)
    with engine_state.at_work:
        objectives, good, weights, normalisers = _learn(engine_state, "step", plan)
    bad_step = plan.first + good if good < plan.n_steps else None
    return StepStats(objectives, weights, normalisers, bad_step)


def value_and_gradient(
    engine_state: CompiledState, rows: NDArray[np.int64], step: int = 0
) -> tuple[float, NDArray[Any]]:
    """Return the objective on `rows` and its gradient; nothing changes."""
    require_batch(engine_state.data, rows)
    one, bounds = np.ones(1), np.array([0, len(rows)], np.int64)
    plan = StepPlan(step, np.asarray(rows, np.int64), bounds, one, 0.0 * one, one)
    with engine_state.at_work:
        objectives = _learn(engine_state, "gradient", plan)[0]
        return float(objectives[0]), engine_state.vectors.read(GRADIENT)


def raw_scores(engine_state: CompiledState, data: Data) -> NDArray[Any]:
    """Return the raw scores (n, k) of other examples, in inference mode, block by block."""
    return _scores(engine_state, data, linked=False)


def predictions(engine_state: CompiledState, data: Data) -> NDArray[Any]:
    """Return the raw scores of other examples after the head's link (n, k)."""
    return _scores(engine_state, data, linked=True)


def _scores(engine_state: CompiledState, data: Data, linked: bool) -> NDArray[Any]:
    require_inputs(engine_state.program, data)
    n, rows = data.n_rows, np.arange(data.n_rows)
    scores = np.empty((n, engine_state.program.n_outputs), engine_state.dtype)
    if n == 0:
        return scores
    examples = Examples(data, engine_state.dtype)
    size = _rows_per_block(engine_state.program, n)
    begins = np.arange(0, n, size)
    steps = steps_of(
        len(begins),
        rows=np.minimum(n - begins, size),
        row_numbers=rows.ctypes.data + 8 * begins,
        scores=scores.ctypes.data,
        **examples.words,
    )
    with engine_state.at_work:
        executable = _scores_executable(engine_state, examples, size, linked)
        executable.carry_out(steps, product_operations(engine_state.program, size), (examples, rows, scores))
    return scores


def export_state(engine_state: CompiledState) -> State:
    """Return parameters, buffers and slots in canonical form, as copies."""
    vectors, size = engine_state.vectors, engine_state.program.parameters.size
    slots = np.empty((len(vectors) - FIRST_SLOT, size), engine_state.dtype)
    for number in range(len(slots)):
        slots[number] = vectors.read(FIRST_SLOT + number)
    return State(vectors.read(PARAMETERS), engine_state.buffers.read(0), slots)


def import_parameters(engine_state: CompiledState, parameters: NDArray[Any]) -> None:
    """Continue from other parameters."""
    engine_state.vectors.write(PARAMETERS, np.asarray(parameters))


def _learning_executable(engine_state: CompiledState, kind: str, capacity: int) -> Executable:
    """Return the instructions for a step or a gradient, with room for `capacity` rows."""
    found = engine_state.learning.get(kind)
    if found is not None and found.capacity >= capacity:
        return found
    program, groups, vectors = engine_state.program, engine_state.groups, engine_state.vectors
    training = engine_state.training or TrainingSpec()
    assert engine_state.examples is not None
    run = Recording(
        program,
        engine_state.examples,
        Arena(engine_state.dtype),
        capacity,
        vectors[PARAMETERS],
        vectors[GRADIENT],
        engine_state.buffers[0],
        stream_key(training.seed, "dropout") if program.uses("dropout") else (0, 0),
    )
    bad = run.arena.matrix(1, 1, dtype="int64")
    phases = step_phases(run, vectors, groups, training.optimizer if kind == "step" else None, bad)
    scalars = StepScalars(program, training.optimizer, groups, engine_state.dtype)
    executable = executable_of(run, engine_state.threads, phases, bad, PASSES_OF_A_STEP, scalars)
    engine_state.learning[kind] = executable
    return executable


def _scores_executable(
    engine_state: CompiledState, examples: Examples, capacity: int, linked: bool
) -> Executable:
    """Return the instructions for the scores of examples of a layout, or for predictions."""
    kept, key = engine_state.predicting, (examples.layout, linked)
    found = kept.get(key)
    if found is not None and found.capacity >= capacity:
        return found
    arena, parameters = Arena(engine_state.dtype), engine_state.vectors[PARAMETERS]
    run = Recording(engine_state.program, examples, arena, capacity, parameters, {}, engine_state.buffers[0])
    Z = forward_pass(run)
    if linked:
        link(run, Z)
    run.by_rows(movement.hand_out, Z=Z, stride=Z.stride, width=Z.width)
    nothing_bad = arena.matrix(1, 1, dtype="int64")
    executable = executable_of(run, engine_state.threads, run.phases, nothing_bad, passes=1)
    for oldest in list(kept)[: len(kept) + 1 - LAYOUTS_KEPT]:
        del kept[oldest]
    kept[key] = executable
    return executable


def _rows_per_block(program: Program, n_rows: int) -> int:
    """Return how many rows to predict at a time: more as long as threads have too little to do."""
    size = ROWS_PER_BLOCK
    while (
        size < min(n_rows, MOST_ROWS_PER_BLOCK)
        and threads_worth(product_operations(program, size)) < THREADS_TO_FEED
    ):
        size *= 2
    return min(size, n_rows)


def _most_rows(data: Data, training: TrainingSpec | None) -> int:
    """Rows that go through a product in the largest step, or in a block of predictions beside it."""
    batch = training.batch_size if training and training.optimizer.name != LBFGS else None
    return max(ROWS_PER_BLOCK, PASSES_OF_A_STEP * min(data.n_rows, batch or data.n_rows))


def _learn(
    engine_state: CompiledState, kind: str, plan: StepPlan
) -> tuple[NDArray[np.float64], int, NDArray[np.float64], NDArray[np.float64]]:
    """Carry out a plan: return the objectives, the number of good steps, weights and normalisers."""
    n, numbers = plan.n_steps, np.arange(plan.first, plan.stop)
    lengths, weights, normalisers = _batches(engine_state, plan)
    largest = int(lengths.max(initial=1))
    executable = _learning_executable(engine_state, kind, largest)
    assert executable.scalars is not None and engine_state.examples is not None
    reals, integers = executable.scalars.tables(plan, weights, normalisers)
    objectives, rows = np.zeros(n), np.ascontiguousarray(plan.rows, np.int64)
    steps = steps_of(
        n,
        rows=np.where(weights > 0.0, lengths, 0),
        row_numbers=rows.ctypes.data + 8 * plan.bounds[:-1],
        reals=reals.ctypes.data + np.arange(n) * reals.strides[0],
        integers=integers.ctypes.data + np.arange(n) * integers.strides[0],
        step_low=numbers & 0xFFFFFFFF,
        step_high=numbers >> 32,
        normaliser=normalisers.view(np.int64),
        objective=objectives.ctypes.data + 8 * np.arange(n),
        **engine_state.examples.words,
    )
    operations = product_operations(engine_state.program, PASSES_OF_A_STEP * largest)
    good = executable.carry_out(steps, operations, (engine_state, rows, reals, integers, objectives))
    return objectives, good, weights, normalisers


def _batches(
    engine_state: CompiledState, plan: StepPlan
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Length, sum of weights and normaliser of each batch."""
    lengths = np.diff(plan.bounds)
    examples, training = engine_state.examples, engine_state.training
    if examples is None or examples.weights is None:
        weights = lengths.astype(np.float64)
    else:
        # with a 0 behind the last, so that an empty batch at the end has a place too
        drawn = np.append(examples.weights[plan.rows].astype(np.float64), 0.0)
        weights = np.where(lengths > 0, np.add.reduceat(drawn, plan.bounds[:-1]), 0.0)
    own = training is not None and training.batch_mean == "batch_weight"
    return lengths, weights, weights.copy() if own else lengths * engine_state.mean_weight
