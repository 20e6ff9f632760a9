"""Training the members of candidates, on all cores."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.clock import Clock
from forpass.concurrency.pool import side_by_side
from forpass.engines.select import seconds_to_begin
from forpass.engines.threads import usable_threads
from forpass.errors import ForpassError
from forpass.many import Done, Task, run_tasks
from forpass.many.cost import work_of
from forpass.model.history import continued
from forpass.recipes.candidates import Candidate, TrainedMember
from forpass.recipes.logarithms import Logarithms, learns_logarithms
from forpass.recipes.members import Part, seed_of
from forpass.recipes.networks import for_users, network_of, shows_statistics, training_of
from forpass.recipes.problem import Problem
from forpass.recipes.records import Chain, LinearMember, Member, Recipe
from forpass.recipes.risk import Seen
from forpass.sampling.inner_folds import with_inner_folds
from forpass.spec.data import Data
from forpass.spec.network import NetworkSpec
from forpass.training.events import Listener
from forpass.training.job import Job
from forpass.training.linear import fit_linear, some_rows, without_values

__all__ = ["Rung", "Trainer"]

OF_LINEAR = 0.2
"""The share of the remaining time that linear models may take."""

FIRST_SPEED = 1.5e10
"""Operations per second of one core, a slow one, until the speed is measured."""


class Rung(NamedTuple):
    """A candidate to be trained.

    Attributes
    ----------
    chain : Chain
    number : int
        From 0.
    before : Candidate or None
        The rung below it, from which it goes on.
    share : float
        The share of its epochs that it is trained for.
    """

    chain: Chain
    number: int
    before: Candidate | None = None
    share: float = 1.0


class Trainer:
    """Trains members, with what all of them share: recipe, rows, seed, time limit and threads.

    Attributes
    ----------
    errors : list of ForpassError
        Why members failed.
    interrupted : bool
        Whether the user has interrupted the run.
    omissions : list of str
        What was left out or shortened to meet the time limit, in words.
    dropped : list of Candidate
        Candidates that were far behind after their first members.
    """

    def __init__(
        self,
        recipe: Recipe,
        problem: Problem,
        seed: int,
        *,
        engine: str = "auto",
        threads: int | None = None,
        clock: Clock | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.recipe, self.problem, self.seed = recipe, problem, seed
        self.engine, self.threads, self.clock = engine, threads, clock or Clock(None)
        self.listener = listener
        self.errors: list[ForpassError] = []
        self.interrupted = False
        self.omissions: list[str] = []
        self.dropped: list[Candidate] = []
        self._work = self._seconds = 0.0
        self._networks: dict[Member, NetworkSpec] = {}
        self._forms: dict[tuple[bool, bool], Data] = {}

    def train(self, wanted: Sequence[tuple[Rung, Part]]) -> list[TrainedMember | None]:
        """Train a member for each pair; None for one that failed, or for which there was no time.

        One that a time limit cut short is kept as it is: what it is worth, its rows tell.
        """
        found: list[TrainedMember | None] = [None] * len(wanted)
        jobs: list[tuple[int, Task]] = []
        linear: list[tuple[int, Callable[[], TrainedMember]]] = []
        clock = self.clock.part(OF_LINEAR)
        for place, (rung, part) in enumerate(wanted):
            if isinstance(rung.chain.member, LinearMember):
                linear.append((place, partial(self._linear, rung.chain.member, part, clock)))
            elif (task := self._task(rung, part)) is not None:
                jobs.append((place, task))
        # out of time they stop by themselves, at once: there is always an answer
        fitted, ended = side_by_side([work for _, work in linear], threads=self.threads)
        self.interrupted |= ended == "interrupted"
        for (place, _), model in zip(linear, fitted, strict=True):
            found[place] = model
        cold = self.seconds_to_begin > 0.0
        done = run_tasks(
            [task for _, task in jobs], threads=self.threads, clock=self.clock, listener=self.listener
        )
        for (place, task), what in zip(jobs, done, strict=True):
            found[place] = self._of_run(task, what, *wanted[place])
            if what.whole and not cold:  # otherwise much of the time went into machine code
                self._work += work_of(task.job)
                self._seconds += what.seconds
        return found

    def seconds_for(self, rung: Rung, parts: Sequence[Part]) -> float:
        """Predict how long a candidate takes on all cores, from its arithmetic and the speed so far."""
        if isinstance(rung.chain.member, LinearMember):
            return 0.0
        tasks = [task for part in parts if (task := self._task(rung, part)) is not None]
        cores = min(self.threads or usable_threads(), max(1, len(tasks)))
        return sum(work_of(task.job) for task in tasks) / (self._speed * cores)

    @property
    def seconds_to_begin(self) -> float:
        """How long the first network will wait for its engine, where there is a time limit."""
        return 0.0 if math.isinf(self.clock.left) else seconds_to_begin(self.engine)

    @property
    def knows_its_speed(self) -> bool:
        """Whether any network has been trained to its end."""
        return self._seconds > 0.0

    @property
    def _speed(self) -> float:
        """Operations per second of one core: measured as soon as possible."""
        return self._work / self._seconds if self._seconds else FIRST_SPEED

    def _task(self, rung: Rung, part: Part) -> Task | None:
        """Return the task of training a network; None where the rung before it failed on this part."""
        recipe, problem, member = self.recipe, self.problem, rung.chain.member
        assert not isinstance(member, LinearMember)
        before = _before(rung, part)
        if rung.before is not None and before is None:
            return None
        begin = None if before is None else self._lowered(before.as_learnt, -1.0)
        about = problem.inputs, problem.head, problem.outputs
        spec = self._networks.get(member) or network_of(recipe, member, *about)
        self._networks[member] = spec
        seed = seed_of(self.seed, rung.chain.name, rung.number, part.repeat, part.fold)
        epochs, n = rung.chain.epochs[rung.number], part.planned_for or len(part.learnt)
        training = training_of(recipe, member, spec, epochs, n, seed)
        training = replace(training, epochs=max(1, int(rung.share * training.epochs)))
        data = self._data(learns_logarithms(rung.chain), shows_statistics(member, *about))
        job = Job(
            spec,
            training,
            data,
            part.learnt,
            engine=self.engine,
            parameters=begin,
            name=rung.chain.name,
        )
        # a refit leaves out no rows: those that it learns from say what its logarithms need to lead back
        by_learnt = learns_logarithms(rung.chain) and not len(part.left_out)
        scored = part.learnt if by_learnt else part.left_out
        return Task(job, (scored,), problem.data)

    def _of_run(self, task: Task, done: Done, rung: Rung, part: Part) -> TrainedMember | None:
        if done.error is not None:
            self.errors.append(done.error)
        outcome = done.outcome
        reason = done.not_begun if outcome is None else outcome.ended.reason
        self.interrupted |= reason in ("interrupted", "listener")
        began = outcome is not None and outcome.state.progress.step > 0
        if outcome is None or not (done.whole or (began and reason == "max_seconds")):
            return None
        state, training, raw = outcome.state, task.job.training, done.scores[0]
        spec, buffers = for_users(task.job.spec, state.buffers)
        parameters, learnt = self._lowered(state.parameters), None
        if learns_logarithms(rung.chain):
            logs, rows, learnt = self._logarithms, task.scored[0], parameters
            factor = logs.factor(raw, self.problem.truth[rows], self.problem.weights_of(rows))
            spec, parameters = logs.for_users(spec, parameters, factor)
            raw = logs.values(raw, factor)[: len(part.left_out)]
        before, ended, seen = _before(rung, part), outcome.ended, self._seen(part, raw)
        history = continued(() if before is None else before.history, outcome.history)
        return TrainedMember(
            spec, parameters, buffers, training, ended, part, seen, done.seconds, learnt, history
        )

    def _linear(self, member: LinearMember, part: Part, clock: Clock) -> TrainedMember:
        problem, began = self.problem, time.perf_counter()
        data = without_values(problem.data, problem.inputs)
        rows = some_rows(data, part.learnt)
        about = problem.head, problem.outputs
        # out of time it stays where it begins: it predicts the mean of all rows
        how: dict[str, Any] = {"penalties": [member.penalty], "unclipped": True}
        model = fit_linear(*about, rows, note=lambda step: not clock.left, **how)
        seen = self._seen(part, model.scores(data, part.left_out).raw)
        spec, parameters = model.as_network(problem.inputs)
        dtype: Any = data.numbers.dtype
        numbers = self._lowered(parameters).astype(dtype), np.empty(0, dtype)
        return TrainedMember(spec, *numbers, None, None, part, seen, time.perf_counter() - began)

    def _seen(self, part: Part, raw: NDArray[Any]) -> Seen:
        """Return what a member says of rows it left out, as one that has not learnt from weighted classes."""
        return Seen(part.left_out, raw if self.problem.tilt is None else raw - self.problem.tilt)

    def _lowered(self, parameters: NDArray[Any], times: float = 1.0) -> NDArray[Any]:
        """Return parameters whose last bias, which comes last, is lowered by the tilt of class weights."""
        tilt = self.problem.tilt
        if tilt is None:
            return parameters
        found = parameters.copy()
        found[-len(tilt) :] -= times * tilt
        return found

    @cached_property
    def _logarithms(self) -> Logarithms:
        return Logarithms.of(self.problem)

    def _data(self, logarithms: bool, statistics: bool) -> Data:
        """Return the rows as members are trained on them: with value statistics, values by inner fold."""
        if (logarithms, statistics) not in self._forms:
            data = self.problem.data
            if statistics:
                data = with_inner_folds(data, self.problem.inputs, self.seed)
            self._forms[logarithms, statistics] = self._logarithms.learnt(data) if logarithms else data
        return self._forms[logarithms, statistics]


def _before(rung: Rung, part: Part) -> TrainedMember | None:
    """Return the member of the rung before that was trained on the same part, if there is one."""
    members = () if rung.before is None else rung.before.members
    place = part.repeat, part.fold
    return next((old for old in members if (old.part.repeat, old.part.fold) == place), None)
