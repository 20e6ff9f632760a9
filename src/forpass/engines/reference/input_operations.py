"""The operations that read the inputs, forward beside backward; see `operations` for what these are.

In shapes n is the number of rows in the batch and d that of numerical inputs.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from forpass.engines.reference.working import Pass
from forpass.maths.affine import affine, affine_vjp, sized
from forpass.maths.embeddings import embed, embed_vjp
from forpass.maths.periodic import TWO_PI, angle, angle_vjp, interleaved, waves, waves_vjp
from forpass.maths.piecewise import BinLayout, bins_of, centred, piecewise, piecewise_vjp, share, share_slope
from forpass.maths.xp import column_sum, gather_rows, row_sum
from forpass.spec.operation import Operation

__all__ = [
    "embed_backward",
    "embed_forward",
    "lookup_backward",
    "lookup_forward",
    "periodic_backward",
    "periodic_forward",
    "piecewise_backward",
    "piecewise_forward",
]


# -- embedding -------------------------------------------------------------------------------------
def embed_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Y = [X, E1[codes], E2[codes], ...]: beside the numbers, a row of each E for each code.

    X (n, d), E (size, dimension) for each of c categorical columns -> Y (n, d + c dimension).
    """
    codes = run.batch.codes
    assert codes is not None
    run.reads(op, *run.names(op), "codes", *op.parameters, how="looked up", columns=op.columns)
    rows = [embed(E, codes[:, column]) for column, E in zip(op.columns, run.values(op), strict=True)]
    return np.concatenate([X, *rows], axis=1)


def embed_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """dE[code] = the sum of dY's columns for E over the rows of that code; dX = dY's first d columns.

    dY (n, d + c dimension) -> dX (n, d), and dE (size, dimension) for each categorical column.
    """
    codes, dy = run.batch.codes, f"d{op.output}"
    assert codes is not None
    begin = op.d_in
    for column, name, E in zip(op.columns, op.parameters, run.values(op), strict=True):
        dE = embed_vjp(dY[:, begin : begin + E.shape[1]], codes[:, column], E.shape[0])
        own = (column, *range(begin, begin + E.shape[1]))
        run.gradient(op, name, dE, f"sum of {dy} by code", dy, "codes", how="by code", columns=own)
        begin += E.shape[1]
    run.back(op, 0, f"{dy}[:, :{op.d_in}]", dy, how="beside", columns=range(op.d_in))
    return (dY[:, : op.d_in],)


# -- periodic --------------------------------------------------------------------------------------
def periodic_forward(op: Operation, run: Pass, X: Any) -> Any:
    """y_fo = sum_h V_fho cos(2 pi w_fh x_f + b_fh) + c_fo; without phases b is 0, and sines stand beside.

    X (n, d), w, b (columns, F), V (columns H, m), c (columns, m) -> Y (n, columns m); H is F, with sines 2 F.
    """
    (x,), (w, *phase, V, c), angles = run.names(op), run.values(op), f"{op.output}.angles"
    named, read = " + ".join([f"2 pi {op.parameters[0]} {x}", *op.parameters[1:-2]]), op.parameters[:-2]
    U = angle(X[:, list(op.columns)][:, :, None], w, phase[0] if phase else np.zeros_like(w))
    U, own = U.reshape(len(X), -1), op.columns_of_waves(w.shape[1])
    U = run.note(op, "angles", U, named, x, *read, how="encoded", columns=own)
    cos, sin = waves(U)
    C = cos = run.note(op, "cos", cos, f"cos({angles})", angles)
    if not phase:
        sin = run.note(op, "sin", sin, f"sin({angles})", angles)
        both, places = (f"{op.output}.cos", f"{op.output}.sin"), interleaved(*w.shape)
        C = np.concatenate([cos, sin], axis=1)[:, list(places)]
        C = run.note(op, "waves", C, "[cos, sin], column by column", *both, how="beside", columns=places)
    (V_name, c_name), wave = op.parameters[-2:], _wave(op)
    run.reads(op, wave, V_name, c_name, how="mixed", formula=f"{wave} {V_name} + {c_name}, column by column")
    parts = zip(np.split(C, len(w), axis=1), np.split(V, len(w)), c, strict=True)
    return np.concatenate([affine(C_f, V_f, c_f) for C_f, V_f, c_f in parts], axis=1)


