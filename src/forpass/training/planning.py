"""Which examples, which rate: every step of a run, decided before the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines import reference
from forpass.engines.plans import PlanWriter, StepPlan
from forpass.errors import DataError, SpecError
from forpass.maths.schedules import SCHEDULES
from forpass.sampling.order import draws
from forpass.sampling.streams import Key, stream_key
from forpass.spec.training import ScheduleSpec, TrainingSpec
from forpass.training.job import NOTHING_BEFORE, Beginning, Order

__all__ = ["Planner", "steps_of_an_epoch"]

ROWS_AHEAD = 100_000
"""Row numbers that are put in order in one call: one short epoch at a time takes ten times as long."""

Orders = Callable[[int, Key, int, int], NDArray[np.int64]]


def steps_of_an_epoch(training: TrainingSpec, n_rows: int) -> int:
    """Return the number of steps in which an epoch goes through so many rows.

    Examples
    --------
    >>> steps_of_an_epoch(TrainingSpec(batch_size=4), 10)
    3
    """
    size = min(training.batch_size or n_rows, n_rows)
    return n_rows // size if _drops(training) else -(-n_rows // size)


def _drops(training: TrainingSpec) -> bool:
    """Whether rows that fill no batch are left out of an epoch."""
    return training.last_batch == "drop" or training.replacement


class Planner:
    """Cuts a run into epochs and steps, and plans stretches of it.

    Parameters
    ----------
    writer : PlanWriter
        Knows program, training and data.
    rows : int64 array, optional
        The training rows; by default all of the data.
    order : callable, optional
        Another order of the training rows than the seed's.
    orders : callable
        The engine's way to make the seed's orders, many at a time.
    beginning : Beginning
        Where the first epoch on these rows begins.

    Examples
    --------
    >>> from forpass.spec.data import Data
    >>> from forpass.spec.network import multilayer
    >>> from forpass.spec.program import lower
    >>> from forpass.spec.training import TrainingSpec
    >>> data = Data(np.zeros((10, 1)), targets=np.zeros(10, int))
    >>> program = lower(multilayer(1, [], 2, "softmax_cross_entropy"))
    >>> planner = Planner(PlanWriter(program, TrainingSpec(epochs=2, batch_size=4), data))
    >>> planner.steps_per_epoch, planner.n_steps
    (3, 6)
    >>> planner.plan(1, 3).bounds.tolist()  # the second step of an epoch, then its smaller last one
    [0, 4, 6]
    """

    def __init__(
        self,
        writer: PlanWriter,
        rows: NDArray[np.int64] | None = None,
        order: Order | None = None,
        orders: Orders = reference.orders,
        beginning: Beginning = NOTHING_BEFORE,
    ) -> None:
        training, n_rows = writer.training, writer.data.n_rows if rows is None else len(rows)
        if order is not None and training.replacement:
            raise SpecError("order= and replacement=True both say which rows a batch has; give one of them")
        size = min(training.batch_size or n_rows, n_rows)
        self.training, self._writer, self._members = training, writer, writer.program.members
        self.n_rows, self._rows = n_rows, rows
        self.batch_size = size
        self.beginning = beginning
        self.steps_per_epoch = steps_of_an_epoch(training, n_rows)
        self.rows_per_epoch = self.steps_per_epoch * size if _drops(training) else n_rows
        # Schedules go by the whole plan: a run that a limit ends early has taken the same steps.
        self.planned_steps = self.end_of(training.epochs - 1)
        limit = training.stopping.max_steps
        self.n_steps = self.planned_steps if limit is None else min(self.planned_steps, limit)
        self._order, self._orders = order, orders
        self._first_known, self._known = 0, np.empty((0, n_rows * self._members), np.int64)

    @property
    def smallest_batch(self) -> int:
        """Number of rows of the smallest batch of an epoch."""
        return self.rows_per_epoch % self.batch_size or self.batch_size

    def end_of(self, epoch: int) -> int:
        """Return the number of steps taken when an epoch, counted from 0, has ended."""
        return self.beginning.step + (epoch + 1 - self.beginning.epoch) * self.steps_per_epoch

    def require_within(self, epoch: int, step: int) -> None:
        """Refuse to go on from a state that has another number of steps after so many epochs.

        Raises
        ------
        SpecError
        """
        begin, end = (self.end_of(epoch + i) for i in (-1, 0))
        if not begin <= step < end:
            raise SpecError(
                f"the state stands at step {step} after {epoch} epochs, but here "
                f"the next epoch goes from step {begin} to {end}; give the state of a run on as many rows"
            )

    def places(self, steps: Any) -> tuple[Any, Any]:
        """Return the epoch of each step and its place in it, both counted from 0."""
        epochs, places = np.divmod(steps - self.beginning.step, self.steps_per_epoch)
        return epochs + self.beginning.epoch, places

    def plan(self, first: int, stop: int, rate_multiplier: float = 1.0) -> StepPlan:
        """Plan the steps first .. stop - 1."""
        training, steps = self.training, np.arange(first, stop)
        if training.replacement:
            size = self.batch_size * self._members
            rows = draws(self.n_rows, size, self._key(), steps).ravel()
            bounds = np.arange(len(steps) + 1) * size
        else:
            rows, bounds = self._stretch(steps)
        if self._rows is not None:
            rows = self._rows[rows]
        rate = np.full(len(steps), training.optimizer.learning_rate * rate_multiplier)
        for schedule in training.schedules:
            rate *= self._factors(schedule, steps)
        return self._writer.steps(
            first,
            rows,
            bounds,
            rate,
            (training.optimizer.weight_decay or 0.0) * self._factors(training.decay_schedule, steps),
            self._factors(training.dropout_schedule, steps),
        )

    def _stretch(self, steps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row numbers and bounds of steps in a row: epochs lie one after the other, cut into batches."""
        epochs, places = self.places(steps)
        begins = epochs * self.rows_per_epoch
        ends = begins + np.minimum((places + 1) * self.batch_size, self.rows_per_epoch)
        begin = int(begins[0] + places[0] * self.batch_size)
        bounds = np.concatenate([[begin], ends]) - begin
        k = self._members
        rows = self._epochs(int(epochs[0]), int(epochs[-1]) + 1)[:, : self.rows_per_epoch * k].ravel()
        offset, bounds = (begin - int(begins[0])) * k, bounds * k
        return rows[offset : offset + int(bounds[-1])], bounds

    def _epochs(self, first: int, stop: int) -> NDArray[np.int64]:
        """The orders of some epochs, (epochs, rows of all members); kept, for a stretch may end early."""
        known = self._known[first - self._first_known :] if first >= self._first_known else self._known[:0]
        begin = first + len(known)
        if begin < stop:
            new = self._new_epochs(begin, stop - begin)
            known = np.concatenate([known, new]) if len(known) else new
        self._first_known, self._known = first, known
        return known[: stop - first]

    def _new_epochs(self, first: int, count: int) -> NDArray[np.int64]:
        """The orders of at least `count` epochs.

        Each member has an order of its own, and place i k + m of an epoch is row i of member m's; but an
        order that is not the seed's is that of all members.
        """
        k = self._members
        if self._order is not None:
            own = [self._own_order(self._order, epoch) for epoch in range(first, first + count)]
            return np.stack(own).repeat(k, axis=1)
        count = max(count, min(ROWS_AHEAD // (self.n_rows * k), self.training.epochs - first))
        if not self.training.shuffle or self.batch_size == self.n_rows:
            # One batch of everything needs no order; summing in the order of the table is repeatable too.
            rows = np.arange(self.n_rows).repeat(k)
            return rows[None].repeat(count, axis=0)  # broadcast_to costs a short fit more
        orders = self._orders(self.n_rows, self._key(), first * k, count * k)
        return orders if k == 1 else orders.reshape(count, k, -1).swapaxes(1, 2).reshape(count, -1)

    def _key(self) -> Key:
        """What keys the random orders; found out only where there are such."""
        return stream_key(self.training.seed, "order")

    def _own_order(self, order: Order, epoch: int) -> NDArray[np.int64]:
        rows = np.asarray(order(epoch))
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

    def _factors(self, schedule: ScheduleSpec, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        if schedule.name == "constant":
            return np.ones(len(steps))
        count, total = steps, self.planned_steps
        if schedule.clock != "step":
            count, total = self.places(steps)[0], self.training.epochs
        if schedule.clock == "example":
            count, total = self._examples_before(count), self._examples_before(total)
        factor = SCHEDULES[schedule.name].factor
        values = factor(count.astype(np.float64), float(total), *schedule.settings.values())
        return np.broadcast_to(np.asarray(values, np.float64), steps.shape).copy()

    def _examples_before(self, epoch: Any) -> Any:
        """How many examples have been seen when an epoch, counted from 0, begins."""
        return self.beginning.examples + (epoch - self.beginning.epoch) * self.rows_per_epoch
