"""Tasks through a joblib backend: processes on this machine, or a cluster that the user already has.

The user asks for it by ``with joblib.parallel_config(backend="loky" | "dask" | "ray" | ...)``. Arrays of data
are arguments of their own, so that a backend sends each of them once and not with every task: loky puts them
into shared memory, Dask scatters them. On the other side `Data` are reassembled without copies.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from forpass.clock import Clock
from forpass.concurrency.sharing import Share, current_share, sharing
from forpass.many.task import Done, Task, done_by
from forpass.shown import counted
from forpass.spec.data import Data
from forpass.told import warn_the_caller

__all__ = ["run_tasks_elsewhere", "said_backend"]

TIMES_SENT = 4
"""How often a task is sent at most: once, and again each time a worker dies with it."""

SIGNS_OF_DEATH = {
    *("TerminatedWorkerError", "BrokenProcessPool"),  # loky
    *("KilledWorker", "CancelledError", "FutureCancelledError", "CommClosedError"),  # dask
    *("WorkerCrashedError", "ActorDiedError", "RayActorError"),  # Ray
}
"""The names of backends' exceptions that mean: a worker died, and its task with it."""

HERE = ("ThreadingBackend", "SequentialBackend")
"""Backends of this process: our own pool does the same, with one time limit and one Ctrl-C."""

FIELDS = "numbers", "codes", "targets", "weights"

NOTHING = Data(np.zeros((0, 0)))
"""Stands in a task for its data, which are sent separately."""


def said_backend() -> str:
    """Return the backend set with joblib's `parallel_config`; "" where none was set, or one of threads.

    joblib has no public way to tell: its default looks like loky. Within a share of the cores, as in one of
    joblib's workers, no other process is asked.
    """
    joblib = sys.modules.get("joblib.parallel")
    if joblib is None or current_share() is not None:
        return ""
    config = getattr(joblib._backend, "config", None)
    backend = None if config is None else config["backend"]
    if backend is None or backend is joblib.default_parallel_config["backend"]:
        return ""
    name = type(backend).__name__
    return "" if name in HERE else name


class _Layout(NamedTuple):
    """Which of the arrays that are sent belong to some data; -1 for one they do not have."""

    places: tuple[int, ...]
    beyond_float32: str


def run_tasks_elsewhere(
    tasks: Sequence[Task],
    threads: int | None,
    clock: Clock,
    came: Callable[[int, Done], str],
    known: Mapping[int, Done],
) -> tuple[dict[int, Done], str]:
    """Run tasks through joblib.

    Parameters
    ----------
    tasks : sequence of Task
    threads : int, optional
        The number at a time; by default joblib's ``n_jobs``, or all that the backend has.
    clock : Clock
        The time limit: when the time is up, networks end and none is begun. The workers check it, by wall
        clock time.
    came : callable
        Called with each result as it arrives; returns why to end, or "".
    known : mapping
        What is done already, by the number of the task: nobody is sent that.

    Returns
    -------
    done : dict
        By the number of the task.
    ended : str
        Why not all of them are done; "" if they are.

    Warns
    -----
    ForpassWarning
        When a worker died: tasks without a result are sent again.
    """
    deadline = math.inf if math.isinf(clock.left) else time.time() + clock.left
    done = dict(known)
    for turn in range(1, TIMES_SENT + 1):
        waiting = [number for number in range(len(tasks)) if number not in done]
        try:
            for number, one in _sent(tasks, waiting, threads, deadline):
                done[number] = one
                if reason := came(number, one):
                    return done, reason
            return done, ""
        except KeyboardInterrupt:
            return done, "interrupted"
        except Exception as error:  # known by name alone: the libraries are not imported here
            lost = [number for number in waiting if number not in done]
            if turn == TIMES_SENT or not lost or not _is_death(error):
                raise
            names = ", ".join(tasks[number].job.name or f"network {number + 1}" for number in lost[:5])
            more = ", ..." if len(lost) > 5 else ""
            warn_the_caller(
                f"a worker died ({type(error).__name__}); {counted(len(lost), 'network')} that had not yet "
                f"come back will be trained again: {names}{more}"
            )
    raise AssertionError("the last turn returns or raises")


def _is_death(error: BaseException) -> bool:
    """Whether an error says that a worker died, itself or by what it came of."""
    names = {kind.__name__ for kind in type(error).__mro__}
    cause = error.__cause__ or error.__context__
    return not names.isdisjoint(SIGNS_OF_DEATH) or (cause is not None and _is_death(cause))


def _sent(
    tasks: Sequence[Task], numbers: Sequence[int], threads: int | None, deadline: float
) -> Iterator[tuple[int, Done]]:
    """Send tasks and yield their results, as they arrive if the backend allows."""
    import joblib

    config = joblib.parallel._backend.config
    backend, said = config["backend"], config["n_jobs"]
    n_jobs = threads or (-1 if said is joblib.parallel.default_parallel_config["n_jobs"] else said)
    how = "generator_unordered" if backend.supports_return_generator else "list"
    send = joblib.Parallel(n_jobs=n_jobs, return_as=how, batch_size=1)
    found = send(joblib.delayed(_remote)(number, *_packed(tasks[number], deadline)) for number in numbers)
    try:
        yield from found
    finally:
        if how != "list":  # a caller who stops taking results, at an interrupt for instance, wants no more
            found.close()


def _packed(task: Task, deadline: float) -> tuple[Any, ...]:
    """Return a task without its data, the layouts of these, and their arrays, each of them once."""
    job, arrays = task.job, dict[int, Any]()
    parts = job.data, job.validation, task.scored_data
    layouts = tuple(None if data is None else _layout(data, arrays) for data in parts)
    bare = replace(job, data=NOTHING, validation=None if job.validation is None else NOTHING)
    return replace(task, job=bare, scored_data=None), layouts, deadline, *arrays.values()


def _layout(data: Data, arrays: dict[int, Any]) -> _Layout:
    """Return which arrays data consist of, and add those that are new."""
    found = [getattr(data, name) for name in FIELDS]
    arrays.update((id(array), array) for array in found if array is not None)
    order = list(arrays)
    places = tuple(-1 if array is None else order.index(id(array)) for array in found)
    return _Layout(places, data.beyond_float32)


def _remote(
    number: int, task: Task, layouts: Sequence[_Layout | None], deadline: float, *arrays: Any
) -> tuple[int, Done]:
    """Run a task on the worker it was sent to, on one thread."""

    def reason() -> str:
        return "max_seconds" if time.time() >= deadline else ""

    if late := reason():
        return number, Done(not_begun=late)
    data, validation, scored = (None if one is None else _data(one, arrays) for one in layouts)
    assert data is not None, "every job has data"
    job = replace(task.job, data=data, validation=validation)
    with sharing(Share(lambda: 1, reason)):
        return number, done_by(replace(task, job=job, scored_data=scored))


def _data(layout: _Layout, arrays: Sequence[Any]) -> Data:
    """Reassemble data from their arrays, which were checked before they were sent."""
    data = object.__new__(Data)
    for name, place in zip(FIELDS, layout.places, strict=True):
        object.__setattr__(data, name, None if place < 0 else arrays[place])
    object.__setattr__(data, "beyond_float32", layout.beyond_float32)
    return data
