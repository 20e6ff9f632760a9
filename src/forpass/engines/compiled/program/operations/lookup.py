"""Look-up: of each table the row that a code says. Tables are buffers: nothing of them is trained.

Shapes: Y is (rows of the batch, stride), of which the columns from `begin` on belong to a table; a table is
(values with folds, width), without padding.
"""

from __future__ import annotations

from forpass.engines.compiled.kernels.movement import inside, place_in, row_number
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.types import I32
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """Write what is looked up side by side, table by table."""
    Y, begin = run.matrix(op.d_out), 0
    run.protect(op)
    shapes = {block.name: block.shape for block in run.program.buffers.blocks}
    for column, name in zip(op.columns, op.buffers, strict=True):
        count, width = shapes[name]
        run.by_rows(
            look_up,
            **run.examples.code_operands(column),
            S=run.buffers[name],
            count=count,
            Y=Y,
            stride=Y.stride,
            begin=begin,
            width=width,
        )
        begin += width
    return Y


def backward(op: Operation, run: Recording, dY: Matrix, needs: Needs) -> Derivatives:
    """Nothing below is trained."""
    return (None,)


def look_up(
    code: Code,
    column: Integer,
    row_stride: Integer,
    S: Reals,
    count: Integer,
    Y: Reals,
    stride: Integer,
    begin: Integer,
    width: Integer,
) -> None:
    """The columns of Y from `begin` on = the row of S that the code of row number i names."""
    codes = code.array(code.of_step("codes"), I32).at(column)
    with code.batch_rows() as i:
        row = S.at(inside(place_in(codes, row_number(code, i) * row_stride), count) * width)
        with code.loop(0, width) as j:
            Y[i * stride + begin + j] = row[j]
