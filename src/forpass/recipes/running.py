"""Carry a recipe out: level by level, then the blend. Nothing here computes; what does, stands beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from forpass.clock import Clock
from forpass.engines.blas import one_blas_thread
from forpass.errors import DataError
from forpass.recipes.blend import Blend, blended
from forpass.recipes.candidates import Candidate, Trained
from forpass.recipes.chains import chains_to_try, goes_on, in_the_race
from forpass.recipes.members import Part, parts_of
from forpass.recipes.planning import fitting, one_by_one
from forpass.recipes.problem import Problem
from forpass.recipes.records import LinearMember, Recipe, step_of
from forpass.recipes.refitting import refitted, worth_a_refit
from forpass.recipes.risk import judged
from forpass.recipes.training import Rung, Workshop
from forpass.training.events import Listener

__all__ = ["INTERRUPTED", "run_recipe", "run_recipe_in"]

INTERRUPTED = "it was interrupted"
"""Stands among what was cut short."""

RACING = 2
"""So many members each candidate has when the first are dropped."""


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
    """Try the chains of a recipe on encoded rows, and blend what is best.

    Parameters
    ----------
    recipe : Recipe
    problem : Problem
        The rows, what they mean, and by what they may be divided.
    seed : int
        The same rows, recipe and seed give the same bits, with any number of threads, where there is no limit
        of time.
    engine : str
        ``"auto"`` or the name of an engine.
    threads : int, optional
        At most so many take part; by default as many as pay.
    clock : Clock, optional
        The limit of time, if any: what does not fit is left out, or trained for fewer epochs.
    listener : callable, optional
        Is told of all events of all networks.

    Returns
    -------
    Blend

    Raises
    ------
    DataError
        When the rows cannot be divided, or when there was no time for anything.
    DivergenceError
        When no candidate could be trained.
    KeyboardInterrupt
        When it was interrupted before any was.
    """
    how: dict[str, Any] = {"engine": engine, "threads": threads, "clock": clock, "listener": listener}
    return run_recipe_in(Workshop(recipe, problem, seed, **how))


def run_recipe_in(shop: Workshop) -> Blend:
    """Carry out a workshop's recipe: `run_recipe`, for who has a workshop already."""
    recipe, problem = shop.recipe, shop.problem
    parts = parts_of(problem, step_of(recipe.folds, len(problem.rows)), shop.seed)
    with one_blas_thread():
        blend = blended(recipe, problem, _tried(shop, parts), parts, shop.clock.left)
        if worth_a_refit(shop, blend):
            blend = refitted(shop, blend)
    words = [*shop.cut_short, *([INTERRUPTED] if shop.interrupted else [])]
    return blend.with_words(words, shop.dropped)


def _tried(shop: Workshop, parts: Sequence[Part]) -> list[Candidate]:
    """Try level after level; return all candidates that were trained, in the order of levels and chains."""
    recipe, tried = shop.recipe, list[Candidate]()
    going = [Rung(chain, 0) for chain in chains_to_try(recipe, shop.problem)]
    risks: dict[str, list[float]] = {rung.chain.name: [] for rung in going}
    for number in range(recipe.rungs):
        if shop.interrupted:
            break
        found = _level(shop, going, parts, tried)
        tried += found
        best = min((candidate.judgement.risk for candidate in tried), default=0.0)
        going = []
        for candidate in found:
            chain = candidate.chain
            risks[chain.name].append(candidate.judgement.risk)
            if (
                number + 1 < chain.rungs
                and candidate.share == 1.0
                and goes_on(recipe, risks[chain.name], best)
            ):
                going.append(Rung(chain, number + 1, candidate))
        if not going:
            break
    if not tried:
        if shop.interrupted:
            raise KeyboardInterrupt
        if shop.errors:
            raise shop.errors[0]
        raise DataError("there was no time to train anything; allow more of it, or give fewer rows")
    return tried


def _level(
    shop: Workshop, level: Sequence[Rung], parts: Sequence[Part], tried: Sequence[Candidate]
) -> list[Candidate]:
    """Train the candidates of a level; return those that were not dropped and did not fail."""
    if math.isinf(shop.clock.left):
        return _trained(shop, level, parts, tried)
    found: list[Candidate] = []
    for piece in one_by_one(level):
        networks = [c for c in (*tried, *found) if not isinstance(c.chain.member, LinearMember)]
        fits = fitting(shop, piece[0], parts, needed=not networks)
        if fits is not None:
            rung, some = fits
            found += _trained(shop, [rung], some, [*tried, *found])
    return found


def _trained(
    shop: Workshop, level: Sequence[Rung], parts: Sequence[Part], tried: Sequence[Candidate]
) -> list[Candidate]:
    """Train candidates in two waves: those that are far behind after the first are dropped."""
    first = parts[:RACING] if len(parts) > RACING else parts
    members = _wave(shop, level, first)
    going = [number for number, got in members.items() if len(got) == len(first)]
    if len(first) < len(parts):
        racing = _still_racing(shop, level, members, going, tried, len(first))
        shop.dropped += [_candidate(shop, level[n], members[n]) for n in going if n not in racing]
        going = racing
        more = _wave(shop, [level[number] for number in going], parts[len(first) :])
        for place, number in enumerate(going):
            members[number] += more[place]
    hurried = shop.interrupted or not math.isinf(shop.clock.left)
    least = 1 if hurried and not tried else len(parts)
    return [
        _candidate(shop, level[number], members[number]) for number in going if len(members[number]) >= least
    ]


def _candidate(shop: Workshop, rung: Rung, members: Sequence[Trained]) -> Candidate:
    seen = judged(shop.problem, [member.seen for member in members])
    return Candidate(rung.chain, rung.number, tuple(members), seen, rung.share)


def _wave(shop: Workshop, level: Sequence[Rung], parts: Sequence[Part]) -> dict[int, list[Trained]]:
    """Train a member for each candidate and part; return those of each candidate, without what failed."""
    wanted = [(rung, part) for part in parts for rung in level]
    members: dict[int, list[Trained]] = {number: [] for number in range(len(level))}
    for place, member in enumerate(shop.trained(wanted)):
        if member is not None:
            members[place % len(level)].append(member)
    return members


def _still_racing(
    shop: Workshop,
    level: Sequence[Rung],
    members: dict[int, list[Trained]],
    going: Sequence[int],
    tried: Sequence[Candidate],
    count: int,
) -> list[int]:
    """Return which candidates are not far behind on the rows that their first members left out.

    Linear models cost nothing and stay.
    """

    def loss(of: Sequence[Trained]) -> float:
        return judged(shop.problem, [member.seen for member in of[:count]]).seen

    losses = {number: loss(members[number]) for number in going}
    best = min((loss(candidate.members) for candidate in tried), default=float("inf"))
    kept = in_the_race(losses, best, shop.recipe.behind)
    return [n for n in going if n in kept or isinstance(level[n].chain.member, LinearMember)]
