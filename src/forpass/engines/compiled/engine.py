"""The compiled engine: the same numbers as the reference, at the processor's limit.

A program becomes a list of instructions, and the driver carries out all steps of a plan in one call.
What one needs to know of it: `code` says how kernels are written, `lowering` what is done in a step,
`products` how matrices are multiplied.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.code import STEP
from forpass.engines.compiled.examples import Examples
from forpass.engines.compiled.kernels import Phases, words_of
from forpass.engines.compiled.lowering import Pass
from forpass.engines.compiled.memory import Arena, Matrix, PaddedVectors
from forpass.engines.compiled.step import Group, StepScalars, groups_of, step_phases
from forpass.engines.compiled.team import Team
from forpass.engines.fit import require_inputs, require_targets
from forpass.engines.protocol import State, StepPlan, StepStats
from forpass.errors import DataError
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import OptimizerSpec, TrainingSpec

__all__ = [
    "NAME",
    "advance",
    "export_state",
    "import_parameters",
    "raw_scores",
    "start",
    "value_and_gradient",
]

NAME = "compiled"

ROWS_PER_BLOCK = 256
"""Rows predicted at a time: their activations stay in the cache."""

SCRATCH_ROWS = 8
"""Rows that a kernel may keep for itself."""


@dataclass(eq=False)
class CompiledState:
    """The engine's own state: padded vectors, and instructions made when they are first needed."""

    program: Program
    dtype: str
    examples: Examples | None
    training: TrainingSpec | None
    mean_weight: float
    groups: tuple[Group, ...]
    theta: PaddedVectors
    buffers: PaddedVectors
    n_slots: int
    sheets: dict[Any, Sheet] = field(default_factory=dict)


@dataclass(eq=False)
class Sheet:
    """Instructions ready to be carried out, and the memory they work on."""

    instructions: NDArray[np.int64]
    arena: Arena
    capacity: int
    scalars: StepScalars | None
    bad: NDArray[Any]
    scratch_size: int
    team: Team


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
    theta = PaddedVectors(arena, program.parameters, 2 + len(state.slots), order)
    buffers = PaddedVectors(arena, program.buffers, 1)
    theta.write(0, state.parameters)
    for number, slot in enumerate(state.slots, start=2):
        theta.write(number, slot)
    buffers.write(0, state.buffers)
    return CompiledState(
        program, dtype, examples, training, mean_weight, groups, theta, buffers, len(state.slots)
    )


def advance(engine_state: CompiledState, plan: StepPlan) -> StepStats:
    """Carry out the steps of a plan in one call."""
    training = engine_state.training
    assert training is not None
    lengths, weights, normalisers = _batches(engine_state, plan)
    losses = np.zeros(plan.n_steps)
    sheet = _sheet(engine_state, "step", int(lengths.max(initial=1)))
    done = _drive(sheet, plan, lengths, weights, normalisers, losses)
    bad_step = plan.first + done if done < plan.n_steps else None
    return StepStats(losses, weights, normalisers, bad_step)


def value_and_gradient(
    engine_state: CompiledState, rows: NDArray[np.int64], step: int = 0
) -> tuple[float, NDArray[Any]]:
    """Return the objective on `rows` and its gradient; nothing changes."""
    one = np.ones(1)
    bounds = np.array([0, len(rows)], np.int64)
    plan = StepPlan(step, np.asarray(rows, np.int64), bounds, one, 0.0 * one, one)
    lengths, weights, normalisers = _batches(engine_state, plan)
    losses = np.zeros(1)
    sheet = _sheet(engine_state, "gradient", len(rows))
    _drive(sheet, plan, lengths, weights, normalisers, losses)
    return float(losses[0]), engine_state.theta.read(1)


def raw_scores(engine_state: CompiledState, data: Data) -> NDArray[Any]:
    """Return the raw scores (n, k) of other examples, in inference mode, block by block."""
    require_inputs(engine_state.program, data)
    n, scores = data.n_rows, np.empty((data.n_rows, engine_state.program.n_outputs), engine_state.dtype)
    examples = Examples(data, engine_state.dtype)
    sheet, Z = _scores_sheet(engine_state, examples, min(n, ROWS_PER_BLOCK))
    step, rows = np.zeros(len(STEP), np.int64), np.arange(n)
    dummy = np.zeros(8)
    for begin in range(0, n, ROWS_PER_BLOCK):
        count = min(ROWS_PER_BLOCK, n - begin)
        words = (
            count,
            rows[begin:].ctypes.data,
            dummy.ctypes.data,
            dummy.ctypes.data,
            0,
            0,
            0,
            dummy.ctypes.data,
        )
        step[:] = words
        sheet.team.run(sheet.instructions, step[None], sheet.bad, sheet.scratch_size)
        scores[begin : begin + count] = Z.array[:count]
    return scores


