"""Training the members of candidates, on every core."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from forpass.clock import Clock, OutOfTimeError
from forpass.errors import ForpassError
from forpass.many import Done, Task
from forpass.many import carry_out as carry_out_tasks
from forpass.recipes.candidates import Candidate, Trained
from forpass.recipes.members import Part, seed_of
from forpass.recipes.networks import network_of, training_of
from forpass.recipes.problem import Problem
from forpass.recipes.records import Chain, Linear, Recipe
from forpass.recipes.risk import Seen
from forpass.spec.data import Data
from forpass.training.events import Listener
from forpass.training.job import Job
from forpass.training.linear import fit_linear, some_rows

__all__ = ["Rung", "Workshop"]

CUT = ("max_seconds", "interrupted", "listener")
"""Why a run ends before its time."""


class Rung(NamedTuple):
    """A candidate that is to be trained.

    Attributes
    ----------
    chain : Chain
    number : int
        From 0.
    before : Candidate or None
        The rung below it, from which it goes on.
    """

    chain: Chain
    number: int
    before: Candidate | None = None


class Workshop:
    """What all members share: recipe, rows, seed, and how much time and how many threads there are.

    Attributes
    ----------
    errors : list of ForpassError
        Why members failed.
    interrupted : bool
        Whether somebody has asked to end.
    """

    def __init__(
        self,
        recipe: Recipe,
        problem: Problem,
        seed: int,
        *,
        threads: int | None = None,
        clock: Clock | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.recipe, self.problem, self.seed = recipe, problem, seed
        self.threads, self.clock, self.listener = threads, clock or Clock(None), listener
        self.errors: list[ForpassError] = []
        self.interrupted = False

    def trained(self, wanted: Sequence[tuple[Rung, Part]]) -> list[Trained | None]:
        """Train a member for each; None for one that failed, or for which there was no time."""
        found: list[Trained | None] = [None] * len(wanted)
        jobs: list[tuple[int, Task]] = []
        for place, (rung, part) in enumerate(wanted):
            if isinstance(rung.chain.member, Linear):
                found[place] = self._linear(rung.chain.member, part)
            elif (task := self._task(rung, part)) is not None:
                jobs.append((place, task))
        done = carry_out_tasks(
            [task for _, task in jobs], threads=self.threads, clock=self.clock, listener=self.listener
        )
        for (place, task), what in zip(jobs, done, strict=True):
            found[place] = self._of_run(task, what, wanted[place][1])
        return found

    def _task(self, rung: Rung, part: Part) -> Task | None:
        """Return what is to be done for a network; None where the rung before it failed on this part."""
        recipe, problem, member = self.recipe, self.problem, rung.chain.member
        assert not isinstance(member, Linear)
        begin = None
        if rung.before is not None:
            same = [old for old in rung.before.members if old.part.repeat == part.repeat]
            same = [old for old in same if old.part.fold == part.fold]
            if not same:
                return None
            begin = same[0].parameters
        spec = network_of(member, problem.inputs, problem.head, problem.outputs)
        seed = seed_of(self.seed, rung.chain.name, rung.number, part.repeat, part.fold)
        epochs, n = rung.chain.epochs[rung.number], len(part.learnt)
        training = training_of(recipe, member, spec, epochs, n, seed)
        job = Job(spec, training, problem.data, part.learnt, parameters=begin, name=rung.chain.name)
        return Task(job, (part.left_out,))

    def _of_run(self, task: Task, done: Done, part: Part) -> Trained | None:
        if done.error is not None:
            self.errors.append(done.error)
        outcome = done.outcome
        if outcome is None or not done.scores:
            return None
        self.interrupted |= outcome.ended.reason in ("interrupted", "listener")
        if outcome.ended.reason in CUT:
            return None
        state, seen = outcome.state, Seen(part.left_out, done.scores[0])
        job = task.job
        numbers = state.parameters, state.buffers
        return Trained(job.spec, *numbers, job.training, outcome.ended, part, seen, done.seconds)

    def _linear(self, member: Linear, part: Part) -> Trained | None:
        problem, began = self.problem, time.perf_counter()
        data = _without_values(problem)
        rows = some_rows(data.rows(part.learnt))
        with suppress(OutOfTimeError):
            model = fit_linear(
                problem.head, problem.outputs, rows, note=self._note, penalties=[member.penalty]
            )
            raw = model.scores(data.rows(part.left_out)).raw
            spec, parameters = model.as_network(problem.inputs)
            dtype: Any = data.numbers.dtype
            numbers = parameters.astype(dtype), np.empty(0, dtype)
            seconds = time.perf_counter() - began
            return Trained(spec, *numbers, None, None, part, Seen(part.left_out, raw), seconds)
        return None

    def _note(self, step: int) -> None:
        if not self.clock.left:
            raise OutOfTimeError


def _without_values(problem: Problem) -> Data:
    """Return the rows with those codes alone that an embedding looks up."""
    data = problem.data
    if data.codes is None:
        return data
    coded = [group.kind == "code" for group in problem.inputs if group.codes]
    codes = data.codes if all(coded) else np.ascontiguousarray(data.codes[:, coded])
    return Data(data.numbers, codes if codes.shape[1] else None, data.targets, data.weights)
