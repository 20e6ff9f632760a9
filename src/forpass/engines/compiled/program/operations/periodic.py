"""Periodic: weighted sums of cosines, and of sines where there are no phases, of each number.

Lanes are rows of the batch, so that nothing is summed across them before a column's gradient is complete; for
that numbers and derivatives are laid with their rows side by side, a line for each column. Cosines and sines
are kept for the way back.

Shapes: X, Y, dY are (rows of the batch, stride); w, b (columns, F), V (columns, H, m), c (columns, m), all
without padding; kept waves are (columns F, rows of the batch), and so are transposed numbers and derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.engines.compiled.functions.formulas import bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Integers, Reals
from forpass.engines.compiled.language.places import Variable
from forpass.engines.compiled.language.sequences import folded
from forpass.engines.compiled.language.values import Value, choose
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix, padded
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.maths.periodic import angle, angle_vjp, waves, waves_vjp
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """Keep numbers and waves, their rows side by side, where the way back will want them."""
    shape, Y = _shape(op, run), run.matrix(op.d_out)
    run.protect(op)
    rows, F = padded(run.capacity, run.arena.lanes), shape["frequencies"]
    kept = run.learns
    notes = {
        "XT": run.note(op, "X^T", rows if kept else 1, rows=len(op.columns)),
        "cosines": run.note(op, "cosines", rows if kept else 1, rows=len(op.columns) * F),
        "sines": run.note(op, "sines", rows if kept else 1, rows=len(op.columns) * F),
    }
    run.by_rows(
        mix_waves,
        X=X,
        X_stride=X.stride,
        columns=run.numbers(np.array(op.columns), "int64"),
        n_columns=len(op.columns),
        **shape,
        **_blocks(op, run.parameters),
        **notes,
        kept_stride=notes["XT"].stride,
        Y=Y,
        stride=Y.stride,
        **_choices(op),
        kept=kept,
    )
    return Y


def backward(op: Operation, run: Recording, dY: Matrix, needs: Needs) -> Derivatives:
    """Lay the rows of dY side by side; after the passes all gradients of a column are made at once."""
    XT, made = run.noted(op, "X^T"), run.note(op, "dY^T", run.noted(op, "X^T").width, rows=op.d_out)
    run.by_rows(rows_side_by_side, dY=dY, stride=dY.stride, width=op.d_out, dYT=made, kept_stride=made.stride)
    gradients = {f"d{name}": matrix for name, matrix in _blocks(op, run.gradients).items()}
    mix_back = instruction(
        waves_back,
        Units.fixed(len(op.columns)),
        XT=XT,
        cosines=run.noted(op, "cosines"),
        sines=run.noted(op, "sines"),
        dYT=made,
        kept_stride=made.stride,
        **_shape(op, run),
        w=run.parameters[op.parameters[0]],
        V=run.parameters[op.parameters[-2]],
        **gradients,
        **_choices(op),
    )
    run.gradient_instructions.append(mix_back)
    return (None,)


def _shape(op: Operation, run: Recording) -> dict[str, int]:
    """How many frequencies a column has."""
    blocks = {block.name: block.shape for block in run.program.parameters.blocks}
    return {"frequencies": blocks[op.parameters[0]][1]}


def _blocks(op: Operation, blocks: Any) -> dict[str, Matrix]:
    """Blocks by their letters; where there are no phases the frequencies stand for them, and are not read."""
    w, *_, V, c = op.parameters
    b = op.parameters[1] if len(op.parameters) == 4 else w
    return {letter: blocks[name] for letter, name in (("w", w), ("b", b), ("V", V), ("c", c))}


def _choices(op: Operation) -> dict[str, Any]:
    """How many numbers are made of each, and whether cosines have phases."""
    return {"made": op.d_out // len(op.columns), "phases": len(op.parameters) == 4}


def mix_waves(
    code: Code,
    X: Reals,
    X_stride: Integer,
    columns: Integers,
    n_columns: Integer,
    frequencies: Integer,
    w: Reals,
    b: Reals,
    V: Reals,
    c: Reals,
    XT: Reals,
    cosines: Reals,
    sines: Reals,
    kept_stride: Integer,
    Y: Reals,
    stride: Integer,
    *,
    made: int,
    phases: bool,
    kept: bool,
) -> None:
    """Y = the sums of waves, for the rows of a unit at once; with phases sines are only kept."""
    lanes, n_waves = code.lanes, frequencies if phases else 2 * frequencies
    with code.loop(code.begin, code.end) as unit, code.loop(0, n_columns) as f:
        first, aside = unit * lanes, code.scratch
        with code.loop(0, lanes) as r:
            aside[r] = X[(first + r) * X_stride + columns[f]]
        x, weights = aside.line(0), V.at(f * n_waves * made)
        if kept:
            XT.set_line(f * kept_stride + first, x)
        sums = [Variable(code.line(c[f * made + o])) for o in range(made)]
        with code.loop(0, frequencies) as h:
            wave = f * frequencies + h
            shift = b[wave] if phases else code.number(0.0)
            cosine, sine = bound(waves)(bound(angle)(x, w[wave], shift))
            if kept:
                cosines.set_line(wave * kept_stride + first, cosine)
                sines.set_line(wave * kept_stride + first, sine)
            for o, total in enumerate(sums):
                total.value = total.value + cosine * weights[h * made + o]
                if not phases:
                    total.value = total.value + sine * weights[(frequencies + h) * made + o]
        for o, total in enumerate(sums):
            aside.set_line(0, total.value)
            with code.loop(0, lanes) as r:
                Y[(first + r) * stride + f * made + o] = aside[r]


def rows_side_by_side(
    code: Code, dY: Reals, stride: Integer, width: Integer, dYT: Reals, kept_stride: Integer
) -> None:
    """dYT = dY transposed, with 0 for rows that are not in the batch."""
    with code.loop(code.begin, code.end) as unit, code.loop(0, width) as j:
        first = unit * code.lanes
        with code.loop(first, first + code.lanes) as i:
            number = dY[i * stride + j]
            dYT[j * kept_stride + i] = choose(i < code.rows, number, code.number(0.0))


def waves_back(
    code: Code,
    XT: Reals,
    cosines: Reals,
    sines: Reals,
    dYT: Reals,
    kept_stride: Integer,
    frequencies: Integer,
    w: Reals,
    V: Reals,
    dw: Reals,
    db: Reals,
    dV: Reals,
    dc: Reals,
    *,
    made: int,
    phases: bool,
) -> None:
    """dw, db, dV and dc of the columns of a share, wave by wave. A unit is a column."""
    n_waves = frequencies if phases else 2 * frequencies
    with code.loop(code.begin, code.end) as f:
        dy = [dYT.at((f * made + o) * kept_stride) for o in range(made)]
        weights, dweights = V.at(f * n_waves * made), dV.at(f * n_waves * made)
        for o in range(made):
            total = Variable(code.line(0.0))
            with code.lines(0, code.rows) as i:
                total.value = total.value + dy[o].line(i)
            dc[f * made + o] = _added(total)
        with code.loop(0, frequencies) as h:
            wave = f * frequencies + h
            ends = [h] if phases else [h, frequencies + h]
            lines = [A.at(wave * kept_stride) for A in (cosines, sines)]
            back, turned = Variable(code.line(0.0)), Variable(code.line(0.0))
            mixed = [[Variable(code.line(0.0)) for _ in range(made)] for _ in ends]
            with code.lines(0, code.rows) as i:
                values = [A.line(i) for A in lines]
                d_waves = []
                for value, end, totals in zip(values, ends, mixed, strict=False):
                    slope = code.line(0.0)
                    for o, total in enumerate(totals):
                        line = dy[o].line(i)
                        slope = slope + line * weights[end * made + o]
                        total.value = total.value + line * value
                    d_waves.append(slope)
                d_sine = code.line(0.0) if phases else d_waves[1]
                du = bound(waves_vjp)(d_waves[0], d_sine, *values)
                back.value = back.value + bound(angle_vjp)(du, XT.line(f * kept_stride + i), w[wave])[1]
                turned.value = turned.value + du
            dw[wave] = _added(back)
            if phases:
                db[wave] = _added(turned)
            for end, totals in zip(ends, mixed, strict=True):
                for o, total in enumerate(totals):
                    dweights[end * made + o] = _added(total)


def _added(total: Variable) -> Value:
    return folded(total.value, lambda a, b: a + b)
