"""Embedding: beside the numbers, a learnt row for each code.

Shapes: X and dX are (rows of the batch, stride), of which the columns from `begin` on belong to an E; E and
dE are (codes, width), without padding.
"""

from __future__ import annotations

from forpass.engines.compiled.kernels.movement import inside, place_in, row_number
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.types import I32
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.operations.lookup import write_looked_up
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """Write beside the numbers, into rows that are wide enough if nobody else reads the numbers."""
    if X.width != op.d_out:
        Y = run.matrix(op.d_out)
        run.copy_columns(X, 0, Y, 0, op.d_in)
        X = Y
    write_looked_up(op, run, op.parameters, run.parameters, run.program.parameters, X, op.d_in)
    return X


def backward(op: Operation, run: Recording, dX: Matrix, needs: Needs) -> Derivatives:
    """After the passes each dE is summed; the numbers need no derivative."""
    begin = op.d_in
    for column, name in zip(op.columns, op.parameters, strict=True):
        dE, (count, width) = run.gradients[name], _shape(run, name)
        add = instruction(
            add_embedded,
            Units.fixed(1),
            **run.examples.code_operands(column),
            dE=dE,
            size=dE.stride,
            count=count,
            dX=dX,
            stride=dX.stride,
            begin=begin,
            width=width,
        )
        run.gradient_instructions.append(add)
        begin += width
    return (None,)


def _shape(run: Recording, name: str) -> tuple[int, int]:
    """How many codes an E has, and how wide their rows are."""
    count, width = next(block.shape for block in run.program.parameters.blocks if block.name == name)
    return count, width


def add_embedded(
    code: Code,
    column: Integer,
    row_stride: Integer,
    dE: Reals,
    size: Integer,
    count: Integer,
    dX: Reals,
    stride: Integer,
    begin: Integer,
    width: Integer,
) -> None:
    """dE = 0, and to its rows are added the rows of dX whose codes name them, in row order. One unit."""
    with code.lines(0, size) as e:
        dE.set_line(e, 0.0)
    codes = code.array(code.of_step("codes"), I32).at(column)
    with code.loop(0, code.rows) as i:
        row = dE.at(inside(place_in(codes, row_number(code, i) * row_stride), count) * width)
        with code.loop(0, width) as j:
            row[j] = row[j] + dX[i * stride + begin + j]
