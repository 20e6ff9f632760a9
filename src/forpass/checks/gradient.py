"""The gradient check: backpropagation against a numerical derivative, entry by entry.

What it is: the one test that finds every mistake in a backward pass, for any network, without
knowing how its gradient is made. It moves one parameter at a time a little and looks at what the
objective does: in float64, with the dropout masks of one fixed step and the batch's own statistics,
so that the objective is a function of the parameters alone; penalty and weights are part of it.

What it is not: a proof for entries beside a kink. Where a step would pass the corner of a relu, of
a loss or of an L1 penalty, there is no derivative to compare with; such entries are counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines import reference
from forpass.engines.protocol import Engine, State, fresh_state
from forpass.engines.requirements import require_trainable
from forpass.engines.select import select_engine
from forpass.errors import DataError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.losses import LOSSES
from forpass.sampling.order import permutation
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.layout import Block
from forpass.spec.network import NetworkSpec
from forpass.spec.program import Program, lower
from forpass.spec.require import finite_number, whole_number
from forpass.spec.training import TrainingSpec

__all__ = ["BlockCheck", "GradientReport", "gradient_check", "numerical_gradient"]

STEP = 2.0**-10
"""How far an entry is moved, relative to its size where that is above 1.

The five-point formula errs by step^4 / 30 times the fifth derivative, here 3e-14 of it, and by the
rounding of the objective, eps / step = 2e-13 of its value: near the best balance in float64. A power of
two, so that the step itself is exact.
"""

LOOKS = (STEP, STEP * 2.0**-4, STEP * 2.0**-8)
"""Steps for a second and third look at entries that cross a kink or disagree.

