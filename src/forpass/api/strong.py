"""From the encoded parts of a table to the ensemble that a recipe finds, measured on all rows.

Every training row is left out by some of the networks; see `forpass.api.out_of_fold`. An out-of-fold
prediction is the mean of one or two networks of a candidate, while users get the mean of all: the figures err
on the safe side.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.baselines import fit_baselines
from forpass.api.class_weights import decided_by
from forpass.api.evaluation import measured
from forpass.api.judging import Weighted, require_judging, weighted_parts
from forpass.api.learning import train_parts
from forpass.api.needs import measured_needs, require_columns
from forpass.api.out_of_fold import OutOfFold, out_of_fold, untilted
from forpass.api.published import within_range
from forpass.api.road import AnyPreprocessing, Parts
from forpass.api.setup import Setup
from forpass.api.training import made_now
from forpass.clock import Clock, OutOfTimeError
from forpass.engines.select import select_engine
from forpass.engines.threads import usable_threads
from forpass.model import Ensemble, Evaluation, TrainedModel
from forpass.model.left_out import MOST_FOLDS, LeftOut, equal_across
from forpass.model.origin import Origin
from forpass.model.provenance import Ended, RowCounts
from forpass.model.scores import head_for
from forpass.preprocessing import TargetSpec
from forpass.recipes import LinearMember, Member
from forpass.recipes.blend import Blend, BlendMember, blend_members
from forpass.recipes.intervals import intervals_of
from forpass.recipes.problem import Problem
from forpass.recipes.running import run_recipe
from forpass.spec.data import Data
from forpass.training.events import Listener
from forpass.training.linear import without_values

__all__ = ["learnt_from", "problem_of", "train_recipe"]

LEAST_SECONDS = 0.1
"""The least time that is taken, even if less is left: a linear model, or a mean, is better than nothing."""


def learnt_from(
    parts: Parts,
    setup: Setup,
    listener: Listener | None,
    clock: Clock | None = None,
    encode_all: Callable[[], Parts] | None = None,
) -> TrainedModel | Ensemble:
    """Train what the setup says on the encoded parts of a table: a single network, or a recipe.

    Parameters
    ----------
    parts, setup, listener, clock, encode_all
        See `train_parts`. A recipe has no use for validation rows, and refits by itself.
    """
    if setup.recipe is None:
        return train_parts(parts, setup, listener, clock, encode_all)
    return train_recipe(parts, setup, listener, clock)


def train_recipe(
    parts: Parts, setup: Setup, listener: Listener | None = None, clock: Clock | None = None
) -> Ensemble:
    """Run a recipe on the training rows; measure its ensemble out of fold, and on test rows if any.

    Parameters
    ----------
    parts : Parts
    setup : Setup
        With a recipe.
    listener : callable, optional
        Called with all events of all networks.
    clock : Clock, optional
        The time limit; by default that of the setup, from now on.
    """
    began, clock = time.monotonic(), clock or Clock(setup.training.stopping.max_seconds)
    if clock.left < LEAST_SECONDS:
        clock = Clock(LEAST_SECONDS, began)
    require_judging(setup, parts)
    require_columns(setup, parts)
    target, counted, asked = _target(parts), weighted_parts(setup, parts), setup.judging.threshold
    problem = problem_of(parts, counted)
    how: dict[str, Any] = {"engine": setup.engine, "threads": setup.threads}
    how |= {"clock": clock, "listener": listener}
    blend = run_recipe(setup.recipe, problem, setup.training.seed, **how)
    seen = out_of_fold(target, parts.training, problem, blend, setup.training.seed, _note(clock))
    preprocessing, threshold = within_range(parts).preprocessing, seen.threshold(asked)
    decided = threshold, decided_by(target, counted.tilt)[1]
    unrefitted = _unrefitted(blend)
    judge = _ensemble(unrefitted, parts, preprocessing, setup, *decided)
    ensemble = _ensemble(blend, parts, preprocessing, setup, *decided) if blend.refitted else judge
    intervals = intervals_of(problem, blend, setup.training.seed, **how)
    rows = RowCounts(parts.training.n_rows, 0, 0 if parts.test is None else parts.test.n_rows)
    ended = _ended(blend, _seconds(blend, time.monotonic() - began, setup.threads))
    needs = measured_needs(judge, parts.training, setup, clock, ended.seconds)
    unmeasured = setup.importance and (needs is None or needs.unmeasured > 0)
    provenance = dataclasses.replace(
        made_now(select_engine(setup.engine).NAME, rows, ended),
        evaluation=seen.measured(asked, setup.judging.metric, clock),
        on_test=None if parts.test is None else _on_test(ensemble, parts, counted, setup, seen, clock),
        cut_short=("training",) * (not blend.whole)
        + ("baseline",) * ("linear" not in seen.ways)
        + ("importance",) * unmeasured,
        class_weights=counted.class_weights,
        recipe=_account(blend),
        importance=needs,
        equal_rows=_equal_rows(parts.training, unrefitted),
        origin=Origin(setup.training.seed),
    )
    return dataclasses.replace(ensemble, intervals=intervals, provenance=provenance)


def _ended(blend: Blend, seconds: float) -> Ended:
    """How all of it ended: the epochs are those of the network that was trained longest."""
    reason = "interrupted" if blend.interrupted else "max_seconds" if blend.omissions else "recipe"
    each = [share.member.ended or Ended() for share in blend.members]
    return Ended(reason, max(e.epoch for e in each), max(e.step for e in each), seconds=seconds)


def _seconds(blend: Blend, here: float, threads: int | None) -> float:
    """Return how long it took, with what networks took that a folder remembered from before."""
    took = sum(candidate.seconds for candidate in (*blend.candidates, *blend.dropped))
    return max(here, took / (threads or usable_threads()))


def _note(clock: Clock) -> Callable[[int], None]:
    """Return what ends the fitting of a linear baseline in time."""

    def note(step: int) -> None:
        if not clock.left:
            raise OutOfTimeError

    return note


def _target(parts: Parts) -> TargetSpec:
    target = parts.preprocessing.target
    assert target is not None
    return target


def problem_of(parts: Parts, counted: Weighted) -> Problem:
    """Return what a recipe is run on: class weights count in training, not where candidates are judged."""
    target, weights = _target(parts), parts.training.weights
    if weights is None and counted.class_weights:
        weights = np.ones(parts.training.n_rows)
    head = head_for(target.task, target.outputs)
    groups, keys = parts.preprocessing.groups, dict(parts.keys)
    return Problem(counted.training, groups, head, target.outputs, weights, keys, counted.tilt)


def _unrefitted(blend: Blend) -> Blend:
    """Return the blend with the members that left out rows, as they were before a refit."""
    if not blend.refitted:
        return blend
    counting = [(w, one) for w, one in zip(blend.weights, blend.candidates, strict=True) if w > 0]
    members = tuple(m for weight, one in counting for m in blend_members(weight, one, one.members))
    return dataclasses.replace(blend, members=members, refitted=False)


def _ensemble(
    blend: Blend,
    parts: Parts,
    preprocessing: AnyPreprocessing,
    setup: Setup,
    threshold: float,
    decision_weights: tuple[float, ...],
) -> Ensemble:
    """Return the members of a blend as a model; it knows which rows they have not seen."""
    shares = blend.members
    dealt = _dealt(blend)
    left_out = [dealt[key] for key in sorted(dealt)]
    folds = _folds(blend)
    return Ensemble(
        [
            _member(share, preprocessing, setup, threshold, fold)
            for share, fold in zip(shares, folds, strict=True)
        ],
        [share.weight for share in shares],
        sharpness=[share.sharpness for share in shares],
        calibration=blend.calibration,
        decision_weights=decision_weights,
        left_out=LeftOut.of(parts.training, left_out) if len(left_out) <= MOST_FOLDS else None,
    )


def _equal_rows(training: Data, blend: Blend) -> int:
    """Count rows equal to a row of another fold of the first division."""
    dealt = _dealt(blend)
    first = min((repeat for repeat, _ in dealt), default=0)
    return equal_across(training, [rows for (repeat, _), rows in dealt.items() if repeat == first])


def _dealt(blend: Blend) -> dict[tuple[int, int], NDArray[np.int64]]:
    """Return the rows that members left out, by division and fold; of those of a refit none."""
    parts = [share.member.part for share in blend.members]
    return {(part.repeat, part.fold): part.left_out for part in parts if len(part.left_out)}


def _folds(blend: Blend) -> list[int | None]:
    """Number the parts that members left out, over all divisions; None for members trained on all rows."""
    parts = [share.member.part for share in blend.members]
    dealt = sorted({(part.repeat, part.fold) for part in parts})
    return [dealt.index((part.repeat, part.fold)) if len(part.left_out) else None for part in parts]


def _member(
    share: BlendMember, preprocessing: AnyPreprocessing, setup: Setup, threshold: float, fold: int | None
) -> TrainedModel:
    member = share.member
    rows = RowCounts(len(member.part.learnt), len(member.part.left_out))
    ended = member.ended or Ended("converged", seconds=member.seconds)
    return TrainedModel(
        member.spec,
        member.parameters,
        member.buffers,
        preprocessing,
        setup.engine,
        threshold,
        member.training,
        member.history,
        dataclasses.replace(made_now(select_engine(setup.engine).NAME, rows, ended), fold=fold),
        setup.threads,
    )


def _on_test(
    ensemble: Ensemble, parts: Parts, counted: Weighted, setup: Setup, seen: OutOfFold, clock: Clock
) -> Evaluation:
    """Measure ensemble and baselines on test rows, with thresholds that were chosen out of fold."""
    assert parts.test is not None
    asked, target, groups = setup.judging.threshold, _target(parts), parts.preprocessing.groups
    ways = {"network": ensemble.scores(parts.test)}
    training, test = (without_values(data, groups) for data in (counted.training, parts.test))
    for way, scores_of in fit_baselines(target, training, note=_note(clock)).items():
        if way in seen.ways:
            ways[way] = dataclasses.replace(
                untilted(scores_of(test), counted.tilt),
                threshold=seen.threshold(asked, way),
                decision_weights=ensemble.decision_weights,
            )
    seed, metric = setup.training.seed, setup.judging.metric
    how = seed, parts.test_groups, metric, clock
    return measured(target, parts.test, ways, *how, subject=seen.subject)


def _account(blend: Blend) -> dict[str, Any]:
    """Return the account of a recipe and its candidates, as plain JSON."""
    tried = [*zip(blend.candidates, blend.weights, strict=True), *((c, 0.0) for c in blend.dropped)]
    candidates = [
        {
            "chain": candidate.chain.name,
            "network": _network(candidate.chain.member),
            "rung": candidate.rung + 1,
            "epochs": candidate.epochs,
            "members": len(candidate.members),
            "loss": candidate.judgement.loss,
            "variance": candidate.judgement.variance,
            "expected_loss": candidate.judgement.expected_loss,
            "weight": weight,
            "seconds": candidate.seconds,
            **({"dropped": True} if candidate in blend.dropped else {}),
        }
        for candidate, weight in tried
    ]
    omissions = [*blend.omissions, *["it was interrupted"] * blend.interrupted]
    return {"recipe": blend.recipe.to_json(), "candidates": candidates, "omissions": omissions}


def _network(member: Member | LinearMember) -> str:
    """Describe the architecture of a candidate in a few words."""
    if isinstance(member, LinearMember):
        return f"linear, penalty {member.penalty:g}"
    sizes = set(member.hidden)
    layers = (
        f"{len(member.hidden)} x {sizes.pop()}" if len(sizes) == 1 else " - ".join(map(str, member.hidden))
    )
    more = ["statistics"] * member.statistics + [member.transform] * bool(member.transform)
    return ", ".join([layers, *member.numbers, *more])
