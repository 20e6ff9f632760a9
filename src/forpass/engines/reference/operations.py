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

from forpass.engines.plans import ScalarPlaces, StepPlan
from forpass.engines.reference.tape import Tape
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import affine, affine_vjp, linear, linear_vjp
from forpass.maths.dropout import dropout, dropout_vjp
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
from forpass.spec.operation import Operation
from forpass.spec.program import Program

__all__ = ["OPERATIONS", "Batch", "Pass", "Step"]


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
    """

    X: NDArray[Any]
    codes: NDArray[np.int32] | None = None
    T: NDArray[Any] | None = None
    w: NDArray[Any] | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """What a plan says of one step: its row of the plan's tables.

    Attributes
    ----------
    number : int
        Global step number, which decides the masks.
    normaliser : float
        What the sum of weighted losses is divided by.
    scalars : float64 array (columns,)
    thresholds : int64 array (dropouts,)
    places : ScalarPlaces
        Where a formula's numbers stand among them.
    """

    number: int
    normaliser: float
    scalars: NDArray[np.float64]
    thresholds: NDArray[np.int64]
    places: ScalarPlaces

    @classmethod
    def of_plan(cls, plan: StepPlan, i: int, places: ScalarPlaces) -> Step:
        """Return the i-th step of a plan."""
        return cls(plan.first + i, float(plan.normalisers[i]), plan.scalars[i], plan.thresholds[i], places)


@dataclass(eq=False)
class Pass:
    """One pass through a program: what it works on and what it writes down.

    Attributes
    ----------
    parameters, buffers, gradients : dict from block name to view
    step : Step or None
        None in inference mode: running averages instead of the batch's own, and no dropout.
    dropout_key : Key
    loss_sum, penalty : float
        Of the batch, once the objective is known.
    """

    program: Program
    parameters: dict[str, NDArray[Any]]
    buffers: dict[str, NDArray[Any]]
    gradients: dict[str, NDArray[Any]]
    batch: Batch
    tape: Tape
    step: Step | None
    dropout_key: Key
    loss_sum: float = 0.0
    penalty: float = 0.0

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


def embed_forward(op: Operation, run: Pass, X: Any) -> Any:
    codes = run.batch.codes
    assert codes is not None
    rows = [embed(E, codes[:, column]) for column, E in enumerate(run.values(op))]
    return np.concatenate([X, *rows], axis=1)


def embed_backward(op: Operation, run: Pass, dY: Any) -> Any:
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


def affine_forward(op: Operation, run: Pass, X: Any) -> Any:
    values = run.values(op)
    return affine(X, *values) if len(values) == 2 else linear(X, *values)


def affine_backward(op: Operation, run: Pass, dZ: Any) -> Any:
    x, name = run.program.outputs[op.source], op.parameters[0]
    X, W = run.source(op), run.values(op)[0]
    if len(op.parameters) == 2:
        dX, dW, db = affine_vjp(dZ, X, W)
        run.gradient(op, op.parameters[1], db, f"column sums of d{op.output}")
    else:
        dX, dW = linear_vjp(dZ, X, W)
    run.gradient(op, name, dW, f"{x}^T d{op.output}")
    return dX


def activation_forward(op: Operation, run: Pass, Z: Any) -> Any:
    return ACTIVATIONS[op.function].function(Z, *op.settings)


def activation_backward(op: Operation, run: Pass, dA: Any) -> Any:
    return ACTIVATIONS[op.function].vjp(dA, run.source(op), run.tape[op.output], *op.settings)


def dropout_forward(op: Operation, run: Pass, A: Any) -> Any:
    if run.step is None or not (threshold := run.step.thresholds[run.step.places.threshold[op.number]]):
        return A
    counter = (op.number, *counter_words(run.step.number))
    drawn = words(A.size, run.dropout_key, counter).reshape(A.shape)
    run.note(op, "words", drawn, "philox(element, layer, step)")
    return dropout(A, drawn, np.uint32(threshold), A.dtype.type(_kept_scale(op, run.step)))


def dropout_backward(op: Operation, run: Pass, dY: Any) -> Any:
    assert run.step is not None
    if not (threshold := run.step.thresholds[run.step.places.threshold[op.number]]):
        return dY
    drawn = run.tape[f"{op.output}.words"]
    return dropout_vjp(dY, drawn, np.uint32(threshold), dY.dtype.type(_kept_scale(op, run.step)))


def _kept_scale(op: Operation, step: Step) -> float:
    return float(step.scalars[step.places.kept_scale[op.number]])


def batch_norm_forward(op: Operation, run: Pass, X: Any) -> Any:
    x, epsilon = run.program.outputs[op.source], X.dtype.type(op.settings[1])
    if run.step is not None:
        mean, variance = column_moments(X)
        run.note(op, "mean", mean, f"column means of {x}")
        run.note(op, "variance", variance, f"column variances of {x}")
    else:
        mean, variance = (run.buffers[name] for name in op.buffers)
    Xhat = run.note(
        op, "hat", standardise(X, mean, variance, epsilon), f"({x} - mean) / sqrt(variance + epsilon)"
    )
    return scale_shift(Xhat, *run.values(op))


def batch_norm_backward(op: Operation, run: Pass, dY: Any) -> Any:
    Xhat, variance = run.tape[f"{op.output}.hat"], run.tape[f"{op.output}.variance"]
    dX, dgamma, dbeta = batch_norm_vjp(dY, Xhat, variance, run.values(op)[0], dY.dtype.type(op.settings[1]))
    _normalisation_gradients(op, run, dgamma, dbeta)
    return dX


def layer_norm_forward(op: Operation, run: Pass, X: Any) -> Any:
    x, epsilon = run.program.outputs[op.source], X.dtype.type(op.settings[0])
    mean, variance = row_moments(X)
    run.note(op, "mean", mean, f"row means of {x}")
    run.note(op, "variance", variance, f"row variances of {x}")
    Xhat = run.note(
        op, "hat", standardise(X, mean, variance, epsilon), f"({x} - mean) / sqrt(variance + epsilon)"
    )
    return scale_shift(Xhat, *run.values(op))


def layer_norm_backward(op: Operation, run: Pass, dY: Any) -> Any:
    Xhat, variance = run.tape[f"{op.output}.hat"], run.tape[f"{op.output}.variance"]
    dX, dgamma, dbeta = layer_norm_vjp(dY, Xhat, variance, run.values(op)[0], dY.dtype.type(op.settings[0]))
    _normalisation_gradients(op, run, dgamma, dbeta)
    return dX


def _normalisation_gradients(op: Operation, run: Pass, dgamma: Any, dbeta: Any) -> None:
    gamma, beta = op.parameters
    run.gradient(op, gamma, dgamma, f"column sums of d{op.output} {op.output}.hat")
    run.gradient(op, beta, dbeta, f"column sums of d{op.output}")


Forward = Callable[[Operation, Pass, Any], Any]
Backward = Callable[[Operation, Pass, Any], Any]

OPERATIONS: dict[str, tuple[Forward, Backward]] = {
    "embed": (embed_forward, embed_backward),
    "affine": (affine_forward, affine_backward),
    "activation": (activation_forward, activation_backward),
    "dropout": (dropout_forward, dropout_backward),
    "batch_norm": (batch_norm_forward, batch_norm_backward),
    "layer_norm": (layer_norm_forward, layer_norm_backward),
}
