"""The operations of a program, forward beside backward, in plain NumPy: the living definition.

``forward(op, run, *sources) -> output`` reads the batch, the parameters and the settings from the run and
writes what the way back will need on the tape. ``backward(op, run, dY)`` takes the derivative of the
objective by the output; it returns a tuple with the derivative by each source, and writes the gradients of
the operation's parameters into ``run.gradients``. Neither ever writes into what it was handed: others may
read it too.

In shapes n is the number of rows in the batch and d a number of columns; op.sources, op.d_ins and op.d_out
say which buffers and how wide. Those that read the inputs stand in `input_operations`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np

from forpass.engines.reference.input_operations import (
    embed_backward,
    embed_forward,
    lookup_backward,
    lookup_forward,
    periodic_backward,
    periodic_forward,
    piecewise_backward,
    piecewise_forward,
)
from forpass.engines.reference.working import Pass, Step
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.affine import affine, affine_vjp, linear, linear_vjp, scaled, scaled_vjp
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.dropout import dropout, dropout_vjp
from forpass.maths.normalisation import (
    batch_norm_vjp,
    column_moments,
    layer_norm_vjp,
    row_moments,
    running,
    scale_shift,
    standardise,
    unbiased,
)
from forpass.maths.philox import words
from forpass.maths.xp import column_sum
from forpass.sampling.streams import counter_words
from forpass.spec.operation import Operation

__all__ = ["OPERATIONS", "UPDATES"]


# -- affine ----------------------------------------------------------------------------------------
def affine_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Z = X (m W) + b; where there is no multiplier m is 1, and where there is no b it is 0.

    X (n, d_in), W (d_in, d_out), b (d_out,) -> Z (n, d_out).
    """
    W, *b = run.values(op)
    if op.settings:
        name = op.parameters[0]
        W = run.note(op, "scaled", scaled(W, _multiplier(op, W)), f"{op.settings[0]:g} {name}", name)
    used = f"{op.output}.scaled" if op.settings else op.parameters[0]
    run.reads(op, *run.names(op), used, *op.parameters[1:], how="product")
    return affine(X, W, *b) if b else linear(X, W)


def affine_backward(op: Operation, run: Pass, dZ: Any) -> tuple[Any]:
    """dX = dZ (m W)^T, dW = m X^T dZ, db = column sums of dZ.

    dZ (n, d_out) -> dX (n, d_in), dW (d_in, d_out), db (d_out,).
    """
    (x,), dz, name = run.names(op), f"d{op.output}", op.parameters[0]
    used = f"{op.output}.scaled" if op.settings else name
    X, W = run.source(op), run.tape[used] if op.settings else run.values(op)[0]
    if len(op.parameters) == 2:
        dX, dW, db = affine_vjp(dZ, X, W)
        run.gradient(op, op.parameters[1], db, f"column sums of {dz}", dz, how="column sums")
    else:
        dX, dW = linear_vjp(dZ, X, W)
    if op.settings:
        of_used = f"d{used}"
        dW = run.note_back(op, "scaled", dW, f"{x}^T {dz}", x, dz, how="product of columns")
        dW = scaled_vjp(dW, _multiplier(op, W))
        run.gradient(op, name, dW, f"{op.settings[0]:g} {of_used}", of_used, how="cells")
    else:
        run.gradient(op, name, dW, f"{x}^T {dz}", x, dz, how="product of columns")
    run.back(op, 0, f"{dz} {used}^T", dz, used, how="product back")
    return (dX,)


def _multiplier(op: Operation, W: Any) -> Any:
    """The multiplier in the working type."""
    return W.dtype.type(op.settings[0])


# -- activation ------------------------------------------------------------------------------------
def activation_forward(op: Operation, run: Pass, Z: Any) -> Any:
    """A = f(Z), elementwise: f is op.function of ACTIVATIONS.

    Z (n, d) -> A (n, d).
    """
    return ACTIVATIONS[op.function].function(Z, *op.settings)


def activation_backward(op: Operation, run: Pass, dA: Any) -> tuple[Any]:
    """dZ = dA f'(Z), elementwise; some functions have f' from A at less cost.

    dA (n, d) -> dZ (n, d).
    """
    (z,), da, record = run.names(op), f"d{op.output}", ACTIVATIONS[op.function]
    read = ({"Z": z, "A": op.output}[letter] for letter in record.reads)
    run.back(op, 0, f"{da} {op.function}'({z})", da, *read)
    return (record.vjp(dA, run.source(op), run.tape[op.output], *op.settings),)


# -- columnwise function -----------------------------------------------------------------------------
def columnwise_forward(op: Operation, run: Pass, Z: Any) -> Any:
    """A = f(Z, p), elementwise, with a number of p for each column: f is op.function of COLUMNWISE.

    Z (n, d), p (d,) -> A (n, d).
    """
    return COLUMNWISE[op.function].function(Z, *run.values(op), *op.settings)


