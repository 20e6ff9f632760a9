"""Columnwise functions: A = f(Z, p), elementwise, with trained numbers p of each column.

Shapes: Z, A and their derivatives are (rows of the batch, stride), of which the first `width` columns mean
something; each p, its gradient, and a setting, which is a row of one number, are (stride,).
"""

from __future__ import annotations

import numpy as np

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.values import Value, choose, least, spread
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.operation import Operation

__all__ = ["backward", "forward", "inside", "rows_read"]


def forward(op: Operation, run: Recording, Z: Matrix) -> Matrix:
    """Write over Z where nobody reads it afterwards; leave slopes to the way back where all comes at once."""
    record, rows = COLUMNWISE[op.function], {"stride": Z.stride, "rows": rows_read(op, run)}
    kept = run.learns and _has_slopes(op)
    run.keep({"Z": op.source, "A": op.target}[letter] for letter in record.reads if not kept)
    A = Z if run.overwrites(op) else run.matrix(op.d_out)
    if kept:
        S = run.note(op, "slopes", (1 + len(op.parameters)) * Z.stride)
        given = {"Z": Z, "A": A, "S": S, "S_stride": S.stride}
        run.by_rows(columnwise_with_slopes, **given, **rows, function=record.with_slopes)
    else:
        run.by_rows(columnwise_forward, Z=Z, A=A, **rows, function=record.function)
    return A


def backward(op: Operation, run: Recording, dA: Matrix, needs: Needs) -> Derivatives:
    """Write dZ over dA, and sums of each dp over a unit's rows; after the passes these are added up.

    So f' is computed once, and sums do not depend on how many threads there are: a unit's rows are added up
    in one order, and then the units.
    """
    record, n_trained = COLUMNWISE[op.function], len(op.parameters)
    sums = run.note(op, "sums", n_trained * dA.stride, rows=-(-run.capacity // run.arena.lanes))
    given = {"dA": dA, "dZ": dA, "stride": dA.stride, "sums": sums, "sums_stride": sums.stride}
    if _has_slopes(op):
        S = run.noted(op, "slopes")
        run.by_rows(times_slopes, S=S, S_stride=S.stride, **given, n_trained=n_trained)
    else:
        run.by_rows(
            columnwise_backward,
            Z=run.outputs[op.source],
            A=run.outputs[op.target],
            **given,
            width=op.d_out,
            rows=rows_read(op, run),
            vjp=record.vjp,
            n_trained=n_trained,
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


def _has_slopes(op: Operation) -> bool:
    """Whether value and slopes come at once, and slopes are finite at 0, where padding is."""
    record, zero = COLUMNWISE[op.function], np.zeros(1)
    if record.with_slopes is None:
        return False
    with np.errstate(all="ignore"):
        return bool(np.isfinite(record.with_slopes(zero, *(zero for _ in op.parameters), *op.settings)).all())


def rows_read(op: Operation, run: Recording) -> tuple[Matrix, ...]:
    """What the formula takes beside Z: the trained rows, and for each setting a row filled with it."""
    trained = (run.parameters[name] for name in op.parameters)
    return (*trained, *(run.constant(setting, op.d_out) for setting in op.settings))


def columnwise_forward(
    code: Code, Z: Reals, A: Reals, stride: Integer, *rows: Reals, function: Formula
) -> None:
    """A = f(Z, p)."""
    with code.batch_rows() as i:

        def write(j: Value, lanes: int) -> None:
            e = i * stride + j
            A.set_line(e, bound(function)(Z.line(e, lanes), *(row.line(j, lanes) for row in rows)))

        code.pairs_of_lines(0, stride, write)


def columnwise_with_slopes(
    code: Code,
    Z: Reals,
    A: Reals,
    stride: Integer,
    S: Reals,
    S_stride: Integer,
    *rows: Reals,
    function: Formula,
) -> None:
    """A = f(Z, p); and its derivatives by z and by each p, side by side in S."""
    with code.batch_rows() as i:

        def write(j: Value, lanes: int) -> None:
            value, *slopes = bound(function)(
                Z.line(i * stride + j, lanes), *(row.line(j, lanes) for row in rows)
            )
            A.set_line(i * stride + j, value)
            for k, slope in enumerate(slopes):
                S.set_line(i * S_stride + stride * k + j, slope)

        code.pairs_of_lines(0, stride, write)


def times_slopes(
    code: Code,
    dA: Reals,
    S: Reals,
    S_stride: Integer,
    dZ: Reals,
    stride: Integer,
    sums: Reals,
    sums_stride: Integer,
    *,
    n_trained: int,
) -> None:
    """dZ = dA times the slope by z; and for each p the sum of dA times its slope over each unit's rows."""
    with code.loop(code.begin, code.end) as unit, code.lines(0, stride) as j:
        first = unit * code.lanes
        totals = [code.variable(code.line(0.0)) for _ in range(n_trained)]
        with code.loop(first, least(first + code.lanes, code.rows)) as i:
            da = dA.line(i * stride + j)
            by_z, *by_p = (S.line(i * S_stride + stride * k + j) for k in range(1 + n_trained))
            dZ.set_line(i * stride + j, da * by_z)
            for total, slope in zip(totals, by_p, strict=True):
                total.value = total.value + da * slope
        for k, total in enumerate(totals):
            sums.set_line(unit * sums_stride + stride * k + j, total.value)


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
    with code.loop(code.begin, code.end) as unit:
        first = unit * code.lanes

        def write(j: Value, lanes: int) -> None:
            within = inside(code, j, width, lanes)
            values = [row.line(j, lanes) for row in rows]
            totals = [code.variable(spread(code.number(0.0), lanes)) for _ in range(n_trained)]
            with code.loop(first, least(first + code.lanes, code.rows)) as i:
                e = i * stride + j
                dz, *dps = bound(vjp)(dA.line(e, lanes), Z.line(e, lanes), A.line(e, lanes), *values)
                dZ.set_line(e, choose(within, dz, 0.0))
                for total, dp in zip(totals, dps, strict=True):
                    total.value = total.value + choose(within, dp, 0.0)
            for k, total in enumerate(totals):
                sums.set_line(unit * sums_stride + stride * k + j, total.value)

        code.pairs_of_lines(0, stride, write)


def inside(code: Code, j: Value, width: Value, lanes: int) -> Value:
    """Which of the numbers from column j on lie inside the width."""
    return code.lane_numbers(lanes) < spread((width - j).narrow(), lanes)


def add_up_units(code: Code, sums: Reals, sums_stride: Integer, dp: Reals) -> None:
    """dp = the sum over all units, from the first to the last. A unit of this kernel is a line of columns."""
    n_units = (code.rows + (code.lanes - 1)) / code.lanes
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        total = code.variable(code.line(0.0))
        with code.loop(0, n_units) as unit:
            total.value = total.value + sums.line(unit * sums_stride + j)
        dp.set_line(j, total.value)
