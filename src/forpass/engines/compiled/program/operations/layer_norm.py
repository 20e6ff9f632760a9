"""Layer normalisation: each row gets the mean 0 and the variance 1, then gamma and beta.

Shapes: X, Y, Xhat and their derivatives are (rows of the batch, stride), of which the first `width` columns
mean something; gamma, beta and their derivatives are (stride,), the variance is (rows of the batch,).
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals
from forpass.engines.compiled.language.sequences import Elsewhere, LineOfColumns, Row
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.maths import normalisation
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """By each row's own moments."""
    gamma, beta = (run.parameters[name] for name in op.parameters)
    Y = run.matrix(op.d_out)
    run.by_rows(
        layer_norm_forward,
        X=X,
        Xhat=run.note(op, "hat", op.d_out),
        Y=Y,
        variance=run.note(op, "variance", run.capacity, rows=1),
        gamma=gamma,
        beta=beta,
        stride=X.stride,
        width=op.d_out,
        epsilon=op.settings[0],
    )
    return Y


def backward(op: Operation, run: Recording, dY: Matrix, needs: Needs) -> Derivatives:
    """dX row by row; after the passes, which leave dY as it is, dgamma and dbeta column by column."""
    gamma, beta = op.parameters
    hat, dX = run.noted(op, "hat"), run.matrix(op.d_in)
    sums = instruction(
        layer_norm_gradients,
        Units.fixed(dY.lines),
        dY=dY,
        Xhat=hat,
        dgamma=run.gradients[gamma],
        dbeta=run.gradients[beta],
        stride=dY.stride,
    )
    run.gradient_instructions.append(sums)
    run.by_rows(
        layer_norm_backward,
        dY=dY,
        Xhat=hat,
        variance=run.noted(op, "variance"),
        gamma=run.parameters[gamma],
        dX=dX,
        stride=dY.stride,
        width=op.d_out,
        epsilon=op.settings[0],
    )
    return (dX,)


def layer_norm_forward(
    code: Code,
    X: Reals,
    Xhat: Reals,
    Y: Reals,
    variance: Reals,
    gamma: Reals,
    beta: Reals,
    stride: Integer,
    width: Integer,
    epsilon: Number,
) -> None:
    """Y from X by each row's own moments; the variances are kept."""
    with code.batch_rows() as i:
        row, begin = Row(code, width, stride), i * stride
        x = row.load(X, begin)
        moments = bound(normalisation.row_moments)(x)
        variance[i] = moments[1]
        row.store(Xhat, bound(normalisation.standardise)(x, *moments, epsilon), begin)
        xhat, scale, shift = row.load(Xhat, begin), row.load(gamma), row.load(beta)
        row.store(Y, bound(normalisation.scale_shift)(xhat, scale, shift), begin)


def layer_norm_backward(
    code: Code,
    dY: Reals,
    Xhat: Reals,
    variance: Reals,
    gamma: Reals,
    dX: Reals,
    stride: Integer,
    width: Integer,
    epsilon: Number,
) -> None:
    """dX from dY, row by row."""
    with code.batch_rows() as i:
        row, begin = Row(code, width, stride), i * stride
        dy, xhat = row.load(dY, begin), row.load(Xhat, begin)
        vjp = bound(normalisation.layer_norm_vjp)
        row.store(dX, vjp(dy, xhat, variance[i], row.load(gamma), epsilon)[0], begin)


def layer_norm_gradients(
    code: Code, dY: Reals, Xhat: Reals, dgamma: Reals, dbeta: Reals, stride: Integer
) -> None:
    """dgamma and dbeta, which are sums over columns. A unit is a line of columns."""
    away = Elsewhere()
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        columns = LineOfColumns(code, j, stride)
        vjp = bound(normalisation.layer_norm_vjp)
        _, dgamma_line, dbeta_line = vjp(columns.load(dY), columns.load(Xhat), away, away, away)
        dgamma.set_line(j, dgamma_line)
        dbeta.set_line(j, dbeta_line)
