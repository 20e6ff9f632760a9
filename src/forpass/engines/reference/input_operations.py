"""The operations that read the inputs, forward beside backward; see `operations` for what these are.

In shapes n is the number of rows in the batch and d that of numerical inputs.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from forpass.engines.reference.working import Pass
from forpass.maths.affine import affine, affine_vjp
from forpass.maths.embeddings import embed, embed_vjp
from forpass.maths.periodic import angle, angle_vjp, waves, waves_vjp
from forpass.maths.piecewise import BinLayout, bins_of, piecewise, piecewise_vjp, share, share_slope
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
    run.reads(op, *run.names(op), "codes", *op.parameters, how="rows")
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
        run.gradient(op, name, dE, f"sum of {dy} by code", dy, "codes", how="in words")
        begin += E.shape[1]
    run.back(op, 0, f"{dy}[:, :{op.d_in}]", dy, how="rows")
    return (dY[:, : op.d_in],)


# -- periodic --------------------------------------------------------------------------------------
def periodic_forward(op: Operation, run: Pass, X: Any) -> Any:
    """y_fo = sum_h V_fho cos(2 pi w_fh x_f + b_fh) + c_fo; without phases b is 0, and sines stand beside.

    X (n, d), w, b (columns, F), V (columns H, m), c (columns, m) -> Y (n, columns m); H is F, with sines 2 F.
    """
    (x,), has_phases = run.names(op), len(op.parameters) == 4
    w, *phase, V, c = run.values(op)
    columns = X[:, list(op.columns)]
    U = angle(columns[:, :, None], w, phase[0] if has_phases else np.zeros_like(w))
    named = " + ".join([f"2 pi {op.parameters[0]} {x}", *op.parameters[1:2] * has_phases])
    run.note(op, "angles", U.reshape(len(X), -1), named, x, *op.parameters[: 1 + has_phases], how="rows")
    run.reads(op, f"{op.output}.angles", *op.parameters[-2:], how="rows")
    parts = zip(_waves(U, has_phases), np.split(V, len(w)), c, strict=True)
    return np.concatenate([affine(C, V_f, c_f) for C, V_f, c_f in parts], axis=1)


def periodic_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """du = -sin(u) dcos + cos(u) dsin, dw = 2 pi sum of x du, db = sum of du, dx = 2 pi sum of w du.

    dcos and dsin are dY V^T, dV = C^T dY and dc = column sums of dY, column by column.
    dY (n, columns m) -> dX (n, d), dw, db (columns, F), dV (columns H, m), dc (columns, m).
    """
    has_phases, dy, angles = len(op.parameters) == 4, f"d{op.output}", f"{op.output}.angles"
    w, *_, V, c = run.values(op)
    X, U = run.source(op), run.tape[angles].reshape(len(dY), *w.shape)
    Vs, dX, dU, dV, dc = np.split(V, len(w)), np.zeros_like(X), np.empty_like(U), [], []
    for f, C in enumerate(_waves(U, has_phases)):
        dC, dV_f, dc_f = affine_vjp(dY[:, f * c.shape[1] : (f + 1) * c.shape[1]], C, Vs[f])
        dcos, dsin = (dC, np.zeros_like(dC)) if has_phases else np.split(dC, 2, axis=1)
        dU[:, f] = waves_vjp(dcos, dsin, *waves(U[:, f]))
        dV.append(dV_f)
        dc.append(dc_f)
    dx, dw = angle_vjp(dU, X[:, list(op.columns)][:, :, None], w)
    dX[:, list(op.columns)] = row_sum(dx)[:, :, 0]
    (frequency, *phase, V_name, c_name), read = op.parameters, (dy, angles)
    run.gradient(
        op, frequency, column_sum(dw), f"sum over rows of 2 pi X {dy}/dangles", *read, how="in words"
    )
    for name in phase:
        run.gradient(op, name, column_sum(dU), f"sum over rows of {dy}/dangles", *read, how="in words")
    run.gradient(op, V_name, np.concatenate(dV), f"waves^T {dy}, column by column", *read, how="in words")
    run.gradient(op, c_name, np.concatenate(dc), f"column sums of {dy}", dy, how="in words")
    run.back(op, 0, f"{dy} back through the waves", *read, frequency, V_name, how="rows")
    return (dX,)


def _waves(U: Any, has_phases: bool) -> list[Any]:
    """Of each column what is mixed: cosines, where there are no phases with the sines beside; n rows each."""
    columns = (waves(U[:, f]) for f in range(U.shape[1]))
    return [cos if has_phases else np.concatenate([cos, sin], axis=1) for cos, sin in columns]


# -- piecewise linear ------------------------------------------------------------------------------
def piecewise_forward(op: Operation, run: Pass, X: Any) -> Any:
    """Z = ((p(X) - centres) s) (m V), with the share p of each bin that lies below the number of its column.

    X (n, d), V (bins, units), s (bins,) -> Z (n, units).
    """
    (x,), bins = run.names(op), _bins(op, X.dtype)
    Q = _shares(op, X, bins) - bins.centre
    run.note(op, "bins", Q, f"p({x}) - centres", x, how="rows")
    run.reads(op, f"{op.output}.bins", *op.parameters, how="rows")
    return piecewise(Q, *_sizes(op, run))


def piecewise_backward(op: Operation, run: Pass, dZ: Any) -> tuple[Any]:
    """G = bins^T dZ, dV = m s G, ds = m times the row sums of V G.

    dZ (n, units) -> dX (n, d), dV (bins, units), ds (bins,).
    """
    X, dz, shares, (V, *s) = run.source(op), f"d{op.output}", f"{op.output}.bins", op.parameters
    dQ, dV, ds = piecewise_vjp(dZ, run.tape[shares], *_sizes(op, run))
    m = f"{op.settings[0]:g} " if op.settings[0] != 1.0 else ""
    sized = "".join(f"{name} " for name in s)
    run.gradient(op, V, dV, f"{m}{sized}{shares}^T {dz}", dz, shares, *s, how="in words")
    for name in s:
        run.gradient(op, name, ds, f"row sums of {m}{V} {shares}^T {dz}", dz, shares, V, how="in words")
    bins, dX = _bins(op, X.dtype), np.zeros_like(X)
    slopes = share_slope(_shares(op, X, bins), bins.width, bins.least, bins.most)
    np.add.at(dX.T, np.array(op.columns)[bins.column], (dQ * slopes).T)
    run.back(op, 0, f"{dz} ({m}{sized}{V})^T by the slopes of p", dz, shares, V, *s, how="rows")
    return (dX,)


def _shares(op: Operation, X: Any, bins: BinLayout) -> Any:
    """p(X), (n, bins)."""
    of_bins = X[:, np.array(op.columns)[bins.column]]
    return share(of_bins, bins.low, bins.width, bins.least, bins.most)


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
    run.reads(op, "codes", *op.buffers, how="rows")
    tables = (run.buffers[name] for name in op.buffers)
    rows = [gather_rows(S, codes[:, column]) for column, S in zip(op.columns, tables, strict=True)]
    return np.concatenate(rows, axis=1)


def lookup_backward(op: Operation, run: Pass, dY: Any) -> tuple[Any]:
    """dX = 0: what is looked up depends on codes alone, and nothing of it is trained."""
    run.back(op, 0, "0", f"d{op.output}", how="in words")
    return (np.zeros_like(run.source(op)),)
