"""Out-of-fold predictions of a blend and of the baselines, and how good they are.

Every training row is left out by some of a recipe's networks; their predictions for it measure the blend. A
threshold that is chosen by a metric is chosen for each row on the rows of other parts, so that no row takes
part in its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.baselines import guess_of
from forpass.api.class_weights import decided_by
from forpass.api.evaluation import measured
from forpass.api.thresholds import chosen_threshold, fixed_threshold
from forpass.clock import Clock, OutOfTimeError
from forpass.errors import DataError
from forpass.model import Evaluation, Scores
from forpass.preprocessing import TargetSpec
from forpass.recipes import LinearMember
from forpass.recipes.blend import Blend
from forpass.recipes.members import Part
from forpass.recipes.problem import Problem
from forpass.sampling.splits import dealt_out
from forpass.spec.data import Data
from forpass.training.linear import fit_linear, some_rows, without_values

__all__ = ["OutOfFold", "out_of_fold", "untilted"]

PARTS = 4
"""The number of parts for choosing a threshold: each part gets the one that is best on the others."""


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Rows, and the scores that networks and baselines give them out of fold.

    Attributes
    ----------
    target : TargetSpec
    data : Data
        The targets of the rows, and the weights of figures.
    ways : mapping
        The scores of ``"network"`` and of the baselines.
    groups : array or None
        Which of the rows belong together.
    seed : int
    subject : str
        ``"linear"`` where the blend is of linear models alone, otherwise ``"network"``.
    tilt : array (k,) or None
        By how much class weights raised what was learnt; the scores are free of it.
    """

    target: TargetSpec
    data: Data
    ways: Mapping[str, Scores]
    groups: NDArray[Any] | None
    seed: int
    subject: str = "network"
    tilt: NDArray[np.float64] | None = None

    def threshold(self, asked: float | str | None, way: str = "network") -> float:
        """Return the threshold on the second of two classes: the given one, or the best for a metric.

        Where nothing is asked for, it is the one that follows class weights.
        """
        if asked is None:
            return decided_by(self.target, self.tilt)[0]
        if not isinstance(asked, str):
            return fixed_threshold(self.target, asked)
        return chosen_threshold(asked, self.target, self.data, self.ways[way])

    def measured(self, asked: float | str | None, metric: Any, clock: Clock) -> Evaluation:
        """Measure network and baselines, with thresholds that were chosen out of fold."""
        ways = {way: self._decided(way, asked) for way in self.ways}
        how = self.seed, self.groups, metric, clock
        return measured(self.target, self.data, ways, *how, True, self.subject)

    def _decided(self, way: str, asked: float | str | None) -> Scores:
        weights = decided_by(self.target, self.tilt)[1]
        scores = dataclasses.replace(self.ways[way], decision_weights=weights)
        whole = self.threshold(asked, way)
        if not isinstance(asked, str):
            return dataclasses.replace(scores, threshold=whole)
        thresholds = np.full((self.data.n_rows, 1), whole)
        assert self.data.targets is not None
        keys = {"labels": self.data.targets[:, 0]} if self.groups is None else {"groups": self.groups}
        number = dealt_out(self.data.n_rows, PARTS, self.seed, **keys)
        for part in range(PARTS):
            others = np.flatnonzero(number != part)
            seen = dataclasses.replace(scores, raw=scores.raw[others])
            with suppress(DataError):  # where the metric is undefined, all rows decide
                thresholds[number == part] = chosen_threshold(
                    asked, self.target, self.data.truth(others), seen
                )
        return dataclasses.replace(scores, threshold=thresholds)


def out_of_fold(
    target: TargetSpec,
    data: Data,
    problem: Problem,
    blend: Blend,
    seed: int,
    note: Callable[[int], object],
) -> OutOfFold:
    """Return the out-of-fold scores of a blend and of the baselines.

    The linear baseline is the best linear candidate; where a recipe has none, one is fitted.

    Parameters
    ----------
    target : TargetSpec
    data : Data
        The rows of the problem, with the weights of figures.
    problem : Problem
    blend : Blend
    seed : int
    note : callable
        Called with the number of each step of fitting the linear baseline. If it raises OutOfTimeError, there
        is no linear baseline.
    """
    rows, groups = blend.rows, problem.keys.get("groups")
    ways = {"network": Scores(problem.head, blend.raw)}
    parts = _once_each(blend, rows)
    guessed = Scores.of_predictions(problem.head, _guessed(target, problem.data, parts)[rows])
    ways["dummy"] = untilted(guessed, problem.tilt)
    with suppress(OutOfTimeError):
        ways["linear"] = _linear(problem, blend, parts, note)
    groups, subject = None if groups is None else groups[rows], "linear" if blend.is_linear else "network"
    return OutOfFold(target, data.truth(rows), ways, groups, seed, subject, problem.tilt)


def _once_each(blend: Blend, rows: NDArray[np.int64]) -> list[Part]:
    """Return as few parts as possible that together leave out each of the rows."""
    parts, missing = list[Part](), set(rows.tolist())
    for member in blend.candidates[0].members:
        if not missing.isdisjoint(left_out := member.part.left_out.tolist()):
            parts.append(member.part)
            missing.difference_update(left_out)
    return parts


def _guessed(target: TargetSpec, data: Data, parts: Sequence[Part]) -> NDArray[np.float64]:
    """Return for each row the shares of the classes, or the mean, of the rows of other parts."""
    P = np.zeros((data.n_rows, target.outputs))
    for part in parts:
        P[part.left_out] = guess_of(target, data.truth(part.learnt))
    return P


def _linear(problem: Problem, blend: Blend, parts: Sequence[Part], note: Callable[[int], object]) -> Scores:
    """Return what a linear model says of the blend's rows, of each by what it has learnt from other parts."""
    linear = [found for found in blend.candidates if isinstance(found.chain.member, LinearMember)]
    if linear:
        best = min(linear, key=lambda candidate: candidate.judgement.loss)
        return Scores.of_predictions(problem.head, best.judgement.P[blend.rows])
    data = without_values(problem.data, problem.inputs)
    raw = np.zeros((data.n_rows, problem.outputs))
    for part in parts:
        learnt = some_rows(data, part.learnt)
        model = fit_linear(problem.head, problem.outputs, learnt, note=note, unclipped=True)
        raw[part.left_out] = model.scores(data, part.left_out).raw
    return untilted(Scores(problem.head, raw[blend.rows]), problem.tilt)


def untilted(scores: Scores, tilt: NDArray[np.float64] | None) -> Scores:
    """Return scores of who has learnt with class weights, as they are without; see `Problem`."""
    return scores if tilt is None else dataclasses.replace(scores, raw=scores.raw - tilt)