def columnwise_backward(op: Operation, run: Pass, dA: Any) -> tuple[Any]:
    """dZ = dA df/dz, elementwise; the gradient of p is the column sums of dA df/dp.

    dA (n, d) -> dZ (n, d), and dp (d,) for each p.
    """
    (z,), da, record = run.names(op), f"d{op.output}", COLUMNWISE[op.function]
    read = [da, *({"Z": z, "A": op.output}[letter] for letter in record.reads), *op.parameters]
    values = run.values(op)
    dZ, *dps = record.vjp(dA, run.source(op), run.tape[op.output], *values, *op.settings)
    for name, dp in zip(op.parameters, dps, strict=True):
        run.gradient(op, name, column_sum(dp), f"column sums of {da} by {name}", *read, how="columns")
    run.back(op, 0, f"{da} {op.function}'({z})", *read)
    return (dZ,)


# -- what each member has of its own ------------------------------------------------------------------
def member_affine_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Z = X W[m] + b[m] for the rows of member m; where there is no b it is 0.

    X (n, d_in), W (members, d_in, d_out), b (members, d_out) -> Z (n, d_out).
    """
    (W, *b), Z = run.values(op), np.empty((len(X), op.d_out), X.dtype)
    run.reads(op, *run.names(op), *op.parameters, how="product")
    for m, of_m in enumerate(run.rows_by_member):
        Z[of_m] = affine(X[of_m], W[m], b[0][m]) if b else linear(X[of_m], W[m])
    return Z


def member_affine_backward(op: Operation, run: Pass, dZ: Any) -> tuple[Any]:
    """dX = dZ W[m]^T, dW[m] = X^T dZ, db[m] = column sums of dZ, all of the rows of member m.

    dZ (n, d_out) -> dX (n, d_in), dW (members, d_in, d_out), db (members, d_out).
    """
    (x,), dz, (W_name, *b_name) = run.names(op), f"d{op.output}", op.parameters
    X, W = run.source(op), run.values(op)[0]
    dX, dW, db = np.empty_like(X), np.zeros_like(W), np.zeros((len(W), op.d_out), W.dtype)
    for m, of_m in enumerate(run.rows_by_member):
        dX[of_m], dW[m], db[m] = affine_vjp(dZ[of_m], X[of_m], W[m])
    for name in b_name:
        run.gradient(op, name, db, f"column sums of {dz}, by member", dz, how="column sums")
    run.gradient(op, W_name, dW, f"{x}^T {dz}, by member", x, dz, how="product of columns")
    run.back(op, 0, f"{dz} {W_name}[m]^T", dz, W_name, how="product back")
    return (dX,)


def memberwise_forward(op: Operation, run: Pass, Z: Any) -> Any:
    """A = f(Z, p[m]), elementwise, for the rows of member m: f is op.function of COLUMNWISE.

    Z (n, d), p (members, d) -> A (n, d).
    """
    values, A = run.values(op), np.empty_like(Z)
    for m, of_m in enumerate(run.rows_by_member):
        A[of_m] = COLUMNWISE[op.function].function(Z[of_m], *(p[m] for p in values), *op.settings)
    return A


def memberwise_backward(op: Operation, run: Pass, dA: Any) -> tuple[Any]:
    """dZ = dA df/dz, elementwise; the gradient of p[m] is the column sums of dA df/dp in its rows.

    dA (n, d) -> dZ (n, d), and dp (members, d) for each p.
    """
    (z,), da, record = run.names(op), f"d{op.output}", COLUMNWISE[op.function]
    read = [da, *({"Z": z, "A": op.output}[letter] for letter in record.reads), *op.parameters]
    Z, A, values = run.source(op), run.tape[op.output], run.values(op)
    dZ, sums = np.empty_like(dA), [np.zeros_like(p) for p in values]
    for m, of_m in enumerate(run.rows_by_member):
        own = (*(p[m] for p in values), *op.settings)
        dZ[of_m], *dps = record.vjp(dA[of_m], Z[of_m], A[of_m], *own)
        for total, dp in zip(sums, dps, strict=True):
            total[m] = column_sum(dp)[0]
    for name, total in zip(op.parameters, sums, strict=True):
        run.gradient(op, name, total, f"column sums of {da} by {name}, by member", *read, how="columns")
    run.back(op, 0, f"{da} {op.function}'({z})", *read)
    return (dZ,)


# -- dropout ---------------------------------------------------------------------------------------
def dropout_forward(op: Operation, run: Pass, A: Any) -> Any:
    """D = A / (1 - rate) where the element's random word says "keep", else 0; in inference D = A.

    A (n, d) -> D (n, d).
    """
    threshold = _threshold(op, run.step)
    if run.step is None or threshold == 0:
        return A
    counter = (op.number, *counter_words(run.step.number))
    drawn = words(A.size, run.dropout_key, counter).reshape(A.shape)
    drawn = run.note(op, "words", drawn, "philox(element, layer, step)")
    run.reads(op, *run.names(op), f"{op.output}.words")
    return dropout(A, drawn, np.uint32(threshold), A.dtype.type(_kept_scale(op, run.step)))


def dropout_backward(op: Operation, run: Pass, dD: Any) -> tuple[Any]:
    """dA = dD / (1 - rate) where the element was kept, else 0.

    dD (n, d) -> dA (n, d).
    """
    dd, kept = f"d{op.output}", f"{op.output}.words"
    threshold = _threshold(op, run.step)
    if run.step is None or threshold == 0:
        run.back(op, 0, dd, dd)
        return (dD,)
    run.back(op, 0, f"dropout({dd})", dd, kept)
    drawn = run.tape[kept]
    return (dropout_vjp(dD, drawn, np.uint32(threshold), dD.dtype.type(_kept_scale(op, run.step))),)


def _threshold(op: Operation, step: Step | None) -> int:
    """Random words below it mean "keep"; 0 says that nothing is dropped."""
    return 0 if step is None else int(step.thresholds[step.places.threshold[op.number]])


def _kept_scale(op: Operation, step: Step) -> float:
    """1 / (1 - rate) of this step."""
    return float(step.scalars[step.places.kept_scale[op.number]])


# -- batch normalisation ---------------------------------------------------------------------------
def batch_norm_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Y = gamma hat + beta, hat = (X - mean) / sqrt(variance + epsilon), moments of each column.

    In training those of the batch, in inference the running averages.
    X (n, d), gamma, beta, mean, variance (d,) -> Y (n, d).
    """
    (x,), epsilon = run.names(op), X.dtype.type(op.settings[1])
    if run.step is not None:
        mean, variance = column_moments(X)
        mean = run.note(op, "mean", mean, f"column means of {x}", x, how="columns")
        variance = run.note(op, "variance", variance, f"column variances of {x}", x, how="columns")
        moments = [f"{op.output}.mean", f"{op.output}.variance"]
    else:
        mean, variance = (run.buffers[name] for name in op.buffers)
        moments = list(op.buffers)
    return _scaled_and_shifted(op, run, standardise(X, mean, variance, epsilon), [x, *moments], epsilon)


