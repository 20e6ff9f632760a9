"""The reference engine: NumPy, no cleverness. What it computes is what forpass means.

Every step runs the same passes that one can look at with `trace`; nothing is fused, reused or
skipped. The bits of its matrix products depend on the BLAS library, and with some libraries on the
number of its threads, which training therefore sets to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import State, StepPlan, StepStats
from forpass.engines.reference.operations import Batch, Run
from forpass.engines.reference.passes import backward_pass, forward_pass, objective
from forpass.engines.reference.tape import Tape
from forpass.engines.requirements import require_batch, require_dropout, require_inputs, require_targets
from forpass.maths.clipping import clip_norm_factor, clip_value
from forpass.maths.links import LINKS
from forpass.maths.normalisation import running, unbiased
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.penalties import decayed
from forpass.sampling.order import permutation
from forpass.sampling.streams import Key, stream_key
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = [
    "NAME",
    "advance",
    "export_state",
    "import_parameters",
    "orders",
    "predictions",
    "raw_scores",
    "start",
    "trace",
    "value_and_gradient",
]

NAME = "numpy"

ROWS_PER_BLOCK = 4096
"""Rows predicted at a time, so that memory does not grow with the table."""


@dataclass(eq=False)
class ReferenceState:
    """The engine's own state: the canonical arrays and what it works on."""

    program: Program
    state: State
    data: Data | None
    training: TrainingSpec | None
    mean_weight: float

    @property
    def real(self) -> Any:
        """The working type as a NumPy scalar type."""
        return self.state.parameters.dtype.type


def start(
    program: Program, state: State, data: Data | None = None, training: TrainingSpec | None = None
) -> ReferenceState:
    """Make the engine's state from copies of `state`; the data are not copied."""
    mean_weight = 1.0
    if data is not None:
        require_inputs(program, data)
        require_targets(program, data)
        if data.weights is not None:
            mean_weight = float(np.mean(data.weights, dtype=np.float64))
    return ReferenceState(program, state.copy(), data, training, mean_weight)


def advance(engine_state: ReferenceState, plan: StepPlan) -> StepStats:
    """Carry out the steps of a plan, one after the other."""
    require_dropout(engine_state.program, plan.dropout)
    losses, weights, normalisers = np.zeros((3, plan.n_steps))
    with np.errstate(all="ignore"):  # what overflows becomes infinite and is reported as a bad step
        for i in range(plan.n_steps):
            batch = _gather(engine_state, plan.batch(i))
            weights[i], normalisers[i] = batch.weight_sum, batch.normaliser
            if batch.weight_sum == 0.0:
                continue
            run = _run(engine_state, batch, plan.first + i, float(plan.dropout[i]))
            losses[i] = objective(run, forward_pass(run))
            backward_pass(run, run.tape[run.program.outputs[-1]])
            _update_buffers(run)
            _step(engine_state, run, float(plan.rate[i]), float(plan.decay[i]))
            if not (np.isfinite(losses[i]) and _all_finite(engine_state.state.parameters)):
                return StepStats(losses, weights, normalisers, plan.first + i)
    return StepStats(losses, weights, normalisers, None)


def value_and_gradient(
    engine_state: ReferenceState, rows: NDArray[np.int64], step: int = 0
) -> tuple[float, NDArray[Any]]:
    """Return the objective on `rows` and its gradient; nothing changes."""
    require_batch(engine_state.data, rows)
    tape, run = _passes(engine_state, rows, step)
    return float(tape["objective"]), run.program.parameters.flatten(run.gradients, engine_state.real)


def trace(engine_state: ReferenceState, rows: NDArray[np.int64], step: int = 0, dropout: float = 1.0) -> Tape:
    """Run one forward and backward pass in training mode and return every intermediate.

    Parameters
    ----------
    engine_state : ReferenceState
        Made with data.
    rows : int array
        The examples of the batch.
    step : int
        Decides the dropout masks.
    dropout : float
        Factor on the dropout rates.
    """
    return _passes(engine_state, rows, step, dropout)[0]


def raw_scores(engine_state: ReferenceState, data: Data) -> NDArray[Any]:
    """Return the raw scores (n, k) of other examples, in inference mode."""
    require_inputs(engine_state.program, data)
    scores = np.empty((data.n_rows, engine_state.program.n_outputs), engine_state.real)
    with np.errstate(all="ignore"):
        for begin in range(0, data.n_rows, ROWS_PER_BLOCK):
            block = slice(begin, begin + ROWS_PER_BLOCK)
            codes = None if data.codes is None else data.codes[block]
            batch = Batch(_dense(data.numbers[block], engine_state.real), codes)
            scores[block] = forward_pass(_run(engine_state, batch, 0, 0.0, training=False))
    return scores


def predictions(engine_state: ReferenceState, data: Data) -> NDArray[Any]:
    """Return the raw scores of other examples after the head's link (n, k)."""
    link = LINKS[engine_state.program.head.link].function
    with np.errstate(over="ignore"):  # exp of a large score is infinite, and says so
        return np.asarray(link(raw_scores(engine_state, data)))


