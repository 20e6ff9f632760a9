"""The reference engine: NumPy, no cleverness. What it computes is what forpass means.

Every step runs the same passes that one can look at with `trace`; nothing is fused, reused or
skipped. The bits of its matrix products depend on the BLAS library, and with some libraries on the
number of its threads, which training therefore sets to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.members import mean_of_members
from forpass.engines.plans import StepPlan, require_single_step, scalar_places
from forpass.engines.protocol import EngineState, StepStats, ValueAndGradient
from forpass.engines.reference.passes import backward_pass, forward_pass, objective
from forpass.engines.reference.tape import Tape
from forpass.engines.reference.update import update_pass
from forpass.engines.reference.working import Batch, Pass, Step
from forpass.engines.requirements import (
    require_examples,
    require_inputs,
    require_rows,
    require_targets,
)
from forpass.sampling.order import permutation
from forpass.sampling.streams import Key, stream_key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["ReferenceSession", "orders", "raw_scores_of_each", "start"]

ROWS_PER_BLOCK = 4096
"""Rows predicted at a time, so that memory does not grow with the table."""


def start(
    program: Program, state: EngineState, data: Data | None = None, training: TrainingSpec | None = None
) -> ReferenceSession:
    """Start a session on copies of `state`; the data are not copied."""
    return ReferenceSession(program, state, data, training)


def raw_scores_of_each(
    sessions: Sequence[ReferenceSession],
    data: Data,
    rows: NDArray[np.int64] | None = None,
    threads: int | None = None,
) -> list[NDArray[Any]]:
    """Return the raw scores of the same rows, one session after the other."""
    return [session.raw_scores(data, rows) for session in sessions]


def orders(n: int, key: Key, first: int, count: int) -> NDArray[np.int64]:
    """Return the orders of n examples in the epochs first, first + 1, ...: (count, n)."""
    return np.stack([permutation(n, key, epoch) for epoch in range(first, first + count)])


class ReferenceSession:
    """The reference engine at work: the canonical arrays, and what it works on."""

    def __init__(
        self, program: Program, state: EngineState, data: Data | None, training: TrainingSpec | None
    ) -> None:
        state.require_fit(program, None if data is None else training or TrainingSpec())
        if data is not None:
            if not isinstance(data.numbers, np.ndarray):  # whose places the caller may change meanwhile
                data = replace(data, numbers=data.numbers.copy())
            require_inputs(program, data, state.parameters.dtype)
            require_targets(program, data)
        self.program, self.data, self.training = program, data, training or TrainingSpec()
        self.threads: int | None = 1
        self._state = state.copy()
        self._places = scalar_places(program, self.training)
        self._dropout_key = stream_key(self.training.seed, "dropout") if program.uses("dropout") else (0, 0)

    def advance(self, plan: StepPlan) -> StepStats:
        """Carry out the steps of a plan, one after the other, on one thread."""
        losses, penalties = np.zeros((2, plan.n_steps))
        with np.errstate(all="ignore"):  # what overflows becomes infinite and is reported as a bad step
            for i in range(plan.n_steps):
                if plan.weights[i] == 0.0:
                    continue
                run = self._passes(plan, i)
                losses[i], penalties[i] = run.loss_sum, run.penalty
                update_pass(run, self._state, self.training.optimizer)
                good = np.isfinite(losses[i]) and np.isfinite(penalties[i])
                if not (good and _all_finite(self._state.parameters)):
                    return StepStats(losses, penalties, plan.first + i)
        return StepStats(losses, penalties, None)

    def value_and_gradient(self, plan: StepPlan) -> ValueAndGradient:
        """Return the objective of the single step of a plan and its gradient; nothing changes."""
        run = self._single(plan)
        gradient = self.program.parameters.flatten(run.gradients, self._real)
        return ValueAndGradient(run.loss_sum / float(plan.normalisers[0]), run.penalty, gradient)

    def trace(self, plan: StepPlan, update: bool = False) -> Tape:
        """Carry out both passes of the single step of a plan; return every intermediate.

        With its `update` the step is whole: what it reads stands on the tape, too, and what becomes of it.
        The session stays where it is.
        """
        if not update:
            return self._single(plan).tape
        session = copy(self)
        session._state = self._state.copy()
        run = session._single(plan, whole=True)
        if self.training.by_steps:
            with np.errstate(all="ignore"):
                update_pass(run, session._state, self.training.optimizer)
        return run.tape

    def raw_scores(self, data: Data, rows: NDArray[np.int64] | None = None) -> NDArray[Any]:
        """Return the raw scores (n, k) of examples, or of some rows of them, in inference mode."""
        require_inputs(self.program, data, self._real)
        if rows is not None:
            require_rows(data, rows)
        n, k = data.n_rows if rows is None else len(rows), self.program.members
        scores = np.empty((n, self.program.n_outputs), self._real)
        with np.errstate(all="ignore"):
            for begin in range(0, n, size := max(1, ROWS_PER_BLOCK // k)):
                block = slice(begin, begin + size)
                some: Any = block if rows is None else rows[block]
                if k > 1:
                    some = np.repeat(np.arange(n)[block] if rows is None else some, k)
                Z = forward_pass(self._run(Batch.of_inputs(data, some, self._real), None))
                scores[block] = mean_of_members(self.program, Z)
        return scores

    def state(self) -> EngineState:
        """Return parameters, buffers and slots as copies."""
        return self._state.copy()

    def set_parameters(self, parameters: NDArray[Any]) -> None:
        """Continue from other parameters."""
        self.program.parameters.require_vector(parameters)
        self._state.parameters[...] = parameters

    @property
    def _real(self) -> Any:
        """The working type as a NumPy scalar type."""
        return self._state.parameters.dtype.type

    def _single(self, plan: StepPlan, whole: bool = False) -> Pass:
        """The passes of a plan of one step, at which somebody looks."""
        require_single_step(plan)
        with np.errstate(all="ignore"):
            return self._passes(plan, 0, whole)

    def _passes(self, plan: StepPlan, i: int, whole: bool = False) -> Pass:
        """Forward pass, objective and backward pass of one step of a plan."""
        run = self._run(self._gather(plan.batch(i)), Step.of_plan(plan, i, self._places))
        run.whole = whole
        Z = forward_pass(run)
        run.loss_sum, run.penalty = objective(run, Z)
        backward_pass(run, Z)
        return run

    def _run(self, batch: Batch, step: Step | None) -> Pass:
        """A pass that begins: an empty tape, and gradients 0 where there is a step."""
        layout = self.program.parameters
        return Pass(
            self.program,
            layout.views(self._state.parameters),
            self.program.buffers.views(self._state.buffers),
            {} if step is None else layout.views(np.zeros(layout.size, self._real)),
            batch,
            Tape(),
            step,
            self._dropout_key,
        )

    def _gather(self, rows: NDArray[np.int64]) -> Batch:
        """Copy the examples of a batch into dense arrays of the working type: X (n, d), T (n, k), w (n,)."""
        data, real = require_examples(self.data), self._real
        assert data.targets is not None
        T = data.targets[rows]
        if T.ndim == 1:
            T = (T[:, None] == np.arange(self.program.n_outputs)).astype(real)
        w = None if data.weights is None else data.weights[rows].astype(real)
        return replace(Batch.of_inputs(data, rows, real), T=T.astype(real, copy=False), w=w)


def _all_finite(vector: NDArray[Any]) -> bool:
    """Whether no number of a vector (p,) is infinite or NaN."""
    # A finite sum proves finite terms without a temporary array; a sum that overflows proves nothing.
    return bool(np.isfinite(vector.sum()) or np.isfinite(vector).all())
