"""What a training step does beside the passes: the objective, the penalty, clipping and the update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled import formulas
from forpass.engines.compiled.kernels import Units
from forpass.engines.compiled.lowering import Pass
from forpass.engines.compiled.memory import Matrix, PaddedVectors
from forpass.engines.protocol import StepPlan
from forpass.maths.dropout import keep_threshold
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.program import Program
from forpass.spec.training import KindFactors, OptimizerSpec

__all__ = ["Group", "StepScalars", "add_objective", "add_penalty", "add_update", "groups_of"]


@dataclass(frozen=True)
class Group:
    """Blocks that are treated alike, and lie side by side.

    Attributes
    ----------
    number : int
    factors : KindFactors
        On rate and decay.
    priced : bool
        Whether the penalty falls on them.
    names : tuple of str
    """

    number: int
    factors: KindFactors
    priced: bool
    names: tuple[str, ...]


def groups_of(program: Program, optimizer: OptimizerSpec) -> tuple[Group, ...]:
    """Put the parameters that are treated alike together."""
    price, found = program.penalty, dict[tuple[KindFactors, bool], list[str]]()
    for block in program.parameters.blocks:
        priced = bool(price.l1 or price.l2) and block.kind in price.kinds
        found.setdefault((optimizer.factors(block.kind), priced), []).append(block.name)
    return tuple(
        Group(number, factors, priced, tuple(names))
        for number, ((factors, priced), names) in enumerate(found.items())
    )


def add_objective(run: Pass, Z: Matrix, w: Matrix | None) -> Matrix:
    """Bring the targets, compute the loss of each row; return where the derivative of Z is."""
    program, head = run.program, run.program.head
    T, dZ = run.matrix(Z.width), run.matrix(Z.width)
    L = run.note(program.operations[-1], "loss", run.capacity, rows=1)
    run.instructions.append(run.examples.gather_targets(T))
    run.do(
        formulas.loss,
        Units.of_rows(run.arena.lanes),
        Z=Z,
        T=T,
        w=w or L,
        dZ=dZ,
        L=L,
        stride=Z.stride,
        width=Z.width,
        scale="scale",
        settings=tuple(head.settings.values()),
        name=head.loss,
        over_outputs=head.over_outputs,
        weighted=w is not None,
    )
    return dZ


def add_penalty(run: Pass, groups: Sequence[Group], theta: PaddedVectors) -> None:
    """Add the penalty's gradient; then sum up the objective."""
    priced = [group for group in groups if group.priced]
    counts = [_span(theta.vectors[0], group)[1] for group in priced]
    chunks = [_chunks(count, run.arena.lanes) for count in counts]
    costs = run.note(run.program.operations[-1], "costs", max(sum(chunks), 1), rows=1, dtype="float64")
    begin = 0
    for group, count, units in zip(priced, counts, chunks, strict=True):
        parameters, gradients = (_span(theta.vectors[k], group)[0] for k in (0, 1))
        run.do(
            formulas.price,
            Units.fixed(units),
            theta=parameters,
            g=gradients,
            count=count,
            l1="l1",
            l2="l2",
            costs=costs.beginning_at(begin),
        )
        begin += units
    L = run.note(run.program.operations[-1], "loss", run.capacity, rows=1)
    run.do(formulas.objective, Units.fixed(1), L=L, costs=costs, chunks=sum(chunks))