def export_state(engine_state: ReferenceState) -> State:
    """Return parameters, buffers and slots as copies."""
    return engine_state.state.copy()


def import_parameters(engine_state: ReferenceState, parameters: NDArray[Any]) -> None:
    """Continue from other parameters."""
    engine_state.state.parameters[...] = parameters


def orders(n: int, key: Key, first: int, count: int) -> NDArray[np.int64]:
    """Return the orders of n examples in the epochs first, first + 1, ...: (count, n)."""
    return np.stack([permutation(n, key, epoch) for epoch in range(first, first + count)])


def _passes(
    engine_state: ReferenceState, rows: NDArray[np.int64], step: int, dropout: float = 1.0
) -> tuple[Tape, Run]:
    with np.errstate(all="ignore"):
        run = _run(engine_state, _gather(engine_state, rows), step, dropout)
        Z = forward_pass(run)
        objective(run, Z)
        backward_pass(run, Z)
    return run.tape, run


def _run(
    engine_state: ReferenceState, batch: Batch, step: int, dropout_factor: float, training: bool = True
) -> Run:
    program, state = engine_state.program, engine_state.state
    gradient = np.zeros(program.parameters.size if training else 0, engine_state.real)
    seed = engine_state.training.seed if engine_state.training else 0
    return Run(
        program,
        program.parameters.views(state.parameters),
        program.buffers.views(state.buffers),
        program.parameters.views(gradient) if training else {},
        batch,
        Tape(),
        training,
        step,
        stream_key(seed, "dropout") if program.uses("dropout") else (0, 0),
        dropout_factor,
    )


def _gather(engine_state: ReferenceState, rows: NDArray[np.int64]) -> Batch:
    """Copy the examples of a batch into dense arrays of the working type."""
    data, training, real = engine_state.data, engine_state.training, engine_state.real
    assert data is not None and data.targets is not None
    T = data.targets[rows]
    if T.ndim == 1:
        T = (T[:, None] == np.arange(engine_state.program.n_outputs)).astype(real)
    w = None if data.weights is None else data.weights[rows]
    weight_sum = float(len(rows)) if w is None else float(np.sum(w, dtype=np.float64))
    own = training is not None and training.batch_mean == "batch_weight"
    return Batch(
        _dense(data.numbers[rows], real),
        None if data.codes is None else data.codes[rows],
        T.astype(real, copy=False),
        None if w is None else w.astype(real),
        weight_sum,
        weight_sum if own else len(rows) * engine_state.mean_weight,
    )


def _dense(numbers: Any, real: Any) -> NDArray[Any]:
    array = numbers if isinstance(numbers, np.ndarray) else numbers.toarray()
    return array.astype(real, copy=False)


def _update_buffers(run: Run) -> None:
    """Move the running averages of every batch normalisation towards the batch's own statistics."""
    for op in run.program.operations:
        if op.opcode == "batch_norm":
            mean, variance = (run.buffers[name] for name in op.buffers)
            momentum = mean.dtype.type(op.settings[0])
            n = mean.dtype.type(len(run.batch.X))
            mean[...] = running(mean, run.tape[f"{op.output}.mean"][0], momentum)
            variance[...] = running(variance, unbiased(run.tape[f"{op.output}.variance"][0], n), momentum)


def _step(engine_state: ReferenceState, run: Run, rate: float, decay: float) -> None:
    """Clip the gradient, decay the parameters, and let the optimiser take its step, block by block."""
    state, real, spec = engine_state.state, engine_state.real, engine_state.training
    assert spec is not None
    optimizer, layout = OPTIMIZERS[spec.optimizer.name], run.program.parameters
    g = layout.flatten(run.gradients, real)
    if spec.optimizer.clip_value is not None:
        g = clip_value(g, real(spec.optimizer.clip_value))
    if spec.optimizer.clip_norm is not None:
        norm = float(np.sqrt(np.sum(np.square(g, dtype=np.float64))))
        g = g * real(clip_norm_factor(norm, spec.optimizer.clip_norm))
    coefficients = optimizer.coefficients(float(run.step + 1), *spec.optimizer.settings.values())
    for block in layout.blocks:
        factors, place = spec.optimizer.factors(block.kind), block.slice
        theta, block_rate = state.parameters[place], rate * factors.rate
        if decay * factors.decay:
            theta = decayed(theta, real(block_rate), real(decay * factors.decay))
        slots = [slot[place] for slot in state.slots]
        theta, *slots = optimizer.step(
            theta, g[place], *slots, real(block_rate), *(real(c) for c in coefficients)
        )
        state.parameters[place] = theta
        for slot, value in zip(state.slots, slots, strict=True):
            slot[place] = value


def _all_finite(vector: NDArray[Any]) -> bool:
    # A finite sum proves finite terms without a temporary array; a sum that overflows proves nothing.
    return bool(np.isfinite(vector.sum()) or np.isfinite(vector).all())
