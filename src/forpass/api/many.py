"""Many networks in one call, side by side, each with the bits that it would have alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forpass.api.training import model_of
from forpass.api.values import number, one_of
from forpass.clock import Clock
from forpass.engines.threads import require_threads
from forpass.errors import ForpassError, SpecError
from forpass.many.task import Done, Task
from forpass.many.tasks import run_tasks
from forpass.model import Preprocessor, TrainedModel
from forpass.shown import aligned, counted
from forpass.spec.require import require_instance, several
from forpass.training.events import Listener
from forpass.training.folder import remembering
from forpass.training.job import Job
from forpass.training.loop import ENDED_FROM_OUTSIDE

__all__ = ["TrainedModels", "train_many"]

SHOWN = 20
"""How many networks are shown."""


@dataclass(frozen=True, eq=False, repr=False)
class TrainedModels:
    """The results of many jobs, in their order. Its repr is a table.

    Attributes
    ----------
    jobs : tuple of Job
    models : tuple of TrainedModel or None
        None for a network that was not begun, or that failed.
    errors : tuple of ForpassError or None
        Why a network failed.
    seconds : float
        How long all of them took.
    ended : str
        ``"done"``; or ``"max_seconds"``, ``"interrupted"`` or ``"listener"``: then some networks were not
        begun, or ended early, as the provenance of each says.

    Examples
    --------
    >>> import forpass as fp
    >>> xor = fp.Data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], targets=[0.0, 1.0, 1.0, 0.0])
    >>> spec = fp.multilayer(2, [8], 1, "sigmoid_cross_entropy", activation="tanh")
    >>> found = fp.train_many(fp.Job(spec, fp.TrainingSpec(epochs=9, seed=seed), xor) for seed in range(3))
    >>> found
    3 of 3 networks: done in ... s
    network  epochs   ended
    1             9  epochs
    2             9  epochs
    3             9  epochs
    >>> len(found), [model.training.seed for model in found]
    (3, [0, 1, 2])
    """

    jobs: tuple[Job, ...]
    models: tuple[TrainedModel | None, ...]
    errors: tuple[ForpassError | None, ...]
    seconds: float
    ended: str

    def __len__(self) -> int:
        """Return how many networks were trained."""
        return sum(model is not None for model in self.models)

    def __iter__(self) -> Iterator[TrainedModel]:
        """Go through the networks that were trained."""
        return (model for model in self.models if model is not None)

    def __repr__(self) -> str:
        jobs = counted(len(self.jobs), "network")
        lines = [f"{len(self)} of {jobs}: {self.ended} in {self.seconds:.3g} s", *self._table().splitlines()]
        if (more := len(self.jobs) - SHOWN) > 0:
            lines.append(f"... and {more:,} more")
        return "\n".join(lines)

    def _table(self) -> str:
        rows, metrics = [], {job.measured.name for job in self.jobs}
        for place, (job, model, error) in enumerate(zip(self.jobs, self.models, self.errors, strict=True)):
            ended = None if model is None else model.provenance.ended
            figure = None
            if model is not None and model.history:
                kept = {record.epoch: record for record in model.history}
                figure = kept.get(model.provenance.ended.best_epoch, model.history[-1]).validation_metric
            how = type(error).__name__ if error else "not begun" if ended is None else ended.reason
            epochs = "" if ended is None else str(ended.best_epoch or ended.epoch)
            rows.append([job.name or str(place + 1), epochs, "" if figure is None else f"{figure:.4g}", how])
        names = ["network", "epochs", metrics.pop() if len(metrics) == 1 else "metric", "ended"]
        places = [0, 1, 2, 3] if any(row[2] for row in rows) else [0, 1, 3]
        return aligned([[row[i] for i in places] for row in [names, *rows[:SHOWN]]], range(1, 4), indent="")


def train_many(
    jobs: Iterable[Job],
    *,
    time_limit: float | None = None,
    threads: int | None = None,
    preprocessing: Preprocessor | None = None,
    on_error: str = "raise",
    listener: Listener | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> TrainedModels:
    """Train many networks at a time, each to the same bits as by itself.

    As many networks as there are cores are trained side by side, on one thread each, the longest first; when
    one ends, the next takes its core. When fewer networks than cores are left, they share the free threads.
    Everything is one process: jobs on rows of one `Data` read the same memory, and apart from the data memory
    is needed only for the networks in training.

    Ctrl-C ends the networks in training and keeps what they have learnt; no other is begun. A second Ctrl-C
    raises KeyboardInterrupt.

    Within ``joblib.parallel_config(backend="loky" | "dask" | "ray")`` other processes train them, on this
    machine or on a cluster, each network on one thread; see docs/many.md.

    Parameters
    ----------
    jobs : iterable of Job
        What to train, how, on which rows of which data.
    time_limit : float, optional
        In seconds, for all of them together. Networks in training then end, and none is begun that would not
        end in time, judging by the speed of those that have ended.
    threads : int, optional
        The number of networks at a time, or fewer on as many threads; by default as many as processors,
        OMP_NUM_THREADS and threadpoolctl allow. No bit depends on it.
    preprocessing : Preprocessor, optional
        Kept in the models, which then take tables.
    on_error : str
        ``"raise"``: when all others are done, raise the error of the first network that failed; ``"keep"``:
        return the results of the others, and the errors.
    listener : callable, optional
        Called with every event of every run, one at a time, and with `NetworkEnded` after each network;
        returning True ends the run, or there all of them.
    checkpoint : path, optional
        A folder for checkpoints. If the run is killed at any moment, the same call with the same folder
        trains what is left, to the same bits. See docs/checkpoints.md.

    Returns
    -------
    TrainedModels

    Raises
    ------
    DataError, SpecError
        When a job's data, spec and training do not fit together, or there are no jobs.
    DivergenceError
        When a loss or parameter of a network is not finite.

    Examples
    --------
    Four networks, each on three quarters of the rows, and measured on the last one:

    >>> import numpy as np, forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> preprocessing = fp.Preprocessing.learn(iris.frame, iris.target)
    >>> data = preprocessing.encode(iris.frame, with_targets=True)
    >>> spec = fp.multilayer(data.n_features, [8], 3, "softmax_cross_entropy")
    >>> fold = np.arange(data.n_rows) % 4
    >>> steps = fp.OptimizerSpec("adam", learning_rate=0.01)
    >>> jobs = [
    ...     fp.Job(
    ...         spec,
    ...         fp.TrainingSpec(epochs=90, optimizer=steps, seed=k),
    ...         data,
    ...         rows=np.flatnonzero(fold != k),
    ...         validation_rows=np.flatnonzero(fold == k),
    ...     )
    ...     for k in range(4)
    ... ]
    >>> found = fp.train_many(jobs, preprocessing=preprocessing)
    >>> found.ended, min(model.history[-1].validation_metric for model in found) > 0.8
    ('done', True)
    >>> fp.Ensemble(list(found)).predict(iris.frame)[:2].tolist()
    ['setosa', 'setosa']
    """
    jobs = several("jobs of train_many", jobs)
    for place, job in enumerate(jobs):
        require_instance(f"job {place} of train_many", job, Job)
    if not jobs:
        raise SpecError("jobs of train_many is empty; give at least one Job")
    if time_limit is not None:
        number(above=0.0)("time_limit of train_many", time_limit)
    require_threads("threads of train_many", threads)
    one_of(lambda: ("raise", "keep"))("on_error of train_many", on_error)
    began = time.monotonic()
    tasks = [Task(job) for job in jobs]
    with remembering(checkpoint):
        done = run_tasks(tasks, threads=threads, clock=Clock(time_limit), listener=listener)
    errors = tuple(one.error for one in done)
    if on_error == "raise" and (first := next((error for error in errors if error), None)):
        raise first
    models = tuple(
        None if one.outcome is None else model_of(job, one.outcome, preprocessing)
        for job, one in zip(jobs, done, strict=True)
    )
    return TrainedModels(jobs, models, errors, time.monotonic() - began, _ended(done))


def _ended(done: list[Done]) -> str:
    """How all of it ended: cut short if one was, or was not begun."""
    reasons = [one.not_begun or (one.outcome.ended.reason if one.outcome else "") for one in done]
    return next((reason for reason in ENDED_FROM_OUTSIDE if reason in reasons), "done")