def add_update(
    run: Pass, groups: Sequence[Group], theta: PaddedVectors, spec: OptimizerSpec, bad: Matrix
) -> None:
    """Move the running averages on, clip the gradient, and let the optimiser take its step."""
    for op in run.program.operations:
        if op.opcode == "batch_norm":
            mean, variance = (run.buffers[name] for name in op.buffers)
            run.do(
                formulas.update_averages,
                Units.fixed(mean.lines),
                mean_average=mean,
                mean=run.notes[f"{op.output}.mean"],
                variance_average=variance,
                variance=run.notes[f"{op.output}.variance"],
                momentum=op.settings[0],
            )
    clips = {"clip_value": spec.clip_value is not None, "clip_norm": spec.clip_norm is not None}
    limit, factor = spec.clip_value or 0.0, run.arena.matrix(1, 1)
    if spec.clip_norm is not None:
        first = next(iter(theta.vectors[1].values()))
        chunks = _chunks(theta.stride, run.arena.lanes)
        sums = run.arena.matrix(1, chunks, dtype="float64")
        run.do(
            formulas.squares,
            Units.fixed(chunks),
            g=first,
            count=theta.stride,
            limit=limit,
            sums=sums,
            clip_value=clips["clip_value"],
        )
        run.do(
            formulas.clip_norm,
            Units.fixed(1),
            sums=sums,
            chunks=chunks,
            limit=spec.clip_norm,
            factor=factor,
        )
    for group in groups:
        span = [_span(vector, group) for vector in theta.vectors]
        slots = span[2][0] if len(span) > 2 else span[0][0]
        run.do(
            formulas.update,
            Units.fixed(_chunks(span[0][1], run.arena.lanes)),
            theta=span[0][0],
            g=span[1][0],
            slots=slots,
            slot_stride=theta.stride,
            count=span[0][1],
            rate=f"rate {group.number}",
            decay=f"decay {group.number}",
            coefficients="coefficients",
            limit=limit,
            factor=factor,
            bad=bad,
            name=spec.name,
            decayed=bool(spec.weight_decay) and group.factors.decay > 0,
            **clips,
        )


def _span(vector: dict[str, Matrix], group: Group) -> tuple[Matrix, int]:
    """Where the blocks of a group begin, and how many numbers they are with their padding."""
    first, last = vector[group.names[0]], vector[group.names[-1]]
    end = last.offset + last.rows * last.stride * last.dtype.itemsize
    return first, (end - first.offset) // first.dtype.itemsize


def _chunks(count: int, lanes: int) -> int:
    return -(-count // (formulas.LINES_OF_A_CHUNK * lanes))


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
        What stands in each column.
    """

    def __init__(
        self, program: Program, optimizer: OptimizerSpec, groups: Sequence[Group], dtype: str
    ) -> None:
        self.program, self.optimizer, self.groups, self.dtype = program, optimizer, groups, dtype
        self.dropouts = [op for op in program.operations if op.opcode == "dropout"]
        steps = [f"{what} {group.number}" for group in groups for what in ("rate", "decay")]
        scales = [f"scale of {op.output}" for op in self.dropouts]
        self.names = ("scale", "l1", "l2", *steps, *scales, "coefficients")
        self.whole_names = tuple(f"limit of {op.output}" for op in self.dropouts) or ("none",)

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
        for group in self.groups:
            columns += [plan.rate * group.factors.rate, plan.decay * group.factors.decay]
        rates = [op.settings[0] * plan.dropout for op in self.dropouts]
        columns += [1.0 / (1.0 - rate) for rate in rates]
        if self.optimizer.name in OPTIMIZERS:
            t = np.arange(plan.first + 1, plan.stop + 1, dtype=np.float64)
            coefficients = OPTIMIZERS[self.optimizer.name].coefficients
            columns += coefficients(t, *self.optimizer.settings.values())
        scalars = np.empty((plan.n_steps, len(columns)), self.dtype)
        for place, column in enumerate(columns):
            scalars[:, place] = column
        wholes = np.zeros((plan.n_steps, len(self.whole_names)), np.int64)
        for place, rate in enumerate(rates):
            # few different rates, so few thresholds to compute
            values, where = np.unique(rate, return_inverse=True)
            limits = [0 if r == 0.0 else max(1, keep_threshold(float(r))) for r in values]
            wholes[:, place] = np.array(limits, np.int64)[where]
        return scalars, wholes