Few of those that cross a kink still do so with a finer step, and a function that bends sharply (a
normalisation of nearly equal numbers) looks smooth. A wrong gradient stays wrong at any step.
"""

NOISE = 16.0
"""Rounding of an objective, in units of eps times its value: it is the end of a few rounded sums."""

UNSETTLED = 0.1
OFFSETS = (-2.0, -1.0, 1.0, 2.0)
EPS = float(np.finfo(np.float64).eps)
ENTRIES = 200
SHOWN = 10


def numerical_gradient(
    function: Callable[[NDArray[np.float64]], Any], x: Any, step: float = STEP
) -> NDArray[np.float64]:
    r"""Take the derivative of a function of an array by each of its entries, without knowing the function.

    .. math:: f'(x) \approx \frac{8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))}{12 h}

    Parameters
    ----------
    function : callable
        Takes a float64 array in the shape of `x` and returns one number.
    x : array of any shape
        Where to take the derivative; it is not changed.
    step : float
        h, best a power of two; for entries larger than 1 it is multiplied with their size.

    Returns
    -------
    float64 array in the shape of `x`

    Raises
    ------
    DataError
        When the function returns more than one number.

    Examples
    --------
    >>> numerical_gradient(lambda x: x[0] ** 2 + 3.0 * x[1], [2.0, 5.0]).round(9).tolist()
    [4.0, 3.0]
    """
    finite_number("step of numerical_gradient", step, above=0.0)
    x = np.array(x, dtype=np.float64)
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        h = _distance(step, float(x[index]))
        gradient[index] = _five_point([_one_number(function(_moved(x, index, k * h))) for k in OFFSETS], h)
    return gradient


@dataclass(frozen=True)
class BlockCheck:
    """What the check found for one block of parameters.

    Attributes
    ----------
    name : str
        As in the layout: ``W1``.
    shape : tuple of int
    entries, compared, crossing : int
        Entries in the block; those compared; those left out because their step crosses a kink, or a bend
        too sharp for any step.
    error : float
        Worst relative error among those compared; 0 if there are none.
    index : tuple of int or None
        Where it is.
    backpropagated, numerical : float
        The two numbers there.
    first : tuple of (index, backpropagated, numerical)
        The first 10 entries that were compared, for looking at.
    verdict : str
        ``"passed"``, ``"FAILED"``, or ``"nothing compared"``.
    """

    name: str
    shape: tuple[int, ...]
    entries: int
    compared: int
    crossing: int
    error: float
    index: tuple[int, ...] | None
    backpropagated: float
    numerical: float
    first: tuple[tuple[tuple[int, ...], float, float], ...]
    verdict: str


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found; printing it shows a table.

    Attributes
    ----------
    value : float
        The objective.
    tolerance : float
        Largest relative error that passes.
    blocks : tuple of BlockCheck
    """

    value: float
    tolerance: float
    blocks: tuple[BlockCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether no block failed, and something was compared at all."""
        return all(b.verdict != "FAILED" for b in self.blocks) and any(b.compared for b in self.blocks)

    @property
    def worst(self) -> BlockCheck:
        """The block with the largest relative error."""
        return max(self.blocks, key=lambda block: block.error)

    def __str__(self) -> str:
        """One line of verdict, one for each block, and the numbers of the first block that failed."""
        failed = [block for block in self.blocks if block.verdict == "FAILED"]
        lines = [self._headline(failed), "", *_aligned([_TITLES, *(_cells(block) for block in self.blocks)])]
        if failed:
            rows = [("", *_NUMBERS)]
            rows += [
                (failed[0].name + _bracketed(i), f"{a:.10g}", f"{n:.10g}") for i, a, n in failed[0].first
            ]
            lines += ["", f"first {len(failed[0].first)} numbers of {failed[0].name}:", *_aligned(rows)]
        return "\n".join(lines)

    def _headline(self, failed: list[BlockCheck]) -> str:
        limit = f"tolerance {self.tolerance:g}"
        if failed:
            return f"gradient check FAILED for {', '.join(block.name for block in failed)} ({limit})"
        if not self.passed:
            return "gradient check found nothing to compare: every step crosses a kink; give other parameters"
        return f"gradient check passed: worst relative error {self.worst.error:.1e} ({limit})"


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
        At most so many of each block are checked, drawn at random.
    tolerance : float
        Largest relative error that passes.

    Returns
    -------
    GradientReport

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
    program = network if isinstance(network, Program) else lower(network)
    require_trainable(program)
    training = training or TrainingSpec()
    training = replace(training, dtype="float64", seed=training.seed if seed is None else seed)
    if isinstance(parameters, Mapping):
        parameters = program.parameters.flatten(parameters)
    state = fresh_state(program, training, parameters)
    program.parameters.views(state.parameters)  # refuses a vector of another length
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
        state: State,
        engine: Engine,
        rows: NDArray[np.int64],
        step: int,
    ) -> None:
        self.program, self.rows, self.step = program, rows, step
        self.parameters = state.parameters
        self._engine = engine
        self._started = engine.start(program, state, data, training)
        # The side of a kink is a matter of the program, not of the engine: the reference shows it.
        self._traced = reference.start(program, state, data, training)
        self._corners = [
            op for op in program.operations if op.opcode == "activation" and ACTIVATIONS[op.function].kinks
        ]
        self._loss = LOSSES[program.head.loss]
        self._targets = None if self._loss.switch is None or data.targets is None else data.targets[rows]
        self.value, self.gradient = self.value_and_gradient(self.parameters)
        self.largest_derivative = self._largest_derivative()
        self.sides = self.look(self.parameters)[1]

    def value_and_gradient(self, parameters: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        self._engine.import_parameters(self._started, parameters)
        return self._engine.value_and_gradient(self._started, self.rows, self.step)

    def _largest_derivative(self) -> float:
        """The largest number on the way back; what cancels there leaves a rest of its rounding."""
        reference.import_parameters(self._traced, self.parameters)
        tape = reference.trace(self._traced, self.rows, self.step)
        inner = {f"d{name}" for name in self.program.outputs}
        sizes = (np.abs(e.value) for e in tape if e.name in inner)
        return max(float(np.max(size, where=np.isfinite(size), initial=0.0)) for size in sizes)

    def look(self, parameters: NDArray[Any]) -> tuple[float, list[NDArray[Any]]]:
        """Return the objective, and the sign of whatever changes its sign at a kink."""
        if not self._corners and self._targets is None:
            return self.value_and_gradient(parameters)[0], []
        reference.import_parameters(self._traced, parameters)
        tape, outputs = reference.trace(self._traced, self.rows, self.step), self.program.outputs
        signs = [
            np.sign(tape[outputs[op.source]] - kink)
            for op in self._corners
            for kink in ACTIVATIONS[op.function].kinks
        ]
        if self._loss.switch is not None and self._targets is not None:
            settings = self.program.head.settings.values()
            signs.append(np.sign(self._loss.switch(tape[outputs[-1]], self._targets, *settings)))
        if self._engine is reference:  # its value is what stands on the tape: no second pass
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
    h = _distance(step, float(theta[place]))
    points = [_moved(theta, (place,), k * h) for k in OFFSETS]
    looks = [objective.look(point) for point in points]
    values = [value for value, _ in looks]
    n = _five_point(values, h)
    lost = max(max(abs(value) for value in values) / h, objective.largest_derivative)
    floor = NOISE * EPS * lost / tolerance
    crosses = any(
        not np.array_equal(s, t) for _, side in looks for s, t in zip(side, objective.sides, strict=True)
    )
    price = objective.program.penalty
    if price.l1 and block.kind in price.kinds:
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


def _distance(step: float, x: float) -> float:
    """Scale a step to a number larger than 1: by a power of two, so that x + step is not rounded."""
    return math.ldexp(step, max(0, math.frexp(x)[1] - 1))


def _moved(x: NDArray[np.float64], index: tuple[int, ...], by: float) -> NDArray[np.float64]:
    """Return a copy of x in which one entry is moved."""
    moved = x.copy()
    moved[index] += by
    return moved


def _five_point(values: list[float], h: float) -> float:
    """Return the derivative from the values at -2h, -h, h and 2h."""
    far_left, left, right, far_right = values
    return (8.0 * (right - left) - (far_right - far_left)) / (12.0 * h)


def _one_number(value: Any) -> float:
    if np.size(value) != 1:
        raise DataError(
            f"the function must return one number; it returned an array of shape {np.shape(value)}"
        )
    return float(np.reshape(value, ()))


_NUMBERS = ("backpropagated", "numerical")
_TITLES = ("block", "shape", "entries", "compared", "at kinks", "worst error", "at", *_NUMBERS, "")


def _cells(block: BlockCheck) -> tuple[str, ...]:
    shape = " x ".join(str(d) for d in block.shape)
    counts = (f"{block.entries:,}", str(block.compared), str(block.crossing))
    if block.index is None:
        return (block.name, shape, *counts, "", "", "", "", block.verdict)
    numbers = (
        f"{block.error:.1e}",
        _bracketed(block.index),
        f"{block.backpropagated:.8g}",
        f"{block.numerical:.8g}",
    )
    return (block.name, shape, *counts, *numbers, block.verdict)


def _bracketed(index: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(i) for i in index) + "]"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Pad cells to columns: the first and last to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    last = len(widths) - 1
    sides = [str.ljust if i == 0 or i == last > 2 else str.rjust for i in range(len(widths))]
    return [
        "  ".join(side(c, w) for side, c, w in zip(sides, row, widths, strict=True)).rstrip() for row in rows
    ]
