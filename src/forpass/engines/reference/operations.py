"""The operations of a program, forward beside backward, in plain NumPy.

``forward(op, run, X) -> Y`` reads the batch, the parameters and the settings from the run and writes
what the way back will need on the tape. ``backward(op, run, dY) -> dX`` also writes the gradients of
the operation's parameters into ``run.gradients``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.reference.tape import Tape
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import affine, affine_vjp, linear, linear_vjp
from forpass.maths.dropout import dropout, dropout_vjp, keep_threshold
from forpass.maths.embeddings import embed, embed_vjp
from forpass.maths.normalisation import (
    batch_norm_vjp,
    column_moments,
    layer_norm_vjp,
    row_moments,
    scale_shift,
    standardise,
)
from forpass.maths.philox import words
from forpass.sampling.streams import Key, counter_words
from forpass.spec.program import Operation, Program

__all__ = ["OPERATIONS", "Batch", "Run"]


@dataclass(frozen=True, eq=False)
class Batch:
    """The examples of one step, as dense arrays of the working type.

    Attributes
    ----------
    X : array (n, d)
    codes : int32 array (n, c) or None
    T : array (n, k) or None
        Targets; a class number has become a row with a single 1.
    w : array (n,) or None
        Weights; None: 1 each.
    weight_sum : float
        Sum of the weights.
    normaliser : float
        What the sum of weighted losses is divided by.
    """

    X: NDArray[Any]
    codes: NDArray[np.int32] | None = None
    T: NDArray[Any] | None = None
    w: NDArray[Any] | None = None
    weight_sum: float = 1.0
    normaliser: float = 1.0


@dataclass(eq=False)
class Run:
    """One pass through a program: what it works on and what it writes down.

    Attributes
    ----------
    parameters, buffers, gradients : dict from block name to view
    training : bool
        Batch statistics and dropout, or running averages and none.
    step : int
        Global step number, which decides the masks.
    dropout_key : Key
    dropout_factor : float
        Factor on every dropout rate.
    """

    program: Program
    parameters: dict[str, NDArray[Any]]
    buffers: dict[str, NDArray[Any]]
    gradients: dict[str, NDArray[Any]]
    batch: Batch
    tape: Tape
    training: bool
    step: int
    dropout_key: Key
    dropout_factor: float

    def values(self, op: Operation) -> list[NDArray[Any]]:
        """The parameters of an operation, in the order of its formula."""
        return [self.parameters[name] for name in op.parameters]

    def source(self, op: Operation) -> NDArray[Any]:
        """What the operation read."""
        return self.tape[self.program.outputs[op.source]]

    def note(self, op: Operation, suffix: str, value: Any, formula: str) -> Any:
        """Write an intermediate of an operation down: ``N1.mean``."""
        return self.tape.record(f"{op.output}.{suffix}", value, formula, op.label)

    def gradient(self, op: Operation, name: str, value: NDArray[Any], formula: str) -> None:
        """Write the gradient of a parameter down, in the parameter's shape."""
        view = self.gradients[name]
        view[...] = value.reshape(view.shape)
        self.tape.record(f"d{name}", view.copy(), formula, op.label)


def embed_forward(op: Operation, run: Run, X: Any) -> Any:
    codes = run.batch.codes
    assert codes is not None
    rows = [embed(E, codes[:, column]) for column, E in enumerate(run.values(op))]
    return np.concatenate([X, *rows], axis=1)


def embed_backward(op: Operation, run: Run, dY: Any) -> Any:
    codes = run.batch.codes
    assert codes is not None
    begin = op.d_in
    for column, (name, E) in enumerate(zip(op.parameters, run.values(op), strict=True)):
        dE_rows = dY[:, begin : begin + E.shape[1]]
        run.gradient(
            op, name, embed_vjp(dE_rows, codes[:, column], E.shape[0]), f"sum of d{op.output} by code"
        )
        begin += E.shape[1]
    return dY[:, : op.d_in]


def affine_forward(op: Operation, run: Run, X: Any) -> Any:
    values = run.values(op)
    return affine(X, *values) if len(values) == 2 else linear(X, *values)


