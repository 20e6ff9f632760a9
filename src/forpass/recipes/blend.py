"""The blend: the result of a recipe."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forpass.model.calibration import Calibration
from forpass.model.scores import Scores
from forpass.recipes.blending import blend_weights, products_of_errors
from forpass.recipes.calibrating import calibrated, sharpened_by_averaging
from forpass.recipes.candidates import Candidate, TrainedMember
from forpass.recipes.members import Part
from forpass.recipes.problem import Problem
from forpass.recipes.records import LinearMember, Recipe

__all__ = ["Blend", "BlendMember", "blend_members", "blended"]


@dataclass(frozen=True, eq=False)
class BlendMember:
    """A member of the blend.

    Attributes
    ----------
    member : TrainedMember
    weight : float
        The weight of its prediction; those of all members add up to 1.
    sharpness : float
        The factor of its raw scores before they become probabilities; 1 for values.
    chain : str
    epochs : int
        Of all rungs, for the reference table (see `Recipe`).
    """

    member: TrainedMember
    weight: float
    sharpness: float
    chain: str
    epochs: int


@dataclass(frozen=True, eq=False)
class Blend:
    """The result of a recipe: candidates, their weights, and their out-of-fold predictions.

    Attributes
    ----------
    recipe : Recipe
    candidates : tuple of Candidate
        All that were tried, in the order of levels and chains.
    weights : tuple of float
        One for each candidate, 0 for those that are left out.
    members : tuple of BlendMember
        The members of the candidates with a weight, candidate by candidate.
    calibration : Calibration or None
        Applied to the blend's raw scores; None for values.
    rows : int64 array
        The rows for which every candidate has an out-of-fold prediction.
    raw : array of shape (rows, k)
        The blend's out-of-fold raw scores of these, each row calibrated on the rows of other parts.
    loss : float
        The quadratic loss of the blend out of fold, E_1,
    expected_loss : float
        and the one to be expected for new rows, which get the mean of all members, E_m.
    refitted : bool
        Whether members were trained on all rows, including those of `rows`.
    omissions : tuple of str
        What was left out or shortened to meet the time limit, in words.
    interrupted : bool
        Whether the run was interrupted before everything was tried.
    dropped : tuple of Candidate
        Candidates that were far behind after their first members and were not trained any further.
    """

    recipe: Recipe
    candidates: tuple[Candidate, ...]
    weights: tuple[float, ...]
    members: tuple[BlendMember, ...]
    calibration: Calibration | None
    rows: NDArray[np.int64]
    raw: NDArray[np.float64]
    loss: float
    expected_loss: float
    refitted: bool = False
    omissions: tuple[str, ...] = ()
    interrupted: bool = False
    dropped: tuple[Candidate, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether everything was tried: neither a time limit nor an interrupt cut it short."""
        return not (self.omissions or self.interrupted)

    @property
    def is_linear(self) -> bool:
        """Whether linear models alone have a weight."""
        counted = [one for one, weight in zip(self.candidates, self.weights, strict=True) if weight > 0]
        return all(isinstance(one.chain.member, LinearMember) for one in counted)

    def __repr__(self) -> str:
        counted = sum(weight > 0 for weight in self.weights)
        return (
            f"<Blend of {counted} of {len(self.candidates)} candidates, {len(self.members)} members, "
            f"recipe {self.recipe.name}, loss {self.loss:.4g}, expected {self.expected_loss:.4g}>"
        )


def blended(
    recipe: Recipe,
    problem: Problem,
    tried: Sequence[Candidate],
    parts: Sequence[Part],
    seconds: float = math.inf,
) -> Blend:
    """Weigh the candidates and calibrate their mean; `seconds` is the time left for that."""
    judgements = [candidate.judgement for candidate in tried]
    S = products_of_errors(problem, judgements)
    weights = blend_weights(S, recipe.min_weight)
    rows = np.flatnonzero(np.all([judgement.counts > 0 for judgement in judgements], axis=0))
    P = np.zeros((len(rows), problem.outputs))
    for weight, judgement in zip(weights, judgements, strict=True):
        P += weight * judgement.P[rows]
    raw = Scores.of_predictions(problem.head, P).raw
    errors = np.sum((P - problem.truth[rows]) ** 2, axis=1)
    loss = float(np.average(errors, weights=problem.weights_of(rows)))
    counting = [(weight, one) for weight, one in zip(weights.tolist(), tried, strict=True) if weight > 0]
    blend = Blend(
        recipe,
        tuple(tried),
        tuple(weights.tolist()),
        tuple(member for weight, one in counting for member in blend_members(weight, one, one.members)),
        None,
        rows,
        raw,
        loss,
        float(weights @ S @ weights),
    )
    if problem.task == "regression":
        return blend
    calibration, honest = calibrated(problem, rows, raw, parts, seconds)
    factor = sharpened_by_averaging(problem, tried, blend.weights)
    return replace(blend, calibration=calibration.sharpened(factor), raw=honest)


def blend_members(weight: float, candidate: Candidate, members: Sequence[TrainedMember]) -> list[BlendMember]:
    """Return the members of a candidate as members of a blend: each has an equal share of its weight."""
    each = weight / len(members), candidate.judgement.sharpness
    return [BlendMember(member, *each, candidate.chain.name, candidate.epochs) for member in members]
