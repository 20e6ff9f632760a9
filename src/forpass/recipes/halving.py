"""Successive halving: many kinds of network are trained briefly, the best third of them longer, and so on.

All trials begin with a quarter of their epochs, a third goes on to half, and a third of these to all of them
(Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016). A
trial is judged by two networks, each of which leaves out a part of the rows, corrected for averaging; see
`risk`. Each rung trains from scratch, so one line records a trial, and an interrupted search can be resumed.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from forpass.errors import DataError
from forpass.recipes.members import Part, parts_of
from forpass.recipes.records import Chain, step_of
from forpass.recipes.risk import judged
from forpass.recipes.training import Rung, Trainer

__all__ = ["SHARES", "Trial", "halved", "read_trials"]

SHARES = (0.25, 0.5, 1.0)
"""The share of its epochs that a trial is trained for, at each rung."""
KEPT = 1 / 3
LEAST = 5
"""The fewest trials that are kept: as many are blended in the end."""
MEMBERS = 2
AT_A_TIME = 8
"""Trials that are trained together, before what came of them is written down."""


class Trial(NamedTuple):
    """The result of a trial at one of its rungs.

    Attributes
    ----------
    number : int
        Of the trial, from 0.
    rung : int
        From 0: a quarter of its epochs, a half, all.
    expected_loss : float
        The loss to be expected of the mean of two networks: the Brier score of probabilities, or the squared
        error in variances of the target. Infinite where training failed.
    seconds : float
        The time its networks took, added up.
    """

    number: int
    rung: int
    expected_loss: float
    seconds: float


def halved(
    trainer: Trainer,
    chains: Sequence[Chain],
    known: Sequence[Trial] = (),
    note: Callable[[Trial], None] = lambda trial: None,
) -> list[Trial]:
    """Try chains by successive halving; return the results, rung by rung.

    Parameters
    ----------
    trainer : Trainer
        With rows, seed, threads and the time limit, after which the results so far are returned.
    chains : sequence of Chain
        That of each trial, by its number.
    known : sequence of Trial
        Results of an earlier run, which are not computed again.
    note : callable
        Called with each new result.
    """
    problem = trainer.problem
    parts = parts_of(problem, step_of(trainer.recipe.folds, len(problem.rows)), trainer.seed)[:MEMBERS]
    before = {(trial.number, trial.rung): trial for trial in known}
    found, going = list[Trial](), list(range(len(chains)))
    for rung in range(len(SHARES)):
        level = [before[number, rung] for number in going if (number, rung) in before]
        wanted = [number for number in going if (number, rung) not in before]
        for trial in _tried(trainer, chains, wanted, rung, parts):
            note(trial)
            level.append(trial)
        found += sorted(level)
        if len(level) < len(going):  # out of time, or interrupted
            break
        going = best_of(level, max(LEAST, math.ceil(KEPT * len(level))))
    return found


def best_of(trials: Sequence[Trial], count: int) -> list[int]:
    """Return the numbers of the best trials; those that came furthest rank first.

    Examples
    --------
    >>> best_of([Trial(0, 0, 0.1, 1.0), Trial(1, 0, 0.3, 1.0), Trial(1, 1, 0.2, 1.0)], 2)
    [1, 0]
    """
    furthest = {trial.number: trial for trial in sorted(trials, key=lambda trial: trial.rung)}
    ranked = sorted(furthest.values(), key=lambda trial: (-trial.rung, trial.expected_loss, trial.number))
    return [trial.number for trial in ranked[:count] if math.isfinite(trial.expected_loss)]


def _tried(
    trainer: Trainer, chains: Sequence[Chain], numbers: Sequence[int], rung: int, parts: Sequence[Part]
) -> Iterator[Trial]:
    """Train two networks for each trial, some trials at a time."""
    for begin in range(0, len(numbers), AT_A_TIME):
        if trainer.interrupted or not trainer.clock.left:
            return
        some = numbers[begin : begin + AT_A_TIME]
        failed = len(trainer.errors)
        rungs = [Rung(chains[number], 0, share=SHARES[rung]) for number in some]
        members = trainer.train([(one, part) for one in rungs for part in parts])
        for place, number in enumerate(some):
            own = [m for m in members[place * len(parts) : (place + 1) * len(parts)] if m is not None]
            if len(own) == len(parts):
                loss = judged(trainer.problem, [member.seen for member in own]).expected_loss
                yield Trial(number, rung, loss, sum(member.seconds for member in own))
            elif len(trainer.errors) > failed and trainer.clock.left:  # it failed, not the time ran out
                yield Trial(number, rung, math.inf, 0.0)


def read_trials(path: str, about: Mapping[str, Any]) -> list[Trial]:
    """Read recorded trials, a line each; the first line says what they depend on.

    Parameters
    ----------
    path : str
    about : mapping
        What the trials depend on. It becomes the first line of a new file.

    Raises
    ------
    DataError
        When the file records trials of something else.
    """
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(about) + "\n")
        return []
    with open(path, encoding="utf-8") as file:
        first, *lines = [_plain(line) for line in file.read().splitlines()] or [None]
    if first != dict(about):
        raise DataError(
            f"{path} holds trials of another table, space or recipe; name another folder, or remove it"
        )
    return [Trial(**line) for line in lines if isinstance(line, dict) and set(line) == set(Trial._fields)]


def _plain(line: str) -> Any:
    """Return what a line holds; None for one that is incomplete, as the last may be."""
    try:
        return json.loads(line)
    except ValueError:
        return None
