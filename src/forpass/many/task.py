"""A task: a network to train, and the rows it is to score when it is trained."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.concurrency.sharing import allowed_threads
from forpass.engines.protocol import Session
from forpass.engines.select import select_engine
from forpass.errors import ForpassError
from forpass.spec.data import Data
from forpass.training.events import Listener
from forpass.training.job import Job
from forpass.training.loop import ENDED_FROM_OUTSIDE, carried_out
from forpass.training.outcome import Outcome

__all__ = ["Done", "Task", "done_by"]


@dataclass(frozen=True, eq=False)
class Task:
    """A network to train, and the rows it is to score when it is trained.

    Attributes
    ----------
    job : Job
    scored : tuple of int64 arrays
        The rows to score, in any number of parts.
    scored_data : Data, optional
        The data these are rows of; by default the job's.
    """

    job: Job
    scored: tuple[NDArray[np.int64], ...] = ()
    scored_data: Data | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """The result of a task.

    Attributes
    ----------
    outcome : Outcome or None
        None where the task was not begun, or failed.
    scores : tuple of arrays of shape (rows, outputs)
        The raw scores of each part of the rows, by the best parameters if any were kept, otherwise the last.
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
        """Whether it ran to its own end: neither a user nor a time limit stopped it."""
        return self.outcome is not None and self.outcome.ended.reason not in ENDED_FROM_OUTSIDE


def done_by(task: Task, listener: Listener | None = None, key: str = "") -> Done:
    """Run one task in this thread; `key` is that of its job, where a folder remembers networks."""
    began, job = time.perf_counter(), task.job
    try:
        outcome = carried_out(job, listener, key)
        scores: tuple[NDArray[Any], ...] = ()
        if task.scored:
            session, data = _session_of(job, outcome), task.scored_data or job.data
            scores = tuple(session.raw_scores(data, rows) for rows in task.scored)
    except ForpassError as error:
        return Done(seconds=time.perf_counter() - began, error=error)
    # what was done before counts too: by it speed is measured
    return Done(outcome, scores, max(time.perf_counter() - began, outcome.ended.seconds))


def _session_of(job: Job, outcome: Outcome) -> Session:
    """Return a session with the parameters to score by."""
    state = outcome.state
    engine = replace(state.engine, parameters=state.parameters, buffers=state.buffers)
    session = select_engine(job.engine).start(job.program, replace(engine, slots=engine.slots[:0]))
    session.threads = allowed_threads(job.threads)
    return session
