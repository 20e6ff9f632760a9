"""Concatenation: the columns of some buffers side by side, Z = [X, Y, ...]. Nothing is computed."""

from __future__ import annotations

from itertools import accumulate

from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, *sources: Matrix) -> Matrix:
    """Copy the columns of each source to their place."""
    Z = run.matrix(op.d_out)
    run.protect(op)
    for X, begin, width in zip(sources, _begins(op), op.d_ins, strict=True):
        run.copy_columns(X, 0, Z, begin, width)
    return Z


def backward(op: Operation, run: Recording, dZ: Matrix, needs: Needs) -> Derivatives:
    """Copy the columns of each source that needs them to a matrix of its own."""
    derivatives: list[Matrix | None] = []
    for begin, width, need in zip(_begins(op), op.d_ins, needs, strict=True):
        dX = run.matrix(width) if need else None
        if dX is not None:
            run.copy_columns(dZ, begin, dX, 0, width)
        derivatives.append(dX)
    return tuple(derivatives)


def _begins(op: Operation) -> list[int]:
    """Where the columns of each source begin."""
    return list(accumulate(op.d_ins[:-1], initial=0))
