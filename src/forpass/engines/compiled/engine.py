"""The compiled engine as training sees it: a session whose steps are carried out many in one call.

A program becomes an executable, and the driver carries out all steps of a plan in one call.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels import movement
from forpass.engines.compiled.program.asked import Asked
from forpass.engines.compiled.program.examples import Examples
from forpass.engines.compiled.program.executable import Executable, product_operations
from forpass.engines.compiled.program.memory import FIRST_SLOT, GRADIENT, PARAMETERS, Arena
from forpass.engines.compiled.program.passes import forward_pass
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.program.step import step_phases
from forpass.engines.compiled.program.workplace import leave, workplace_for
from forpass.engines.compiled.runtime.driver import beginning, steps_of
from forpass.engines.compiled.runtime.team import threads_for, threads_worth
from forpass.engines.members import mean_of_members
from forpass.engines.plans import StepPlan, require_single_step
from forpass.engines.protocol import EngineState, StepStats, ValueAndGradient
from forpass.engines.requirements import require_examples, require_inputs, require_rows, require_targets
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["NAME", "CompiledSession", "raw_scores_of_each", "start"]

NAME = "compiled"

ROWS_PER_BLOCK = 256
"""Rows predicted at a time, whose activations stay in the cache. From 64 to 1024 a table takes equally long,
as one block 20 to 60 % longer."""
MOST_ROWS_PER_BLOCK, THREADS_TO_FEED = 2048, 8
"""Of a small network a block is doubled up to so many rows, as long as it is not worth so many threads."""

ROWS_OF_MEMBERS = 65_536
"""Rows that go through a network of several members at once: 2,048 examples through 32."""

PASSES_OF_A_STEP = 3
"""Products with each matrix of weights: forward, and two on the way back."""


def start(
    program: Program, state: EngineState, data: Data | None = None, training: TrainingSpec | None = None
) -> CompiledSession:
    """Start a session on copies of `state`; the data are not copied."""
    return CompiledSession(program, state, data, training or TrainingSpec())


def raw_scores_of_each(
    sessions: Sequence[CompiledSession],
    data: Data,
    rows: NDArray[np.int64] | None = None,
    threads: int | None = None,
) -> list[NDArray[Any]]:
    """Return what each session gives as raw scores of the same rows, which are looked at once."""
    asked = dict[str, Asked]()
    scores = []
    for session in sessions:
        dtype = session._dtype
        if session.program.members > 1:
            scores.append(session._scores_of_members(data, rows, threads or session.threads))
            continue
        if dtype not in asked:
            asked[dtype] = Asked(data, rows, dtype)
        asked[dtype].require_suited(session.program)
        scores.append(session._scores(asked[dtype], threads or session.threads))
    return scores


class CompiledSession:
    """The compiled engine at work: padded vectors, and executables made when they are needed.

    Attributes
    ----------
    threads : int or None
        At most so many take part; None: as many as pay.
    """

    _can_be_left = False

    def __init__(
        self, program: Program, state: EngineState, data: Data | None, training: TrainingSpec
    ) -> None:
        self.program, self.data, self.training = program, data, training
        self.threads: int | None = None
        state.require_fit(program, None if data is None else training)
        self._dtype = state.parameters.dtype.type.__name__  # .name works it out anew, for 3 us
        self._examples: Examples | None = None
        # Threads of the largest step, where there are examples to learn from: found out once, not for each
        # of its executables.
        most_threads: int | None = None
        if data is not None:
            require_inputs(program, data, self._dtype)
            require_targets(program, data)
            self._examples = Examples(data, self._dtype)
            most_rows = program.members * _most_rows(data, training)
            most_threads = threads_for(product_operations(program, most_rows))
        n_slots = len(state.slots)
        self._key, self._place = workplace_for(program, training, self._dtype, n_slots, most_threads)
        self._vectors, self._buffers = self._place.vectors, self._place.buffers
        self._vectors.write(PARAMETERS, state.parameters)
        self._place.parameters_changed()
        for number, slot in enumerate(state.slots, start=FIRST_SLOT):
            self._vectors.write(number, slot)
        self._buffers.write(0, state.buffers)
        if program.uses("dropout"):
            self._place.dropout_key.array[0] = stream_key(training.seed, "dropout")
        self._at_work = threading.Lock()  # an executable's memory serves one caller at a time
        self._can_be_left = True

    def advance(self, plan: StepPlan) -> StepStats:
        """Carry out the steps of a plan in one call."""
        with self._at_work:
            losses, good = self._learn("step", plan)
            self._place.parameters_changed()
            self._can_be_left = self._can_be_left and good == plan.n_steps
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
        return raw_scores_of_each([self], data, rows)[0]

    def _scores_of_members(
        self, data: Data, rows: NDArray[np.int64] | None, threads: int | None
    ) -> NDArray[Any]:
        """Return what the members say together: some examples at a time, each once for each member."""
        require_inputs(self.program, data, self._dtype)
        if rows is not None:
            require_rows(data, rows)
        numbers = np.arange(data.n_rows) if rows is None else np.asarray(rows, np.int64)
        k = self.program.members
        scores = np.empty((len(numbers), self.program.n_outputs), self._dtype)
        for begin in range(0, len(numbers), size := max(1, ROWS_OF_MEMBERS // k)):
            block = slice(begin, begin + size)
            Z = self._scores(Asked(data, np.repeat(numbers[block], k), self._dtype), threads)
            scores[block] = mean_of_members(self.program, Z)
        return scores

    def _scores(self, asked: Asked, threads: int | None) -> NDArray[Any]:
        n = len(asked.numbers)
        scores = np.empty((n, self.program.n_outputs), self._dtype)
        if n == 0:
            return scores
        size = n if n <= ROWS_PER_BLOCK else _rows_per_block(self.program, n)
        size = max(1, size // self.program.members) * self.program.members  # each block begins with the first
        steps, operations = asked.steps(size, scores), product_operations(self.program, size)
        with self._at_work:
            executable = self._scoring_executable(asked.examples, size)
            if not executable.prepared:
                executable.prepare(steps[:1])
            executable.carry_out(steps, operations, (asked, scores), threads)
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
        self.program.parameters.require_vector(parameters)
        self._vectors.write(PARAMETERS, parameters)
        self._place.parameters_changed()

    def _learn(self, kind: str, plan: StepPlan) -> tuple[NDArray[np.float64], int]:
        """Carry out a plan: return loss and penalty of each step (steps, 2), and how many were good."""
        require_examples(self.data)
        assert self._examples is not None
        n, numbers, lengths = plan.n_steps, np.arange(plan.first, plan.stop), plan.lengths
        largest = int(lengths.max(initial=1))
        executable = self._learning_executable(kind, largest)
        with np.errstate(over="ignore"):  # what float32 cannot hold makes a bad step
            reals = np.ascontiguousarray(plan.scalars, self._dtype)
        integers = np.ascontiguousarray(plan.thresholds)
        losses, rows = np.zeros((n, 2)), np.ascontiguousarray(plan.rows, np.int64)
        steps = steps_of(
            n,
            rows=np.where(plan.weights > 0.0, lengths, 0),
            row_numbers=beginning(rows) + 8 * plan.bounds[:-1],
            reals=beginning(reals) + np.arange(n) * reals.strides[0],
            integers=beginning(integers) + np.arange(n) * integers.strides[0],
            step_low=numbers & 0xFFFFFFFF,
            step_high=numbers >> 32,
            objective=beginning(losses) + np.arange(n) * losses.strides[0],
            **self._examples.words,
        )
        operations = product_operations(self.program, PASSES_OF_A_STEP * largest)
        reads = self, rows, reals, integers, losses
        return losses, executable.carry_out(steps, operations, reads, self.threads)

    def _learning_executable(self, kind: str, capacity: int) -> Executable:
        """Return the instructions for a step or a gradient, with room for `capacity` rows."""
        assert self._examples is not None
        place, program, key = self._place, self.program, (kind, self._examples.layout_with_targets)
        if (found := place.found(key, capacity)) is not None:
            return found
        run = Recording(
            program,
            self._examples,
            Arena(self._dtype),
            capacity,
            place.vectors[PARAMETERS],
            place.vectors[GRADIENT],
            place.buffers[0],
            place.places,
            place.dropout_key,
        )
        bad = run.arena.matrix(1, 1, dtype="int64")
        phases = step_phases(run, place.vectors, place.groups, self.training, bad, updates=kind == "step")
        return place.keep(key, run, phases, bad, PASSES_OF_A_STEP)

    def _scoring_executable(self, examples: Examples, capacity: int) -> Executable:
        """Return the instructions for the scores of examples of a layout.

        What they make of the parameters alone, weights with their sizes and sums over bins, is made once: of
        the 21 us that a row takes through 96, 96 and 96 units with bins it is half.
        """
        place, key = self._place, ("scores", examples.layout)
        if (found := place.found(key, capacity)) is not None:
            return found
        arena = Arena(self._dtype)
        run = Recording(
            self.program,
            examples,
            arena,
            capacity,
            place.vectors[PARAMETERS],
            {},
            place.buffers[0],
            place.places,
        )
        Z = forward_pass(run)
        run.by_rows(movement.hand_out, Z=Z, stride=Z.stride, width=Z.width)
        once = [run.preparations] if run.preparations else []
        return place.keep(key, run, run.passes, arena.matrix(1, 1, dtype="int64"), passes=1, once=once)

    def __del__(self) -> None:
        """Leave the workplace to the next session, unless numbers that are not finite may lie about there."""
        if self._can_be_left:
            leave(self._key, self._place)


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
