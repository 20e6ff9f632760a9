"""Refitting: the chosen members are trained once more, on all rows.

The weights of candidates and the calibration, found out of fold, stay; so do epochs and batch sizes, since
those for more rows would make other networks. A refitted member has seen a third more rows. How good it is
cannot be measured any more; the figures, which are those of the members before, err on the safe side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from forpass.recipes.blend import Blend, BlendMember, blend_members
from forpass.recipes.candidates import Candidate, TrainedMember
from forpass.recipes.members import Part
from forpass.recipes.training import Rung, Trainer

__all__ = ["refitted", "worth_a_refit"]

AGAIN = 1000
"""Added to a part's repeat, so that a refit has seeds of its own."""


def worth_a_refit(trainer: Trainer, blend: Blend) -> bool:
    """Whether the recipe asks for it, or rows have times: then the first members were trained on few rows."""
    recipe, problem = trainer.recipe, trainer.problem
    more = problem.task == "classification" and problem.outputs > 1
    asked = {"no": False, "more classes": more, "classes": problem.task != "regression", "all": True}
    wanted = "times" in problem.keys or (asked[recipe.refit] and len(problem.rows) >= recipe.refit_from)
    if not wanted or trainer.interrupted:
        return False
    return math.isinf(trainer.clock.left) or _seconds(trainer, blend) <= trainer.clock.left


def refitted(trainer: Trainer, blend: Blend) -> Blend:
    """Return the blend with members trained on all rows; the same blend where one of them failed."""
    members: list[BlendMember] = []
    for weight, candidate in zip(blend.weights, blend.candidates, strict=True):
        if weight > 0:
            again = _trained_again(trainer, candidate)
            if again is None:
                return blend
            members += blend_members(weight, candidate, again)
    return replace(blend, members=tuple(members), refitted=True)


def _parts(trainer: Trainer, candidate: Candidate) -> list[Part]:
    rows, none = trainer.problem.rows, trainer.problem.rows[:0]
    return [
        Part(AGAIN + m.part.repeat, m.part.fold, rows, none, len(m.part.learnt)) for m in candidate.members
    ]


def _trained_again(trainer: Trainer, candidate: Candidate) -> Sequence[TrainedMember] | None:
    """Go up the rungs of a candidate once more, each member with all rows."""
    before, parts = None, _parts(trainer, candidate)
    for number in range(candidate.rung + 1):
        rung = Rung(candidate.chain, number, before, candidate.share)
        members = [m for m in trainer.train([(rung, part) for part in parts]) if m is not None]
        if len(members) < len(parts):
            return None
        before = Candidate(candidate.chain, number, tuple(members), candidate.judgement, candidate.share)
    return members


def _seconds(trainer: Trainer, blend: Blend) -> float:
    """Predict how long it takes, in seconds."""
    total = 0.0
    for weight, candidate in zip(blend.weights, blend.candidates, strict=True):
        if weight > 0:
            rungs = [Rung(candidate.chain, n, None, candidate.share) for n in range(candidate.rung + 1)]
            total += sum(trainer.seconds_for(rung, _parts(trainer, candidate)) for rung in rungs)
    return total
