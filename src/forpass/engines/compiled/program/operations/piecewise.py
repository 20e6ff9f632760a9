"""Piecewise linear numbers: for each a sum and a weight are looked up, z += C[b] + t V[b].

With b the bin of a number, t the share of it that lies below, and V = s m V the weights with their sizes,
C[b] is the sum of V over the bins of the column before b. On the way back H[b] gathers dz and T[b] gathers
t dz, row by row; G[b] is T[b] and the sum of H over the bins behind b. So a number costs two rows of V
however many bins there are, where a product with the shares of all bins takes one row for each.

Shapes: X is (rows of the batch, stride); V, C, G (bins, stride); bins and shares of the batch have a row for
each example and a column for each column that has bins.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forpass.engines.compiled.functions.formulas import bound
from forpass.engines.compiled.kernels.sizes import size_gradients, size_of
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Integers, Number, Reals, Words
from forpass.engines.compiled.language.places import Variable
from forpass.engines.compiled.language.sequences import folded
from forpass.engines.compiled.language.types import I32
from forpass.engines.compiled.language.values import Value, choose, constant, fma, spread
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import ROWS_OF_A_UNIT, Units
from forpass.maths.affine import sized
from forpass.maths.piecewise import bins_of, share
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]

LINES_OF_A_PANEL = 4
"""So many lines of a row of V are added up in registers while all columns are looked up."""


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """Before the passes C and the sizes of V; of each row first its bins and shares, then its sums."""
    bins = bins_of(op.edges, op.centres, run.arena.dtype)
    V, n_bins, n_columns = run.parameters[op.parameters[0]], len(bins.low), len(op.columns)
    sizes = {name: run.note(op, name, V.width, rows=n_bins) for name in ("C", "V")}
    start, total = (run.note(op, name, V.width, rows=1) for name in ("start", "total"))
    numbers = {name: run.numbers(getattr(bins, name)) for name in ("low", "width", "least", "most", "centre")}
    begins = run.numbers(bins.begins, "int64")
    prepare = instruction(
        sum_up_bins,
        Units.fixed(V.lines),
        V=V,
        **_size(op, run),
        C=sizes["C"],
        VS=sizes["V"],
        start=start,
        total=total,
        stride=V.stride,
        centre=numbers["centre"],
        begins=begins,
        n_columns=n_columns,
        scaled=len(op.parameters) == 2,
    )
    run.preparations.append(prepare)
    place = run.note(op, "place", n_columns, dtype="int32")
    t, Z = run.note(op, "share", n_columns), run.matrix(op.d_out)
    inner = _inner_edges(run, op)
    run.by_rows(
        locate,
        X=X,
        X_stride=X.stride,
        columns=run.numbers(np.array(op.columns), "int64"),
        begins=begins,
        n_columns=n_columns,
        inner=inner,
        inner_stride=inner.stride,
        low=numbers["low"],
        bin_width=numbers["width"],
        least_share=numbers["least"],
        most_share=numbers["most"],
        place=place,
        place_stride=place.stride,
        t=t,
        t_stride=t.stride,
    )
    shared = {"place": place, "place_stride": place.stride, "t": t, "t_stride": t.stride}
    run.by_rows(
        look_up, **shared, n_columns=n_columns, C=sizes["C"], V=sizes["V"], start=start, Z=Z, stride=Z.stride
    )
    return Z


def backward(op: Operation, run: Recording, dZ: Matrix, needs: Needs) -> Derivatives:
    """G in a phase of its own, line by line; after the passes dV and ds are made of it, bin by bin."""
    bins = bins_of(op.edges, op.centres, run.arena.dtype)
    place, t, V = run.noted(op, "place"), run.noted(op, "share"), op.parameters[0]
    n_bins, dV = len(bins.low), run.gradients[V]
    gathered = run.note(op, "gathered", 2 * n_bins * run.arena.lanes, rows=dZ.lines)
    run.by_columns(
        gather_by_bins,
        dZ.lines,
        dZ=dZ,
        stride=dZ.stride,
        place=place,
        place_stride=place.stride,
        t=t,
        t_stride=t.stride,
        gathered=gathered,
        gathered_stride=gathered.stride,
        n_bins=n_bins,
        centre=run.numbers(bins.centre),
        begins=run.numbers(bins.begins, "int64"),
        n_columns=len(op.columns),
        G=dV,
    )
    scaled = len(op.parameters) == 2
    size = instruction(
        size_gradients,
        Units.parts_of(n_bins, ROWS_OF_A_UNIT),
        G=dV,
        V=run.parameters[V],
        **_size(op, run),
        ds=run.gradients[op.parameters[1]] if scaled else dV,
        stride=dV.stride,
        width=dV.width,
        rows=n_bins,
        unit=ROWS_OF_A_UNIT,
        scaled=scaled,
    )
    run.gradient_instructions.append(size)
    return (None,)


def _size(op: Operation, run: Recording) -> dict[str, object]:
    """Where the sizes of bins are, and the multiplier."""
    return {"s": run.parameters[op.parameters[-1]], "multiplier": op.settings[0]}


def _inner_edges(run: Recording, op: Operation) -> Matrix:
    """The edges between two bins, a row for each column, filled up with what no number reaches."""
    most = max(len(edges) - 2 for edges in op.edges)
    rows = np.full((len(op.edges), -(-most // run.arena.lanes) * run.arena.lanes), np.inf)
    for row, edges in zip(rows, op.edges, strict=True):
        row[: len(edges) - 2] = edges[1:-1]
    return run.numbers(rows)


def sum_up_bins(
    code: Code,
    V: Reals,
    s: Reals,
    multiplier: Number,
    C: Reals,
    VS: Reals,
    start: Reals,
    total: Reals,
    stride: Integer,
    centre: Reals,
    begins: Integers,
    n_columns: Integer,
    *,
    scaled: bool,
) -> None:
    """VS = s m V, C the sum of VS over the bins before, start = -sum of centre VS. A unit is a line."""
    first, stop = code.begin * code.lanes, code.end * code.lanes
    with code.lines(first, stop) as j:
        start.set_line(j, 0.0)
    with code.loop(0, n_columns) as f:
        with code.lines(first, stop) as j:
            total.set_line(j, 0.0)
        with code.loop(begins[f], begins[f + 1]) as b:
            size, middle = size_of(code, s, b, scaled), centre[b]
            with code.lines(first, stop) as j:
                e = b * stride + j
                v, before = bound(sized)(V.line(e), size, multiplier), total.line(j)
                VS.set_line(e, v)
                C.set_line(e, before)
                total.set_line(j, before + v)
                start.set_line(j, start.line(j) - v * middle)


def locate(
    code: Code,
    X: Reals,
    X_stride: Integer,
    columns: Integers,
    begins: Integers,
    n_columns: Integer,
    inner: Reals,
    inner_stride: Integer,
    low: Reals,
    bin_width: Reals,
    least_share: Reals,
    most_share: Reals,
    place: Words,
    place_stride: Integer,
    t: Reals,
    t_stride: Integer,
) -> None:
    """Of each number its bin, counted through all columns, and the share of it that lies below.

    The edges below a number are counted by lines, which needs no decision and so none that is guessed wrong.
    """
    one, nothing = (spread(constant(code.writer, k, I32), code.lanes) for k in (1, 0))
    with code.batch_rows() as i, code.loop(0, n_columns) as f:
        x, edges = X[i * X_stride + columns[f]], inner.at(f * inner_stride)
        count = Variable(nothing)
        with code.lines(0, inner_stride) as e:
            count.value = count.value + choose(edges.line(e) <= spread(x, code.lanes), one, nothing)
        b = begins[f] + folded(count.value, lambda a, b: a + b).wide()
        place[i * place_stride + f] = b.narrow()
        t[i * t_stride + f] = bound(share)(x, low[b], bin_width[b], least_share[b], most_share[b])


def look_up(
    code: Code,
    place: Words,
    place_stride: Integer,
    t: Reals,
    t_stride: Integer,
    n_columns: Integer,
    C: Reals,
    V: Reals,
    start: Reals,
    Z: Reals,
    stride: Integer,
) -> None:
    """Z = start + the sum over columns of C[b] + t V[b]."""
    with code.batch_rows() as i:
        bins, shares = place.at(i * place_stride), t.at(i * t_stride)

        def panel(j: Value, lines: int) -> None:
            places = [j + k * code.lanes for k in range(lines)]
            sums = [Variable(start.line(e)) for e in places]
            with code.loop(0, n_columns) as f:
                row, x = bins[f].wide() * stride, shares[f]
                for total, e in zip(sums, places, strict=True):
                    looked_up = fma(spread(x, code.lanes), V.line(row + e), C.line(row + e))
                    total.value = total.value + looked_up
            for total, e in zip(sums, places, strict=True):
                Z.set_line(i * stride + e, total.value)

        _in_panels(code, stride, panel)


def _in_panels(code: Code, stride: Value, panel: Callable[[Value, int], None]) -> None:
    """Write loops over the lines of a row: several at once, and what is left one by one."""
    wide = LINES_OF_A_PANEL * code.lanes
    with code.loop(0, stride - (wide - 1), wide) as j:
        panel(j, LINES_OF_A_PANEL)
    with code.lines(stride - stride % wide, stride) as j:
        panel(j, 1)


def gather_by_bins(
    code: Code,
    dZ: Reals,
    stride: Integer,
    place: Words,
    place_stride: Integer,
    t: Reals,
    t_stride: Integer,
    gathered: Reals,
    gathered_stride: Integer,
    n_bins: Integer,
    centre: Reals,
    begins: Integers,
    n_columns: Integer,
    G: Reals,
) -> None:
    """G = shares^T dZ, by way of H and T. A unit is a line of columns, whose H and T lie side by side."""
    pair = 2 * code.lanes
    with code.loop(code.begin, code.end) as unit:
        j, HT = unit * code.lanes, gathered.at(unit * gathered_stride)
        with code.lines(0, n_bins * pair) as e:
            HT.set_line(e, 0.0)
        total = Variable(code.line(0.0))
        with code.loop(0, code.rows) as i:
            dz = dZ.line(i * stride + j)
            total.value = total.value + dz
            with code.loop(0, n_columns) as f:
                H = HT.at(place[i * place_stride + f].wide() * pair)
                x = spread(t[i * t_stride + f], code.lanes)
                H.set_line(0, H.line(0) + dz)
                H.set_line(code.lanes, fma(x, dz, H.line(code.lanes)))
        _sum_behind(code, HT, pair, total, centre, begins, n_columns, G.at(j), stride)


def _sum_behind(
    code: Code,
    HT: Reals,
    pair: int,
    total: Variable,
    centre: Reals,
    begins: Integers,
    n_columns: Value,
    G: Reals,
    stride: Value,
) -> None:
    """G[b] = T[b] + the sum of H over the column's bins behind b - centre of b times the sum of all dz."""
    with code.loop(0, n_columns) as f:
        behind = Variable(code.line(0.0))
        first, stop = begins[f], begins[f + 1]
        with code.loop(0, stop - first) as k:
            b = stop - 1 - k
            H = HT.at(b * pair)
            middle = spread(centre[b], code.lanes)
            G.set_line(b * stride, H.line(code.lanes) + behind.value - middle * total.value)
            behind.value = behind.value + H.line(0)