def affine_backward(op: Operation, run: Run, dZ: Any) -> Any:
    x, name = run.program.outputs[op.source], op.parameters[0]
    X, W = run.source(op), run.values(op)[0]
    if len(op.parameters) == 2:
        dX, dW, db = affine_vjp(dZ, X, W)
        run.gradient(op, op.parameters[1], db, f"column sums of d{op.output}")
    else:
        dX, dW = linear_vjp(dZ, X, W)
    run.gradient(op, name, dW, f"{x}^T d{op.output}")
    return dX


def activation_forward(op: Operation, run: Run, Z: Any) -> Any:
    return ACTIVATIONS[op.function].function(Z, *op.settings)


def activation_backward(op: Operation, run: Run, dA: Any) -> Any:
    return ACTIVATIONS[op.function].vjp(dA, run.source(op), run.tape[op.output], *op.settings)


def dropout_forward(op: Operation, run: Run, A: Any) -> Any:
    rate = op.settings[0] * run.dropout_factor
    if not run.training or rate == 0.0:
        return A
    drawn = words(A.size, run.dropout_key, (op.number, *counter_words(run.step))).reshape(A.shape)
    run.note(op, "words", drawn, "philox(element, layer, step)")
    return dropout(A, drawn, np.uint32(keep_threshold(rate)), A.dtype.type(1.0 / (1.0 - rate)))


def dropout_backward(op: Operation, run: Run, dY: Any) -> Any:
    rate = op.settings[0] * run.dropout_factor
    if not run.training or rate == 0.0:
        return dY
    drawn = run.tape[f"{op.output}.words"]
    return dropout_vjp(dY, drawn, np.uint32(keep_threshold(rate)), dY.dtype.type(1.0 / (1.0 - rate)))


def batch_norm_forward(op: Operation, run: Run, X: Any) -> Any:
    x, epsilon = run.program.outputs[op.source], X.dtype.type(op.settings[1])
    if run.training:
        mean, variance = column_moments(X)
        run.note(op, "mean", mean, f"column means of {x}")
        run.note(op, "variance", variance, f"column variances of {x}")
    else:
        mean, variance = (run.buffers[name] for name in op.buffers)
    Xhat = run.note(
        op, "hat", standardise(X, mean, variance, epsilon), f"({x} - mean) / sqrt(variance + epsilon)"
    )
    return scale_shift(Xhat, *run.values(op))


def batch_norm_backward(op: Operation, run: Run, dY: Any) -> Any:
    Xhat, variance = run.tape[f"{op.output}.hat"], run.tape[f"{op.output}.variance"]
    dX, dgamma, dbeta = batch_norm_vjp(dY, Xhat, variance, run.values(op)[0], dY.dtype.type(op.settings[1]))
    _normalisation_gradients(op, run, dgamma, dbeta)
    return dX


def layer_norm_forward(op: Operation, run: Run, X: Any) -> Any:
    x, epsilon = run.program.outputs[op.source], X.dtype.type(op.settings[0])
    mean, variance = row_moments(X)
    run.note(op, "mean", mean, f"row means of {x}")
    run.note(op, "variance", variance, f"row variances of {x}")
    Xhat = run.note(
        op, "hat", standardise(X, mean, variance, epsilon), f"({x} - mean) / sqrt(variance + epsilon)"
    )
    return scale_shift(Xhat, *run.values(op))


def layer_norm_backward(op: Operation, run: Run, dY: Any) -> Any:
    Xhat, variance = run.tape[f"{op.output}.hat"], run.tape[f"{op.output}.variance"]
    dX, dgamma, dbeta = layer_norm_vjp(dY, Xhat, variance, run.values(op)[0], dY.dtype.type(op.settings[0]))
    _normalisation_gradients(op, run, dgamma, dbeta)
    return dX


def _normalisation_gradients(op: Operation, run: Run, dgamma: Any, dbeta: Any) -> None:
    gamma, beta = op.parameters
    run.gradient(op, gamma, dgamma, f"column sums of d{op.output} {op.output}.hat")
    run.gradient(op, beta, dbeta, f"column sums of d{op.output}")


Forward = Callable[[Operation, Run, Any], Any]
Backward = Callable[[Operation, Run, Any], Any]

OPERATIONS: dict[str, tuple[Forward, Backward]] = {
    "embed": (embed_forward, embed_backward),
    "affine": (affine_forward, affine_backward),
    "activation": (activation_forward, activation_backward),
    "dropout": (dropout_forward, dropout_backward),
    "batch_norm": (batch_norm_forward, batch_norm_backward),
    "layer_norm": (layer_norm_forward, layer_norm_backward),
}
