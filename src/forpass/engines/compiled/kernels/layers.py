"""Kernels that carry activations, dropout and normalisation over a batch. None contains a formula itself.

Each is written for formulas chosen beforehand (which activation); everything that is a number (widths,
rates, settings) is an operand, so other numbers compile nothing. A unit is as many rows of the batch as a
line has numbers, unless the docstring says otherwise.

Shapes: X, Y, Z, A, D, Xhat and their derivatives are (rows of the batch, stride), of which the first
`width` columns mean something; mean, variance, gamma, beta and their derivatives are (stride,), but the
variance of a layer normalisation is (rows of the batch,). Random words are (rows, width), side by side.
"""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Number, Reals, StepInteger, StepReal, Words
from forpass.engines.compiled.language.sequences import Elsewhere, LineOfColumns, Row
from forpass.engines.compiled.language.values import Value, choose, spread
from forpass.maths import normalisation
from forpass.maths.philox import philox

__all__ = [
    "RANDOM_WORDS_OF_A_UNIT",
    "activation_backward",
    "activation_forward",
    "batch_norm_apply",
    "batch_norm_backward",
    "batch_norm_forward",
    "clear_padding",
    "drop",
    "layer_norm_backward",
    "layer_norm_forward",
    "layer_norm_gradients",
    "random_words",
    "update_averages",
]

COUNTERS, OUTPUTS = 16, 4
"""Counters that Philox works on at once, a line of 32-bit words; and the words it makes of each."""
RANDOM_WORDS_OF_A_UNIT = COUNTERS * OUTPUTS


# -- activations -----------------------------------------------------------------------------------
def activation_forward(
    code: Code, Z: Reals, A: Reals, stride: Integer, *settings: Number, function: Formula
) -> None:
    """A = f(Z), elementwise."""
    first, stop = code.share_of_rows()
    with code.lines(first * stride, stop * stride) as e:
        A.set_line(e, bound(function)(Z.line(e), *settings))


def activation_backward(
    code: Code, dA: Reals, Z: Reals, A: Reals, dZ: Reals, stride: Integer, *settings: Number, vjp: Formula
) -> None:
    """dZ from dA."""
    first, stop = code.share_of_rows()
    with code.lines(first * stride, stop * stride) as e:
        dZ.set_line(e, bound(vjp)(dA.line(e), Z.line(e), A.line(e), *settings))


def clear_padding(code: Code, A: Reals, stride: Integer, width: Integer) -> None:
    """Write zeros beyond the width of each row.

    Padding is 0 on the way back, and nobody reads it but the search for numbers that are not finite. A
    derivative that is infinite at 0 makes 0 times infinity of it. No built-in activation needs it; it is
    for formulas of one's own.
    """
    last = (width - 1) / code.lanes * code.lanes
    inside = code.lane_numbers() < spread((width - last).narrow(), code.lanes)
    with code.batch_rows() as i:
        place = i * stride + last
        A.set_line(place, choose(inside, A.line(place), 0.0))


# -- dropout ---------------------------------------------------------------------------------------
def random_words(code: Code, words: Words, key_0: Integer, key_1: Integer, layer: Integer) -> None:
    """The random words of a layer's masks at this step, numbered through the batch without padding.

    A unit is what a line of counters gives, its outputs laid side by side.
    """
    lanes = COUNTERS
    step = (code.of_step("step_low"), code.of_step("step_high"))
    constants = [spread(x.narrow(), lanes) for x in (layer, *step, key_0, key_1)]
    with code.loop(code.begin, code.end) as unit:
        counters = code.lane_numbers(lanes) + (unit * lanes).narrow()
        w0, w1, w2, w3 = bound(philox)(counters, *constants)
        # w0 holds the first output of each counter, w1 the second, ...: riffled twice they are in order
        for half in range(2):
            evens, odds = _riffled(w0, w2, half), _riffled(w1, w3, half)
            for quarter in range(2):
                place = unit * RANDOM_WORDS_OF_A_UNIT + (2 * half + quarter) * lanes
                words.set_line(place, _riffled(evens, odds, quarter))


def _riffled(a: Value, b: Value, half: int) -> Value:
    """The lower (0) or upper (1) half of a0 b0 a1 b1 a2 b2 ..."""
    lanes = a.type.count
    return a.shuffled(b, [half * lanes // 2 + i // 2 + (i % 2) * lanes for i in range(lanes)])


def drop(
    code: Code,
    A: Reals,
    words: Words,
    D: Reals,
    stride: Integer,
    width: Integer,
    threshold: StepInteger,
    scale: StepReal,
    *,
    function: Formula,
) -> None:
    """D = A where the unit is kept, scaled up, else 0; or the same for derivatives.

    A threshold of 0 says that nothing is dropped at this step.
    """
    with code.batch_rows() as i, code.lines(0, stride) as j:
        value = A.line(i * stride + j)
        dropped = bound(function)(value, words.line(i * width + j, code.lanes), threshold.narrow(), scale)
        D.set_line(i * stride + j, choose(threshold == 0, value, dropped))


# -- normalisation ---------------------------------------------------------------------------------
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
