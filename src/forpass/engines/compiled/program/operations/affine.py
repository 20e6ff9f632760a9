"""Affine: Z = X (m W) + b, three products of matrices and a sum of columns.

A multiplier m costs two passes over W: m W before the step, and m times the gradient after it. Where there is
none, neither is written down.
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.kernels import products
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals
from forpass.engines.compiled.language.values import least
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
    if op.settings:
        S = run.note(op, "scaled", W.width, rows=W.rows)
        # shared out as the rows of W^T are, which is made of S in the same phase
        run.preparations.append(_scaled(op, W, S, run.arena.lanes, affine.scaled))
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
    if op.settings:
        made = run.gradients[W]
        run.gradient_instructions.append(_scaled(op, made, made, ROWS_OF_A_UNIT, affine.scaled_vjp))
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
    used = run.noted(op, "scaled") if op.settings else run.parameters[W]
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


def _scaled(op: Operation, W: Matrix, S: Matrix, unit: int, function: Formula) -> Instruction:
    """S = m W; a unit is so many rows."""
    return instruction(
        scale_rows,
        Units.parts_of(W.rows, unit),
        W=W,
        S=S,
        stride=W.stride,
        rows=W.rows,
        unit=unit,
        multiplier=op.settings[0],
        function=function,
    )


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
    """S = m W, elementwise; a unit is so many rows."""
    with code.lines(code.begin * unit * stride, least(code.end * unit, rows) * stride) as e:
        S.set_line(e, bound(function)(W.line(e), multiplier))


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
