"""A run: a job under way, driven from outside one stretch of steps at a time.

All that depends on time or on people (how long a stretch is, Ctrl-C, a limit in seconds, listeners)
decides only *where* the run pauses or ends, never what a step computes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.ma  # np.unique would import it in the middle of a training, where no fork waits for it
from numpy.typing import NDArray

from forpass.engines.initial import fresh_state
from forpass.engines.plans import PlanWriter, StepPlan
from forpass.engines.protocol import EngineState, StepStats
from forpass.engines.select import select_engine
from forpass.errors import SpecError
from forpass.model.history import EpochRecord
from forpass.model.provenance import Ended
from forpass.spec.data import Data
from forpass.spec.require import require_count, require_instance
from forpass.training.divergence import explain_divergence
from forpass.training.events import EpochEnded, Event, Listener, StepsEnded, TrainingEnded, TrainingStarted
from forpass.training.job import Job
from forpass.training.lbfgs import minimise, require_one_function
from forpass.training.looking import look
from forpass.training.outcome import Outcome
from forpass.training.planning import Planner
from forpass.training.probing import Stretch, gradients_of
from forpass.training.state import RunState
from forpass.training.stopping import keep_best, monitored, on_plateau, watch

__all__ = ["Run"]

SECONDS_PER_STRETCH = 0.05  # often enough for Ctrl-C to feel prompt, rarely enough to cost nothing
GROWTH = 8  # of a stretch over the one before: the first of one step tells little of how long a step is


class Run:
    """A job under way.

    Whoever drives it calls `advance` until it is `done`, and holds `one_blas_thread()` meanwhile.
    A run by steps can be driven in smaller pieces: ask for a plan, let the session advance, and hand in
    what came of it (`plan`, `accept`).

    Its clock starts with the first plan, so that a run which waits for its turn loses nothing of its
    `max_seconds`. From then on time goes by, whoever takes it.

    Parameters
    ----------
    job : Job
    state : RunState, optional
        Where to go on; by default at the job's beginning.
    history : sequence of EpochRecord
        What has been recorded by then.
    listener : callable, optional
        Is told of every event; see `events`.
    every_epoch : bool
        Pause after every epoch, also without a listener.

    Attributes
    ----------
    job, program, session, planner, steps_told
    history : list of EpochRecord
        One for each epoch by now.
    progress : Progress
    reason : str
        Why it ended; "" while it goes on.
    asked : callable
        Is asked between stretches for a reason to end, "" where there is none.

    Raises
    ------
    DataError, SpecError
        When data, spec and training do not fit together.

    Examples
    --------
    >>> import forpass as fp
    >>> xor = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])
    >>> spec = fp.multilayer(2, [4], 1, "sigmoid_cross_entropy", activation="tanh")
    >>> run = Run(Job(spec, fp.TrainingSpec(epochs=3), xor))
    >>> while not run.done:
    ...     plan = run.plan()
    ...     run.accept(plan, run.session.advance(plan))
    >>> run.reason, run.progress.step, [record.epoch for record in run.history]
    ('epochs', 3, [1, 2, 3])
    """

    def __init__(
        self,
        job: Job,
        state: RunState | None = None,
        history: Sequence[EpochRecord] = (),
        *,
        listener: Listener | None = None,
        every_epoch: bool = False,
    ) -> None:
        require_instance("the job of a run", job, Job)
        if listener is not None and not callable(listener):
            raise SpecError(f"the listener must be a function that takes an event; got {listener!r}")
        self.job, self.program, self.history = job, job.program, list(history)
        self.listener, self.every_epoch = listener, every_epoch or listener is not None
        self.asked: Callable[[], str] = lambda: ""
        self.steps_told: int | None = None
        self.reason = ""
        self._ended: Ended | None = None
        job.require_data()
        if not job.training.by_steps:
            require_one_function(self.program)
        if state is not None:
            require_instance("the state of a run", state, RunState)
        engine = select_engine(job.engine)
        state = state or RunState(fresh_state(self.program, job.training, job.data, job.rows, job.parameters))
        self.session = engine.start(self.program, state.engine, job.data, job.training)
        self.session.threads = job.threads
        writer = PlanWriter(self.program, job.training, job.data, job.rows)
        self.planner = Planner(writer, job.rows, job.order, engine.orders, job.beginning)
        if self.program.uses("batch_norm") and self.planner.smallest_batch == 1:
            raise SpecError(
                "batch_norm cannot learn from a batch of one row, which has no variance; "
                'take another batch_size, or last_batch="drop" in TrainingSpec'
            )
        self.progress, self.engine_name = state.progress, engine.NAME
        self._writer, self._metric = writer, job.measured
        self._monitor = monitored(job.training.stopping, job.validation_part is not None)
        self._before: EngineState | None = state.engine
        self._n_steps = 1
        self._untold = Stretch(self.progress.step)
        self._began: float | None = None
        self._seconds_before = self.history[-1].seconds if self.history else 0.0
        self._tell_start()
        self.stop(self._reason_at_start())

    # -- driving ---------------------------------------------------------------------------------
    @property
    def done(self) -> bool:
        """Whether it has come to its end."""
        return bool(self.reason)

    def advance(self) -> None:
        """Go on: a stretch of steps of some hundredths of a second; of L-BFGS all that is left.

        Raises
        ------
        SpecError
            When it has ended.
        DivergenceError
            When a loss or a parameter is not finite; the message names epoch, batch and layer.
        """
        self._go_on()
        if not self.job.training.by_steps:
            self._minimise()
            return
        started = time.perf_counter()
        plan = self.plan()
        stats = self.session.advance(plan)
        took = time.perf_counter() - started
        affordable = int(SECONDS_PER_STRETCH * plan.n_steps / max(took, 1e-9))
        self._n_steps = max(1, min(GROWTH * self._n_steps, affordable))
        self.accept(plan, stats)

    def plan(self) -> StepPlan:
        """Plan the next stretch, which ends no later than where somebody wants to look.

        Raises
        ------
        SpecError
            When the run has ended.
        """
        self._go_on()
        first = self.progress.step
        stop = min(first + self._n_steps, self._next_pause())
        self._before = self._before or self.session.state()
        return self.planner.plan(first, stop, self.progress.rate_multiplier)

    def accept(self, plan: StepPlan, stats: StepStats) -> None:
        """Take note of what came of a plan, look if it is time to, and decide whether to go on.

        Raises
        ------
        DivergenceError
            When a loss or a parameter is not finite; the message names epoch, batch and layer.
        """
        if stats.bad_step is not None:
            assert self._before is not None  # `plan` kept it
            raise explain_divergence(self, self._before, plan, stats.bad_step)
        self._before = None
        self._account(plan, stats)
        self._decide()

    def stop(self, reason: str) -> None:
        """End it where it stands; a reason that it has already stays."""
        if reason and not self.reason:
            self.reason = reason
            self._tell_end()

    @property
    def at_epoch_end(self) -> bool:
        """Whether an epoch has just ended."""
        return bool(self.history) and self.history[-1].step == self.progress.step

    def state(self) -> RunState:
        """Return where it stands: all that is needed to go on elsewhere."""
        return RunState(self.session.state(), self.progress)

    def parameters(self) -> dict[str, NDArray[Any]]:
        """Return copies of its parameters as they are now, by name."""
        return self.program.parameters.views(self.session.state().parameters)

    def gradients(self, data: Data) -> dict[str, NDArray[Any]]:
        """Return the gradient of the objective on some examples by each parameter; see `gradients_of`."""
        return gradients_of(self.program, self.session.state(), self.job.training, data)

    def objective(self) -> float:
        """Return the objective over all training rows where it stands."""
        return self.session.value_and_gradient(self._plan_of_everything()).objective

    def outcome(self) -> Outcome:
        """Return what it came to, once it is done.

        Raises
        ------
        SpecError
            When it has not ended.
        """
        if self._ended is None:
            raise SpecError(
                "the run has not ended yet; advance it until it is done, or stop it with a reason"
            )
        return Outcome(self.state(), tuple(self.history), self._ended, self.engine_name)

    def _go_on(self) -> None:
        """Start the clock the first time; refuse when it has ended."""
        if self.done:
            raise SpecError(f"the run has ended ({self.reason}); go on from its state with another")
        if self._began is None:
            self._began = time.perf_counter()

    # -- L-BFGS ----------------------------------------------------------------------------------
    def _minimise(self) -> None:
        """Each iteration counts as an epoch and as a step."""

        def iteration(loss: float, penalty: float) -> str:
            self.progress = self.progress.after_iteration(loss, penalty)
            self._epoch_ended(0.0)
            self._decide()
            return self.reason

        plan, done = self._plan_of_everything(), self.progress.epoch
        self.stop(minimise(self.session, plan, self.job.training, done, iteration))

    def _plan_of_everything(self) -> StepPlan:
        """A single step on all training rows."""
        rows = np.arange(self.job.data.n_rows) if self.job.rows is None else self.job.rows
        return self._writer.gradient(rows)

    # -- between stretches -----------------------------------------------------------------------
    def _next_pause(self) -> int:
        """The step at which somebody wants to look, or a plateau may have been reached, or the last."""
        progress, training, epoch = self.progress, self.job.training, self.progress.epoch
        patience, every = training.stopping.patience, training.validate_every
        ends, last = [], self.planner.n_steps
        if self.steps_told is not None:
            require_count(self, "steps_told")
            last = min(last, (progress.step // self.steps_told + 1) * self.steps_told)
        if self.every_epoch:
            ends.append(epoch + 1)
        if self.job.validation_part is not None or training.training_metrics:
            ends.append((epoch // every + 1) * every)
        if patience is not None:  # so many epochs it takes at least: no pause before is missed
            ends.append(epoch + patience + 1 - progress.looks_without_improvement)
        if not ends:
            return last
        return min(self.planner.end_of(min(ends) - 1), last)

    def _account(self, plan: StepPlan, stats: StepStats) -> None:
        """Add the batches' losses to the running sums and close every epoch that ended.

        The sums go strictly from batch to batch, so that they do not depend on where a stretch ends.
        """
        begin, counted = 0, plan.weights > 0.0
        normalisers = np.where(counted, plan.normalisers, 0.0)
        penalties = stats.penalties * normalisers
        while begin < plan.n_steps:
            epoch_ends = self.planner.end_of(self.progress.epoch)
            end, progress = min(plan.n_steps, epoch_ends - plan.first), self.progress
            terms = stats.losses, plan.weights, penalties, normalisers
            self.progress = progress.after(plan.first + end, *(batches[begin:end] for batches in terms))
            if self.progress.step in (epoch_ends, self.planner.n_steps):
                self._epoch_ended(float(plan.learning_rate[end - 1]))
            self._tell_steps(stats.losses[begin:end], plan.weights[begin:end])
            begin = end

    def _epoch_ended(self, learning_rate: float) -> None:
        """Write the epoch's record; look at the data if it is time; judge what was seen."""
        progress, stopping = self.progress, self.job.training.stopping
        self.progress = progress._replace(
            epoch=progress.epoch + 1, loss_sum=0.0, weight_sum=0.0, penalty_sum=0.0, normaliser_sum=0.0
        )
        looked = self._looked()
        record = EpochRecord(
            epoch=progress.epoch + 1,
            step=progress.step,
            training_loss=progress.mean_loss,
            penalty=progress.mean_penalty,
            learning_rate=learning_rate,
            seconds=self._seconds(),
            **looked,
        )
        best_before, higher = self.progress.best_epoch, self._metric.higher_is_better
        if record.validation_loss is not None and stopping.restore_best:
            state, last = self.session.state(), stopping.restore_best == "last"
            self.progress = keep_best(self.progress, self._monitor, record, state, higher, last)
        if getattr(record, self._monitor) is not None:
            self.progress = watch(self.progress, stopping, self._monitor, record, higher)
        self.history.append(record)
        is_best = self.progress.best_epoch != best_before
        if self._tell(EpochEnded, record, self.job.training.epochs, is_best):
            self.stop("listener")

    def _looked(self) -> dict[str, Any]:
        """Measure what is to be measured after this epoch."""
        job, progress = self.job, self.progress
        last = progress.epoch == job.training.epochs or progress.step == self.planner.n_steps
        if progress.epoch % job.training.validate_every and not last:
            return {}
        return look(self.session, job, self._metric, decides=self._monitor == "validation_metric")

    def _decide(self) -> None:
        """Find a reason to end, if there is one."""
        training, seconds = self.job.training, self.job.training.stopping.max_seconds
        if self.at_epoch_end:
            rate = training.optimizer.learning_rate
            self.progress, plateau = on_plateau(self.progress, training.stopping, rate)
            self.stop("plateau" if plateau else "")
        if training.by_steps and self.progress.step >= self.planner.n_steps:
            self.stop(self._planned_reason())
        if not self.done:
            self.stop(self.asked())
        if seconds is not None and self._seconds_here() >= seconds:
            self.stop("max_seconds")

    # -- beginning and end -----------------------------------------------------------------------
    def _reason_at_start(self) -> str:
        """Find a reason not to take a step at all: the run that is continued had come to its end."""
        training = self.job.training
        if on_plateau(self.progress, training.stopping, training.optimizer.learning_rate)[1]:
            return "plateau"
        if not training.by_steps:
            return "epochs" if self.progress.epoch >= training.epochs else ""
        if self.progress.step >= self.planner.n_steps:
            return self._planned_reason()
        self.planner.require_within(self.progress.epoch, self.progress.step)
        return ""

    def _planned_reason(self) -> str:
        limit = self.job.training.stopping.max_steps
        return "max_steps" if limit is not None and self.planner.n_steps == limit else "epochs"

    def _seconds(self) -> float:
        return self._seconds_before + self._seconds_here()

    def _seconds_here(self) -> float:
        return 0.0 if self._began is None else time.perf_counter() - self._began

    # -- telling ---------------------------------------------------------------------------------
    def _tell(self, event: Callable[..., Event], *facts: Any) -> bool:
        """Tell an event, if somebody listens: whether the run is to end."""
        return self.listener is not None and self.listener(event(self, *facts)) is True

    def _tell_start(self) -> None:
        training, steps = self.job.training, self.planner.n_steps
        if not training.by_steps:
            steps = min(training.epochs, training.stopping.max_steps or training.epochs)
        rows, first = self.job.training_part.n_rows, self.progress.epoch + 1
        self._tell(TrainingStarted, training.epochs, steps, rows, first, self._metric.name)

    def _tell_steps(self, losses: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        """Tell of steps, if so many have been taken as the listener has asked for."""
        step, untold, every = self.progress.step, self._untold, self.steps_told
        if every is None:
            untold.after = step
            return
        untold.add(losses, weights)
        if step % every == 0:
            self._untold = Stretch(step)
            if not self.done and self._tell(StepsEnded, untold.after + 1, step, untold.mean_loss):
                self.stop("listener")

    def _tell_end(self) -> None:
        progress = self.progress
        facts = self.reason, progress.epoch, progress.step, progress.best_epoch, self._seconds()
        self._ended = Ended(*facts)
        self._tell(TrainingEnded, *facts)
