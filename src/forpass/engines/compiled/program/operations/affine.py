"""Affine: Z = X (m W) + b, three products of matrices and a sum of columns.

A multiplier m costs two passes over W: m W before the step, and m times the gradient after it. Where there is
none, neither is written down. A scale s that is folded in, of each row of W its own, costs the same two.
"""

from __future__ import annotations

from typing import Any

from forpass.engines.compiled.kernels import products, sizes
from forpass.engines.compiled.program.instructions import Instruction, instruction
from forpass.engines.compiled.program.memory import Matrix, Outside, padded
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import ROWS_OF_A_UNIT, Units
from forpass.maths import affine
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix | Outside) -> Matrix:
    """Z = X (m W) + b; X may be the caller's own rows."""
    run.keep(op.sources)
    W, Z = run.parameters[op.parameters[0]], run.matrix(op.d_out)
    if op.settings or op.number in run.scales:
        S = run.note(op, "scaled", W.width, rows=W.rows)
        # shared out as the rows of W^T are, which is made of S in the same phase
        run.preparations.append(_scaled(op, run, W, S, run.arena.lanes))
        W = S
    b = run.parameters[op.parameters[1]] if len(op.parameters) == 2 else run.constant(0.0, op.d_out)
    numbered = "rows" if isinstance(X, Outside) else "no"
    run.row_phase.append(_product_by_rows(run, X, W, Z, terms=op.d_in, start=b, numbered=numbered))
    return Z


def backward(op: Operation, run: Recording, dZ: Matrix, needs: Needs) -> Derivatives:
    """dX = dZ (m W)^T if needed; after the passes, which leave dZ as it is, dW = m X^T dZ and db."""
    X, W, zeros = run.outputs[op.source], op.parameters[0], run.constant(0.0, op.d_out)
    dW = _product(
        run,
        Units.parts_of(op.d_in, ROWS_OF_A_UNIT),
        A=X,
        row_stride=1,  # A is X^T
        term_stride=X.stride,
        B=dZ,
        C=run.gradients[W],
        rows=op.d_in,
        terms=0,
        unit=ROWS_OF_A_UNIT,
        start=zeros,
        numbered="terms" if isinstance(X, Outside) else "no",
    )
    run.gradient_instructions.append(dW)
    scaled = op.settings or op.number in run.scales
    if scaled:
        run.gradient_instructions.append(_scaled_back(op, run, run.gradients[W]))
    for b in op.parameters[1:]:
        # column sums are the product with a row of ones, for one thread: 4 % of a step at 27-32-7, less at
        # larger ones, so that a kernel of its own or more units would gain nothing to speak of
        db = _product(
            run,
            Units.fixed(1),
            A=run.constant(1.0, 1),
            row_stride=0,
            term_stride=0,
            B=dZ,
            C=run.gradients[b],
            rows=1,
            terms=0,
            unit=1,
            start=zeros,
        )
        run.gradient_instructions.append(db)
    used = run.noted(op, "scaled") if scaled else run.parameters[W]
    return (_back_through(op, run, dZ, used) if needs[0] else None,)


def _back_through(op: Operation, run: Recording, dZ: Matrix, W: Matrix) -> Matrix:
    """dX = dZ W^T."""
    lanes = run.arena.lanes
    # W^T anew at each step, for a product reads its second factor by lines: 7 % of a step at 27-32-7, 3 % at
    # 16-256-256-256-2, 1 % at 64-100-10
    T, dX = run.note(op, "W^T", W.rows, rows=padded(op.d_out, lanes)), run.matrix(op.d_in)
    run.preparations.append(
        instruction(
            products.transpose,
            Units.parts_of(W.rows, lanes),
            W=W,
            W_stride=W.stride,
            T=T,
            T_stride=T.stride,
            rows=W.rows,
            lines=W.lines,
        )
    )
    zeros = run.constant(0.0, op.d_in)
    run.row_phase.append(_product_by_rows(run, dZ, T, dX, terms=op.d_out, start=zeros))
    return dX


def _scaled(op: Operation, run: Recording, W: Matrix, S: Matrix, unit: int) -> Instruction:
    """S = m W, or s m W; a unit is so many rows."""
    given: dict[str, Any] = {"W": W, "S": S, "stride": W.stride, "rows": W.rows, "unit": unit}
    units, below, m = Units.parts_of(W.rows, unit), run.scales.get(op.number), _multiplier(op)
    if below is None:
        return instruction(sizes.scale_rows, units, **given, multiplier=m, function=affine.scaled)
    return instruction(sizes.size_rows, units, **given, s=run.parameters[below.parameters[0]], multiplier=m)


def _scaled_back(op: Operation, run: Recording, G: Matrix) -> Instruction:
    """G = m G, or s m G; then also the gradient of s."""
    unit, below, m = ROWS_OF_A_UNIT, run.scales.get(op.number), _multiplier(op)
    given: dict[str, Any] = {"stride": G.stride, "rows": G.rows, "unit": unit, "multiplier": m}
    units = Units.parts_of(G.rows, unit)
    if below is None:
        return instruction(sizes.scale_rows, units, W=G, S=G, **given, function=affine.scaled_vjp)
    (s,) = below.parameters
    return instruction(
        sizes.size_gradients,
        units,
        G=G,
        V=run.parameters[op.parameters[0]],
        s=run.parameters[s],
        ds=run.gradients[s],
        width=G.width,
        **given,
        scaled=True,
    )


def _multiplier(op: Operation) -> float:
    return op.settings[0] if op.settings else 1.0


def _product_by_rows(
    run: Recording,
    A: Matrix | Outside,
    B: Matrix,
    C: Matrix,
    terms: int,
    start: Matrix,
    numbered: str = "no",
) -> Instruction:
    """C = A B + start, with a row of A and C for each row of the batch."""
    unit = run.arena.lanes
    return _product(
        run,
        Units.of_rows(unit),
        A=A,
        row_stride=A.stride,
        term_stride=1,
        B=B,
        C=C,
        rows=0,
        terms=terms,
        unit=unit,
        start=start,
        numbered=numbered,
    )


def _product(
    run: Recording,
    units: Units,
    *,
    A: Matrix | Outside,
    row_stride: int,
    term_stride: int,
    B: Matrix,
    C: Matrix,
    rows: int,
    terms: int,
    unit: int,
    start: Matrix,
    numbered: str = "no",
) -> Instruction:
    """C = A B + start; see `products.product`."""
    sizes = rows or run.capacity, terms or run.capacity, C.width
    return instruction(
        products.product,
        units,
        A=A,
        row_stride=row_stride,
        term_stride=term_stride,
        B=B,
        B_stride=B.stride,
        C=C,
        C_stride=C.stride,
        rows=rows,
        terms=terms,
        unit=unit,
        halves=C.halves,
        start=start,
        numbered=numbered,
        copied=products.copies(*sizes, transposed=term_stride != 1),
    )
