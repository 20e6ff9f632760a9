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
from forpass.engines.statistics import learn_statistics
from forpass.errors import DataError
from forpass.maths.affine import linear, scaled
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.philox import scaled as scaled_word
from forpass.maths.philox import uniforms, words
from forpass.sampling.initial import initial_values
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.layout import Block
from forpass.spec.operation import Operation
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["MOST_ROWS", "empty_slots", "fresh_state"]

MOST_ROWS = 1_024
"""The most training rows that initial values look at: a standard deviation is then good to a fiftieth."""


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
        Needed where an initialiser looks at training rows, or statistics are learnt from them.
    rows : int64 array, optional
        Those of the examples that are trained on; all if left out. Rows of weight 0 are not looked at.
    parameters : array of shape (program.parameters.size,), optional
        Use these instead of drawing some.

    Raises
    ------
    DataError
        When an initialiser looks at training rows, or statistics are learnt from them, and there are none.
    """
    buffers = initial_values(program.buffers, training.seed)
    learn_statistics(program, buffers, data, rows)
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
    """Return the numbers of the rows to look at: of those that are trained on and count, some by chance.

    Of n rows too many, one from each of MOST_ROWS stretches that are n / MOST_ROWS long.
    """
    rows = np.arange(data.n_rows) if rows is None else np.asarray(rows, np.int64)
    counted = rows if data.weights is None else rows[data.weights[rows] > 0.0]
    if len(counted) == 0:
        raise DataError("initial values look at training rows, and there are none that count")
    n = len(counted)
    if n <= MOST_ROWS:
        return counted
    within: NDArray[np.uint32] = scaled_word(words(MOST_ROWS, stream_key(seed, "first_rows"), (0, 0, 0)), n)
    places: NDArray[np.int64] = (np.arange(MOST_ROWS) * n + within) // MOST_ROWS
    return counted[places]


def _adjust(
    program: Program,
    parameters: NDArray[np.float64],
    buffers: NDArray[np.float64],
    data: Data,
    rows: NDArray[np.int64],
    seed: int,
) -> None:
    """Adjust initial values in place in one walk up: each operation sees what those below make of the rows.

    In inference mode, in float64, and with libraries of linear algebra on one thread, so that the bits depend
    on no number of threads.
    """
    require_inputs(program, data)
    layout = program.parameters
    views, key = layout.views(parameters), stream_key(seed, "adjustments")
    batch = Batch.of_inputs(data, rows, np.float64)
    run = Pass(program, views, program.buffers.views(buffers), {}, batch, Tape(), None, (0, 0))
    adjusts = {
        block.name: (record.adjust, _uniforms(block, number, record.uniforms, key))
        for number, block in enumerate(layout.blocks)
        if (record := INITIALIZERS[block.initializer.name]).adjust is not None
    }
    last = max(op.number for op in program.operations if not adjusts.keys().isdisjoint(op.parameters))
    values = [batch.X]
    with np.errstate(all="ignore"), one_blas_thread():
        for op in program.operations[:last]:
            sources = [values[source] for source in op.sources]
            if op.opcode == "affine" and not adjusts.keys().isdisjoint(op.parameters):
                values.append(_adjusted_affine(op, views, adjusts, *sources))
                continue
            forward, _ = OPERATIONS[op.opcode]
            # what it notes is forgotten
            Z = forward(op, replace(run, tape=Tape(), explained={}), *sources)
            for name in filter(adjusts.__contains__, op.parameters):  # the weights of a Piecewise
                adjust, U = adjusts[name]
                views[name][...], Z = adjust(views[name], Z, U)
            values.append(Z)


def _adjusted_affine(
    op: Operation, views: dict[str, Any], adjusts: dict[str, tuple[Any, Any]], X: NDArray[Any]
) -> Any:
    """Adjust weights and biases of X (m W) + b, of which any may look at rows; return what they make of X.

    One product does for all: what an adjustment does to the values, it does to Z as well.
    """
    W, *biases = op.parameters
    Z = linear(X, scaled(views[W], op.settings[0]) if op.settings else views[W])
    if W in adjusts:
        adjust, U = adjusts[W]
        views[W][...], Z = adjust(views[W], Z, U)
    for b in biases:
        if b in adjusts:
            adjust, U = adjusts[b]
            views[b][...], Z = adjust(views[b], Z, U)
        else:
            Z = Z + views[b]
    return Z


def _uniforms(block: Block, number: int, count: int, key: tuple[int, int]) -> NDArray[np.float64]:
    """Uniform numbers of a block for its adjustment: so many for each unit."""
    units = block.shape[-1]
    if not count:
        return np.empty((0, units))
    drawn: NDArray[np.float64] = uniforms(count * units, key, (number, 0, 0))
    return drawn.reshape(count, units)
