"""Plans: everything about a stretch of steps that is decided before it begins, the same for all engines.

A plan says which rows each batch has, how much they weigh together, and which numbers the formulas of
each step take beside arrays: the scalars. `ScalarPlaces` says in which column of a plan's tables a formula
finds its own.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.requirements import require_rows
from forpass.errors import DataError, SpecError
from forpass.maths.dropout import keep_threshold
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.data import Data
from forpass.spec.layout import ROLES
from forpass.spec.network import NetworkSpec
from forpass.spec.operation import Operation
from forpass.spec.optimizer import OptimizerSpec, RoleFactors
from forpass.spec.program import Program, lower
from forpass.spec.require import require_roles
from forpass.spec.training import TrainingSpec

__all__ = ["PlanWriter", "ScalarPlaces", "StepPlan", "require_single_step", "scalar_places"]


class ScalarPlaces(NamedTuple):
    """Where the numbers of a step stand in its row of `StepPlan.scalars` (`thresholds` where said).

    Attributes
    ----------
    loss_scale : int
        What the derivative of an output's loss is multiplied with: 1 / normaliser, and where losses are
        averaged over the k outputs 1 / k of that.
    l1, l2 : int
        The prices of the penalty.
    learning_rate, decay : tuple of int
        One for each block of parameters; blocks that are treated alike share them.
    coefficients : range
        What the optimiser's formula takes after the rate.
    kept_scale : mapping from an operation's number to int
        Of each dropout: what a kept value is multiplied with, 1 / (1 - rate).
    threshold : mapping from an operation's number to int
        Of each dropout, among the thresholds: random words below it mean "keep"; 0 says that nothing is
        dropped.
    """

    loss_scale: int
    l1: int
    l2: int
    learning_rate: tuple[int, ...]
    decay: tuple[int, ...]
    coefficients: range
    kept_scale: Mapping[int, int]
    threshold: Mapping[int, int]


@dataclass(frozen=True, eq=False)
class StepPlan:
    """A stretch of steps, decided before it begins.

    Attributes
    ----------
    first : int
        Global number of the first step, counting from 0.
    rows : int64 array
        Row numbers of all batches, one after the other; place p of a batch is a row of member p % members.
    bounds : int64 array of shape (steps + 1,)
        Batch i is ``rows[bounds[i]:bounds[i + 1]]``.
    weights : float64 array of shape (steps,)
        Sum of the weights of each batch; one of 0 is skipped.
    normalisers : float64 array of shape (steps,)
        What the sum of weighted losses of each batch is divided by.
    learning_rate : float64 array of shape (steps,)
        Of each step, before any factor by role.
    scalars : float64 array of shape (steps, columns)
        The numbers that formulas take beside arrays; see `ScalarPlaces`.
    thresholds : int64 array of shape (steps, dropouts)
        Of each dropout; see `ScalarPlaces`.
    """

    first: int
    rows: NDArray[np.int64]
    bounds: NDArray[np.int64]
    weights: NDArray[np.float64]
    normalisers: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    scalars: NDArray[np.float64]
    thresholds: NDArray[np.int64]

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return len(self.bounds) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of rows of each batch."""
        return self.bounds[1:] - self.bounds[:-1]

    @property
    def stop(self) -> int:
        """Global number of the step after the last."""
        return self.first + self.n_steps

    def batch(self, i: int) -> NDArray[np.int64]:
        """Return the row numbers of the i-th batch."""
        return self.rows[self.bounds[i] : self.bounds[i + 1]]

    def part(self, begin: int, end: int) -> StepPlan:
        """Return the plan of the steps begin .. end - 1, counted from the first of this one."""
        steps = slice(begin, end)
        return StepPlan(
            self.first + begin,
            self.rows[self.bounds[begin] : self.bounds[end]],
            self.bounds[begin : end + 1] - self.bounds[begin],
            self.weights[steps],
            self.normalisers[steps],
            self.learning_rate[steps],
            self.scalars[steps],
            self.thresholds[steps],
        )


def require_single_step(plan: StepPlan) -> None:
    """Refuse a plan of several steps where one is looked at.

    Raises
    ------
    SpecError
    """
    if plan.n_steps != 1:
        raise SpecError(f"a plan of one step is needed to look at its gradient; got {plan.n_steps} steps")


def scalar_places(program: Program, training: TrainingSpec) -> ScalarPlaces:
    """Decide where the scalars of a program's steps stand.

    Raises
    ------
    UnknownNameError
        When the training has factors for a role that no parameter can have.
    """
    return _places_of(program.spec, training.method, training.optimizer)[0]


