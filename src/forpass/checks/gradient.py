"""The gradient check: backpropagation against a numerical derivative, entry by entry.

What it is: the one test that finds every mistake in a backward pass, for any network, without
knowing how its gradient is made. It moves one parameter at a time a little and looks at what the
objective does: in float64, with the dropout masks of one fixed step and the batch's own statistics,
so that the objective is a function of the parameters alone; penalty and weights are part of it.

What it is not: a proof for entries beside a kink. Where a step would pass the corner of a relu, of
a loss or of an L1 penalty, there is no derivative to compare with; such entries are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.checks.numerical import OFFSETS, STEP, distance, five_point, moved
from forpass.checks.report import BlockCheck, GradientReport
from forpass.engines import reference
from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter
from forpass.engines.protocol import Engine, EngineState
from forpass.engines.requirements import require_trainable
from forpass.engines.select import select_engine
from forpass.errors import DataError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.losses import LOSSES
from forpass.sampling.order import permutation
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data, require_data
from forpass.spec.layout import Block
from forpass.spec.network import NetworkSpec
from forpass.spec.program import Program, lower
from forpass.spec.require import finite_number, require_instance, whole_number
from forpass.spec.training import TrainingSpec

__all__ = ["gradient_check"]

LOOKS = (STEP, STEP * 2.0**-4, STEP * 2.0**-8)
"""Steps for a second and third look at entries that cross a kink or disagree.

