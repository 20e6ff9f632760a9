"""Kernels that carry the formulas of `forpass.maths` over a batch. None contains a formula itself.

Each is written for formulas chosen beforehand (which activation, which loss); everything that is a number
(widths, rates, settings) is an operand, so other numbers compile nothing. A unit is as many rows of the
batch as a line has numbers, unless the docstring says otherwise.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

from forpass.engines.bind import bind
from forpass.engines.compiled import namespace
from forpass.engines.compiled.code import (
    DOUBLE,
    Array,
    Code,
    Doubles,
    Integer,
    Integers,
    Number,
    Reals,
    Scalar,
    Scalars,
    Value,
    Variable,
    Whole,
    Words,
)
from forpass.engines.compiled.products import turned
from forpass.engines.compiled.sequences import Columns, Elsewhere, Rows, SideBySide, folded
from forpass.maths import clipping, normalisation, penalties
from forpass.maths.philox import philox

__all__ = [
    "WORDS_OF_A_UNIT",
    "activation_backward",
    "activation_forward",
    "batch_norm_apply",
    "batch_norm_backward",
    "batch_norm_forward",
    "clear_padding",
    "clip_norm",
    "drop",
    "layer_norm_backward",
    "layer_norm_forward",
    "layer_norm_gradients",
    "loss",
    "objective",
    "price",
    "random_words",
    "row_link",
    "squares",
    "update",
    "update_averages",
]

LINES_OF_A_CHUNK = 64
"""Lines of a vector of parameters that are one unit of work."""
WORDS_OF_A_UNIT = 64
"""Random words that are one unit of work."""


Formula = Callable[..., Any]
"""A function of `forpass.maths`, or one written by the same rules."""


def bound(formula: Formula) -> Formula:
    """The formula for this engine's values, with its constants as they are now."""
    return bind(formula, namespace)  # type: ignore[no-any-return]


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
    """DZ from dA."""
    first, stop = code.share_of_rows()
    with code.lines(first * stride, stop * stride) as e:
        dZ.set_line(e, bound(vjp)(dA.line(e), Z.line(e), A.line(e), *settings))


def clear_padding(code: Code, A: Reals, stride: Integer, width: Integer) -> None:
    """Write zeros beyond the width of each row.

    Padding is 0 on the way back, and nobody reads it but the search for numbers that are not finite. A
    derivative that is infinite at 0 makes 0 times infinity of it.
    """
    last = (width - 1) / code.lanes * code.lanes
    inside = code.lane_numbers() < code.spread((width - last).narrow(), code.lanes)
    with code.batch_rows() as i:
        place = i * stride + last
        A.set_line(place, code.choose(inside, A.line(place), 0.0))


# -- dropout ---------------------------------------------------------------------------------------
def random_words(code: Code, words: Words, key_0: Integer, key_1: Integer, layer: Integer) -> None:
    """The random words of a layer's masks at this step, numbered through the batch without padding.

    A unit is 64 words: what 16 counters give, four outputs each, laid side by side.
    """
    lanes = 16
    step = (code.step("step_low"), code.step("step_high"))
    constants = [code.spread(x.narrow(), lanes) for x in (layer, *step, key_0, key_1)]
    with code.loop(code.begin, code.end) as unit:
        counters = code.lane_numbers(lanes) + (unit * lanes).narrow()
        w0, w1, w2, w3 = bound(philox)(counters, *constants)
        # w0 holds the first output of each counter, w1 the second, ...: riffled twice they are in order
        for half in range(2):
            evens, odds = _riffled(w0, w2, half), _riffled(w1, w3, half)
            for quarter in range(2):
                place = unit * WORDS_OF_A_UNIT + (2 * half + quarter) * lanes
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
    limit: Whole,
    scale: Scalar,
    *,
    function: Formula,
) -> None:
    """D = A where the unit is kept, scaled up, else 0; or the same for derivatives.

    A limit of 0 says that nothing is dropped at this step.
    """
    with code.batch_rows() as i, code.lines(0, stride) as j:
        value = A.line(i * stride + j)
        dropped = bound(function)(value, words.line(i * width + j, code.lanes), limit.narrow(), scale)
        D.set_line(i * stride + j, code.choose(limit == 0, value, dropped))


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
        columns = Columns(code, j, stride)
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
        columns = Columns(code, j, stride)
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
        rows = Rows(code, width, stride)
        x = rows.load(X, i * stride)
        moments = bound(normalisation.row_moments)(x)
        variance[i] = moments[1]
        rows.store(Xhat, i * stride, bound(normalisation.standardise)(x, *moments, epsilon))
        scale, shift = rows.load(gamma, 0), rows.load(beta, 0)
        rows.store(Y, i * stride, bound(normalisation.scale_shift)(rows.load(Xhat, i * stride), scale, shift))


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
    """DX from dY, row by row."""
    with code.batch_rows() as i:
        rows = Rows(code, width, stride)
        dy, xhat = rows.load(dY, i * stride), rows.load(Xhat, i * stride)
        vjp = bound(normalisation.layer_norm_vjp)
        rows.store(dX, i * stride, vjp(dy, xhat, variance[i], rows.load(gamma, 0), epsilon)[0])


