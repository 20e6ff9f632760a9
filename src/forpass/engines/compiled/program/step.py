"""What a training step does beside the passes: the objective, the penalty, clipping and the update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels import layers, parameters, scores
from forpass.engines.compiled.language.operands import StepNames
from forpass.engines.compiled.program.instructions import Instruction, instruction
from forpass.engines.compiled.program.memory import GRADIENT, PARAMETERS, Matrix, PaddedVectors, padded
from forpass.engines.compiled.program.passes import backward_pass, forward_pass
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.runtime.units import LINES_OF_A_UNIT, ROWS_OF_A_UNIT, Units
from forpass.engines.protocol import StepPlan
from forpass.maths.dropout import keep_threshold
from forpass.maths.losses import LOSSES
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.program import Program
from forpass.spec.training import KindFactors, OptimizerSpec

__all__ = ["Group", "StepScalars", "groups_of", "step_phases"]

COEFFICIENTS = "coefficients"
"""The first of what the optimiser's formula takes after the rate."""


@dataclass(frozen=True)
class Group:
    """Parameters that are treated alike and lie side by side: one matrix W, or all else of a treatment.

    Attributes
    ----------
    names : tuple of str
    factors : KindFactors
        On rate and decay.
    penalised : bool
        Whether the penalty falls on them.
    matrix : bool
        Whether it is a matrix.
    """

    names: tuple[str, ...]
    factors: KindFactors
    penalised: bool
    matrix: bool


def groups_of(program: Program, optimizer: OptimizerSpec) -> tuple[Group, ...]:
    """Divide the parameters into groups."""
    penalty = program.penalty
    matrices: list[Group] = []
    others: dict[tuple[KindFactors, bool], list[str]] = {}
    for block in program.parameters.blocks:
        factors = optimizer.factors(block.kind)
        penalised = bool(penalty.l1 or penalty.l2) and block.kind in penalty.kinds
        if block.kind == "W":
            matrices.append(Group((block.name,), factors, penalised, matrix=True))
        else:
            others.setdefault((factors, penalised), []).append(block.name)
    rest = (Group(tuple(names), *treatment, matrix=False) for treatment, names in others.items())
    return (*matrices, *rest)


def step_phases(
    run: Recording,
    vectors: PaddedVectors,
    groups: Sequence[Group],
    optimizer: OptimizerSpec | None,
    bad: Matrix,
) -> list[list[Instruction]]:
    """Write down a whole step: both passes, the penalty, clipping, the update, and the objective.

    Without an optimiser only the objective and its gradient.
    """
    L = _loss_and_passes(run)
    spans = [_Span(vectors, group, run.arena.lanes) for group in groups]
    penalised = [span for span in spans if span.group.penalised]
    sums = run.arena.matrix(1, max(1, sum(span.units.of(0) for span in penalised)), dtype="float64")
    begin, after = 0, list[Instruction]()  # after the gradients are made
    for span in penalised:
        after.append(span.penalise(sums.beginning_at(begin)))
        begin += span.units.of(0)
    total = instruction(parameters.objective, Units.fixed(1), L=L, sums=sums, count=begin)
    if optimizer is None:
        return [phase for phase in (*run.phases, after, [total]) if phase]
    after += _averages(run)
    clipping, factor = _clipping(run, vectors, optimizer)
    last = list[Instruction]()
    # an update waits for the gradient's length where that is clipped, the objective for all penalties
    (last if clipping else after).extend(span.update(vectors, optimizer, factor, bad) for span in spans)
    (last if penalised else after).append(total)
    return [phase for phase in (*run.phases, after, *clipping, last) if phase]


def _loss_and_passes(run: Recording) -> Matrix:
    """Both passes, and between them the loss of each row; return where these are."""
    head, examples, arena = run.program.head, run.examples, run.arena
    record = LOSSES[head.loss]
    Z = forward_pass(run)
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
    backward_pass(run, dZ)
    return L


class _Span:
    """Where the parameters of a group lie, and how their work divides.

    Penalty and update stand in one phase, without a barrier between them. That is right because both divide
    the parameters alike: a thread updates by gradients that it has penalised itself.
    """

    def __init__(self, vectors: PaddedVectors, group: Group, lanes: int) -> None:
        self.group, first = group, group.names[0]
        self.theta, self.gradient, *slots = (vectors[i][first] for i in range(len(vectors)))
        self.slots = slots[0] if slots else self.theta
        last = vectors[PARAMETERS][group.names[-1]]
        self.count = (last.end - self.theta.offset) // last.dtype.itemsize
        self.unit = ROWS_OF_A_UNIT * self.theta.stride if group.matrix else LINES_OF_A_UNIT * lanes
        self.units = Units.parts_of(self.count, self.unit)

    def penalise(self, sums: Matrix) -> Instruction:
        """Add the gradient of the penalty."""
        return instruction(
            parameters.penalise,
            self.units,
            theta=self.theta,
            g=self.gradient,
            count=self.count,
            unit=self.unit,
            l1="l1",
            l2="l2",
            sums=sums,
        )

    def update(
        self, vectors: PaddedVectors, optimizer: OptimizerSpec, factor: Matrix, bad: Matrix
    ) -> Instruction:
        """Let the optimiser take its step."""
        record = OPTIMIZERS[optimizer.name]
        return instruction(
            parameters.update,
            self.units,
            theta=self.theta,
            g=self.gradient,
            slots=self.slots,
            slot_stride=vectors.stride,
            count=self.count,
            unit=self.unit,
            rate=_rate_name(self.group.factors),
            decay=_decay_name(self.group.factors),
            coefficients=COEFFICIENTS,
            limit=optimizer.clip_value or 0.0,
            factor=factor,
            bad=bad,
            formula=record.step,
            n_slots=len(record.slots),
            n_coefficients=len(_coefficients(optimizer, np.ones(1))),
            decayed=bool(optimizer.weight_decay) and self.group.factors.decay > 0,
            clip_value=optimizer.clip_value is not None,
            clip_norm=optimizer.clip_norm is not None,
        )


