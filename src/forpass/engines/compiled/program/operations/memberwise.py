"""Columnwise functions of each member: A = f(Z, p[m]), elementwise, in the rows of member m.

Row i of the batch is one of member i % members. Shapes: Z, A and their derivatives are (rows of the batch,
stride), of which the first `width` columns mean something; each p and its gradient are (members, stride).
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.values import Value, choose
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.operations.columnwise import inside, rows_read
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, Z: Matrix) -> Matrix:
    """Write over Z where nobody reads it afterwards."""
    record = COLUMNWISE[op.function]
    run.keep({"Z": op.source, "A": op.target}[letter] for letter in record.reads)
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    run.by_rows(
        memberwise_forward,
        Z=Z,
        A=A,
        stride=Z.stride,
        members=run.program.members,
        rows=rows_read(op, run),
        function=record.function,
        n_trained=len(op.parameters),
    )
    return A


def backward(op: Operation, run: Recording, dA: Matrix, needs: Needs) -> Derivatives:
    """Write dZ over dA, and sums of each dp over a member's rows: a phase whose units are members.

    So a sum is added up in one order, whoever does it.
    """
    record = COLUMNWISE[op.function]
    run.by_columns(
        memberwise_backward,
        run.program.members,
        dA=dA,
        Z=run.outputs[op.source],
        A=run.outputs[op.target],
        dZ=dA,
        stride=dA.stride,
        width=op.d_out,
        members=run.program.members,
        rows=(*rows_read(op, run), *(run.gradients[name] for name in op.parameters)),
        vjp=record.vjp,
        n_trained=len(op.parameters),
    )
    return (dA,)


def memberwise_forward(
    code: Code,
    Z: Reals,
    A: Reals,
    stride: Integer,
    members: Integer,
    *rows: Reals,
    function: Formula,
    n_trained: int,
) -> None:
    """A = f(Z, p[m])."""
    with code.batch_rows() as i:
        own = _of_member(rows, i % members * stride, n_trained)

        def write(j: Value, lanes: int) -> None:
            e = i * stride + j
            A.set_line(e, bound(function)(Z.line(e, lanes), *(row.line(j, lanes) for row in own)))

        code.pairs_of_lines(0, stride, write)


def memberwise_backward(
    code: Code,
    dA: Reals,
    Z: Reals,
    A: Reals,
    dZ: Reals,
    stride: Integer,
    width: Integer,
    members: Integer,
    *rows: Reals,
    vjp: Formula,
    n_trained: int,
) -> None:
    """dZ from dA; and for each p[m] the sum of dp over the rows of member m. A unit is a member.

    Beyond the width there are zeros, whatever the formula makes of what pads the rows.
    """
    n_given = len(rows) - n_trained
    with code.loop(code.begin, code.end) as m:
        own, sums = _of_member(rows[:n_given], m * stride, n_trained), rows[n_given:]
        with code.lines(0, stride) as j:
            for total in sums:
                total.set_line(m * stride + j, 0.0)
        with code.loop(0, (code.rows - m + (members - 1)) / members) as place:
            begin = (place * members + m) * stride

            def write(j: Value, lanes: int, begin: Value = begin) -> None:
                e, there = begin + j, inside(code, j, width, lanes)
                values = (row.line(j, lanes) for row in own)
                dz, *dps = bound(vjp)(dA.line(e, lanes), Z.line(e, lanes), A.line(e, lanes), *values)
                dZ.set_line(e, choose(there, dz, 0.0))
                for total, dp in zip(sums, dps, strict=True):
                    at = m * stride + j
                    total.set_line(at, total.line(at, lanes) + choose(there, dp, 0.0))

            code.pairs_of_lines(0, stride, write)


def _of_member(rows: tuple[Reals, ...], begin: Value, n_trained: int) -> list[Reals]:
    """A member's own of the trained rows, and the settings, which are those of all."""
    return [row.at(begin) if number < n_trained else row for number, row in enumerate(rows)]
