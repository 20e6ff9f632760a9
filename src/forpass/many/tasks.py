"""A task: a network that is trained, and the rows of which its raw scores are wanted in the end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.clock import Clock
from forpass.engines.protocol import Session
from forpass.engines.select import select_engine
from forpass.errors import ForpassError
from forpass.many.cost import work_of
from forpass.many.pool import side_by_side
from forpass.many.telling import Telling
from forpass.spec.data import Data
from forpass.training.events import Listener, NetworkEnded
from forpass.training.job import Job
from forpass.training.loop import fit
from forpass.training.run import Outcome
from forpass.training.sharing import allowed_threads

__all__ = ["Done", "Task", "carry_out"]

CUT_SHORT = "interrupted", "listener", "max_seconds"
"""How runs end that somebody, or a limit of time, did not let go on."""


@dataclass(frozen=True, eq=False)
class Task:
    """A network to be trained, and the rows of which its raw scores are wanted in the end.

    Attributes
    ----------
    job : Job
    scored : tuple of int64 arrays
        The rows, in any number of parts.
    scored_data : Data, optional
        Whose rows; by default those of the job's data.
    """

    job: Job
    scored: tuple[NDArray[np.int64], ...] = ()
    scored_data: Data | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """What came of a task.

    Attributes
    ----------
    outcome : Outcome or None
        None where it was not begun, or failed.
    scores : tuple of arrays of shape (rows, outputs)
        The raw scores of each part of the rows, of the parameters to use: the best if any were kept.
    seconds : float
        How long it took.
    error : ForpassError or None
        Why it failed.
    not_begun : str
        Why it was not begun: ``"max_seconds"``, ``"interrupted"`` or ``"listener"``; "" if it was.
    """

    outcome: Outcome | None = None
    scores: tuple[NDArray[Any], ...] = ()
    seconds: float = 0.0
    error: ForpassError | None = None
    not_begun: str = ""

    @property
    def whole(self) -> bool:
        """Whether it came to the end of its own: nobody and no limit ended it."""
        return self.outcome is not None and self.outcome.ended.reason not in CUT_SHORT


def carry_out(
    tasks: Sequence[Task],
    *,
    threads: int | None = None,
    clock: Clock | None = None,
    listener: Listener | None = None,
) -> list[Done]:
    """Carry out tasks side by side; what comes of each is to the bit what comes of it alone.

    Parameters
    ----------
    tasks : sequence of Task
    threads : int, optional
        So many networks at a time, or fewer that share as many threads; by default as many as may be used.
    clock : Clock, optional
        When its time is up, networks end with ``"max_seconds"``; none is begun that would not end in time, by
        the speed of those that have ended.
    listener : callable, optional
        Is told of all events of all runs, one at a time, and of those of many; see `training.events`.

    Returns
    -------
    list of Done
        In the order of the tasks.

    Raises
    ------
    KeyboardInterrupt
        At the second Ctrl-C; at the first, networks end with ``"interrupted"``, and none is begun.
    """
    clock, costs = clock or Clock(None), [work_of(task.job) for task in tasks]
    pace, telling = _Pace(), Telling(listener, len(tasks), sum(costs))

    def work(number: int) -> Done:
        task = tasks[number]
        done = done_by(task, telling.listener)
        if done.whole:
            pace.note(costs[number], done.seconds)
        telling.ended(_told(number, task.job, done, costs[number]))
        return done

    with telling:
        results, ended = side_by_side(
            [partial(work, number) for number in range(len(tasks))],
            threads=threads,
            reason=lambda: telling.reason or ("" if clock.left else "max_seconds"),
            order=sorted(range(len(tasks)), key=lambda number: -costs[number]),
            fits=lambda number: pace.seconds(costs[number]) <= clock.left,
        )
    return [Done(not_begun=ended) if done is None else done for done in results]


class _Pace:
    """How fast networks are trained, by those that have ended."""

    def __init__(self) -> None:
        self._work = self._seconds = 0.0

    def note(self, work: float, seconds: float) -> None:
        self._work, self._seconds = self._work + work, self._seconds + seconds

    def seconds(self, work: float) -> float:
        """How long a work takes; 0 as long as nothing is known."""
        return work * self._seconds / self._work if self._work else 0.0


def done_by(task: Task, listener: Listener | None = None) -> Done:
    """Carry out one task here and now."""
    began, job = time.perf_counter(), task.job
    try:
        outcome = fit(job, listener=listener)
        scores: tuple[NDArray[Any], ...] = ()
        if task.scored:
            session, data = _session_of(job, outcome), task.scored_data or job.data
            scores = tuple(session.raw_scores(data, rows) for rows in task.scored)
    except ForpassError as error:
        return Done(seconds=time.perf_counter() - began, error=error)
    return Done(outcome, scores, time.perf_counter() - began)


def _session_of(job: Job, outcome: Outcome) -> Session:
    """A session on the parameters to use, which gives raw scores."""
    state = outcome.state
    engine = replace(state.engine, parameters=state.parameters, buffers=state.buffers)
    session = select_engine(job.engine).start(job.program, replace(engine, slots=engine.slots[:0]))
    session.threads = allowed_threads(job.threads)
    return session


def _told(number: int, job: Job, done: Done, work: float) -> NetworkEnded:
    """What is told of a network that has ended: the figure of the epoch that was kept, if there is one."""
    figure, name = None, job.name or f"network {number + 1}"
    if done.outcome is not None and done.outcome.history:
        best = done.outcome.ended.best_epoch
        record = next((r for r in done.outcome.history if r.epoch == best), done.outcome.history[-1])
        figure = record.validation_metric
    metric = job.measured
    return NetworkEnded(number, name, metric.name, figure, metric.higher_is_better, done.seconds, work)