def layer_norm_gradients(
    code: Code, dY: Reals, Xhat: Reals, dgamma: Reals, dbeta: Reals, stride: Integer
) -> None:
    """Dgamma and dbeta, which are sums over columns. A unit is a line of columns."""
    away = Elsewhere()
    with code.lines(code.begin * code.lanes, code.end * code.lanes) as j:
        columns = Columns(code, j, stride)
        vjp = bound(normalisation.layer_norm_vjp)
        _, dgamma_line, dbeta_line = vjp(columns.load(dY), columns.load(Xhat), away, away, away)
        dgamma.set_line(j, dgamma_line)
        dbeta.set_line(j, dbeta_line)


# -- loss and penalty ------------------------------------------------------------------------------
def loss(
    code: Code,
    Z: Reals,
    T: Reals,
    w: Reals,
    dZ: Reals,
    L: Reals,
    stride: Integer,
    width: Integer,
    scale: Scalar,
    *settings: Number,
    function: Formula,
    vjp: Formula,
    over: str,
    over_outputs: str,
    weighted: bool,
) -> None:
    """The weighted loss L of each row, and dZ.

    As many rows as a line has numbers are laid side by side, one line a column: T comes so, Z is turned
    over, and dZ back. Row by row a softmax of 7 classes took 68 ns, side by side it takes 20. Rows
    beyond the last of the batch are computed with the others and read by nobody.
    """
    n, size = code.lanes, stride * code.lanes
    with code.loop(code.begin, code.end) as unit:
        first = unit * n
        scores, derivatives = code.scratch, code.scratch.at(size)
        _turn(Z.at(first * stride), stride, scores, n, stride)
        columns = SideBySide(code, width, code.scratch.at(size * 2))
        z, t = columns.load(scores), columns.load(T.at(first * stride))
        value = bound(function)(z, t, *settings)
        if over == "elements":
            value = columns.sum(value)
        if over_outputs == "mean":
            value = value / columns.length()
        share = w.line(first) * scale if weighted else scale
        L.set_line(first, w.line(first) * value if weighted else value)
        columns.store(derivatives, bound(vjp)(share, z, t, *settings))
        _turn_back(derivatives, width, dZ.at(first * stride), stride)


def row_link(code: Code, Z: Reals, P: Reals, stride: Integer, width: Integer, *, function: Formula) -> None:
    """Predictions P from scores Z, for a link that looks at the whole row."""
    n = code.lanes
    size = stride * n
    with code.loop(code.begin, code.end) as unit:
        place = unit * size
        scores, predicted = code.scratch, code.scratch.at(size)
        _turn(Z.at(place), stride, scores, n, stride)
        columns = SideBySide(code, width, code.scratch.at(size * 2))
        columns.store(predicted, bound(function)(columns.load(scores)))
        _turn_back(predicted, width, P.at(place), stride)


def _turn(A: Array, stride: Value, T: Array, rows: int, width: Value) -> None:
    """Lay the columns of some rows one line apart."""
    with A.code.lines(0, width) as j:
        block = [A.line(stride * r + j) for r in range(rows)]
        for r, line in enumerate(turned(block)):
            T.set_line((j + r) * rows, line)


def _turn_back(T: Array, width: Value, A: Array, stride: Value) -> None:
    """Write columns that lie one line apart as rows; beyond their width zeros."""
    n = A.code.lanes
    with A.code.lines(width * n, stride * n) as beyond:
        T.set_line(beyond, 0.0)
    with A.code.lines(0, stride) as j:
        block = [T.line((j + r) * n) for r in range(n)]
        for r, line in enumerate(turned(block)):
            A.set_line(stride * r + j, line)


