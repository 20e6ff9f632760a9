"""Look-up: of each table the row that a code says. Here tables are buffers, of which nothing is trained.

Shapes: Y is (rows of the batch, stride), of which the columns from `begin` on belong to a table; a table is
(values with folds, width), without padding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forpass.engines.compiled.kernels.movement import inside, place_in, row_number
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.types import I32
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.spec.layout import ParameterLayout
from forpass.spec.operation import Operation

__all__ = ["backward", "forward", "write_looked_up"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """Write what is looked up side by side, table by table."""
    Y = run.matrix(op.d_out)
    write_looked_up(op, run, op.buffers, run.buffers, run.program.buffers, Y, 0)
    return Y


def write_looked_up(
    op: Operation,
    run: Recording,
    names: Sequence[str],
    tables: Mapping[str, Matrix],
    layout: ParameterLayout,
    Y: Matrix,
    begin: int,
) -> None:
    """Write into Y, from column `begin` on, of each named table the row that the code of its column says."""
    run.protect(op)
    shapes = {block.name: block.shape for block in layout.blocks}
    for column, name in zip(op.columns, names, strict=True):
        count, width = shapes[name]
        run.by_rows(
            look_up,
            **run.examples.code_operands(column),
            S=tables[name],
            count=count,
            Y=Y,
            stride=Y.stride,
            begin=begin,
            width=width,
        )
        begin += width


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
