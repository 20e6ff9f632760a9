"""Affine of each member: Z = X W[m] + b[m] in the rows of member m.

Row i of the batch is one of member i % members. Few outputs are usual, so a number of Z is a product of two
rows, that of X with a row of the transposed W[m]. Shapes: X and dX are (rows of the batch, stride); Z and dZ
(rows of the batch, Z_stride); T and G, the transposed W and its gradient, (members d_out, stride); W, b and
their gradients (members, d_in, d_out) and (members, d_out), without padding.
"""

from __future__ import annotations

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.sequences import folded
from forpass.engines.compiled.language.values import choose, fma, spread
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """Before the passes T; then Z row by row."""
    run.keep(op.sources)
    members, W = run.program.members, run.parameters[op.parameters[0]]
    rows = members * op.d_out
    T, Z = run.note(op, "W^T", op.d_in, rows=rows), run.matrix(op.d_out)
    sizes = {"d_in": op.d_in, "d_out": op.d_out, "stride": T.stride}
    transpose = instruction(transpose_members, Units.fixed(rows), W=W, T=T, **sizes)
    run.preparations.append(transpose)
    b = run.parameters[op.parameters[-1]]
    run.by_rows(
        member_affine_forward,
        X=X,
        T=T,
        b=b,
        Z=Z,
        Z_stride=Z.stride,
        members=members,
        **sizes,
        biased=len(op.parameters) == 2,
    )
    return Z


def backward(op: Operation, run: Recording, dZ: Matrix, needs: Needs) -> Derivatives:
    """dX if needed; after the passes, which leave dZ as it is, dW and db, which are sums over rows."""
    members, X, T = run.program.members, run.outputs[op.source], run.noted(op, "W^T")
    rows, biased = members * op.d_out, len(op.parameters) == 2
    sizes = {"Z_stride": dZ.stride, "d_out": op.d_out, "stride": T.stride, "members": members}
    gradients = instruction(
        member_affine_gradients,
        Units.fixed(rows),
        dZ=dZ,
        X=X,
        G=run.note(op, "G", op.d_in, rows=rows),
        dW=run.gradients[op.parameters[0]],
        db=run.gradients[op.parameters[-1]],
        d_in=op.d_in,
        **sizes,
        biased=biased,
    )
    run.gradient_instructions.append(gradients)
    if not needs[0]:
        return (None,)
    dX = run.matrix(op.d_in)
    run.by_rows(member_affine_backward, dZ=dZ, T=T, dX=dX, **sizes)
    return (dX,)


def transpose_members(code: Code, W: Reals, T: Reals, d_in: Integer, d_out: Integer, stride: Integer) -> None:
    """T[m, o] = W[m][:, o]. A unit is a row of T, whose padding stays 0."""
    with code.loop(code.begin, code.end) as row:
        begin = row / d_out * d_in * d_out + row % d_out
        with code.loop(0, d_in) as j:
            T[row * stride + j] = W[begin + j * d_out]


def member_affine_forward(
    code: Code,
    X: Reals,
    T: Reals,
    b: Reals,
    Z: Reals,
    Z_stride: Integer,
    members: Integer,
    d_in: Integer,
    d_out: Integer,
    stride: Integer,
    *,
    biased: bool,
) -> None:
    """Z = X W[m] + b[m]: a product of two rows for each output. What pads the row of Z becomes 0."""
    with code.batch_rows() as i:
        m = i % members
        with code.lines(0, Z_stride) as e:
            Z.set_line(i * Z_stride + e, 0.0)
        with code.loop(0, d_out) as o:
            total, w = code.variable(code.line(0.0)), T.at((m * d_out + o) * stride)
            with code.lines(0, stride) as j:
                inside = code.lane_numbers() < spread((d_in - j).narrow(), code.lanes)
                x = choose(inside, X.line(i * stride + j), 0.0)
                total.value = fma(x, w.line(j), total.value)
            z = folded(total.value, lambda p, q: p + q)
            Z[i * Z_stride + o] = z + b[m * d_out + o] if biased else z


def member_affine_backward(
    code: Code,
    dZ: Reals,
    T: Reals,
    dX: Reals,
    Z_stride: Integer,
    d_out: Integer,
    stride: Integer,
    members: Integer,
) -> None:
    """dX = dZ W[m]^T: the rows of T, each times its derivative."""
    with code.batch_rows() as i, code.lines(0, stride) as j:
        total, own = code.variable(code.line(0.0)), T.at(i % members * d_out * stride + j)
        with code.loop(0, d_out) as o:
            dz = spread(dZ[i * Z_stride + o], code.lanes)
            total.value = fma(dz, own.line(o * stride), total.value)
        dX.set_line(i * stride + j, total.value)


def member_affine_gradients(
    code: Code,
    dZ: Reals,
    X: Reals,
    G: Reals,
    dW: Reals,
    db: Reals,
    d_in: Integer,
    Z_stride: Integer,
    d_out: Integer,
    stride: Integer,
    members: Integer,
    *,
    biased: bool,
) -> None:
    """dW[m][:, o] and db[m, o], sums over the rows of member m, from the first to the last.

    A unit is an output of a member.
    """
    with code.loop(code.begin, code.end) as row:
        m, o, g = row / d_out, row % d_out, G.at(row * stride)
        with code.lines(0, stride) as j:
            g.set_line(j, 0.0)
        total = code.variable(0.0)
        with code.loop(0, (code.rows - m + (members - 1)) / members) as place:
            i = place * members + m
            dz = dZ[i * Z_stride + o]
            total.value = total.value + dz
            with code.lines(0, stride) as j:
                g.set_line(j, fma(spread(dz, code.lanes), X.line(i * stride + j), g.line(j)))
        begin = m * d_in * d_out + o
        with code.loop(0, d_in) as j:
            dW[begin + j * d_out] = g[j]
        if biased:
            db[row] = total.value