def batch_norm_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """dX = gamma / sqrt(variance + epsilon) (dY - dbeta / n - hat dgamma / n), back through the moments too.

    dbeta = column sums of dY, dgamma = column sums of dY hat.
    dY (n, d) -> dX (n, d), dgamma, dbeta (d,).
    """
    hat, variance = f"{op.output}.hat", f"{op.output}.variance"
    gamma, epsilon = run.values(op)[0], dY.dtype.type(op.settings[1])
    dX, dgamma, dbeta = batch_norm_vjp(dY, run.tape[hat], run.tape[variance], gamma, epsilon)
    return _normalised_back(op, run, dX, dgamma, dbeta, "columns")


def batch_norm_update(op: Operation, run: Pass) -> None:
    """Move the running averages on: average = (1 - momentum) average + momentum own; variances unbiased.

    mean, variance (d,), in place in ``run.buffers``.
    """
    mean, variance = (run.buffers[name] for name in op.buffers)
    momentum = mean.dtype.type(op.settings[0])
    n = mean.dtype.type(len(run.batch.X))
    own = [f"{op.output}.mean", f"{op.output}.variance"]
    for name, average, moment in zip(op.buffers, (mean, variance), own, strict=True):
        new = run.tape[moment][0]
        average[...] = running(average, new if average is mean else unbiased(new, n), momentum)
        if run.whole:
            share = f"{momentum:g}" + " n / (n - 1)" * (average is variance)
            formula = f"{1 - momentum:g} {name} + {share} {moment}"
            run.tape.record(
                f"{name}.new", average.copy(), formula, op.label, op.number, "update", (name, moment)
            )