def export_state(engine_state: CompiledState) -> State:
    """Return parameters, buffers and slots in canonical form, as copies."""
    theta = engine_state.theta
    slots = np.empty((engine_state.n_slots, engine_state.program.parameters.size), engine_state.dtype)
    for number in range(engine_state.n_slots):
        slots[number] = theta.read(2 + number)
    return State(theta.read(0), engine_state.buffers.read(0).astype(engine_state.dtype), slots)


def import_parameters(engine_state: CompiledState, parameters: NDArray[Any]) -> None:
    """Continue from other parameters."""
    engine_state.theta.write(0, np.asarray(parameters))


def _sheet(engine_state: CompiledState, kind: str, capacity: int) -> Sheet:
    """Return the instructions for a step or a gradient, with room for `capacity` rows."""
    found = engine_state.sheets.get(kind)
    if found is not None and found.capacity >= capacity:
        return found
    if engine_state.examples is None:
        raise DataError("the engine was started without examples; give start data with targets")
    program, groups, theta = engine_state.program, engine_state.groups, engine_state.theta
    training = engine_state.training or TrainingSpec()
    run = Pass(
        program,
        engine_state.examples,
        Arena(engine_state.dtype),
        capacity,
        theta.vectors[0],
        theta.vectors[1],
        engine_state.buffers.vectors[0],
        stream_key(training.seed, "dropout") if program.uses("dropout") else (0, 0),
    )
    bad = run.arena.matrix(1, 1, dtype="int64")
    phases = step_phases(run, theta, groups, training.optimizer if kind == "step" else None, bad)
    scalars = StepScalars(program, training.optimizer, groups, engine_state.dtype)
    engine_state.sheets[kind] = _finished(run, phases, scalars, bad)
    return engine_state.sheets[kind]


def _scores_sheet(engine_state: CompiledState, examples: Examples, capacity: int) -> tuple[Sheet, Matrix]:
    """Return the instructions for predicting, and where the scores will be."""
    parameters, buffers = engine_state.theta.vectors[0], engine_state.buffers.vectors[0]
    run = Pass(engine_state.program, examples, Arena(engine_state.dtype), capacity, parameters, {}, buffers)
    Z = run.forward()
    return _finished(run, run.phases, None, run.arena.matrix(1, 1, dtype="int64")), Z


def _finished(run: Pass, phases: Phases, scalars: StepScalars | None, bad: Matrix) -> Sheet:
    names = (scalars.names, scalars.whole_names) if scalars else ((), ())
    dtype = run.arena.dtype
    widest = max(matrix.stride for matrix in run.values)
    return Sheet(
        words_of(phases, dtype.name, *names),
        run.arena,
        run.capacity,
        scalars,
        bad.array[0],
        SCRATCH_ROWS * run.arena.lanes * widest * dtype.itemsize + 64,
        Team(1),
    )


def _batches(
    engine_state: CompiledState, plan: StepPlan
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Length, sum of weights and normaliser of each batch."""
    lengths = np.diff(plan.bounds)
    examples, training = engine_state.examples, engine_state.training
    if examples is None or examples.weights is None:
        weights = lengths.astype(np.float64)
    else:
        drawn = examples.weights[plan.rows].astype(np.float64)
        bounds = plan.bounds.tolist()
        weights = np.array([np.sum(drawn[a:b]) for a, b in itertools.pairwise(bounds)])
    own = training is not None and training.batch_mean == "batch_weight"
    return lengths, weights, weights.copy() if own else lengths * engine_state.mean_weight


def _drive(
    sheet: Sheet,
    plan: StepPlan,
    lengths: NDArray[np.int64],
    weights: NDArray[np.float64],
    normalisers: NDArray[np.float64],
    losses: NDArray[np.float64],
) -> int:
    """Write the steps down and carry them out; return how many were good."""
    assert sheet.scalars is not None
    scalars, wholes = sheet.scalars.table(plan, weights, normalisers)
    numbers = np.arange(plan.first, plan.stop)
    words = {
        "rows": np.where(weights > 0.0, lengths, 0),
        "row_numbers": plan.rows.ctypes.data + 8 * plan.bounds[:-1],
        "scalars": scalars.ctypes.data + np.arange(plan.n_steps) * scalars.strides[0],
        "wholes": wholes.ctypes.data + np.arange(plan.n_steps) * wholes.strides[0],
        "step_low": numbers & 0xFFFFFFFF,
        "step_high": numbers >> 32,
        "normaliser": normalisers.view(np.int64),
        "objective": losses.ctypes.data + 8 * np.arange(plan.n_steps),
    }
    steps = np.stack([words[name] for name in STEP], axis=1)
    sheet.bad[...] = 0
    return sheet.team.run(sheet.instructions, steps, sheet.bad, sheet.scratch_size)