Few of those that cross a kink still do so with a finer step, and a function that bends sharply (a
normalisation of nearly equal numbers) looks smooth. A wrong gradient stays wrong at any step.
"""

NOISE = 16.0
"""Rounding of an objective, in units of eps times its value: it is the end of a few rounded sums."""

UNSETTLED = 0.1
EPS = float(np.finfo(np.float64).eps)
ENTRIES = 200
SHOWN = 10
ELEMENTWISE: dict[str, Mapping[str, Any]] = {
    "activation": ACTIVATIONS,
    "columnwise": COLUMNWISE,
    "memberwise": COLUMNWISE,
}
"""By opcode: the operations whose functions may have kinks."""


def gradient_check(
    network: NetworkSpec | Program,
    data: Data,
    *,
    parameters: NDArray[Any] | Mapping[str, Any] | None = None,
    seed: int | None = None,
    engine: str | Engine = "numpy",
    training: TrainingSpec | None = None,
    rows: NDArray[np.int64] | None = None,
    step: int = 0,
    entries: int = ENTRIES,
    tolerance: float = 1e-6,
) -> GradientReport:
    """Compare an engine's gradient with the numerical derivative of its objective.

    Parameters
    ----------
    network : NetworkSpec or Program
    data : Data
        With targets. A few dozen rows are enough; every entry takes four passes over them.
    parameters : array of shape (program.parameters.size,) or mapping from name to array, optional
        Where to check; by default the initial values.
    seed : int, optional
        Decides initial parameters, masks, and which entries are looked at; by default that of
        `training`, or 0.
    engine : str or Engine
        Whose gradient.
    training : TrainingSpec, optional
        Its `batch_mean` and seed belong to the objective; its dtype does not count, the check is in
        float64.
    rows : int array, optional
        The examples of the batch; by default all.
    step : int
        Whose dropout masks.
    entries : int
        How many of each block are checked at most, drawn at random.
    tolerance : float
        Largest relative error that passes.

    Returns
    -------
    GradientReport

    Raises
    ------
    SpecError
        When the network cannot be trained, or an argument makes no sense.
    DataError
        When the data do not fit the network, or have no targets.

    Notes
    -----
    The relative error of a and n is |a - n| / max(|a|, |n|, floor). A difference of two values f of
    the objective cannot tell apart derivatives closer than about eps |f| / step, and the backward pass
    itself rounds to about eps |d| where |d| is the largest derivative on its way; the floor is chosen
    so that this much, and not more, counts as `tolerance`.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> data = Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[[0.0], [1.0], [1.0], [0.0]])
    >>> report = gradient_check(multilayer(2, [3], 1, "sigmoid_cross_entropy", activation="tanh"), data)
    >>> report.passed, [(block.name, block.compared) for block in report.blocks]
    (True, [('W1', 6), ('b1', 3), ('W2', 3), ('b2', 1)])
    """
    whole_number("entries of gradient_check", entries)
    whole_number("step of gradient_check", step, at_least=0)
    finite_number("tolerance of gradient_check", tolerance, above=0.0)
    if not isinstance(network, Program):
        require_instance("the network", network, NetworkSpec)
    require_data("the data", data)
    program = network if isinstance(network, Program) else lower(network)
    require_trainable(program)
    training = training or TrainingSpec()
    training = replace(training, dtype="float64", seed=training.seed if seed is None else seed)
    if isinstance(parameters, Mapping):
        parameters = program.parameters.flatten(parameters)
    state = fresh_state(program, training, data, parameters=parameters)
    program.parameters.require_vector(state.parameters)
    chosen = select_engine(engine) if isinstance(engine, str) else engine
    rows = _chosen(rows, data)
    objective = _Objective(program, data, training, state, chosen, rows, step)
    key = stream_key(training.seed, "check")
    blocks = []
    for number, block in enumerate(program.parameters.blocks):
        inside = np.sort(permutation(block.size, key, number)[:entries])
        looks = [_look(objective, block, block.offset + i, tolerance) for i in inside.tolist()]
        blocks.append(_block_check(block, looks, tolerance))
    return GradientReport(objective.value, tolerance, tuple(blocks))


def _chosen(rows: Any, data: Data) -> NDArray[np.int64]:
    """Return the numbers of the rows to look at."""
    everything = np.arange(data.n_rows)
    try:
        chosen = everything if rows is None else everything[np.asarray(rows)]
    except IndexError as error:
        raise DataError(f"rows must choose among the {data.n_rows} rows of the data: {error}") from None
    if data.weights is not None and not np.any(data.weights[chosen]):
        raise DataError("all rows to check have the weight 0; choose others")
    return chosen


@dataclass(frozen=True)
class _Look:
    """One entry: both derivatives and how far they are apart; ``error`` is None at a kink."""

    index: tuple[int, ...]
    backpropagated: float
    numerical: float
    error: float | None
    floor: float


class _Objective:
    """An engine's objective as a function of the parameters, and the sides of its kinks."""

    def __init__(
        self,
        program: Program,
        data: Data,
        training: TrainingSpec,
        state: EngineState,
        engine: Engine,
        rows: NDArray[np.int64],
        step: int,
    ) -> None:
        self.program, self.parameters = program, state.parameters
        self._plan = PlanWriter(program, training, data).gradient(rows, step)
        self._session = engine.start(program, state, data, training)
        # The side of a kink is a matter of the program, not of the engine: the reference shows it.
        self._traced = reference.start(program, state, data, training)
        self._corners = [
            (op, kink)
            for op in program.operations
            if op.opcode in ELEMENTWISE
            for kink in ELEMENTWISE[op.opcode][op.function].kinks
        ]
        self._loss = LOSSES[program.head.loss]
        switched = self._loss.switch is not None and data.targets is not None
        self._targets = data.targets[self._plan.rows] if switched and data.targets is not None else None
        self.value, self.gradient = self.value_and_gradient(self.parameters)
        self.largest_derivative = self._largest_derivative()
        self.sides = self.look(self.parameters)[1]

    def value_and_gradient(self, parameters: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        self._session.set_parameters(parameters)
        found = self._session.value_and_gradient(self._plan)
        return found.objective, found.gradient

    def _trace(self, parameters: NDArray[Any]) -> reference.Tape:
        self._traced.set_parameters(parameters)
        return self._traced.trace(self._plan)

    def _largest_derivative(self) -> float:
        """The largest number on the way back; what cancels there leaves a rest of its rounding."""
        tape = self._trace(self.parameters)
        inner = {f"d{name}" for name in self.program.outputs}
        sizes = (np.abs(e.value) for e in tape if e.name in inner)
        return max(float(np.max(size, where=np.isfinite(size), initial=0.0)) for size in sizes)

    def look(self, parameters: NDArray[Any]) -> tuple[float, list[NDArray[Any]]]:
        """Return the objective, and the sign of whatever changes its sign at a kink."""
        if not self._corners and self._targets is None:
            return self.value_and_gradient(parameters)[0], []
        tape, outputs = self._trace(parameters), self.program.outputs
        signs = [np.sign(tape[outputs[op.source]] - kink) for op, kink in self._corners]
        if self._loss.switch is not None and self._targets is not None:
            settings = self.program.head.settings.values()
            signs.append(np.sign(self._loss.switch(tape[outputs[-1]], self._targets, *settings)))
        if isinstance(self._session, reference.ReferenceSession):  # its value stands on the tape
            return float(tape["objective"]), signs
        return self.value_and_gradient(parameters)[0], signs


def _look(objective: _Objective, block: Block, place: int, tolerance: float) -> _Look:
    """Compare one entry; where it crosses a kink or disagrees, look again with finer steps."""
    index = tuple(int(i) for i in np.unravel_index(place - block.offset, block.shape))
    looks = [_compare(objective, block, place, LOOKS[0], tolerance, index)]
    for step in LOOKS[1:]:
        if looks[-1].error is not None and looks[-1].error <= tolerance:
            return looks[-1]
        looks.append(_compare(objective, block, place, step, tolerance, index))
    smooth = [look for look in looks if look.error is not None]
    best = min(smooth, key=lambda look: look.error or 0.0, default=looks[-1])
    if best.error is not None and best.error > tolerance and _unsettled(smooth):
        return replace(best, error=None)
    return best


def _unsettled(looks: list[_Look]) -> bool:
    """Say whether the numerical derivative still changes with the step: by a tenth, or of what is amiss.

    Then the function bends too sharply for any step: as good as a kink. A wrong gradient differs from
    numerical derivatives that agree with each other.
    """
    if len(looks) < 2:
        return False
    coarse, fine = looks[-2:]
    change = _relative_error(coarse.numerical, fine.numerical, fine.floor)
    amiss = abs(fine.backpropagated - fine.numerical)
    return change > UNSETTLED or abs(coarse.numerical - fine.numerical) > UNSETTLED * amiss


def _compare(
    objective: _Objective, block: Block, place: int, step: float, tolerance: float, index: tuple[int, ...]
) -> _Look:
    theta, a = objective.parameters, float(objective.gradient[place])
    h = distance(step, float(theta[place]))
    points = [moved(theta, (place,), k * h) for k in OFFSETS]
    looks = [objective.look(point) for point in points]
    values = [value for value, _ in looks]
    n = five_point(values, h)
    lost = max(max(abs(value) for value in values) / h, objective.largest_derivative)
    floor = NOISE * EPS * lost / tolerance
    crosses = any(
        not np.array_equal(s, t) for _, side in looks for s, t in zip(side, objective.sides, strict=True)
    )
    price = objective.program.penalty
    if price.l1 and block.role in price.roles:
        crosses = crosses or any(np.sign(point[place]) != np.sign(theta[place]) for point in points)
    return _Look(index, a, n, None if crosses else _relative_error(a, n, floor), floor)


def _relative_error(a: float, n: float, floor: float) -> float:
    """|a - n| / max(|a|, |n|, floor); 0 for equal numbers, infinite for numbers that are not finite."""
    if not (np.isfinite(a) and np.isfinite(n)):
        return float("inf")
    return 0.0 if a == n else abs(a - n) / max(abs(a), abs(n), floor)


def _block_check(block: Block, looks: list[_Look], tolerance: float) -> BlockCheck:
    compared = [(look.error, look) for look in looks if look.error is not None]
    error, worst = max(compared, key=lambda pair: pair[0], default=(0.0, None))
    outcome = "passed" if error <= tolerance else "FAILED"
    verdict = "nothing compared" if worst is None else outcome
    return BlockCheck(
        block.name,
        block.shape,
        block.size,
        len(compared),
        len(looks) - len(compared),
        error,
        None if worst is None else worst.index,
        0.0 if worst is None else worst.backpropagated,
        0.0 if worst is None else worst.numerical,
        tuple((look.index, look.backpropagated, look.numerical) for _, look in compared[:SHOWN]),
        verdict,
    )