@functools.lru_cache(64)
def _places_of(
    spec: NetworkSpec, method: str, optimizer: OptimizerSpec
) -> tuple[ScalarPlaces, tuple[RoleFactors, ...]]:
    """Return the places, and the factors of each block: a fit asks for them more than once."""
    program, training = lower(spec), TrainingSpec(method=method, optimizer=optimizer)
    roles = [*ROLES, *(block.role for block in program.parameters.blocks)]
    require_roles("by_role of OptimizerSpec", training.optimizer.by_role, roles)
    factors = [training.factors(block.role) for block in program.parameters.blocks]
    pairs = {factor: 3 + 2 * i for i, factor in enumerate(dict.fromkeys(factors))}
    after = 3 + 2 * len(pairs)
    dropouts = [op.number for op in _dropouts(program)]
    first = after + len(dropouts)
    places = ScalarPlaces(
        loss_scale=0,
        l1=1,
        l2=2,
        learning_rate=tuple(pairs[factor] for factor in factors),
        decay=tuple(pairs[factor] + 1 for factor in factors),
        coefficients=range(first, first + len(_coefficients(training, np.ones(1)))),
        kept_scale={number: after + i for i, number in enumerate(dropouts)},
        threshold={number: i for i, number in enumerate(dropouts)},
    )
    return places, tuple(factors)


