"""The compiled engine as training sees it: a session whose steps are carried out many in one call.

A program becomes an executable, and the driver carries out all steps of a plan in one call.
"""

from __future__ import annotations

import threading
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
from forpass.engines.compiled.program.passes import forward_pass
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.program.step import groups_of, step_phases
from forpass.engines.compiled.runtime.driver import steps_of
from forpass.engines.compiled.runtime.team import threads_for, threads_worth
from forpass.engines.plans import StepPlan, require_single_step, scalar_places
from forpass.engines.protocol import EngineState, StepStats, ValueAndGradient
from forpass.engines.requirements import (
    require_examples,
    require_inputs,
    require_rows,
    require_targets,
)
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["NAME", "CompiledSession", "start"]

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


def start(
    program: Program, state: EngineState, data: Data | None = None, training: TrainingSpec | None = None
) -> CompiledSession:
    """Start a session on copies of `state`; the data are not copied."""
    return CompiledSession(program, state, data, training or TrainingSpec())


class CompiledSession:
    """The compiled engine at work: padded vectors, and executables made when they are needed.

    Attributes
    ----------
    threads : int or None
        At most so many take part; None: as many as pay.
    """

    def __init__(
        self, program: Program, state: EngineState, data: Data | None, training: TrainingSpec
    ) -> None:
        self.program, self.data, self.training = program, data, training
        self.threads: int | None = None
        state.require_fit(program, None if data is None else training)
        self._dtype = state.parameters.dtype.name
        self._examples: Examples | None = None
        # Threads of the largest step. Found out now where there are examples to learn from, because training
        # holds libraries of linear algebra to one thread, and that is not meant for this engine.
        self._most_threads: int | None = None
        if data is not None:
            require_inputs(program, data, self._dtype)
            require_targets(program, data)
            self._examples = Examples(data, self._dtype)
            self._most_threads = threads_for(product_operations(program, _most_rows(data, training)))
        self._groups = groups_of(program, training)
        arena, order = Arena(self._dtype), [name for group in self._groups for name in group.names]
        self._vectors = PaddedVectors(arena, program.parameters, FIRST_SLOT + len(state.slots), order)
        self._buffers = PaddedVectors(arena, program.buffers, 1)
        self._vectors.write(PARAMETERS, state.parameters)
        for number, slot in enumerate(state.slots, start=FIRST_SLOT):
            self._vectors.write(number, slot)
        self._buffers.write(0, state.buffers)
        self._learning: dict[str, Executable] = {}  # "step" and "gradient"
        self._scoring: dict[Any, Executable] = {}  # by the layout of the examples
        self._at_work = threading.Lock()  # an executable's memory serves one caller at a time

    def advance(self, plan: StepPlan) -> StepStats:
        """Carry out the steps of a plan in one call."""
        with self._at_work:
            losses, good = self._learn("step", plan)
        bad_step = plan.first + good if good < plan.n_steps else None
        return StepStats(losses[:, 0].copy(), losses[:, 1].copy(), bad_step)

    def value_and_gradient(self, plan: StepPlan) -> ValueAndGradient:
        """Return the objective of the single step of a plan and its gradient; nothing changes."""
        require_single_step(plan)
        with self._at_work:
            loss, penalty = self._learn("gradient", plan)[0][0].tolist()
            gradient = self._vectors.read(GRADIENT)
        return ValueAndGradient(loss / float(plan.normalisers[0]), penalty, gradient)

    def raw_scores(self, data: Data, rows: NDArray[np.int64] | None = None) -> NDArray[Any]:
        """Return the raw scores (n, k) of examples, or of some rows of them, block by block."""
        require_inputs(self.program, data, self._dtype)
        numbers = np.arange(data.n_rows) if rows is None else np.ascontiguousarray(rows, np.int64)
        require_rows(data, numbers)
        n, scores = len(numbers), np.empty((len(numbers), self.program.n_outputs), self._dtype)
        if n == 0:
            return scores
        examples, size = Examples(data, self._dtype), _rows_per_block(self.program, n)
        begins = np.arange(0, n, size)
        steps = steps_of(
            len(begins),
            rows=np.minimum(n - begins, size),
            row_numbers=numbers.ctypes.data + 8 * begins,
            scores=scores.ctypes.data + begins * scores.strides[0],
            **examples.words,
        )
        with self._at_work:
            executable = self._scoring_executable(examples, size)
            operations = product_operations(self.program, size)
            executable.carry_out(steps, operations, (examples, numbers, scores), self.threads)
        return scores

    def state(self) -> EngineState:
        """Return parameters, buffers and slots in canonical form, as copies."""
        vectors, size = self._vectors, self.program.parameters.size
        slots = np.empty((len(vectors) - FIRST_SLOT, size), self._dtype)
        for number in range(len(slots)):
            slots[number] = vectors.read(FIRST_SLOT + number)
        return EngineState(vectors.read(PARAMETERS), self._buffers.read(0), slots)

    def set_parameters(self, parameters: NDArray[Any]) -> None:
        """Continue from other parameters."""
        self.program.parameters.views(parameters)  # refuses a vector of another length
        self._vectors.write(PARAMETERS, parameters)

    def _learn(self, kind: str, plan: StepPlan) -> tuple[NDArray[np.float64], int]:
        """Carry out a plan: return loss and penalty of each step (steps, 2), and how many were good."""
        require_examples(self.data)
        assert self._examples is not None
        n, numbers, lengths = plan.n_steps, np.arange(plan.first, plan.stop), np.diff(plan.bounds)
        largest = int(lengths.max(initial=1))
        executable = self._learning_executable(kind, largest)
        with np.errstate(over="ignore"):  # what float32 cannot hold makes a bad step
            reals = np.ascontiguousarray(plan.scalars, self._dtype)
        integers = np.ascontiguousarray(plan.thresholds)
        losses, rows = np.zeros((n, 2)), np.ascontiguousarray(plan.rows, np.int64)
        steps = steps_of(
            n,
            rows=np.where(plan.weights > 0.0, lengths, 0),
            row_numbers=rows.ctypes.data + 8 * plan.bounds[:-1],
            reals=reals.ctypes.data + np.arange(n) * reals.strides[0],
            integers=integers.ctypes.data + np.arange(n) * integers.strides[0],
            step_low=numbers & 0xFFFFFFFF,
            step_high=numbers >> 32,
            objective=losses.ctypes.data + np.arange(n) * losses.strides[0],
            **self._examples.words,
        )
        operations = product_operations(self.program, PASSES_OF_A_STEP * largest)
        reads = self, rows, reals, integers, losses
        return losses, executable.carry_out(steps, operations, reads, self.threads)

    def _learning_executable(self, kind: str, capacity: int) -> Executable:
        """Return the instructions for a step or a gradient, with room for `capacity` rows."""
        found = self._learning.get(kind)
        if found is not None and found.capacity >= capacity:
            return found
        program, vectors = self.program, self._vectors
        assert self._examples is not None
        run = Recording(
            program,
            self._examples,
            Arena(self._dtype),
            capacity,
            vectors[PARAMETERS],
            vectors[GRADIENT],
            self._buffers[0],
            scalar_places(program, self.training),
            stream_key(self.training.seed, "dropout") if program.uses("dropout") else (0, 0),
        )
        bad = run.arena.matrix(1, 1, dtype="int64")
        phases = step_phases(run, vectors, self._groups, self.training, bad, updates=kind == "step")
        executable = executable_of(run, self._most_threads, phases, bad, PASSES_OF_A_STEP)
        self._learning[kind] = executable
        return executable

    def _scoring_executable(self, examples: Examples, capacity: int) -> Executable:
        """Return the instructions for the scores of examples of a layout."""
        kept, key = self._scoring, examples.layout
        found = kept.get(key)
        if found is not None and found.capacity >= capacity:
            return found
        arena, places = Arena(self._dtype), scalar_places(self.program, self.training)
        run = Recording(
            self.program,
            examples,
            arena,
            capacity,
            self._vectors[PARAMETERS],
            {},
            self._buffers[0],
            places,
        )
        Z = forward_pass(run)
        run.by_rows(movement.hand_out, Z=Z, stride=Z.stride, width=Z.width)
        nothing_bad = arena.matrix(1, 1, dtype="int64")
        executable = executable_of(run, self._most_threads, run.phases, nothing_bad, passes=1)
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


def _most_rows(data: Data, training: TrainingSpec) -> int:
    """Rows that go through a product in the largest step, or in a block of predictions beside it."""
    batch = training.batch_size if training.by_steps else None
    return max(ROWS_PER_BLOCK, PASSES_OF_A_STEP * min(data.n_rows, batch or data.n_rows))
