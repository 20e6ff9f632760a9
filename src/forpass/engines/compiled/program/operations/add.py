"""Addition: Z = X + Y + ..., elementwise, of two or more buffers or of one with itself.

Shapes: X, Y, Z and their derivatives are (rows of the batch, stride).
"""

from __future__ import annotations

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.spec.operation import Operation

__all__ = ["added", "backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix, *others: Matrix) -> Matrix:
    """Make a matrix of its own, for sources may be read by others; from the first to the last."""
    Z = X
    for Y in others:
        Z = added(run, Z, Y)
    return Z


def backward(op: Operation, run: Recording, dZ: Matrix, needs: Needs) -> Derivatives:
    """Hand dZ back to the first source that needs it, and a copy of it to each of the others."""
    derivatives: list[Matrix | None] = []
    for need in needs:
        dX = dZ if need else None
        if need and any(derivatives):
            dX = run.matrix(op.d_out)
            run.copy_columns(dZ, 0, dX, 0, op.d_out)
        derivatives.append(dX)
    return tuple(derivatives)


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