def periodic_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """du = -sin(u) dcos + cos(u) dsin, dw = 2 pi sum of x du, db = sum of du, dx = 2 pi sum of w du.

    dcos and dsin are dY V^T, dV = C^T dY and dc = column sums of dY, column by column.
    dY (n, columns m) -> dX (n, d), dw, db (columns, F), dV (columns H, m), dc (columns, m).
    """
    (w, *_, V, _), X, (x,), dy = run.values(op), run.source(op), run.names(op), f"d{op.output}"
    (w_name, *phase, V_name, c_name), wave, own = op.parameters, _wave(op), op.columns_of_waves(w.shape[1])
    C, k = run.tape[wave], len(w)
    parts = zip(np.split(dY, k, axis=1), np.split(C, k, axis=1), np.split(V, k), strict=True)
    dCs, dVs, dcs = zip(*(affine_vjp(*part) for part in parts), strict=True)
    suffix, formula = wave.removeprefix(f"{op.output}."), f"{dy} {V_name}^T, column by column"
    dC = run.note_back(op, suffix, np.concatenate(dCs, axis=1), formula, dy, V_name, how="mixed back")
    dU = _angles_back(op, run, dC)
    dx, dw = angle_vjp(dU.reshape(-1, *w.shape), X[:, list(op.columns)][:, :, None], w)
    angles, turns, dX = f"{dy}.angles", f"{dy}.turns", np.zeros_like(X)
    dX[:, list(op.columns)] = row_sum(dx)[:, :, 0]
    if run.whole:  # the derivative by w x, of which dw and dx are sums of products
        run.note_back(op, "turns", dU.dtype.type(TWO_PI) * dU, f"2 pi {angles}", angles)
    how, formula = "encoded sums", f"column sums of {x} {turns}"
    run.gradient(op, w_name, column_sum(dw), formula, x, turns, how=how, columns=own)
    for name in phase:
        run.gradient(op, name, column_sum(dU), f"column sums of {angles}", angles, how=how)
    formula = f"{wave}^T {dy}, column by column"
    run.gradient(op, V_name, np.concatenate(dVs), formula, wave, dy, how="mixed columns")
    run.gradient(op, c_name, np.concatenate(dcs), f"column sums of {dy}", dy, how=how)
    run.back(op, 0, f"row sums of {turns} {w_name}", turns, w_name, how="encoded back", columns=own)
    return (dX,)


def _angles_back(op: Operation, run: Pass, dC: Any) -> Any:
    """Take the derivative by what is mixed, dC (n, columns H), back to the angles, (n, columns F)."""
    out, angles = op.output, f"{op.output}.angles"
    if _wave(op) == f"{out}.cos":
        dU, dcos = waves_vjp(dC, np.zeros_like(dC), *waves(run.tape[angles])), f"d{out}.cos"
        return run.note_back(op, "angles", dU, f"-sin({angles}) {dcos}", angles, dcos)
    of_both, both = np.argsort(interleaved(*run.values(op)[0].shape)).tolist(), f"d{out}.waves"
    half = len(of_both) // 2
    dcos, dsin = (
        run.note_back(op, suffix, dC[:, columns], f"its part of {both}", both, how="beside", columns=columns)
        for suffix, columns in (("cos", of_both[:half]), ("sin", of_both[half:]))
    )
    dU = waves_vjp(dcos, dsin, run.tape[f"{out}.cos"], run.tape[f"{out}.sin"])
    read = f"{out}.cos", f"d{out}.sin", f"{out}.sin", f"d{out}.cos"
    return run.note_back(op, "angles", dU, "{} {} - {} {}".format(*read), *read)


def _wave(op: Operation) -> str:
    """What the tape calls that which is mixed: cosines, where there are no phases with the sines beside."""
    return f"{op.output}.{'cos' if len(op.parameters) == 4 else 'waves'}"


