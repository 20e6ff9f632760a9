"""The state before the first step: what is drawn, and what of it is adjusted to training rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.blas import one_blas_thread
from forpass.engines.protocol import EngineState
from forpass.engines.reference.operations import OPERATIONS
from forpass.engines.reference.tape import Tape
from forpass.engines.reference.working import Batch, Pass
from forpass.engines.requirements import n_slots, require_inputs
from forpass.errors import DataError
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.philox import uniforms
from forpass.sampling.initial import initial_values
from forpass.sampling.order import permutation
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.layout import Block
from forpass.spec.operation import Operation
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["MOST_ROWS", "empty_slots", "fresh_state"]

MOST_ROWS = 10_000
"""Initial values look at so many training rows at most: a standard deviation is then good to a hundredth."""


def fresh_state(
    program: Program,
    training: TrainingSpec,
    data: Data | None = None,
    rows: NDArray[np.int64] | None = None,
    parameters: NDArray[Any] | None = None,
) -> EngineState:
    """Return the state before the first step: initial parameters and buffers, empty slots.

    Parameters
    ----------
    program : Program
    training : TrainingSpec
        Its seed decides the parameters, its dtype and optimiser the arrays.
    data : Data, optional
        Needed where an initialiser looks at training rows.
    rows : int64 array, optional
        Those of the examples that are trained on; all if left out. Rows of weight 0 are not looked at.
    parameters : array of shape (program.parameters.size,), optional
        Use these instead of drawing some.

    Raises
    ------
    DataError
        When an initialiser looks at training rows and there are none.
    """
    buffers = initial_values(program.buffers, training.seed)
    if parameters is None:
        parameters = initial_values(program.parameters, training.seed)
        adjusted = [b for b in program.parameters.blocks if INITIALIZERS[b.initializer.name].adjust]
        if adjusted:
            if data is None:
                raise DataError(
                    f"{adjusted[0].name} begins as {adjusted[0].initializer.name!r}, which looks at training "
                    "rows; give data, or parameters"
                )
            _adjust(program, parameters, buffers, data, _sample(data, rows, training.seed), training.seed)
    return EngineState(
        np.array(parameters, dtype=training.dtype),
        buffers.astype(training.dtype),
        empty_slots(training, program.parameters.size),
    )


def empty_slots(training: TrainingSpec, size: int) -> NDArray[Any]:
    """Return what an optimiser remembers of so many parameters before the first step: zeros."""
    return np.zeros((n_slots(training), size), training.dtype)


def _sample(data: Data, rows: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    """Return the numbers of the rows to look at: of those that are trained on and count, some by chance."""
    rows = np.arange(data.n_rows) if rows is None else np.asarray(rows, np.int64)
    counted = rows if data.weights is None else rows[data.weights[rows] > 0.0]
    if len(counted) == 0:
        raise DataError("initial values look at training rows, and there are none that count")
    if len(counted) <= MOST_ROWS:
        return counted
    return counted[permutation(len(counted), stream_key(seed, "first_rows"), 0)[:MOST_ROWS]]


def _adjust(
    program: Program,
    parameters: NDArray[np.float64],
    buffers: NDArray[np.float64],
    data: Data,
    rows: NDArray[np.int64],
    seed: int,
) -> None:
    """Adjust initial values in place, operation by operation: each sees what those below make of the rows.

    In inference mode, in float64, and with libraries of linear algebra on one thread, so that the bits depend
    on no number of threads.
    """
    require_inputs(program, data)
    batch = Batch.of_inputs(data, rows, np.float64)
    layout = program.parameters
    views, key = layout.views(parameters), stream_key(seed, "adjustments")
    run = Pass(program, views, program.buffers.views(buffers), {}, batch, Tape(), None, (0, 0))
    blocks = {block.name: (number, block) for number, block in enumerate(layout.blocks)}
    values = [batch.X]
    with np.errstate(all="ignore"), one_blas_thread():
        for op in program.operations:
            sources = [values[source] for source in op.sources]
            for name in op.parameters:
                number, block = blocks[name]
                record = INITIALIZERS[block.initializer.name]
                if record.adjust is not None:
                    U = _uniforms(block, number, record.uniforms, key)
                    views[name][...] = record.adjust(views[name], _output(op, run, sources), U)
            values.append(_output(op, run, sources))


def _output(op: Operation, run: Pass, sources: list[NDArray[Any]]) -> NDArray[Any]:
    """What an operation gives, at the parameters as they are now; what it notes is forgotten."""
    forward, _ = OPERATIONS[op.opcode]
    return np.asarray(forward(op, replace(run, tape=Tape(), explained={}), *sources))


def _uniforms(block: Block, number: int, count: int, key: tuple[int, int]) -> NDArray[np.float64]:
    """Uniform numbers of a block for its adjustment: so many for each unit."""
    units = block.shape[-1]
    drawn: NDArray[np.float64] = uniforms(count * units, key, (number, 0, 0))
    return drawn.reshape(count, units)
