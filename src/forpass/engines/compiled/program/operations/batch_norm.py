"""Batch normalisation: each column gets the mean 0 and the variance 1, then gamma and beta.

Shapes: X, Y, Xhat and their derivatives are (rows of the batch, stride); mean, variance, gamma, beta and
their derivatives are (stride,).
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals
from forpass.engines.compiled.language.sequences import LineOfColumns
from forpass.engines.compiled.program.instructions import instruction
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.recording import Derivatives, Needs, Recording
from forpass.engines.compiled.runtime.units import Units
from forpass.maths import normalisation
from forpass.spec.operation import Operation

__all__ = ["backward", "forward"]


def forward(op: Operation, run: Recording, X: Matrix) -> Matrix:
    """By the batch's own moments, which move the running averages on; by these where nothing is learnt."""
    gamma, beta = (run.parameters[name] for name in op.parameters)
    Y = run.matrix(op.d_out)
    shared = {"X": X, "Y": Y, "gamma": gamma, "beta": beta, "stride": X.stride, "epsilon": op.settings[1]}
    if not run.learns:
        mean, variance = (run.buffers[name] for name in op.buffers)
        run.by_rows(batch_norm_apply, mean=mean, variance=variance, **shared)
        return Y
    mean, variance = (run.note(op, name, op.d_out, rows=1) for name in ("mean", "variance"))
    hat = run.note(op, "hat", op.d_out)
    run.by_columns(batch_norm_forward, X.lines, Xhat=hat, mean=mean, variance=variance, **shared)
    mean_average, variance_average = (run.buffers[name] for name in op.buffers)
    move_on = instruction(
        update_averages,
        Units.fixed(mean.lines),
        mean_average=mean_average,
        variance_average=variance_average,
        momentum=op.settings[0],
        mean=mean,
        variance=variance,
    )
    run.updates.append(move_on)
    return Y


def backward(op: Operation, run: Recording, dY: Matrix, needs: Needs) -> Derivatives:
    """Write dX over dY, in the same sweep in which dgamma and dbeta are made."""
    gamma, beta = op.parameters
    run.by_columns(
        batch_norm_backward,
        dY.lines,
        dY=dY,
        Xhat=run.noted(op, "hat"),
        variance=run.noted(op, "variance"),
        gamma=run.parameters[gamma],
        dX=dY,
        dgamma=run.gradients[gamma],
        dbeta=run.gradients[beta],
        stride=dY.stride,
        epsilon=op.settings[1],
    )
    return (dY,)


def batch_norm_forward(
    code: Code,
    X: Reals,
    Xhat: Reals,
    Y: Reals,
    mean: Reals,
    variance: Reals,
    gamma: Reals,
    beta: Reals,
    stride: Integer,
    epsilon: Number,
) -> None:
    """Y from X by the batch's own moments, which are kept. A unit is a line of columns."""
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        columns = LineOfColumns(code, j, stride)
        x = columns.load(X)
        moments = bound(normalisation.column_moments)(x)
        mean.set_line(j, moments[0])
        variance.set_line(j, moments[1])
        columns.store(Xhat, bound(normalisation.standardise)(x, *moments, epsilon))
        scaled = bound(normalisation.scale_shift)(columns.load(Xhat), gamma.line(j), beta.line(j))
        columns.store(Y, scaled)


def batch_norm_backward(
    code: Code,
    dY: Reals,
    Xhat: Reals,
    variance: Reals,
    gamma: Reals,
    dX: Reals,
    dgamma: Reals,
    dbeta: Reals,
    stride: Integer,
    epsilon: Number,
) -> None:
    """dX, dgamma and dbeta from dY. A unit is a line of columns."""
    vjp = bound(normalisation.batch_norm_vjp)
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        columns = LineOfColumns(code, j, stride)
        operands = columns.load(dY), columns.load(Xhat), variance.line(j), gamma.line(j), epsilon
        dx, dgamma_line, dbeta_line = vjp(*operands)
        dgamma.set_line(j, dgamma_line)
        dbeta.set_line(j, dbeta_line)
        columns.store(dX, dx)


def batch_norm_apply(
    code: Code,
    X: Reals,
    Y: Reals,
    mean: Reals,
    variance: Reals,
    gamma: Reals,
    beta: Reals,
    stride: Integer,
    epsilon: Number,
) -> None:
    """Y from X by the running averages."""
    with code.batch_rows() as i, code.lines(0, stride) as j:
        x = X.line(i * stride + j)
        xhat = bound(normalisation.standardise)(x, mean.line(j), variance.line(j), epsilon)
        Y.set_line(i * stride + j, bound(normalisation.scale_shift)(xhat, gamma.line(j), beta.line(j)))


def update_averages(
    code: Code,
    mean_average: Reals,
    mean: Reals,
    variance_average: Reals,
    variance: Reals,
    momentum: Number,
) -> None:
    """Move the running averages of mean and variance on. A unit is a line of columns."""
    running, n = bound(normalisation.running), code.rows.real()
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        mean_average.set_line(j, running(mean_average.line(j), mean.line(j), momentum))
        unbiased = bound(normalisation.unbiased)(variance.line(j), n)
        variance_average.set_line(j, running(variance_average.line(j), unbiased, momentum))