# -- piecewise linear ------------------------------------------------------------------------------
def piecewise_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Z = ((p(X) - centres) s) (m V), with the share p of each bin that lies below the number of its column.

    X (n, d), V (bins, units), s (bins,) -> Z (n, units).
    """
    (x,), out, (V, *s), bins = run.names(op), op.output, op.parameters, _bins(op, X.dtype)
    if run.whole:
        _write_bins(op, run, bins)
    low, width, least, most, centre = (f"{out}.{what}" for what in OF_BINS)
    formula, read = f"min(max(({x} - {low}) / {width}, {least}), {most})", (x, low, width, least, most)
    shares = share(X[:, list(op.columns_of_bins)], bins.low, bins.width, bins.least, bins.most)
    shares = run.note(op, "share", shares, formula, *read, how="encoded", columns=op.columns_of_bins)
    Q = run.note(op, "bins", centred(shares, bins.centre), f"{out}.share - {centre}", f"{out}.share", centre)
    if run.whole:
        values, size, m = _sizes(op, run)
        formula = " ".join([*_multiplied(op), *s, V])
        run.note(op, "scaled", sized(values, size[:, None], m), formula, *s, V, how="cells by row")
    run.reads(op, f"{out}.bins", f"{out}.scaled", how="product", formula=f"{out}.bins {out}.scaled")
    return piecewise(Q, *_sizes(op, run))


def piecewise_backward(op: Operation, run: Pass, dZ: Any) -> tuple[Any]:
    """G = bins^T dZ, dV = m s G, ds = m times the row sums of V G.

    dZ (n, units) -> dX (n, d), dV (bins, units), ds (bins,).
    """
    X, out, dz, bins = run.source(op), op.output, f"d{op.output}", _bins(op, run.source(op).dtype)
    (V, *s), m, shares, Q = op.parameters, _multiplied(op), run.tape[f"{out}.share"], run.tape[f"{out}.bins"]
    dQ, dV, ds = piecewise_vjp(dZ, Q, *_sizes(op, run))
    if run.whole:  # G, the derivative by m s V
        said = f"{out}.bins^T {dz}", f"{out}.bins", dz
        run.note_back(op, "scaled", Q.T @ dZ, *said, how="product of columns")
    G = f"{dz}.scaled"
    run.gradient(op, V, dV, " ".join([*m, *s, G]), *s, G, how="cells by row")
    for name in s:
        read = [*[f"{out}.multiplier"] * len(m), V, G]
        run.gradient(op, name, ds, f"row sums of {' '.join(read)}", *read, how="row sums")
    dQ = run.note_back(op, "bins", dQ, f"{dz} {out}.scaled^T", dz, f"{out}.scaled", how="product back")
    _, width, least, most, _ = (f"{out}.{what}" for what in OF_BINS)
    formula, read = f"({least} < {out}.share < {most}) / {width}", [least, f"{out}.share", most, width]
    slopes = share_slope(shares, bins.width, bins.least, bins.most)
    slopes = run.tape.record(f"{out}.slope", slopes, formula, op.label, op.number, "backward", read)
    dX = np.zeros_like(X)
    np.add.at(dX.T, list(op.columns_of_bins), (dQ * slopes).T)
    read = [f"{dz}.bins", f"{out}.slope"]
    run.back(op, 0, f"row sums of {' '.join(read)}", *read, how="encoded back", columns=op.columns_of_bins)
    return (dX,)


OF_BINS = {
    "low": "where each bin begins",
    "width": "how wide each bin is",
    "least": "the least share of each bin",
    "most": "the greatest share of each bin",
    "centre": "what is taken away from the share of each bin",
}
"""What the tape says of bins, in the order in which `share` takes it."""


def _write_bins(op: Operation, run: Pass, bins: BinLayout) -> None:
    """Write down what is known of the bins, and by what the layer multiplies where it does."""
    for what, told in OF_BINS.items():
        run.note(op, what, getattr(bins, what), told)
    if _multiplied(op):
        run.note(op, "multiplier", op.settings[0], "the multiplier of the layer")


def _multiplied(op: Operation) -> list[str]:
    """The multiplier, as formulas say it; nothing where it is 1."""
    return [f"{op.settings[0]:g}"] * (op.settings[0] != 1.0)


def _sizes(op: Operation, run: Pass) -> tuple[Any, Any, Any]:
    """V, s and m; where there is no s it is 1."""
    V, *s = run.values(op)
    return V, s[0] if s else np.ones(len(V), V.dtype), V.dtype.type(op.settings[0])


@functools.lru_cache(64)
def _bins(op: Operation, dtype: Any) -> BinLayout:
    """The bins of an operation in a type."""
    return bins_of(op.edges, op.centres, dtype)


# -- look-up ---------------------------------------------------------------------------------------
def lookup_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Y = [S1[codes], S2[codes], ...]: of each table, which is not trained, the row that the code says.

    S (values with folds, outputs) for each of c columns of values -> Y (n, c outputs).
    """
    codes = run.batch.codes
    assert codes is not None
    run.reads(op, "codes", *op.buffers, how="looked up", columns=op.columns)
    tables = (run.buffers[name] for name in op.buffers)
    rows = [gather_rows(S, codes[:, column]) for column, S in zip(op.columns, tables, strict=True)]
    return np.concatenate(rows, axis=1)


def lookup_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """dX = 0: what is looked up depends on codes alone, and nothing of it is trained."""
    run.back(op, 0, "0")
    return (np.zeros_like(run.source(op)),)
