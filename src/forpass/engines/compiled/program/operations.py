"""The operations of a program, forward beside backward, as instructions: what is done, and where.

As in the reference engine, ``forward(op, run, X) -> Y`` and ``backward(op, run, dY, further) -> dX``, but
what goes in and out are matrices that will hold these numbers once the instructions are carried out.
`further` says whether an operation below has something to learn. Where it has not, dX need not be made, and
whatever is returned is not read.

An operation writes over its input where nobody reads that input again, so dX is often dY: what was touched
last is still in the nearest cache. With matrices of their own a step takes 3 to 7 % longer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from forpass.engines.compiled.kernels import layers, movement, products
from forpass.engines.compiled.program.instructions import Instruction, instruction
from forpass.engines.compiled.program.memory import Matrix, Outside, padded
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.runtime.units import ROWS_OF_A_UNIT, Units
from forpass.maths import dropout
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.operation import Operation

__all__ = ["OPERATIONS"]


# -- embedding -------------------------------------------------------------------------------------
def embed_forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    begin = op.d_in
    for column, name in enumerate(op.parameters):
        width = _dimension(run, name)
        run.by_rows(
            movement.embed,
            **run.examples.code_operands(column),
            E=run.parameters[name],
            X=X,
            stride=X.stride,
            begin=begin,
            width=width,
        )
        begin += width
    return X


def embed_backward(op: Operation, run: Recording, dX: Matrix, further: bool) -> Matrix:
    begin = op.d_in
    for column, name in enumerate(op.parameters):
        dE, width = run.gradients[name], _dimension(run, name)
        add = instruction(
            movement.add_embedded,
            Units.fixed(1),
            **run.examples.code_operands(column),
            dE=dE,
            count=dE.stride,
            dX=dX,
            stride=dX.stride,
            begin=begin,
            width=width,
        )
        run.gradient_instructions.append(add)
        begin += width
    return dX


def _dimension(run: Recording, name: str) -> int:
    return next(block.shape[1] for block in run.program.parameters.blocks if block.name == name)


# -- affine ----------------------------------------------------------------------------------------
def affine_forward(op: Operation, run: Recording, X: Matrix | Outside) -> Matrix:
    W, Z = run.parameters[op.parameters[0]], run.matrix(op.d_out)
    b = run.parameters[op.parameters[1]] if len(op.parameters) == 2 else run.constant(0.0, op.d_out)
    numbered = "rows" if isinstance(X, Outside) else "no"
    run.row_phase.append(
        _product_by_rows(X, W, Z, terms=op.d_in, start=b, numbered=numbered, unit=run.arena.lanes)
    )
    return Z


def affine_backward(op: Operation, run: Recording, dZ: Matrix, further: bool) -> Matrix:
    X, W, zeros = run.outputs[op.source], op.parameters[0], run.constant(0.0, op.d_out)
    dW = _product(
        Units.parts_of(op.d_in, ROWS_OF_A_UNIT),
        A=X,
        row_stride=1,  # A is X^T
        term_stride=X.stride,
        B=dZ,
        C=run.gradients[W],
        rows=op.d_in,
        terms=0,
        unit=ROWS_OF_A_UNIT,
        start=zeros,
        numbered="terms" if isinstance(X, Outside) else "no",
    )
    run.gradient_instructions.append(dW)
    for b in op.parameters[1:]:
        # column sums are the product with a row of ones, for one thread: 4 % of a step at 27-32-7, less at
        # larger ones, so that a kernel of its own or more units would gain nothing to speak of
        db = _product(
            Units.fixed(1),
            A=run.constant(1.0, 1),
            row_stride=0,
            term_stride=0,
            B=dZ,
            C=run.gradients[b],
            rows=1,
            terms=0,
            unit=1,
            start=zeros,
        )
        run.gradient_instructions.append(db)
    return _back_through(op, run, dZ, run.parameters[W]) if further else dZ


def _back_through(op: Operation, run: Recording, dZ: Matrix, W: Matrix) -> Matrix:
    """dX = dZ W^T."""
    lanes = run.arena.lanes
    # W^T anew at each step, for a product reads its second factor by lines: 7 % of a step at 27-32-7, 3 % at
    # 16-256-256-256-2, 1 % at 64-100-10
    T, dX = run.note(op, "W^T", W.rows, rows=padded(op.d_out, lanes)), run.matrix(op.d_in)
    run.preparations.append(
        instruction(
            products.transpose,
            Units.parts_of(W.rows, lanes),
            W=W,
            W_stride=W.stride,
            T=T,
            T_stride=T.stride,
            rows=W.rows,
            lines=W.lines,
        )
    )
    zeros = run.constant(0.0, op.d_in)
    run.row_phase.append(_product_by_rows(dZ, T, dX, terms=op.d_out, start=zeros, unit=lanes))
    return dX


def _product_by_rows(
    A: Matrix | Outside, B: Matrix, C: Matrix, terms: int, start: Matrix, unit: int, numbered: str = "no"
) -> Instruction:
    """C = A B + start, with a row of A and C for each row of the batch."""
    return _product(
        Units.of_rows(unit),
        A=A,
        row_stride=A.stride,
        term_stride=1,
        B=B,
        C=C,
        rows=0,
        terms=terms,
        unit=unit,
        start=start,
        numbered=numbered,
    )


def _product(
    units: Units,
    *,
    A: Matrix | Outside,
    row_stride: int,
    term_stride: int,
    B: Matrix,
    C: Matrix,
    rows: int,
    terms: int,
    unit: int,
    start: Matrix,
    numbered: str = "no",
) -> Instruction:
    """C = A B + start; see `products.product`."""
    return instruction(
        products.product,
        units,
        A=A,
        row_stride=row_stride,
        term_stride=term_stride,
        B=B,
        B_stride=B.stride,
        C=C,
        C_stride=C.stride,
        rows=rows,
        terms=terms,
        unit=unit,
        halves=C.halves,
        start=start,
        numbered=numbered,
    )


# -- activation ------------------------------------------------------------------------------------
def activation_forward(op: Operation, run: Recording, Z: Matrix) -> Matrix:
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    function = ACTIVATIONS[op.function].function
    run.by_rows(layers.activation_forward, Z=Z, A=A, stride=Z.stride, settings=op.settings, function=function)
    return A


def activation_backward(op: Operation, run: Recording, dA: Matrix, further: bool) -> Matrix:
    run.by_rows(
        layers.activation_backward,
        dA=dA,
        Z=run.outputs[op.source],
        A=run.outputs[op.target],
        dZ=dA,
        stride=dA.stride,
        settings=op.settings,
        vjp=ACTIVATIONS[op.function].vjp,
    )
    if not _zero_at_zero(op):
        run.by_rows(layers.clear_padding, A=dA, stride=dA.stride, width=op.d_out)
    return dA


def _zero_at_zero(op: Operation) -> bool:
    """Whether padding, in which all is 0, gets the derivative 0."""
    record, zero = ACTIVATIONS[op.function], np.zeros(1)
    with np.errstate(all="ignore"):
        A = record.function(zero, *op.settings)
        return bool(record.vjp(zero, zero, A, *op.settings)[0] == 0.0)


# -- dropout ---------------------------------------------------------------------------------------
def dropout_forward(op: Operation, run: Recording, A: Matrix) -> Matrix:
    if not run.learns:
        return A
    unit, (key_0, key_1) = layers.RANDOM_WORDS_OF_A_UNIT, run.dropout_key
    # the last row is read by whole lines, and words are made a unit at a time
    count = padded(run.capacity * op.d_out, unit) + unit
    words = run.note(op, "words", count, rows=1, dtype="uint32")
    draw = instruction(
        layers.random_words,
        Units.of_rows(unit, times=op.d_out),
        words=words,
        key_0=key_0,
        key_1=key_1,
        layer=op.number,
    )
    run.preparations.append(draw)
    D = run.matrix(op.d_out)
    _drop(op, run, A, D, dropout.dropout)
    return D


def dropout_backward(op: Operation, run: Recording, dD: Matrix, further: bool) -> Matrix:
    _drop(op, run, dD, dD, dropout.dropout_vjp)
    return dD


def _drop(op: Operation, run: Recording, A: Matrix, D: Matrix, function: Callable[..., Any]) -> None:
    run.by_rows(
        layers.drop,
        A=A,
        words=run.noted(op, "words"),
        D=D,
        stride=D.stride,
        width=op.d_out,
        threshold=run.places.threshold[op.number],
        scale=run.places.kept_scale[op.number],
        function=function,
    )


# -- batch normalisation ---------------------------------------------------------------------------
def batch_norm_forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    gamma, beta = (run.parameters[name] for name in op.parameters)
    Y = run.matrix(op.d_out)
    shared = {"X": X, "Y": Y, "gamma": gamma, "beta": beta, "stride": X.stride, "epsilon": op.settings[1]}
    if not run.learns:
        mean, variance = (run.buffers[name] for name in op.buffers)
        run.by_rows(layers.batch_norm_apply, mean=mean, variance=variance, **shared)
        return Y
    mean, variance = (run.note(op, name, op.d_out, rows=1) for name in ("mean", "variance"))
    hat = run.note(op, "hat", op.d_out)
    run.by_columns(layers.batch_norm_forward, X.lines, Xhat=hat, mean=mean, variance=variance, **shared)
    return Y


def batch_norm_backward(op: Operation, run: Recording, dY: Matrix, further: bool) -> Matrix:
    gamma, beta = op.parameters
    run.by_columns(
        layers.batch_norm_backward,
        dY.lines,
        dY=dY,
        Xhat=run.noted(op, "hat"),
        variance=run.noted(op, "variance"),
        gamma=run.parameters[gamma],
        dX=dY,
        dgamma=run.gradients[gamma],
        dbeta=run.gradients[beta],
        stride=dY.stride,
        epsilon=op.settings[1],
    )
    return dY


# -- layer normalisation ---------------------------------------------------------------------------
def layer_norm_forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    gamma, beta = (run.parameters[name] for name in op.parameters)
    Y = run.matrix(op.d_out)
    run.by_rows(
        layers.layer_norm_forward,
        X=X,
        Xhat=run.note(op, "hat", op.d_out),
        Y=Y,
        variance=run.note(op, "variance", run.capacity, rows=1),
        gamma=gamma,
        beta=beta,
        stride=X.stride,
        width=op.d_out,
        epsilon=op.settings[0],
    )
    return Y


def layer_norm_backward(op: Operation, run: Recording, dY: Matrix, further: bool) -> Matrix:
    gamma, beta = op.parameters
    # a matrix of its own: the gradients, which come after the passes, need dY
    hat, dX = run.noted(op, "hat"), run.matrix(op.d_in)
    sums = instruction(
        layers.layer_norm_gradients,
        Units.fixed(dY.lines),
        dY=dY,
        Xhat=hat,
        dgamma=run.gradients[gamma],
        dbeta=run.gradients[beta],
        stride=dY.stride,
    )
    run.gradient_instructions.append(sums)
    run.by_rows(
        layers.layer_norm_backward,
        dY=dY,
        Xhat=hat,
        variance=run.noted(op, "variance"),
        gamma=run.parameters[gamma],
        dX=dX,
        stride=dY.stride,
        width=op.d_out,
        epsilon=op.settings[0],
    )
    return dX


Forward = Callable[[Operation, Recording, Matrix], Matrix]
Backward = Callable[[Operation, Recording, Matrix, bool], Matrix]

OPERATIONS: dict[str, tuple[Forward, Backward]] = {
    "embed": (embed_forward, embed_backward),
    "affine": (affine_forward, affine_backward),
    "activation": (activation_forward, activation_backward),
    "dropout": (dropout_forward, dropout_backward),
    "batch_norm": (batch_norm_forward, batch_norm_backward),
    "layer_norm": (layer_norm_forward, layer_norm_backward),
}
