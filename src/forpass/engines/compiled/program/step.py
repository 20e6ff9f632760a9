"""What a training step does beside the passes: the objective, the penalty, clipping and the update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forpass.engines.compiled.kernels import parameters, scores
from forpass.engines.compiled.program.instructions import Instruction, instruction
from forpass.engines.compiled.program.memory import GRADIENT, PARAMETERS, Matrix, PaddedVectors, padded
from forpass.engines.compiled.program.passes import backward_pass, forward_pass
from forpass.engines.compiled.program.recording import Recording
from forpass.engines.compiled.runtime.units import LINES_OF_A_UNIT, ROWS_OF_A_UNIT, Units
from forpass.engines.plans import ScalarPlaces, scalar_places
from forpass.maths.losses import LOSSES
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.program import Program
from forpass.spec.training import TrainingSpec

__all__ = ["Group", "groups_of", "step_phases"]


@dataclass(frozen=True)
class Group:
    """Parameters that are treated alike and lie side by side: one matrix, or all else of a treatment.

    Attributes
    ----------
    names : tuple of str
    learning_rate, decay : int
        Where theirs are among a step's scalars.
    decays : bool
        Whether they decay at all.
    penalised : bool
        Whether the penalty falls on them.
    matrix : bool
        Whether it is a matrix.
    """

    names: tuple[str, ...]
    learning_rate: int
    decay: int
    decays: bool
    penalised: bool
    matrix: bool


def groups_of(program: Program, training: TrainingSpec) -> tuple[Group, ...]:
    """Divide the parameters into groups."""
    penalty, places = program.penalty, scalar_places(program, training)
    matrices: list[Group] = []
    others: dict[tuple[int, int, bool, bool], list[str]] = {}
    for number, block in enumerate(program.parameters.blocks):
        decays = bool(training.optimizer.weight_decay) and training.factors(block.role).decay > 0
        penalised = bool(penalty.l1 or penalty.l2) and block.role in penalty.roles
        treatment = places.learning_rate[number], places.decay[number], decays, penalised
        if block.matrix:
            matrices.append(Group((block.name,), *treatment, matrix=True))
        else:
            others.setdefault(treatment, []).append(block.name)
    rest = (Group(tuple(names), *treatment, matrix=False) for treatment, names in others.items())
    return (*matrices, *rest)


def step_phases(
    run: Recording,
    vectors: PaddedVectors,
    groups: Sequence[Group],
    training: TrainingSpec,
    bad: Matrix,
    updates: bool,
) -> list[list[Instruction]]:
    """Write down a whole step: both passes, the penalty, clipping, the update, and the objective.

    Without updates only the objective and its gradient.
    """
    L = _loss_and_passes(run)
    spans = [_Span(vectors, group, run.arena.lanes) for group in groups]
    penalised = [span for span in spans if span.group.penalised]
    sums = run.arena.matrix(1, max(1, sum(span.units.of(0) for span in penalised)), dtype="float64")
    begin, after = 0, list[Instruction]()  # after the gradients are made
    for span in penalised:
        after.append(span.penalise(run.places, sums.beginning_at(begin)))
        begin += span.units.of(0)
    total = instruction(parameters.objective, Units.fixed(1), L=L, sums=sums, count=begin)
    if not updates:
        return [phase for phase in (*run.phases, after, [total]) if phase]
    after += run.updates
    clipping, factor = _clipping(run, vectors, training.optimizer)
    last = list[Instruction]()
    # an update waits for the gradient's length where that is clipped, the objective for all penalties
    (last if clipping else after).extend(
        span.update(vectors, training.optimizer, run.places, factor, bad) for span in spans
    )
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
        scale=run.places.loss_scale,
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

    def penalise(self, places: ScalarPlaces, sums: Matrix) -> Instruction:
        """Add the gradient of the penalty."""
        return instruction(
            parameters.penalise,
            self.units,
            theta=self.theta,
            g=self.gradient,
            count=self.count,
            unit=self.unit,
            l1=places.l1,
            l2=places.l2,
            sums=sums,
        )

    def update(
        self,
        vectors: PaddedVectors,
        optimizer: OptimizerSpec,
        places: ScalarPlaces,
        factor: Matrix,
        bad: Matrix,
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
            rate=self.group.learning_rate,
            decay=self.group.decay,
            coefficients=places.coefficients.start,
            limit=optimizer.clip_value or 0.0,
            factor=factor,
            bad=bad,
            formula=record.step,
            n_slots=len(record.slots),
            n_coefficients=len(places.coefficients),
            decayed=self.group.decays,
            clip_value=optimizer.clip_value is not None,
            clip_norm=optimizer.clip_norm is not None,
        )


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
