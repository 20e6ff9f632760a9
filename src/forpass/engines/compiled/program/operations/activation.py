"""Activation: A = f(Z), elementwise. Which f is a choice of the kernel.

Shapes: Z, A and their derivatives are (rows of the batch, stride), of which the first `width` columns mean
something.
"""

from __future__ import annotations

import numpy as np

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals
from forpass.engines.compiled.language.values import choose, spread
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, Z: Matrix) -> Matrix:
    """Write over Z where nobody reads it afterwards."""
    record = ACTIVATIONS[op.function]
    run.keep({"Z": op.source, "A": op.target}[letter] for letter in record.reads)
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    run.by_rows(activation_forward, Z=Z, A=A, stride=Z.stride, settings=op.settings, function=record.function)
    return A


def backward(op: Operation, run: Recording, dA: Matrix, needs: Needs) -> Derivatives:
    """Write dZ over dA."""
    run.by_rows(
        activation_backward,
        dA=dA,
        Z=run.outputs[op.source],
        A=run.outputs[op.target],
        dZ=dA,
        stride=dA.stride,
        settings=op.settings,
        vjp=ACTIVATIONS[op.function].vjp,
    )
    if not _zero_at_zero(op):
        run.by_rows(clear_padding, A=dA, stride=dA.stride, width=op.d_out)
    return (dA,)


def _zero_at_zero(op: Operation) -> bool:
    """Whether padding, in which all is 0, gets the derivative 0."""
    record, zero = ACTIVATIONS[op.function], np.zeros(1)
    with np.errstate(all="ignore"):
        A = record.function(zero, *op.settings)
        return bool(record.vjp(zero, zero, A, *op.settings)[0] == 0.0)


def activation_forward(
    code: Code, Z: Reals, A: Reals, stride: Integer, *settings: Number, function: Formula
) -> None:
    """A = f(Z), elementwise."""
    first, stop = code.share_of_rows()
    with code.lines(first * stride, stop * stride) as e:
        A.set_line(e, bound(function)(Z.line(e), *settings))


def activation_backward(
    code: Code, dA: Reals, Z: Reals, A: Reals, dZ: Reals, stride: Integer, *settings: Number, vjp: Formula
) -> None:
    """dZ from dA."""
    first, stop = code.share_of_rows()
    with code.lines(first * stride, stop * stride) as e:
        dZ.set_line(e, bound(vjp)(dA.line(e), Z.line(e), A.line(e), *settings))


def clear_padding(code: Code, A: Reals, stride: Integer, width: Integer) -> None:
    """Write zeros beyond the width of each row.

    Padding is 0 on the way back, and nobody reads it but the search for numbers that are not finite. A
    derivative that is infinite at 0 makes 0 times infinity of it. No built-in activation needs it; it is
    for formulas of one's own.
    """
    last = (width - 1) / code.lanes * code.lanes
    inside = code.lane_numbers() < spread((width - last).narrow(), code.lanes)
    with code.batch_rows() as i:
        place = i * stride + last
        A.set_line(place, choose(inside, A.line(place), 0.0))