def price(
    code: Code,
    theta: Reals,
    g: Reals,
    count: Integer,
    unit: Integer,
    l1: Scalar,
    l2: Scalar,
    costs: Doubles,
) -> None:
    """Add the gradient of the penalty to g; note what the parameters of each unit cost.

    A unit is as many parameters as its operand says.
    """

    def add(e: Value) -> Value:
        g.set_line(e, g.line(e) + bound(penalties.penalty_gradient)(theta.line(e), l1, l2))
        return bound(penalties.penalty)(theta.line(e), l1, l2)  # type: ignore[no-any-return]

    _summed_by_units(code, count, unit, costs, add)


def squares(
    code: Code, g: Reals, count: Integer, unit: Integer, limit: Number, sums: Doubles, *, clip_value: bool
) -> None:
    """The sum of squares of each unit of g, cut off at the limit if that is asked for."""

    def square(e: Value) -> Value:
        entry = bound(clipping.clip_value)(g.line(e), limit) if clip_value else g.line(e)
        return entry.real(DOUBLE) * entry.real(DOUBLE)

    _summed_by_units(code, count, unit, sums, square)


def _summed_by_units(
    code: Code, count: Value, unit: Value, sums: Array, summand: Callable[[Value], Value]
) -> None:
    """Write the sum over each unit of a vector: in lanes and these as a tree, in float64."""
    with code.loop(code.begin, code.end) as number:
        total = Variable(code.spread(code.constant(0.0, DOUBLE), code.lanes))
        with code.lines(number * unit, code.least((number + 1) * unit, count)) as e:
            total.value = total.value + summand(e).real(DOUBLE)
        sums[number] = folded(total.value, operator.add)


def clip_norm(code: Code, sums: Doubles, count: Integer, limit: Number, factor: Reals) -> None:
    """The factor that shortens the gradient to the limit. One unit."""
    norm = code.call("llvm.sqrt", _total(code, sums, count))
    factor[0] = bound(clipping.clip_norm_factor)(norm, limit.real(DOUBLE)).real()


def objective(code: Code, L: Reals, costs: Doubles, count: Integer) -> None:
    """The mean of the rows' losses, in float64, and what the parameters cost. One unit."""
    full = code.rows - code.rows % code.lanes
    total = Variable(code.spread(code.constant(0.0, DOUBLE), code.lanes))
    with code.lines(0, full) as i:
        total.value = total.value + L.line(i).real(DOUBLE)
    rest = Variable(folded(total.value, operator.add))
    with code.loop(full, code.rows) as i:
        rest.value = rest.value + L[i].real(DOUBLE)
    mean = rest.value / code.step("normaliser").bits(DOUBLE)
    code.array(code.step("objective"), DOUBLE)[0] = mean + _total(code, costs, count)


def _total(code: Code, sums: Array, count: Value) -> Value:
    total = Variable(code.constant(0.0, DOUBLE))
    with code.loop(0, count) as i:
        total.value = total.value + sums[i]
    return total.value


# -- the step --------------------------------------------------------------------------------------
def update(
    code: Code,
    theta: Reals,
    g: Reals,
    slots: Reals,
    slot_stride: Integer,
    count: Integer,
    unit: Integer,
    rate: Scalar,
    decay: Scalar,
    coefficients: Scalars,
    limit: Number,
    factor: Reals,
    bad: Integers,
    *,
    formula: Formula,
    n_slots: int,
    decayed: bool,
    clip_value: bool,
    clip_norm: bool,
) -> None:
    """Clip, decay, and let the optimiser take its step; note in `bad` what is not finite any more.

    A unit is as many parameters as its operand says.
    """
    names = list(inspect.signature(formula).parameters)
    scalars = [coefficients[i] for i in range(len(names) - names.index("rate") - 1)]
    end = code.least(code.end * unit, count)
    # 0 times a finite number is 0; once it is not, the sum stays NaN
    trouble = Variable(code.line(0.0))
    with code.lines(code.begin * unit, end) as e:
        gradient, value = g.line(e), theta.line(e)
        if clip_value:
            gradient = bound(clipping.clip_value)(gradient, limit)
        if clip_norm:
            gradient = gradient * factor[0]
        if decayed:
            value = bound(penalties.decayed)(value, rate, decay)
        places = [slots.at(slot_stride * k) for k in range(n_slots)]
        remembered = [place.line(e) for place in places]
        value, *remembered = bound(formula)(value, gradient, *remembered, rate, *scalars)
        theta.set_line(e, value)
        for place, line in zip(places, remembered, strict=True):
            place.set_line(e, line)
        trouble.value = trouble.value + value * 0.0
    with code.when(folded(trouble.value, operator.add) != 0.0):
        bad[0] = code.integer(1)
