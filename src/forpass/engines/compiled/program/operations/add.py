"""Addition: Z = X + Y, elementwise, of two buffers or of one with itself.

Shapes: X, Y, Z and their derivatives are (rows of the batch, stride).
"""

from __future__ import annotations

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.spec.operation import Operation

__all__ = ["added", "backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix, Y: Matrix) -> Matrix:
    """Make a matrix of its own: X and Y may be read by others."""
    return added(run, X, Y)


def backward(op: Operation, run: Recording, dZ: Matrix, needs: Needs) -> Derivatives:
    """Hand dZ back to one source, and a copy of it to the other if both need it."""
    if not all(needs):
        return tuple(dZ if need else None for need in needs)
    copy = run.matrix(op.d_out)
    run.copy_columns(dZ, 0, copy, 0, op.d_out)
    return dZ, copy


def added(run: Recording, X: Matrix, Y: Matrix) -> Matrix:
    """Write down the sum of two matrices, in another."""
    Z = run.matrix(X.width)
    run.by_rows(add, X=X, Y=Y, Z=Z, stride=Z.stride)
    return Z


def add(code: Code, X: Reals, Y: Reals, Z: Reals, stride: Integer) -> None:
    """Z = X + Y."""
    first, stop = code.share_of_rows()
    with code.lines(first * stride, stop * stride) as e:
        Z.set_line(e, X.line(e) + Y.line(e))
