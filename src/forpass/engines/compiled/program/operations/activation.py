"""Activation: A = f(Z), elementwise. Which f is a choice of the kernel.

Shapes: Z, A and their derivatives are (rows of the batch, stride), of which the first `width` columns mean
something.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals
from forpass.engines.compiled.language.values import Value, choose, spread
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, Z: Matrix) -> Matrix:
    """Write over Z where nobody reads it afterwards; leave f'(Z) to the way back where both come at once."""
    record, rows = ACTIVATIONS[op.function], {"stride": Z.stride, "settings": op.settings}
    kept = run.learns and record.with_slope is not None
    run.keep({"Z": op.source, "A": op.target}[letter] for letter in record.reads if not kept)
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    if kept:
        D = run.note(op, "slope", op.d_out)
        run.by_rows(activation_with_slope, Z=Z, A=A, D=D, **rows, function=record.with_slope)
    else:
        run.by_rows(activation_forward, Z=Z, A=A, **rows, function=record.function)
    return A


def backward(op: Operation, run: Recording, dA: Matrix, needs: Needs) -> Derivatives:
    """Write dZ over dA."""
    record, stride = ACTIVATIONS[op.function], dA.stride
    if record.with_slope is not None:
        run.by_rows(times_slope, dA=dA, D=run.noted(op, "slope"), dZ=dA, stride=stride)
    else:
        Z, A = run.outputs[op.source], run.outputs[op.target]
        rows = {"stride": stride, "settings": op.settings}
        run.by_rows(activation_backward, dA=dA, Z=Z, A=A, dZ=dA, **rows, vjp=record.vjp)
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

    def write(e: Value, lanes: int) -> None:
        A.set_line(e, bound(function)(Z.line(e, lanes), *settings))

    _by_lines(code, stride, write)


def activation_with_slope(
    code: Code, Z: Reals, A: Reals, D: Reals, stride: Integer, *settings: Number, function: Formula
) -> None:
    """A = f(Z) and D = f'(Z), elementwise."""

    def write(e: Value, lanes: int) -> None:
        value, slope = bound(function)(Z.line(e, lanes), *settings)
        A.set_line(e, value)
        D.set_line(e, slope)

    _by_lines(code, stride, write)


def times_slope(code: Code, dA: Reals, D: Reals, dZ: Reals, stride: Integer) -> None:
    """dZ = dA D, elementwise."""

    def write(e: Value, lanes: int) -> None:
        dZ.set_line(e, dA.line(e, lanes) * D.line(e, lanes))

    _by_lines(code, stride, write)


def activation_backward(
    code: Code, dA: Reals, Z: Reals, A: Reals, dZ: Reals, stride: Integer, *settings: Number, vjp: Formula
) -> None:
    """dZ from dA."""

    def write(e: Value, lanes: int) -> None:
        dZ.set_line(e, bound(vjp)(dA.line(e, lanes), Z.line(e, lanes), A.line(e, lanes), *settings))

    _by_lines(code, stride, write)


def _by_lines(code: Code, stride: Value, write: Callable[[Value, int], None]) -> None:
    """Write what is done with all lines of the kernel's share of rows."""
    first, stop = code.share_of_rows()
    code.pairs_of_lines(first * stride, stop * stride, write)


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
