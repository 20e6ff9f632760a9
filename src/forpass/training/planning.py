"""Which examples, which rate: every step of a run, decided before the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import StepPlan
from forpass.errors import DataError, SpecError
from forpass.maths.schedules import SCHEDULES
from forpass.sampling.order import draws, permutation
from forpass.sampling.streams import stream_key
from forpass.spec.training import ScheduleSpec, TrainingSpec

__all__ = ["Order", "Planner"]

Order = Callable[[int], Any]
"""Gives for an epoch (from 0) the row numbers in the order in which they are to be seen."""


class Planner:
    """Cuts a run into epochs and steps and writes `StepPlan`s for stretches of it.

    Parameters
    ----------
    training : TrainingSpec
    n_rows : int
    order : callable, optional
        Another order of examples than the seed's.

    Examples
    --------
    >>> planner = Planner(TrainingSpec(epochs=2, batch_size=4), n_rows=10)
    >>> planner.steps_per_epoch, planner.n_steps
    (3, 6)
    >>> planner.plan(1, 3).bounds.tolist()  # the second step of an epoch, then its smaller last one
    [0, 4, 6]
    """

    def __init__(self, training: TrainingSpec, n_rows: int, order: Order | None = None) -> None:
        if order is not None and training.replacement:
            raise SpecError("order= and replacement=True both say which rows a batch has; give one of them")
        size = min(training.batch_size or n_rows, n_rows)
        self.training = training
        self.n_rows = n_rows
        self.batch_size = size
        drop = training.last_batch == "drop" or training.replacement
        self.steps_per_epoch = n_rows // size if drop else -(-n_rows // size)
        self.rows_per_epoch = self.steps_per_epoch * size if drop else n_rows
        # Schedules go by the whole plan: a run that a limit ends early has taken the same steps.
        self.planned_steps = training.epochs * self.steps_per_epoch
        limit = training.stopping.max_steps
        self.n_steps = self.planned_steps if limit is None else min(self.planned_steps, limit)
        self._order = order
        self._key = stream_key(training.seed, "order")
        self._epoch = -1
        self._rows = np.empty(0, np.int64)

    @property
    def smallest_batch(self) -> int:
        """Number of rows of the smallest batch of an epoch."""
        return self.rows_per_epoch % self.batch_size or self.batch_size

    def plan(self, first: int, stop: int, rate_multiplier: float = 1.0) -> StepPlan:
        """Plan the steps first .. stop - 1."""
        training, steps = self.training, np.arange(first, stop)
        pieces = [self._batch(step) for step in steps.tolist()]
        bounds = np.zeros(len(steps) + 1, np.int64)
        np.cumsum([len(piece) for piece in pieces], out=bounds[1:])
        rate = np.full(len(steps), training.optimizer.rate * rate_multiplier)
        for schedule in training.schedules:
            rate *= self._factors(schedule, steps)
        return StepPlan(
            first,
            np.concatenate(pieces),
            bounds,
            rate,
            (training.optimizer.weight_decay or 0.0) * self._factors(training.decay_schedule, steps),
            self._factors(training.dropout_schedule, steps),
        )

    def _batch(self, step: int) -> NDArray[np.int64]:
        if self.training.replacement:
            return draws(self.n_rows, self.batch_size, self._key, step)
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._rows = epoch, self._epoch_order(epoch)
        begin = place * self.batch_size
        return self._rows[begin : min(begin + self.batch_size, self.rows_per_epoch)]

    def _epoch_order(self, epoch: int) -> NDArray[np.int64]:
        if self._order is not None:
            rows = np.asarray(self._order(epoch))
            if rows.shape != (self.n_rows,) or rows.dtype.kind not in "iu":
                raise DataError(
                    f"order({epoch}) must give {self.n_rows} row numbers; got {rows.dtype} {rows.shape}"
                )
            if rows.min() < 0 or rows.max() >= self.n_rows:
                raise DataError(
                    f"order({epoch}) names rows {rows.min()} to {rows.max()}; "
                    f"rows run from 0 to {self.n_rows - 1}"
                )
            return rows.astype(np.int64)
        if not self.training.shuffle or self.batch_size == self.n_rows:
            # One batch of everything needs no order; summing in the order of the table is repeatable too.
            return np.arange(self.n_rows)
        return permutation(self.n_rows, self._key, epoch)

    def _factors(self, schedule: ScheduleSpec, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        epochs = steps // self.steps_per_epoch
        clocks = {
            "step": (steps, self.planned_steps),
            "epoch": (epochs, self.training.epochs),
            "example": (epochs * self.rows_per_epoch, self.training.epochs * self.rows_per_epoch),
        }
        count, total = clocks[schedule.clock]
        factor = SCHEDULES[schedule.name].factor
        values = factor(count.astype(np.float64), float(total), *schedule.settings.values())
        return np.broadcast_to(np.asarray(values, np.float64), steps.shape).copy()