def _averages(run: Recording) -> list[Instruction]:
    """Move the running averages of every batch normalisation on."""
    items = []
    for op in run.program.operations:
        if op.opcode == "batch_norm":
            mean, variance = (run.buffers[name] for name in op.buffers)
            averages = {"mean_average": mean, "variance_average": variance, "momentum": op.settings[0]}
            own = {name: run.noted(op, name) for name in ("mean", "variance")}
            items.append(instruction(layers.update_averages, Units.fixed(mean.lines), **averages, **own))
    return items


def _clipping(
    run: Recording, vectors: PaddedVectors, optimizer: OptimizerSpec
) -> tuple[list[list[Instruction]], Matrix]:
    """What finds the factor that shortens the gradient, and where that will be."""
    factor = run.arena.matrix(1, 1)
    if optimizer.clip_norm is None:
        return [], factor
    unit = LINES_OF_A_UNIT * run.arena.lanes
    units = Units.parts_of(vectors.stride, unit)
    sums = run.arena.matrix(1, units.of(0), dtype="float64")
    squares = instruction(
        parameters.squares,
        units,
        g=next(iter(vectors[GRADIENT].values())),
        count=vectors.stride,
        unit=unit,
        limit=optimizer.clip_value or 0.0,
        sums=sums,
        clip_value=optimizer.clip_value is not None,
    )
    shorten = instruction(
        parameters.clip_norm_factor,
        Units.fixed(1),
        sums=sums,
        count=units.of(0),
        limit=optimizer.clip_norm,
        factor=factor,
    )
    return [[squares], [shorten]], factor


def _rate_name(factors: KindFactors) -> str:
    return f"rate x {factors.rate}"


def _decay_name(factors: KindFactors) -> str:
    return f"decay x {factors.decay}"


def _coefficients(optimizer: OptimizerSpec, t: NDArray[np.float64]) -> tuple[Any, ...]:
    """What the optimiser's formula takes after the rate, in the steps that count as t = 1, 2, ..."""
    if optimizer.name not in OPTIMIZERS:
        return ()
    return tuple(OPTIMIZERS[optimizer.name].coefficients(t, *optimizer.settings.values()))


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
    names : StepNames
        What stands in each column of the tables.
    """

    def __init__(
        self, program: Program, optimizer: OptimizerSpec, groups: Sequence[Group], dtype: str
    ) -> None:
        self.program, self.optimizer, self.dtype = program, optimizer, dtype
        self.factors = list(dict.fromkeys(group.factors for group in groups))
        self.dropouts = [op for op in program.operations if op.opcode == "dropout"]
        nothing = np.empty(0)
        plan = StepPlan(0, np.empty(0, np.int64), np.zeros(1, np.int64), nothing, nothing, nothing)
        self.names = StepNames(tuple(self._reals(plan, nothing, nothing)), tuple(self._integers(plan)))

    def tables(
        self, plan: StepPlan, weights: NDArray[np.float64], normalisers: NDArray[np.float64]
    ) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
        """Return the reals (steps, ...) in the working type, and the whole numbers (steps, ...)."""
        tables = []
        for columns, dtype in (
            (self._reals(plan, weights, normalisers), self.dtype),
            (self._integers(plan), "int64"),
        ):
            table = np.empty((plan.n_steps, len(columns)), dtype)
            for place, column in enumerate(columns.values()):
                table[:, place] = column
            tables.append(table)
        reals, integers = tables
        return reals, integers

    def _reals(
        self, plan: StepPlan, weights: NDArray[np.float64], normalisers: NDArray[np.float64]
    ) -> dict[str, Any]:
        """By their names; computed in float64 before they are rounded once, as in the reference engine."""
        penalty, head = self.program.penalty, self.program.head
        with np.errstate(divide="ignore", invalid="ignore"):  # of batches without weight, which are skipped
            share = 1.0 / weights if penalty.per == "batch_weight" else np.ones(plan.n_steps)
            scale = 1.0 / normalisers
        if head.over_outputs == "mean":
            scale = scale / self.program.n_outputs
        reals = {"scale": scale, "l1": penalty.l1 * share, "l2": penalty.l2 * share}
        for factors in self.factors:
            reals[_rate_name(factors)] = plan.rate * factors.rate
            reals[_decay_name(factors)] = plan.decay * factors.decay
        for op in self.dropouts:
            reals[f"scale of {op.output}"] = 1.0 / (1.0 - op.settings[0] * plan.dropout)
        # one after the other: the optimiser is told where the first is
        t = np.arange(plan.first + 1, plan.stop + 1, dtype=np.float64)
        coefficients = _coefficients(self.optimizer, t)
        names = [COEFFICIENTS, *(f"{COEFFICIENTS} + {i}" for i in range(1, len(coefficients)))]
        return reals | dict(zip(names, coefficients or (0.0,), strict=True))

    def _integers(self, plan: StepPlan) -> dict[str, NDArray[np.int64]]:
        integers = {}
        for op in self.dropouts:
            # few different rates, so few thresholds to compute
            rates, where = np.unique(op.settings[0] * plan.dropout, return_inverse=True)
            thresholds = [0 if rate == 0.0 else max(1, keep_threshold(float(rate))) for rate in rates]
            integers[f"threshold of {op.output}"] = np.array(thresholds, np.int64)[where]
        return integers
