"""What a training step does beside the passes: the objective, the penalty, clipping and the update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled import layers, parameters, scores
from forpass.engines.compiled.kernels import Instruction, Units, instruction
from forpass.engines.compiled.lowering import ROWS_OF_A_UNIT, Pass
from forpass.engines.compiled.memory import Matrix, PaddedVectors, padded
from forpass.engines.protocol import StepPlan
from forpass.maths.dropout import keep_threshold
from forpass.maths.losses import LOSSES
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.program import Program
from forpass.spec.training import KindFactors, OptimizerSpec

__all__ = ["Group", "StepScalars", "groups_of", "step_phases"]

LINES_OF_A_UNIT = 64
"""Lines of a vector of parameters that are one unit of work."""


@dataclass(frozen=True)
class Group:
    """Parameters that are treated alike and lie side by side: one matrix W, or all else of a treatment.

    Attributes
    ----------
    names : tuple of str
    factors : KindFactors
        On rate and decay.
    priced : bool
        Whether the penalty falls on them.
    matrix : bool
        Whether it is a matrix, whose rows the thread that made their gradient goes on with.
    """

    names: tuple[str, ...]
    factors: KindFactors
    priced: bool
    matrix: bool


def groups_of(program: Program, optimizer: OptimizerSpec) -> tuple[Group, ...]:
    """Divide the parameters into groups."""
    price = program.penalty
    matrices: list[Group] = []
    others: dict[tuple[KindFactors, bool], list[str]] = {}
    for block in program.parameters.blocks:
        factors = optimizer.factors(block.kind)
        priced = bool(price.l1 or price.l2) and block.kind in price.kinds
        if block.kind == "W":
            matrices.append(Group((block.name,), factors, priced, matrix=True))
        else:
            others.setdefault((factors, priced), []).append(block.name)
    rest = (Group(tuple(names), *treatment, matrix=False) for treatment, names in others.items())
    return (*matrices, *rest)


def step_phases(
    run: Pass,
    theta: PaddedVectors,
    groups: Sequence[Group],
    optimizer: OptimizerSpec | None,
    bad: Matrix,
) -> list[list[Instruction]]:
    """Write down a whole step: both passes, the penalty, clipping, the update, and the objective.

    Without an optimiser only the objective and its gradient.
    """
    L = _loss_and_passes(run)
    spans = [_Span(theta, group, run.arena.lanes) for group in groups]
    priced = [span for span in spans if span.group.priced]
    costs = run.arena.matrix(1, max(1, sum(span.units for span in priced)), dtype="float64")
    begin, rest = 0, list[Instruction]()
    for span in priced:
        instructions = run.gradients[span.name] if span.group.matrix else rest
        instructions.append(span.price(costs.beginning_at(begin)))
        begin += span.units
    total = instruction(parameters.objective, Units.fixed(1), L=L, costs=costs, count=begin)
    if optimizer is None:
        return [phase for phase in (*run.phases, rest, [total]) if phase]
    rest += _averages(run)
    clipping, factor = _clipping(run, theta, optimizer)
    updates = list[Instruction]()
    for span in spans:
        update = span.update(theta, optimizer, factor, bad)
        # a matrix goes on where its gradient was made; only the gradient's length has to be waited for
        if clipping:
            updates.append(update)
        elif span.group.matrix:
            run.gradients[span.name].append(update)
        else:
            rest.append(update)
    if priced:
        updates.append(total)  # which waits for what all parameters cost
    else:
        rest.append(total)
    return [phase for phase in (*run.phases, rest, *clipping, updates) if phase]


def _loss_and_passes(run: Pass) -> Matrix:
    """Both passes, and between them the loss of each row; return where these are."""
    head, examples, arena = run.program.head, run.examples, run.arena
    record = LOSSES[head.loss]
    Z = run.forward()
    T, dZ = run.matrix(Z.width), run.matrix(Z.width)
    L, w = (arena.matrix(1, padded(run.capacity, arena.lanes)) for _ in range(2))
    run.row_phase.append(examples.gather_targets(T))
    if examples.weights is not None:
        run.row_phase.append(examples.gather_weights(w))
    run.by_rows(
        scores.loss,
        Z=Z,
        T=T,
        w=w,
        dZ=dZ,
        L=L,
        stride=Z.stride,
        width=Z.width,
        scale="scale",
        settings=tuple(head.settings.values()),
        function=record.function,
        vjp=record.vjp,
        over=record.over,
        over_outputs=head.over_outputs,
        weighted=examples.weights is not None,
    )
    run.backward(dZ)
    return L


class _Span:
    """Where the parameters of a group lie, and how their work divides."""

    def __init__(self, theta: PaddedVectors, group: Group, lanes: int) -> None:
        self.group, self.name = group, group.names[0]
        self.parameters, self.gradient, *slots = (vector[self.name] for vector in theta.vectors)
        self.slots = slots[0] if slots else self.parameters
        last = theta.vectors[0][group.names[-1]]
        self.count = (last.end - self.parameters.offset) // last.dtype.itemsize
        self.unit = ROWS_OF_A_UNIT * last.stride if group.matrix else LINES_OF_A_UNIT * lanes
        self.units = -(-self.count // self.unit)

    def price(self, costs: Matrix) -> Instruction:
        """Add the gradient of the penalty."""
        return instruction(
            parameters.price,
            Units.fixed(self.units),
            theta=self.parameters,
            g=self.gradient,
            count=self.count,
            unit=self.unit,
            l1="l1",
            l2="l2",
            costs=costs,
        )

    def update(
        self, theta: PaddedVectors, optimizer: OptimizerSpec, factor: Matrix, bad: Matrix
    ) -> Instruction:
        """Let the optimiser take its step."""
        record = OPTIMIZERS[optimizer.name]
        return instruction(
            parameters.update,
            Units.fixed(self.units),
            theta=self.parameters,
            g=self.gradient,
            slots=self.slots,
            slot_stride=theta.stride,
            count=self.count,
            unit=self.unit,
            rate=_rate_name(self.group.factors),
            decay=_decay_name(self.group.factors),
            coefficients="coefficients",
            limit=optimizer.clip_value or 0.0,
            factor=factor,
            bad=bad,
            formula=record.step,
            n_slots=len(record.slots),
            decayed=bool(optimizer.weight_decay) and self.group.factors.decay > 0,
            clip_value=optimizer.clip_value is not None,
            clip_norm=optimizer.clip_norm is not None,
        )


def _averages(run: Pass) -> list[Instruction]:
    """Move the running averages of every batch normalisation on."""
    instructions = []
    for op in run.program.operations:
        if op.opcode == "batch_norm":
            mean, variance = (run.buffers[name] for name in op.buffers)
            averages = {"mean_average": mean, "variance_average": variance, "momentum": op.settings[0]}
            own = {name: run.notes[f"{op.output}.{name}"] for name in ("mean", "variance")}
            instructions.append(
                instruction(layers.update_averages, Units.fixed(mean.lines), **averages, **own)
            )
    return instructions


def _clipping(
    run: Pass, theta: PaddedVectors, optimizer: OptimizerSpec
) -> tuple[list[list[Instruction]], Matrix]:
    """What finds the factor that shortens the gradient, and where that will be."""
    factor = run.arena.matrix(1, 1)
    if optimizer.clip_norm is None:
        return [], factor
    unit = LINES_OF_A_UNIT * run.arena.lanes
    units = -(-theta.stride // unit)
    sums = run.arena.matrix(1, units, dtype="float64")
    squares = instruction(
        parameters.squares,
        Units.fixed(units),
        g=next(iter(theta.vectors[1].values())),
        count=theta.stride,
        unit=unit,
        limit=optimizer.clip_value or 0.0,
        sums=sums,
        clip_value=optimizer.clip_value is not None,
    )
    shorten = instruction(
        parameters.clip_norm, Units.fixed(1), sums=sums, count=units, limit=optimizer.clip_norm, factor=factor
    )
    return [[squares], [shorten]], factor


def _rate_name(factors: KindFactors) -> str:
    return f"rate x {factors.rate}"


def _decay_name(factors: KindFactors) -> str:
    return f"decay x {factors.decay}"


class StepScalars:
    """The numbers that change from step to step, for all steps of a plan at once.

    Parameters
    ----------
    program : Program
    optimizer : OptimizerSpec
    groups : sequence of Group
    dtype : {"float32", "float64"}

    Attributes
    ----------
    names, whole_names : tuple of str
        What stands in each column; the optimiser's coefficients follow the last name.
    """

    def __init__(
        self, program: Program, optimizer: OptimizerSpec, groups: Sequence[Group], dtype: str
    ) -> None:
        self.program, self.optimizer, self.dtype = program, optimizer, dtype
        self.factors = list(dict.fromkeys(group.factors for group in groups))
        self.dropouts = [op for op in program.operations if op.opcode == "dropout"]
        steps = [name(factors) for factors in self.factors for name in (_rate_name, _decay_name)]
        scales = [f"scale of {op.output}" for op in self.dropouts]
        self.names = ("scale", "l1", "l2", *steps, *scales, "coefficients")
        self.whole_names = tuple(f"limit of {op.output}" for op in self.dropouts)

    def table(
        self, plan: StepPlan, weights: NDArray[np.float64], normalisers: NDArray[np.float64]
    ) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """Return the scalars (steps, ...) in the working type, and the whole numbers (steps, ...).

        Computed in float64 before they are rounded once, as in the reference engine.
        """
        price, head = self.program.penalty, self.program.head
        with np.errstate(divide="ignore", invalid="ignore"):  # of batches without weight, which are skipped
            share = 1.0 / weights if price.per == "batch_weight" else np.ones(plan.n_steps)
            scale = 1.0 / normalisers
        if head.over_outputs == "mean":
            scale = scale / self.program.n_outputs
        columns = [scale, price.l1 * share, price.l2 * share]
        for factors in self.factors:
            columns += [plan.rate * factors.rate, plan.decay * factors.decay]
        rates = [op.settings[0] * plan.dropout for op in self.dropouts]
        columns += [1.0 / (1.0 - rate) for rate in rates]
        if self.optimizer.name in OPTIMIZERS:
            t = np.arange(plan.first + 1, plan.stop + 1, dtype=np.float64)
            coefficients = OPTIMIZERS[self.optimizer.name].coefficients
            columns += coefficients(t, *self.optimizer.settings.values())
        scalars = np.empty((plan.n_steps, len(columns)), self.dtype)
        for place, column in enumerate(columns):
            scalars[:, place] = column
        wholes = np.zeros((plan.n_steps, max(1, len(rates))), np.int64)
        for place, rate in enumerate(rates):
            # few different rates, so few limits to compute
            values, where = np.unique(rate, return_inverse=True)
            limits = [0 if r == 0.0 else max(1, keep_threshold(float(r))) for r in values]
            wholes[:, place] = np.array(limits, np.int64)[where]
        return scalars, wholes