class PlanWriter:
    """Writes the plans of a run.

    Parameters
    ----------
    program : Program
    training : TrainingSpec
    data : Data
        Examples with targets.
    rows : int64 array, optional
        Those of the examples that are trained on; all if left out. Their mean weight is what
        ``batch_mean="mean_weight"`` goes by.

    Attributes
    ----------
    places : ScalarPlaces

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> from forpass.spec.program import lower
    >>> program = lower(multilayer(1, [], 1, "squared"))
    >>> data = Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0], weights=[1.0, 3.0, 2.0])
    >>> plan = PlanWriter(program, TrainingSpec(), data).gradient(np.array([0, 1]))
    >>> plan.weights.tolist(), plan.normalisers.tolist()  # the sum, and two rows of mean weight 2
    ([4.0], [4.0])
    """

    def __init__(
        self, program: Program, training: TrainingSpec, data: Data, rows: NDArray[np.int64] | None = None
    ) -> None:
        self.program, self.training, self.data = program, training, data
        self.places, self._factors = _places_of(program.spec, training.method, training.optimizer)
        self._dropouts = _dropouts(program)
        weights = data.weights if data.weights is None or rows is None else data.weights[rows]
        self._mean_weight = 1.0 if weights is None else float(np.mean(weights, dtype=np.float64))

    def steps(
        self,
        first: int,
        rows: NDArray[np.int64],
        bounds: NDArray[np.int64],
        learning_rate: NDArray[np.float64],
        decay: NDArray[np.float64],
        dropout: NDArray[np.float64],
    ) -> StepPlan:
        """Plan steps on given batches.

        Parameters
        ----------
        first, rows, bounds
            As in `StepPlan`.
        learning_rate, decay, dropout : float64 arrays of shape (steps,)
            Learning rate, weight decay, and factor on every dropout rate, of each step.

        Raises
        ------
        SpecError
            When a factor raises a dropout rate to 1 or more.
        DataError
            When a row number is none of the data's.
        """
        self._require_dropout(dropout)
        require_rows(self.data, rows)
        self._require_members(bounds)
        weights, normalisers = self._sums(rows, bounds)
        scalars = np.empty((len(bounds) - 1, self.places.coefficients.stop))
        thresholds = np.empty((len(bounds) - 1, len(self.places.threshold)), np.int64)
        self._write_objective(scalars, weights, normalisers)
        self._write_update(scalars, first, learning_rate, decay)
        self._write_dropout(scalars, thresholds, dropout)
        return StepPlan(first, rows, bounds, weights, normalisers, learning_rate, scalars, thresholds)

    def gradient(
        self, rows: Any, step: int = 0, dropout: float = 1.0, learning_rate: float = 1.0, decay: float = 0.0
    ) -> StepPlan:
        """Plan a single step on some rows, for looking at its objective, its gradient and its update.

        Parameters
        ----------
        rows : int array
            Row numbers, from 0 on; each member sees all of them.
        step : int
            Decides the dropout masks.
        dropout : float
            Factor on every dropout rate.
        learning_rate, decay : float
            Of the update.

        Raises
        ------
        DataError
            When they are no rows of the data, are none, or weigh nothing: on such rows there is no
            objective.
        """
        rows = np.asarray(rows)
        _require_objective(self.data, rows)
        rows = np.repeat(rows.astype(np.int64, copy=False), self.program.members)
        bounds, one = np.array([0, len(rows)], np.int64), np.ones(1)
        return self.steps(step, rows, bounds, learning_rate * one, decay * one, dropout * one)

    def _require_members(self, bounds: NDArray[np.int64]) -> None:
        """Refuse batches in which a member has more rows than another."""
        k = self.program.members
        if k > 1 and np.any(bounds % k):
            raise SpecError(f"the network has {k} members, so each batch must have a multiple of {k} rows")

    def _sums(
        self, rows: NDArray[np.int64], bounds: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sum of weights and normaliser of each batch; each depends on nothing but its batch."""
        lengths: NDArray[Any] = bounds[1:] - bounds[:-1]
        if self.data.weights is None:
            weights = lengths.astype(np.float64)
        else:
            weights, filled = np.zeros(len(lengths)), lengths > 0
            drawn = self.data.weights[rows[: bounds[-1]]].astype(np.float64, copy=False)
            if filled.any():
                weights[filled] = np.add.reduceat(drawn, bounds[:-1][filled])
        own = self.training.batch_mean == "batch_weight"
        return weights, weights.copy() if own else lengths * self._mean_weight

    def _write_objective(
        self, scalars: NDArray[np.float64], weights: NDArray[np.float64], normalisers: NDArray[np.float64]
    ) -> None:
        """Write what the derivatives of losses are multiplied with, and the prices of the penalty."""
        penalty, places = self.program.penalty, self.places
        with np.errstate(divide="ignore"):  # of batches without weight, which are skipped
            share = 1.0 / weights if penalty.per == "batch_weight" else np.ones(len(weights))
            scale = 1.0 / normalisers
        if self.program.head.over_outputs == "mean":
            scale = scale / self.program.n_outputs
        scalars[:, places.loss_scale] = scale
        # no price is no price, whatever it is divided by
        scalars[:, places.l1] = penalty.l1 * share if penalty.l1 else 0.0
        scalars[:, places.l2] = penalty.l2 * share if penalty.l2 else 0.0

    def _write_update(
        self,
        scalars: NDArray[np.float64],
        first: int,
        learning_rate: NDArray[np.float64],
        decay: NDArray[np.float64],
    ) -> None:
        """Write rates, decays and the optimiser's coefficients."""
        places = self.places
        for number, factors in enumerate(self._factors):
            scalars[:, places.learning_rate[number]] = learning_rate * factors.learning_rate
            scalars[:, places.decay[number]] = decay * factors.decay
        t = np.arange(first + 1, first + 1 + len(scalars), dtype=np.float64)
        for column, values in zip(places.coefficients, _coefficients(self.training, t), strict=True):
            scalars[:, column] = values

    def _write_dropout(
        self, scalars: NDArray[np.float64], thresholds: NDArray[np.int64], dropout: NDArray[np.float64]
    ) -> None:
        """Write scale and threshold of each dropout."""
        for op in self._dropouts:
            rates = op.settings[0] * dropout
            scalars[:, self.places.kept_scale[op.number]] = 1.0 / (1.0 - rates)
            different, where = np.unique(rates, return_inverse=True)  # few, so few thresholds to compute
            kept = [0 if rate == 0.0 else max(1, keep_threshold(float(rate))) for rate in different]
            thresholds[:, self.places.threshold[op.number]] = np.array(kept, np.int64)[where]

    def _require_dropout(self, factors: NDArray[np.float64]) -> None:
        """Refuse to drop everything: a schedule may raise a rate beyond what a layer may have."""
        if not self._dropouts:
            return
        highest = max(op.settings[0] for op in self._dropouts)
        raised = highest * factors
        if np.any(raised >= 1.0):
            first = raised[np.argmax(raised >= 1.0)]
            raise SpecError(
                f"the dropout schedule raises a rate of {highest:g} to {first:g}; it must stay below 1"
            )


def _dropouts(program: Program) -> list[Operation]:
    return [op for op in program.operations if op.opcode == "dropout"]


def _coefficients(training: TrainingSpec, t: NDArray[np.float64]) -> tuple[Any, ...]:
    """What the optimiser's formula takes after the rate, in the steps that count as t = 1, 2, ..."""
    if not training.by_steps:
        return ()
    optimizer = training.optimizer
    return tuple(OPTIMIZERS[optimizer.name].coefficients(t, *optimizer.settings.values()))


def _require_objective(data: Data, rows: NDArray[Any]) -> None:
    """Refuse rows on which there is no objective: none of the data's, none at all, or without weight."""
    if rows.size == 0:
        raise DataError("there are no rows to look at; name at least one")
    if rows.dtype.kind not in "iu":
        raise DataError(f"rows must be row numbers; got {rows.dtype}")
    require_rows(data, rows)
    if data.weights is not None and not np.any(data.weights[rows]):
        raise DataError("all rows to look at have the weight 0; name at least one that counts")
