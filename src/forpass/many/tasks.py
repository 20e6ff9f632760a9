"""Many tasks: run side by side in this process, or by the processes of joblib's backend."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from forpass.clock import Clock
from forpass.concurrency.pool import side_by_side
from forpass.many.cost import work_of
from forpass.many.task import Done, Task, done_by
from forpass.many.telling import Telling
from forpass.many.through_joblib import run_tasks_elsewhere, said_backend
from forpass.training.events import Listener, NetworkEnded
from forpass.training.folder import folder_here
from forpass.training.job import Job
from forpass.training.keys import keys_of

__all__ = ["run_tasks"]


def run_tasks(
    tasks: Sequence[Task],
    *,
    threads: int | None = None,
    clock: Clock | None = None,
    listener: Listener | None = None,
) -> list[Done]:
    """Run tasks side by side; the result of each has the bits that it would have alone.

    Within ``joblib.parallel_config(backend=...)`` of a backend with processes, these train the networks, on
    this machine or on a cluster; the listener then hears when networks end, not of their epochs.

    Within `remembering` of a folder, networks that it knows are neither trained nor told of, and those under
    way go on; other processes begin those anew.

    Parameters
    ----------
    tasks : sequence of Task
    threads : int, optional
        The number of networks at a time, or fewer that share as many threads; by default all cores.
    clock : Clock, optional
        The time limit: when the time is up, networks end with ``"max_seconds"``; none is begun that would not
        end in time, judging by the speed of those that have ended.
    listener : callable, optional
        Called with the events of all runs, one at a time, and of all of them together; see `training.events`.

    Returns
    -------
    list of Done
        In the order of the tasks.

    Raises
    ------
    KeyboardInterrupt
        At the second Ctrl-C; at the first, networks end with ``"interrupted"``, and none is begun. Networks
        that other processes are training are not waited for.
    """
    clock, costs = clock or Clock(None), [work_of(task.job) for task in tasks]
    folder, numbers = folder_here(), range(len(tasks))
    keys = [""] * len(tasks) if folder is None else keys_of(task.job for task in tasks)
    is_known = [folder is not None and folder.has_done(key) for key in keys]
    known, new = ([number for number in numbers if is_known[number] is which] for which in (True, False))
    pace, telling = _Pace(), Telling(listener, len(new), sum(costs[number] for number in new))

    def came(number: int, done: Done) -> str:
        telling.ended(_told(number, tasks[number].job, done, costs[number]))
        return telling.reason

    def came_from_elsewhere(number: int, done: Done) -> str:
        if folder is not None and keys[number] and done.outcome is not None and done.whole:
            folder.keep(keys[number], tasks[number].job, done.outcome)
        return came(number, done)

    def work(number: int) -> Done:
        done = done_by(tasks[number], telling.listener, keys[number])
        if done.whole:
            pace.note(costs[number], done.seconds)
        if not is_known[number]:
            came(number, done)
        return done

    with telling:
        if said_backend():
            found = {number: work(number) for number in known}
            more, why = run_tasks_elsewhere(tasks, threads, clock, came_from_elsewhere, found)
            return [more.get(number, Done(not_begun=why)) for number in numbers]
        results, ended = side_by_side(
            [partial(work, number) for number in numbers],
            threads=threads,
            reason=lambda: telling.reason or ("" if clock.left else "max_seconds"),
            order=[*known, *sorted(new, key=lambda number: -costs[number])],
            fits=lambda number: is_known[number] or pace.seconds(costs[number]) <= clock.left,
        )
    return [Done(not_begun=ended) if done is None else done for done in results]


class _Pace:
    """The speed of training, measured on the networks that have ended."""

    def __init__(self) -> None:
        self._work = self._seconds = 0.0

    def note(self, work: float, seconds: float) -> None:
        self._work, self._seconds = self._work + work, self._seconds + seconds

    def seconds(self, work: float) -> float:
        """Return how long so much work takes; 0 as long as the speed is unknown."""
        return work * self._seconds / self._work if self._work else 0.0


def _told(number: int, job: Job, done: Done, work: float) -> NetworkEnded:
    """Return the event of a network that has ended, with the metric of the epoch that was kept, if any."""
    figure, name = None, job.name or f"network {number + 1}"
    if done.outcome is not None and done.outcome.history:
        best = done.outcome.ended.best_epoch
        record = next((r for r in done.outcome.history if r.epoch == best), done.outcome.history[-1])
        figure = record.validation_metric
    metric = job.measured
    return NetworkEnded(number, name, metric.name, figure, metric.higher_is_better, done.seconds, work)
