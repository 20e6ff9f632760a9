"""Successive halving: many kinds of network, trained briefly; the best third of them longer; and again.

All trials begin with a quarter of their epochs, a third goes on to a half, and a third of these to all of
them (Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016).
A trial is judged by two networks that leave out a part of the rows each, corrected for what averaging gains;
see `risk`. For each rung it begins anew: so what there is to remember of it is a line, and a search that was
laid aside goes on.
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
"""Of its epochs, at each rung."""
KEPT = 1 / 3
LEAST = 5
"""So many are kept at least: so many are blended in the end."""
MEMBERS = 2
AT_A_TIME = 8
"""Trials that are trained together, before what came of them is written down."""


class Trial(NamedTuple):
    """What came of a trial at one of its rungs.

    Attributes
    ----------
    number : int
        Of the trial, from 0.
    rung : int
        From 0: a quarter of its epochs, a half, all.
    expected_loss : float
        What is to be expected of the mean of two networks: the quadratic loss of probabilities, or of values
        in their own deviation. Infinite where training failed.
    seconds : float
        What its networks took, one after the other.
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
    """Try chains by successive halving; return all that came of it, rung by rung.

    Parameters
    ----------
    trainer : Trainer
        Rows, seed, threads and the limit of time, after which what there is by then is returned.
    chains : sequence of Chain
        That of each trial, by its number.
    known : sequence of Trial
        What was tried before: it is not tried again.
    note : callable
        Is told of each new trial as soon as it is done.
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
    """Return the numbers of the best trials, of those that came furthest first.

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
            elif len(trainer.errors) > failed and trainer.clock.left:  # not for want of time
                yield Trial(number, rung, math.inf, 0.0)


def read_trials(path: str, about: Mapping[str, Any]) -> list[Trial]:
    """Read trials that were written down, a line each; the first line says of what they are.

    Parameters
    ----------
    path : str
    about : mapping
        What the trials depend on. A file that does not exist yet begins with it.

    Raises
    ------
    DataError
        When they are of something else.
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
    """Return what a line holds; None for one that was cut off, as the last may be."""
    try:
        return json.loads(line)
    except ValueError:
        return None
