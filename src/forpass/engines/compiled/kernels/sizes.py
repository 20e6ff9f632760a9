"""Kernels that give weights the size of what they weigh, and take their gradients back from there.

A row of weights W belongs to an input or a bin. All of them have the layer's multiplier, and where `scaled`
each has a trained size of its own besides.

Shapes: V, W, S, G (rows, stride); s, ds (rows,). A unit is so many rows as its operand says.
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals
from forpass.engines.compiled.language.places import Variable
from forpass.engines.compiled.language.sequences import folded
from forpass.engines.compiled.language.values import Value, choose, least, spread
from forpass.maths.affine import sized

__all__ = ["scale_rows", "size_gradients", "size_of", "size_rows"]


def size_of(code: Code, s: Reals, row: Value, scaled: bool) -> Value:
    """The size of a row: 1 where there are none."""
    return s[row] if scaled else code.number(1.0)


def scale_rows(
    code: Code,
    W: Reals,
    S: Reals,
    stride: Integer,
    rows: Integer,
    unit: Integer,
    multiplier: Number,
    *,
    function: Formula,
) -> None:
    """S = m W, elementwise."""
    with code.lines(code.begin * unit * stride, least(code.end * unit, rows) * stride) as e:
        S.set_line(e, bound(function)(W.line(e), multiplier))


def size_rows(
    code: Code,
    W: Reals,
    S: Reals,
    stride: Integer,
    rows: Integer,
    unit: Integer,
    s: Reals,
    multiplier: Number,
) -> None:
    """S = s m W, of each row its own s."""
    with code.loop(code.begin * unit, least(code.end * unit, rows)) as row:
        size = s[row]
        with code.lines(0, stride) as j:
            e = row * stride + j
            S.set_line(e, bound(sized)(W.line(e), size, multiplier))


def size_gradients(
    code: Code,
    G: Reals,
    V: Reals,
    s: Reals,
    multiplier: Number,
    ds: Reals,
    stride: Integer,
    width: Integer,
    rows: Integer,
    unit: Integer,
    *,
    scaled: bool,
) -> None:
    """dV = s m G, written over G; ds = m times the row sums of V G."""
    with code.loop(code.begin * unit, least(code.end * unit, rows)) as row:
        size, total = size_of(code, s, row, scaled), Variable(code.line(0.0))
        with code.lines(0, stride) as j:
            e = row * stride + j
            g = G.line(e)
            if scaled:
                inside = code.lane_numbers() < spread((width - j).narrow(), code.lanes)
                total.value = total.value + choose(inside, V.line(e) * g, 0.0)
            G.set_line(e, bound(sized)(g, size, multiplier))
        if scaled:
            ds[row] = multiplier * folded(total.value, lambda a, b: a + b)
