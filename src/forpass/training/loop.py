"""The loop: drive a run to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from forpass.concurrency.interrupts import interruptible
from forpass.concurrency.sharing import allowed_threads
from forpass.engines.blas import one_blas_thread
from forpass.model.history import EpochRecord
from forpass.training.events import Listener
from forpass.training.job import Job
from forpass.training.outcome import Outcome
from forpass.training.run import Run
from forpass.training.state import RunState

__all__ = ["fit"]


def fit(
    job: Job,
    state: RunState | None = None,
    history: Sequence[EpochRecord] = (),
    *,
    listener: Listener | None = None,
    on_pause: Callable[[Run], None] | None = None,
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
        Is handed the run after every epoch, and at the end, for checkpoints.

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
    run = Run(job, state, history, listener=listener, every_epoch=on_pause is not None)
    with interruptible() as run.asked, one_blas_thread():
        while not run.done:
            run.session.threads = allowed_threads(job.threads)
            run.advance()
            if on_pause is not None and run.at_epoch_end and not run.done:
                on_pause(run)
        if on_pause is not None:
            on_pause(run)
    return run.outcome()