# -- layer normalisation ---------------------------------------------------------------------------
def layer_norm_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Y = gamma hat + beta, hat = (X - mean) / sqrt(variance + epsilon), moments of each row.

    X (n, d), gamma, beta (d,), mean, variance (n, 1) -> Y (n, d).
    """
    (x,), epsilon = run.names(op), X.dtype.type(op.settings[0])
    mean, variance = row_moments(X)
    mean = run.note(op, "mean", mean, f"row means of {x}", x, how="rows")
    variance = run.note(op, "variance", variance, f"row variances of {x}", x, how="rows")
    moments = [f"{op.output}.mean", f"{op.output}.variance"]
    return _scaled_and_shifted(op, run, standardise(X, mean, variance, epsilon), [x, *moments], epsilon)


def layer_norm_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """dX = (dhat - mean dhat - hat mean(dhat hat)) / sqrt(variance + epsilon); dhat = gamma dY, row means.

    dbeta = column sums of dY, dgamma = column sums of dY hat.
    dY (n, d) -> dX (n, d), dgamma, dbeta (d,).
    """
    hat, variance = f"{op.output}.hat", f"{op.output}.variance"
    gamma, epsilon = run.values(op)[0], dY.dtype.type(op.settings[0])
    dX, dgamma, dbeta = layer_norm_vjp(dY, run.tape[hat], run.tape[variance], gamma, epsilon)
    return _normalised_back(op, run, dX, dgamma, dbeta, "rows")


def _scaled_and_shifted(op: Operation, run: Pass, Xhat: Any, inputs: list[str], epsilon: float) -> Any:
    """Note hat (n, d) and return gamma hat + beta (n, d)."""
    (x, mean, variance), (gamma, beta), hat = inputs, op.parameters, f"{op.output}.hat"
    Xhat = run.note(op, "hat", Xhat, f"({x} - {mean}) / sqrt({variance} + {epsilon:g})", *inputs)
    run.reads(op, hat, gamma, beta, formula=f"{gamma} {hat} + {beta}")
    return scale_shift(Xhat, *run.values(op))


def _normalised_back(op: Operation, run: Pass, dX: Any, dgamma: Any, dbeta: Any, how: str) -> tuple[Any]:
    """Write dgamma and dbeta down, and say how dX was computed."""
    (gamma, beta), dy, hat = op.parameters, f"d{op.output}", f"{op.output}.hat"
    run.gradient(op, gamma, dgamma, f"column sums of {dy} {hat}", dy, hat, how="column sums")
    run.gradient(op, beta, dbeta, f"column sums of {dy}", dy, how="column sums")
    run.back(op, 0, f"{dy} back through {op.opcode}", dy, hat, f"{op.output}.variance", gamma, how=how)
    return (dX,)


# -- sum and concatenation ---------------------------------------------------------------------------
def add_forward(op: Operation, run: Pass, X: Any, *others: Any) -> Any:
    """Z = X + Y + ..., from the first to the last.

    X, Y, ... (n, d) -> Z (n, d).
    """
    run.reads(op, *run.names(op), how="sum")
    return sum(others, start=X)


def add_backward(op: Operation, run: Pass, dZ: Any) -> tuple[Any, ...]:
    """dX = dY = ... = dZ: a sum hands its derivative on to each.

    dZ (n, d) -> dX, dY, ... (n, d).
    """
    for source in range(len(op.sources)):
        run.back(op, source, f"d{op.output}", f"d{op.output}")
    return (dZ,) * len(op.sources)


def concatenate_forward(op: Operation, run: Pass, *sources: Any) -> Any:
    """Z = [X, Y, ...]: the columns of all sources side by side.

    X (n, d), Y (n, e), ... -> Z (n, d + e + ...).
    """
    run.reads(op, *run.names(op), how="beside")
    return np.concatenate(sources, axis=1)


def concatenate_backward(op: Operation, run: Pass, dZ: Any) -> tuple[Any, ...]:
    """dX = the columns of dZ that came from X, and so for each source.

    dZ (n, d + e + ...) -> dX (n, d), dY (n, e), ...
    """
    dz, ends = f"d{op.output}", list(accumulate(op.d_ins))
    for source, (width, end) in enumerate(zip(op.d_ins, ends, strict=True)):
        begin = end - width
        run.back(op, source, f"{dz}[:, {begin}:{end}]", dz, how="beside", columns=range(begin, end))
    return tuple(np.split(dZ, ends[:-1], axis=1))


Forward = Callable[..., Any]
Backward = Callable[[Operation, Pass, Any], tuple[Any, ...]]

OPERATIONS: dict[str, tuple[Forward, Backward]] = {
    "embed": (embed_forward, embed_backward),
    "periodic": (periodic_forward, periodic_backward),
    "piecewise": (piecewise_forward, piecewise_backward),
    "lookup": (lookup_forward, lookup_backward),
    "affine": (affine_forward, affine_backward),
    "activation": (activation_forward, activation_backward),
    "columnwise": (columnwise_forward, columnwise_backward),
    "memberwise": (memberwise_forward, memberwise_backward),
    "member_affine": (member_affine_forward, member_affine_backward),
    "dropout": (dropout_forward, dropout_backward),
    "batch_norm": (batch_norm_forward, batch_norm_backward),
    "layer_norm": (layer_norm_forward, layer_norm_backward),
    "add": (add_forward, add_backward),
    "concatenate": (concatenate_forward, concatenate_backward),
}

UPDATES: dict[str, Callable[[Operation, Pass], None]] = {"batch_norm": batch_norm_update}
"""What an operation moves on after a step beside its parameters."""
