"""The loop: plan a stretch of steps, let the engine advance, look, decide, go on.

All that depends on time or on people (how long a stretch is, Ctrl-C, a limit in seconds, listeners)
decides only *where* the run pauses or ends, never what a step computes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import Engine, State, StepPlan, StepStats, fresh_state
from forpass.engines.requirements import require_inputs, require_targets, require_trainable
from forpass.errors import SpecError
from forpass.model.scores import default_metric, require_metric
from forpass.spec.data import Data
from forpass.spec.program import Program
from forpass.spec.training import LBFGS, TrainingSpec
from forpass.training.divergence import explain_divergence
from forpass.training.events import EpochEnded, Event, Listener, TrainingEnded, TrainingStarted
from forpass.training.guards import interruptible, one_blas_thread
from forpass.training.history import History, measure
from forpass.training.lbfgs import minimise
from forpass.training.planning import NOTHING_BEFORE, Beginning, Order, Planner
from forpass.training.stopping import keep_best, monitored, on_plateau, watch

__all__ = ["Job", "Outcome", "fit"]

SECONDS_PER_STRETCH = 0.05  # often enough for Ctrl-C to feel prompt, rarely enough to cost nothing
GROWTH = 8  # of a stretch over the one before: the first of one step tells little of how long a step is


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run came to.

    Attributes
    ----------
    state : State
        Where the run stands: continuing from it is continuing the run.
    history : list of dict
    ended : TrainingEnded
    """

    state: State
    history: History
    ended: TrainingEnded

    @property
    def parameters(self) -> Any:
        """The parameters to use: the best if any were kept, otherwise the last."""
        best = self.state.progress.best_parameters
        return self.state.parameters if best is None else best

    @property
    def buffers(self) -> Any:
        """The buffers that belong to `parameters`."""
        best = self.state.progress.best_buffers
        return self.state.buffers if best is None else best


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be trained, how, on what and by what.

    Attributes
    ----------
    program, training : Program, TrainingSpec
    data : Data
        Examples with targets.
    engine : Engine
    validation : Data, optional
        Examples that are only looked at.
    order : callable, optional
        ``order(epoch)`` gives the row numbers in the order in which they are to be seen.
    metric : str, optional
        A name of the registry METRICS; by default accuracy or r2.
    listener : callable, optional
        Is told of every event; see `events`.
    beginning : Beginning
        What was done on other examples before these, when a state is trained further on new ones.

    Raises
    ------
    DataError, SpecError
        When data, program and training do not fit together.
    """

    program: Program
    training: TrainingSpec
    data: Data
    engine: Engine
    validation: Data | None = None
    order: Order | None = None
    metric: str | None = None
    listener: Listener | None = None
    beginning: Beginning = NOTHING_BEFORE

    def __post_init__(self) -> None:
        for examples in (self.data, self.validation):
            if examples is not None:
                require_inputs(self.program, examples)
                require_targets(self.program, examples)
        require_trainable(self.program)
        require_metric(self.metric or default_metric(self.program.head), self.program.head)
        if self.order is not None and self.training.optimizer.name == LBFGS:
            raise SpecError("lbfgs takes all examples at once: leave out order")
        monitor = self.training.stopping.monitor
        if self.validation is None and monitor.startswith("validation"):
            raise SpecError(f"{monitor} is monitored but there are no validation data; give some")


def fit(
    job: Job,
    state: State | None = None,
    history: History | None = None,
    on_pause: Callable[[State, History], None] | None = None,
) -> Outcome:
    """Train a program on examples.

    Parameters
    ----------
    job : Job
    state, history : State, list of dict, optional
        Where to continue; by default from the beginning.
    on_pause : callable, optional
        Is handed state and history after every epoch that ends a stretch, and at the end, for
        checkpoints.

    Returns
    -------
    Outcome

    Raises
    ------
    DivergenceError
        When a loss or a parameter is not finite; the message names epoch, batch and layer.
    """
    state = state or fresh_state(job.program, job.training)
    run = _Run(job, state, list(history or []), on_pause)
    with one_blas_thread, interruptible() as interrupted:
        run.interrupted = interrupted
        return run.lbfgs() if job.training.optimizer.name == LBFGS else run.steps()


class _Run:
    """One run: the job, and where it stands."""

    interrupted: Callable[[], bool]

    def __init__(
        self, job: Job, state: State, history: History, on_pause: Callable[[State, History], None] | None
    ) -> None:
        self.program, self.training, self.data, self.engine = job.program, job.training, job.data, job.engine
        self.validation, self.listener, self.on_pause = job.validation, job.listener, on_pause
        self.metric = job.metric or default_metric(job.program.head)
        self.monitor = monitored(job.training.stopping, job.validation is not None)
        self.planner = Planner(job.training, job.data.n_rows, job.order, job.engine.orders, job.beginning)
        if job.program.uses("batch_norm") and self.planner.smallest_batch == 1:
            raise SpecError(
                "batch_norm cannot learn from a batch of one row, which has no variance; "
                'take another batch_size, or last_batch="drop" in TrainingSpec'
            )
        self.progress, self.history = state.progress, history
        self.engine_state = job.engine.start(job.program, state, job.data, job.training)
        self.began = time.perf_counter()
        self.seconds_before = history[-1]["seconds"] if history else 0.0
        self.reason = ""

    # -- the two ways to train -------------------------------------------------------------------
    def steps(self) -> Outcome:
        """Train step by step."""
        self._announce()
        planner, n_steps = self.planner, 1
        self.reason = self._reason_at_start()
        while not self.reason:
            first = self.progress.step
            stop = min(first + n_steps, self._next_pause())
            started = time.perf_counter()
            plan = planner.plan(first, stop, self.progress.rate_multiplier)
            before = self.engine.export_state(self.engine_state)
            stats = self.engine.advance(self.engine_state, plan)
            took = time.perf_counter() - started
            if stats.bad_step is not None:
                raise explain_divergence(
                    self.program,
                    self.training,
                    self.data,
                    before,
                    plan,
                    stats.bad_step,
                    planner.places(stats.bad_step),
                )
            affordable = int(SECONDS_PER_STRETCH * plan.n_steps / max(took, 1e-9))
            n_steps = max(1, min(GROWTH * n_steps, affordable))
            self._account(plan, stats)
            self._decide()
        return self._end()

    def lbfgs(self) -> Outcome:
        """Train by L-BFGS: each iteration counts as an epoch and as a step."""
        self._announce()

        def iteration(loss: float) -> str:
            self.progress = self.progress._replace(step=self.progress.step + 1, loss_sum=loss, weight_sum=1.0)
            self._epoch_ended(0.0)
            self._decide()
            return self.reason

        self.reason = self._reason_at_start()
        if not self.reason:
            done = self.progress.epoch
            self.reason = minimise(
                self.program, self.training, self.data, self.engine, self.engine_state, done, iteration
            )
        return self._end()

    # -- between stretches -----------------------------------------------------------------------
    def _next_pause(self) -> int:
        """The step at which somebody wants to look, or a plateau may have been reached, or the last."""
        progress, epoch = self.progress, self.progress.epoch
        patience, every = self.training.stopping.patience, self.training.validate_every
        ends = []
        if self.listener is not None or self.on_pause is not None:
            ends.append(epoch + 1)
        if self.validation is not None or self.training.training_metrics:
            ends.append((epoch // every + 1) * every)
        if patience is not None:  # so many epochs it takes at least: no pause before is missed
            ends.append(epoch + patience + 1 - progress.looks_without_improvement)
        if not ends:
            return self.planner.n_steps
        return min(self.planner.end_of(min(ends) - 1), self.planner.n_steps)

    def _account(self, plan: StepPlan, stats: StepStats) -> None:
        """Add the batches' losses to the running loss and close every epoch that ended.

        The sums go strictly from batch to batch, so that they do not depend on where a stretch ends.
        """
        planner, begin = self.planner, 0
        weighted = stats.losses * stats.normalisers
        while begin < plan.n_steps:
            epoch_ends = planner.end_of(self.progress.epoch)
            end = min(plan.n_steps, epoch_ends - plan.first)
            self.progress = self.progress._replace(
                step=plan.first + end,
                loss_sum=_added(self.progress.loss_sum, weighted[begin:end]),
                weight_sum=_added(self.progress.weight_sum, stats.weights[begin:end]),
            )
            if self.progress.step in (epoch_ends, planner.n_steps):
                self._epoch_ended(float(plan.rate[end - 1]))
            begin = end

    def _epoch_ended(self, rate: float) -> None:
        """Write the epoch's record; look at the data if it is time; judge what was seen."""
        progress, weight = self.progress, self.progress.weight_sum
        record: dict[str, Any] = {
            "epoch": progress.epoch + 1,
            "step": progress.step,
            "training_loss": progress.loss_sum / weight if weight else 0.0,
            "rate": rate,
            "seconds": self._seconds(),
        }
        self.progress = progress._replace(epoch=progress.epoch + 1, loss_sum=0.0, weight_sum=0.0)
        looked = self._look(record)
        best_before = self.progress.best_epoch
        if looked and self.validation is not None and self.training.stopping.restore_best:
            state = self.engine.export_state(self.engine_state)
            self.progress = keep_best(self.progress, self.monitor, record, state)
        if self.monitor in record:
            self.progress = watch(self.progress, self.training.stopping, self.monitor, record)
        self.history.append(record)
        stop = self._tell(EpochEnded(record, self.training.epochs, self.progress.best_epoch != best_before))
        if stop:
            self.reason = "listener"

    def _look(self, record: dict[str, Any]) -> bool:
        last = self.progress.epoch == self.training.epochs or self.progress.step == self.planner.n_steps
        if self.progress.epoch % self.training.validate_every and not last:
            return False
        args = (self.program, self.engine, self.engine_state)
        if self.validation is not None:
            record["metric"] = self.metric
            record["validation_loss"], record["validation_metric"] = measure(
                *args, self.validation, self.metric
            )
        if self.training.training_metrics:
            record["metric"] = self.metric
            record["training_metric"] = measure(*args, self.data, self.metric)[1]
        return True

    def _decide(self) -> None:
        """Find a reason to end, if there is one."""
        progress, stopping = self.progress, self.training.stopping
        at_epoch_end = bool(self.history) and self.history[-1]["step"] == progress.step
        if at_epoch_end:
            self.progress, plateau = on_plateau(progress, stopping, self.training.optimizer.rate)
            if plateau:
                self.reason = self.reason or "plateau"
        if (
            not self.reason
            and self.training.optimizer.name != LBFGS
            and progress.step >= self.planner.n_steps
        ):
            self.reason = self._planned_reason()
        if not self.reason and self.interrupted():
            self.reason = "interrupted"
        if (
            not self.reason
            and stopping.max_seconds is not None
            and self._seconds_here() >= stopping.max_seconds
        ):
            self.reason = "max_seconds"
        if at_epoch_end and not self.reason and self.on_pause is not None:  # `_end` sees to the last one
            self.on_pause(self._state(), self.history)

    # -- beginning and end -----------------------------------------------------------------------
    def _announce(self) -> None:
        epochs, steps = self.training.epochs, self.planner.n_steps
        if self.training.optimizer.name == LBFGS:
            steps = min(epochs, self.training.stopping.max_steps or epochs)
        self._tell(TrainingStarted(epochs, steps, self.data.n_rows, self.progress.epoch + 1, self.metric))

    def _reason_at_start(self) -> str:
        """Find a reason not to take a step at all: the run that is continued had come to its end."""
        if on_plateau(self.progress, self.training.stopping, self.training.optimizer.rate)[1]:
            return "plateau"
        if self.training.optimizer.name == LBFGS:
            return "epochs" if self.progress.epoch >= self.training.epochs else ""
        return self._planned_reason() if self.progress.step >= self.planner.n_steps else ""

    def _end(self) -> Outcome:
        ended = TrainingEnded(
            self.reason, self.progress.epoch, self.progress.step, self.progress.best_epoch, self._seconds()
        )
        self._tell(ended)
        state = self._state()
        if self.on_pause is not None:
            self.on_pause(state, self.history)
        return Outcome(state, self.history, ended)

    def _state(self) -> State:
        state = self.engine.export_state(self.engine_state)
        return State(state.parameters, state.buffers, state.slots, self.progress)

    def _planned_reason(self) -> str:
        limit = self.training.stopping.max_steps
        return "max_steps" if limit is not None and self.planner.n_steps == limit else "epochs"

    def _seconds(self) -> float:
        return self.seconds_before + self._seconds_here()

    def _seconds_here(self) -> float:
        return time.perf_counter() - self.began

    def _tell(self, event: Event) -> bool:
        return self.listener is not None and self.listener(event) is True


def _added(total: float, terms: NDArray[np.float64]) -> float:
    """Add numbers one after the other."""
    terms = terms.copy()
    terms[0] += total
    return float(terms.cumsum()[-1])
