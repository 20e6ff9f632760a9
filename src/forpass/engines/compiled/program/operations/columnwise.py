"""Columnwise functions: A = f(Z, p), elementwise, with trained numbers p of each column.

Shapes: Z, A and their derivatives are (rows of the batch, stride), of which the first `width` columns mean
something; each p, its gradient, and a setting, which is a row of one number, are (stride,).
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.values import choose, least, spread
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, Z: Matrix) -> Matrix:
    """Write over Z where nobody reads it afterwards."""
    record = COLUMNWISE[op.function]
    run.keep({"Z": op.source, "A": op.target}[letter] for letter in record.reads)
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    run.by_rows(columnwise_forward, Z=Z, A=A, stride=Z.stride, rows=_rows(op, run), function=record.function)
    return A


def backward(op: Operation, run: Recording, dA: Matrix, needs: Needs) -> Derivatives:
    """Write dZ over dA, and sums of each dp over a unit's rows; after the passes these are added up.

    So f' is computed once, and sums do not depend on how many threads there are: a unit's rows are added up
    in one order, and then the units.
    """
    record = COLUMNWISE[op.function]
    sums = run.note(op, "sums", len(op.parameters) * dA.stride, rows=-(-run.capacity // run.arena.lanes))
    run.by_rows(
        columnwise_backward,
        dA=dA,
        Z=run.outputs[op.source],
        A=run.outputs[op.target],
        dZ=dA,
        stride=dA.stride,
        sums=sums,
        sums_stride=sums.stride,
        width=op.d_out,
        rows=_rows(op, run),
        vjp=record.vjp,
        n_trained=len(op.parameters),
    )
    for k, name in enumerate(op.parameters):
        total = instruction(
            add_up_units,
            Units.fixed(dA.lines),
            sums=sums.beginning_at(k * dA.stride),
            sums_stride=sums.stride,
            dp=run.gradients[name],
        )
        run.gradient_instructions.append(total)
    return (dA,)


def _rows(op: Operation, run: Recording) -> tuple[Matrix, ...]:
    """What the formula takes beside Z: the trained rows, and for each setting a row filled with it."""
    trained = (run.parameters[name] for name in op.parameters)
    return (*trained, *(run.constant(setting, op.d_out) for setting in op.settings))


def columnwise_forward(
    code: Code, Z: Reals, A: Reals, stride: Integer, *rows: Reals, function: Formula
) -> None:
    """A = f(Z, p)."""
    with code.batch_rows() as i, code.lines(0, stride) as j:
        e = i * stride + j
        A.set_line(e, bound(function)(Z.line(e), *(row.line(j) for row in rows)))


def columnwise_backward(
    code: Code,
    dA: Reals,
    Z: Reals,
    A: Reals,
    dZ: Reals,
    stride: Integer,
    sums: Reals,
    sums_stride: Integer,
    width: Integer,
    *rows: Reals,
    vjp: Formula,
    n_trained: int,
) -> None:
    """dZ from dA; and for each p the sum of dp over the rows of each unit, side by side.

    Beyond the width there are zeros, whatever the formula makes of what pads the rows.
    """
    with code.loop(code.begin, code.end) as unit, code.lines(0, stride) as j:
        first = unit * code.lanes
        inside = code.lane_numbers() < spread((width - j).narrow(), code.lanes)
        values = [row.line(j) for row in rows]
        totals = [code.variable(code.line(0.0)) for _ in range(n_trained)]
        with code.loop(first, least(first + code.lanes, code.rows)) as i:
            e = i * stride + j
            dz, *dps = bound(vjp)(dA.line(e), Z.line(e), A.line(e), *values)
            dZ.set_line(e, choose(inside, dz, 0.0))
            for total, dp in zip(totals, dps, strict=True):
                total.value = total.value + choose(inside, dp, 0.0)
        for k, total in enumerate(totals):
            sums.set_line(unit * sums_stride + stride * k + j, total.value)


def add_up_units(code: Code, sums: Reals, sums_stride: Integer, dp: Reals) -> None:
    """dp = the sum over all units, from the first to the last. A unit of this kernel is a line of columns."""
    n_units = (code.rows + (code.lanes - 1)) / code.lanes
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        total = code.variable(code.line(0.0))
        with code.loop(0, n_units) as unit:
            total.value = total.value + sums.line(unit * sums_stride + j)
        dp.set_line(j, total.value)
