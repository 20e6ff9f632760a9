"""Run a recipe: level by level, then the blend. This module decides; the modules beside it compute."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from forpass.clock import Clock
from forpass.engines.blas import one_blas_thread
from forpass.errors import DataError
from forpass.recipes.blend import Blend, blended
from forpass.recipes.candidates import Candidate, TrainedMember
from forpass.recipes.chains import chains_to_try, goes_on, in_the_race
from forpass.recipes.members import Part, parts_of
from forpass.recipes.planning import cut_short, fitting, one_by_one
from forpass.recipes.problem import Problem
from forpass.recipes.records import Chain, LinearMember, Recipe, step_of
from forpass.recipes.refitting import refitted, worth_a_refit
from forpass.recipes.risk import judged
from forpass.recipes.training import Rung, Trainer
from forpass.training.events import Listener

__all__ = ["run_recipe", "run_recipe_in"]

AGAIN_FROM = 2.0
"""A network that a time limit shortened is trained anew where there is time for so many times its epochs."""

RACING = 2
"""How many members each candidate has when the first candidates are dropped."""


def run_recipe(
    recipe: Recipe,
    problem: Problem,
    seed: int,
    *,
    engine: str = "auto",
    threads: int | None = None,
    clock: Clock | None = None,
    listener: Listener | None = None,
) -> Blend:
    """Try the chains of a recipe on encoded rows, and blend the best candidates.

    Parameters
    ----------
    recipe : Recipe
    problem : Problem
        The rows, what they mean, and how they may be divided.
    seed : int
        Without a time limit, the same rows, recipe and seed give the same bits with any number of threads.
    engine : str
        ``"auto"`` or the name of an engine.
    threads : int, optional
        The most threads to use; by default as many as pay.
    clock : Clock, optional
        The time limit, if any: what does not fit is left out, or trained for fewer epochs.
    listener : callable, optional
        Called with all events of all networks.

    Returns
    -------
    Blend

    Raises
    ------
    DataError
        When the rows cannot be divided, or when there was no time to train anything.
    DivergenceError
        When no candidate could be trained.
    KeyboardInterrupt
        When it was interrupted before any candidate was trained.
    """
    how: dict[str, Any] = {"engine": engine, "threads": threads, "clock": clock, "listener": listener}
    return run_recipe_in(Trainer(recipe, problem, seed, **how))


def run_recipe_in(trainer: Trainer) -> Blend:
    """Run the recipe of a trainer: `run_recipe`, for callers who have a trainer already."""
    recipe, problem = trainer.recipe, trainer.problem
    parts = parts_of(problem, step_of(recipe.folds, len(problem.rows)), trainer.seed)
    with one_blas_thread():
        blend = blended(recipe, problem, _tried(trainer, parts), parts, trainer.clock.left)
        if worth_a_refit(trainer, blend):
            blend = refitted(trainer, blend)
    return replace(
        blend,
        omissions=tuple(trainer.omissions),
        interrupted=trainer.interrupted,
        dropped=tuple(trainer.dropped),
    )


def _tried(trainer: Trainer, parts: Sequence[Part]) -> list[Candidate]:
    """Try level after level; return all candidates that were trained, in the order of levels and chains."""
    recipe, tried = trainer.recipe, list[Candidate]()
    going = [Rung(chain, 0) for chain in chains_to_try(recipe, trainer.problem)]
    losses: dict[str, list[float]] = {rung.chain.name: [] for rung in going}
    while going and not trainer.interrupted:
        found = _level(trainer, going, parts, tried)
        tried += found
        best = min((candidate.judgement.expected_loss for candidate in tried), default=0.0)
        going = []
        for candidate in found:
            of_chain, above = losses[candidate.chain.name], candidate.rung + 1
            of_chain.append(candidate.judgement.expected_loss)
            there_is_more = above < min(recipe.rungs, candidate.chain.rungs) and candidate.whole
            if there_is_more and goes_on(recipe, of_chain, best):
                going.append(Rung(candidate.chain, above, candidate))
    if tried:
        complete = [one for one in tried if len(one.members) == len(parts)]
        return complete if any(_is_network(one.chain) for one in complete) else tried
    if trainer.interrupted:
        raise KeyboardInterrupt
    if trainer.errors:
        raise trainer.errors[0]
    raise DataError("there was no time to train anything; allow more of it, or give fewer rows")


def _level(
    trainer: Trainer, level: Sequence[Rung], parts: Sequence[Part], tried: Sequence[Candidate]
) -> list[Candidate]:
    """Train the candidates of a level; return those that were not dropped and did not fail."""
    if math.isinf(trainer.clock.left):
        return _trained(trainer, level, parts, tried)
    found: list[Candidate] = []
    for piece in one_by_one(level):
        networks = [one for one in (*tried, *found) if _is_network(one.chain)]
        worthwhile = 1.0 if networks else 0.0
        while (fits := fitting(trainer, piece[0], parts, worthwhile)) is not None:
            rung, some = fits
            more = _trained(trainer, [rung], some, [*tried, *found])
            found += more
            if rung.share == 1.0 or not more:
                break
            worthwhile = AGAIN_FROM * rung.share  # now the speed is known
    return found


def _trained(
    trainer: Trainer, level: Sequence[Rung], parts: Sequence[Part], tried: Sequence[Candidate]
) -> list[Candidate]:
    """Train candidates in two waves: those that are far behind after the first are dropped.

    A candidate without all of its members is dropped too: of many rows it says nothing. While there is no
    network yet, and no time for more, it is better than none.
    """
    first, others = (parts[:RACING], parts[RACING:]) if len(parts) > RACING else (parts, ())
    members = _wave(trainer, level, first)
    hurried = trainer.interrupted or not math.isinf(trainer.clock.left)
    content = hurried and not any(_is_network(one.chain) for one in tried)
    candidates = {
        number: _candidate(trainer, level[number], got)
        for number, got in enumerate(members)
        if len(got) == len(first) or (got and content)
    }
    if others:
        racing = _racing(trainer, candidates, tried)
        trainer.dropped += [one for number, one in candidates.items() if number not in racing]
        more = _wave(trainer, [level[number] for number in racing], others)
        candidates = {
            number: _candidate(trainer, level[number], members[number] + got, candidates[number])
            for number, got in zip(racing, more, strict=True)
        }
    found = [one for one in candidates.values() if content or len(one.members) == len(parts)]
    if not trainer.interrupted:
        trainer.omissions += [told for one in candidates.values() if (told := cut_short(one, len(parts)))]
    return found


def _candidate(
    trainer: Trainer, rung: Rung, members: Sequence[TrainedMember], before: Candidate | None = None
) -> Candidate:
    """Judge a candidate; `before` is what it was when it had only its first members."""
    judgement = judged(trainer.problem, [member.seen for member in members])
    racing_loss = judgement.loss if before is None else before.racing_loss
    return Candidate(rung.chain, rung.number, tuple(members), judgement, rung.share, racing_loss)


def _wave(trainer: Trainer, level: Sequence[Rung], parts: Sequence[Part]) -> list[list[TrainedMember]]:
    """Train a member for each candidate and part; return those of each candidate, without what failed."""
    wanted = [(rung, part) for part in parts for rung in level]
    members: list[list[TrainedMember]] = [[] for _ in level]
    for place, member in enumerate(trainer.train(wanted)):
        if member is not None:
            members[place % len(level)].append(member)
    return members


def _racing(trainer: Trainer, candidates: Mapping[int, Candidate], tried: Sequence[Candidate]) -> list[int]:
    """Return the numbers of candidates that are not far behind on the rows their first members left out.

    Linear models cost nothing and stay.
    """
    losses = {number: one.racing_loss for number, one in candidates.items()}
    best = min((one.racing_loss for one in tried), default=math.inf)
    kept = in_the_race(losses, best, trainer.recipe.racing_ratio)
    return [n for n, one in candidates.items() if n in kept or not _is_network(one.chain)]


def _is_network(chain: Chain) -> bool:
    return not isinstance(chain.member, LinearMember)
