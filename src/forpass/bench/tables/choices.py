"""What a recipe chooses, one thing at a time done otherwise: the rows of the table of ablations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias
from unittest.mock import patch

from forpass.preprocessing import Bins
from forpass.recipes import Chain, LinearMember, Member, Problem, Recipe
from forpass.recipes.logarithms import learns_logarithms
from forpass.recipes.records import CHAINS
from forpass.recipes.risk import Judgement, Seen, judged

__all__ = ["CHOICES", "Choice", "with_formulas"]

Change: TypeAlias = "Callable[[Recipe], Recipe]"
Formulas: TypeAlias = "Mapping[str, Callable[..., Any]]"
NOTHING: Formulas = MappingProxyType({})


class Choice(NamedTuple):
    """One thing that is done otherwise."""

    name: str
    change: Change
    """What becomes of the recipe."""
    formulas: Formulas = NOTHING
    """What stands in for functions that no recipe chooses, by their places: ``module:function``."""
    seed: int = 0
    """Is added to the seed."""
    smoothing: float = 0.0
    """By so much the targets of classes are smoothed."""


@contextmanager
def with_formulas(choice: Choice) -> Iterator[None]:
    """Let the functions of a choice stand in for others."""
    with ExitStack() as stack:
        for place, function in choice.formulas.items():
            stack.enter_context(patch(place.replace(":", "."), function))
        yield


# -- what becomes of a recipe ------------------------------------------------------------------------


def _same(recipe: Recipe) -> Recipe:
    return recipe


def _of_recipe(**fields: Any) -> Change:
    return lambda recipe: replace(recipe, **fields)


def _of_chains(change: Callable[[Chain], list[Chain]]) -> Change:
    """Return what puts others in the place of each chain; where that would leave none, all stay."""

    def changed(recipe: Recipe) -> Recipe:
        others: dict[str, Any] = {}
        for task in CHAINS:
            chains = getattr(recipe, task)
            others[task] = tuple(new for chain in chains for new in change(chain)) or chains
        return replace(recipe, **others)

    return changed


def _of_members(**fields: Any) -> Change:
    """Return what changes all networks, each field to a value or by a function of what it is."""

    def changed(chain: Chain) -> list[Chain]:
        if isinstance(chain.member, LinearMember):
            return [chain]
        old = {name: getattr(chain.member, name) for name in fields}
        new = {name: value(old[name]) if callable(value) else value for name, value in fields.items()}
        return [replace(chain, member=replace(chain.member, **new))]

    return _of_chains(changed)


def _without(of_numbers: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    return lambda numbers: tuple(name for name in numbers if name != of_numbers)


def _times(factor: float) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    return lambda hidden: tuple(round(factor * width) for width in hidden)


def _from_scratch(chain: Chain) -> list[Chain]:
    """Return a chain for each rung, trained for all epochs up to it."""
    sums = [sum(chain.epochs[: number + 1]) for number in range(len(chain.epochs))]
    alone = [replace(chain, name=f"{chain.name} {epochs}", epochs=(epochs,)) for epochs in sums[1:]]
    return [replace(chain, epochs=chain.epochs[:1]), *alone]  # the first has the seeds that it had


def _rungs_from_scratch(recipe: Recipe) -> Recipe:
    short = _of_chains(lambda chain: [replace(chain, epochs=chain.epochs[: recipe.rungs])])(recipe)
    return _of_chains(_from_scratch)(short)


def _more_members(recipe: Recipe) -> Recipe:
    return replace(recipe, folds=tuple(kind._replace(repeated=kind.left_out) for kind in recipe.folds))


# -- what stands in for formulas ---------------------------------------------------------------------


def _as_seen(problem: Problem, seen: list[Seen], sharpness: float | None = None) -> Judgement:
    """Judge as `judged` does, and expect no other loss than the one out of fold."""
    judgement = judged(problem, seen, sharpness)
    return replace(judgement, expected_loss=judgement.loss)


def _nothing(*_: Any) -> float:
    return 0.0


def _one(*_: Any) -> float:
    return 1.0


IN_COMMON: Formulas = {"forpass.recipes.blending:_correction": _nothing}
NO_CORRECTION: Formulas = {"forpass.recipes.running:judged": _as_seen, **IN_COMMON}
NO_SHARPENING: Formulas = {"forpass.recipes.blend:sharpened_by_averaging": _one}

CHOICES = (
    Choice("another seed", _same, seed=1000),
    # what is chosen among networks that are trained anyway
    Choice("losses not corrected for averaging", _same, NO_CORRECTION),
    Choice("blend not corrected for what candidates have in common", _same, IN_COMMON),
    Choice("probabilities not sharpened for averaging", _same, NO_SHARPENING),
    Choice("the candidate with the largest weight alone", _of_recipe(min_weight=0.999)),
    Choice("no linear candidates", _of_chains(lambda c: [c] * isinstance(c.member, Member))),
    Choice("one rung", _of_recipe(rungs=1)),
    Choice("no racing", _of_recipe(racing_ratio=1e9)),
    Choice("racing at 5 percent", _of_recipe(racing_ratio=1.05)),
    # what is trained otherwise
    Choice("refit on all rows", _of_recipe(refit="all", refit_from=1)),
    Choice("no refit", _of_recipe(refit="no")),
    Choice("as many members again", _more_members),
    Choice("each rung from scratch", _rungs_from_scratch),
    Choice("no value statistics", _of_members(statistics=False)),
    Choice("no bins", _of_members(numbers=_without("piecewise"))),
    Choice("half as many bins", _of_recipe(class_bins=Bins(12, 150), value_bins=Bins(20, 200))),
    Choice("no logarithms", _of_chains(lambda c: [c] * (not learns_logarithms(c)))),
    Choice("no waves", _of_members(numbers=_without("periodic"))),
    Choice("targets of classes smoothed by 0.1", _same, smoothing=0.1),
    Choice("two thirds of the width", _of_members(hidden=_times(2 / 3))),
    Choice("one and a half times the width", _of_members(hidden=_times(1.5))),
    Choice("no dropout", _of_members(dropout=0.0)),
    Choice("no weight decay", _of_members(weight_decay=0.0)),
    Choice("half the learning rate", _of_members(learning_rate=lambda rate: rate / 2)),
)
"""From what costs nothing to what costs most; the first shows how far chance alone goes."""
