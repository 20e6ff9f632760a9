"""The loop: drive a run to its end, and remember it where a folder does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from forpass.concurrency.interrupts import interruptible
from forpass.concurrency.sharing import allowed_threads
from forpass.engines.blas import one_blas_thread
from forpass.model.history import EpochRecord
from forpass.training.events import Listener
from forpass.training.folder import Folder, folder_here
from forpass.training.job import Job
from forpass.training.keys import keys_of
from forpass.training.outcome import Outcome
from forpass.training.run import Run
from forpass.training.state import RunState

__all__ = ["ENDED_FROM_OUTSIDE", "carried_out", "fit"]

ENDED_FROM_OUTSIDE = "interrupted", "listener", "max_seconds"
"""Why a run ends when a user or a time limit stops it."""

BY_ITSELF = "epochs", "plateau", "max_steps", "converged", "evaluations", "stalled"
"""Why a run ends that nobody stops; a listener may give a reason of its own, and another one may not."""

SECONDS_BETWEEN = 5.0
"""A network under way is written down as often; less often where writing takes long (SHARE_OF_WRITING)."""

SHARE_OF_WRITING = 0.05
"""The most of the time that writing may take."""


def fit(
    job: Job,
    state: RunState | None = None,
    history: Sequence[EpochRecord] = (),
    *,
    listener: Listener | None = None,
    on_pause: Callable[[Run], None] | None = None,
    every_epoch: bool = False,
) -> Outcome:
    """Carry a job out.

    Parameters
    ----------
    job : Job
    state, history : RunState, sequence of EpochRecord, optional
        Where to continue; by default from the beginning.
    listener : callable, optional
        Is told of every event; see `events`.
    on_pause : callable, optional
        Is handed the run before the first step, between stretches of steps, and at the end, for checkpoints.
    every_epoch : bool
        Pause after every epoch, too.

    Returns
    -------
    Outcome

    Raises
    ------
    DataError, SpecError
        When data, spec and training do not fit together.
    DivergenceError
        When a loss or a parameter is not finite; the message names epoch, batch and layer.
    """
    run = Run(job, state, history, listener=listener, every_epoch=every_epoch)
    if on_pause is not None:
        on_pause(run)
    with interruptible() as run.asked, one_blas_thread():
        while not run.done:
            run.session.threads = allowed_threads(job.threads)
            run.advance()
            if on_pause is not None:
                on_pause(run)
    return run.outcome()


def carried_out(job: Job, listener: Listener | None = None, key: str = "") -> Outcome:
    """Carry a job out, or go on with it, or return what it came to, as the folder knows that remembers here.

    What a folder knows is not told to the listener.

    Parameters
    ----------
    job, listener
        See `fit`.
    key : str
        The job's, if the caller knows it.

    Raises
    ------
    DataError, SpecError, DivergenceError
        As `fit`.
    """
    folder = folder_here()
    key = key or (keys_of([job])[0] if folder is not None else "")
    if folder is None or not key:
        return fit(job, listener=listener)
    if (done := folder.done(key)) is not None:
        return done
    stands = folder.under_way(key) or ()
    outcome = fit(job, *stands, listener=listener, on_pause=_Writing(folder, key))
    if outcome.ended.reason in BY_ITSELF:
        folder.keep(key, job, outcome)
    return outcome


class _Writing:
    """Writes a run under way down, now and then, and where it is interrupted or out of time.

    Not where a listener ends it: the next listener would be asked an epoch too late, and the epochs since
    the last time are soon made again. Nor with L-BFGS, whose memory of the curvature lies in SciPy: it
    begins anew.
    """

    def __init__(self, folder: Folder, key: str) -> None:
        self._folder, self._key = folder, key
        self._next = time.monotonic() + SECONDS_BETWEEN

    def __call__(self, run: Run) -> None:
        """Look whether it is time to."""
        ended = run.reason in ("interrupted", "max_seconds")
        if not run.job.training.by_steps or not (ended or (not run.done and time.monotonic() >= self._next)):
            return
        began = time.monotonic()
        self._folder.lay_aside(self._key, run)
        now = time.monotonic()
        self._next = now + max(SECONDS_BETWEEN, (now - began) / SHARE_OF_WRITING)
