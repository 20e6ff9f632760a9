"""Kernels that go through the parameters: penalty, clipping, the optimiser's step; and the objective.

None contains a formula itself. A unit is as many parameters as an operand says.

Shapes: theta, g and each slot are (count,), paddings included, which are 0 and stay so; what is summed by
units (penalties, sums of squares) is (units,) in float64; L is (rows of the batch,).
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from forpass.engines.compiled.functions.formulas import Formula, bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import (
    Doubles,
    Integer,
    Integers,
    Number,
    Reals,
    StepReal,
    StepReals,
)
from forpass.engines.compiled.language.places import Array, Variable
from forpass.engines.compiled.language.sequences import folded
from forpass.engines.compiled.language.types import DOUBLE
from forpass.engines.compiled.language.values import Value, constant, intrinsic, least, spread
from forpass.maths import clipping, penalties

__all__ = ["clip_norm_factor", "objective", "penalise", "squares", "update"]


def penalise(
    code: Code,
    theta: Reals,
    g: Reals,
    count: Integer,
    unit: Integer,
    l1: StepReal,
    l2: StepReal,
    sums: Doubles,
) -> None:
    """Add the gradient of the penalty to g; note the penalty on each unit, summed."""

    def add(e: Value) -> Value:
        g.set_line(e, g.line(e) + bound(penalties.penalty_gradient)(theta.line(e), l1, l2))
        return bound(penalties.penalty)(theta.line(e), l1, l2)  # type: ignore[no-any-return]

    _summed_by_units(code, count, unit, sums, add)


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
        total = Variable(spread(constant(code.writer, 0.0, DOUBLE), code.lanes))
        with code.lines(number * unit, least((number + 1) * unit, count)) as e:
            total.value = total.value + summand(e).real(DOUBLE)
        sums[number] = folded(total.value, operator.add)


def clip_norm_factor(code: Code, sums: Doubles, count: Integer, limit: Number, factor: Reals) -> None:
    """The factor that shortens the gradient to the limit. One unit."""
    norm = intrinsic("llvm.sqrt", _total(code, sums, count))
    factor[0] = bound(clipping.clip_norm_factor)(norm, limit.real(DOUBLE)).real()


def objective(code: Code, L: Reals, sums: Doubles, count: Integer) -> None:
    """The sum of the rows' losses, in float64, and beside it the penalty, summed by units. One unit."""
    full = code.rows - code.rows % code.lanes
    total = Variable(spread(constant(code.writer, 0.0, DOUBLE), code.lanes))
    with code.lines(0, full) as i:
        total.value = total.value + L.line(i).real(DOUBLE)
    rest = Variable(folded(total.value, operator.add))
    with code.loop(full, code.rows) as i:
        rest.value = rest.value + L[i].real(DOUBLE)
    objective = code.array(code.of_step("objective"), DOUBLE)
    objective[0] = rest.value
    objective[1] = _total(code, sums, count)


def _total(code: Code, sums: Array, count: Value) -> Value:
    total = Variable(constant(code.writer, 0.0, DOUBLE))
    with code.loop(0, count) as i:
        total.value = total.value + sums[i]
    return total.value


def update(
    code: Code,
    theta: Reals,
    g: Reals,
    slots: Reals,
    slot_stride: Integer,
    count: Integer,
    unit: Integer,
    rate: StepReal,
    decay: StepReal,
    coefficients: StepReals,
    limit: Number,
    factor: Reals,
    bad: Integers,
    *,
    formula: Formula,
    n_slots: int,
    n_coefficients: int,
    decayed: bool,
    clip_value: bool,
    clip_norm: bool,
) -> None:
    """Clip, decay, and let the optimiser take its step; note in `bad` what is not finite any more."""
    scalars = [coefficients[i] for i in range(n_coefficients)]
    end = least(code.end * unit, count)
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
