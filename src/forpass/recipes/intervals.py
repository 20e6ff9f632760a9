"""Intervals of values and sets of classes, from what a blend says of rows that its networks left out.

Out of fold a row has the mean of one or two networks of a candidate, users get that of all, which is nearer
to the truth: residuals are made smaller by sqrt(E_m / E_1), see `forpass.recipes.risk`. How far off the blend
usually is where a row lies, a small blend learns from log |residual|, out of fold in its turn; where that
tells nothing, judged by the interval score (Gneiting & Raftery 2007), all intervals are equally wide.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.clock import Clock
from forpass.errors import DataError, DivergenceError
from forpass.model.ensemble import Ensemble
from forpass.model.intervals import Intervals, Sets, Spread
from forpass.model.quantiles import Quantiles
from forpass.model.scores import Scores
from forpass.model.trained import TrainedModel
from forpass.recipes.blend import Blend
from forpass.recipes.chains import chains_to_try
from forpass.recipes.presets import LINEAR
from forpass.recipes.problem import Problem
from forpass.recipes.records import Chain, LinearMember, Recipe
from forpass.recipes.running import run_recipe
from forpass.spec.data import Data
from forpass.spec.network import Head
from forpass.training.events import Listener

__all__ = ["intervals_of"]

FROM_ROWS = 300
"""Of fewer rows nobody learns how far off predictions are where."""

LEAST = 1e-3
"""Of the standard deviation: smaller residuals are as good as none, and their logarithm is of no interest."""

COVERAGE = 0.9
"""By intervals of this coverage it is judged whether a width for each row is worth it."""

Array = NDArray[np.float64]


def intervals_of(
    problem: Problem,
    blend: Blend,
    seed: int,
    *,
    engine: str = "auto",
    threads: int | None = None,
    clock: Clock | None = None,
    listener: Listener | None = None,
) -> Intervals | Sets | None:
    """Return what intervals of values or sets of classes follow from; None of several labels.

    Parameters
    ----------
    problem, seed, engine, threads, clock, listener
        As of `run_recipe`, which made the blend. Where there is a limit of time, all intervals are equally
        wide.
    blend : Blend

    Returns
    -------
    Intervals, Sets or None
    """
    weights = problem.weights_of(blend.rows)
    if problem.task == "multilabel":
        return None
    if problem.task == "classification":
        truth = problem.truth[blend.rows]
        classes = truth[:, 0] if problem.outputs == 1 else np.argmax(truth, axis=1)
        return Sets.fitted(Scores(problem.head, blend.raw).probabilities, classes.astype(np.int64), weights)
    share = min(1.0, max(0.0, blend.expected_loss / blend.loss)) if blend.loss > 0 else 1.0
    residuals = math.sqrt(share) * np.abs(problem.truth[blend.rows] - blend.raw)
    equal = Intervals(Quantiles.of(residuals, weights))
    limited = clock is not None and math.isfinite(clock.left)
    if limited or not blend.whole or len(blend.rows) < FROM_ROWS:
        return equal
    how: dict[str, Any] = {"engine": engine, "threads": threads, "listener": listener}
    try:
        told = run_recipe(
            _recipe(blend.recipe, problem), _of_residuals(problem, blend, residuals), seed, **how
        )
    except (DataError, DivergenceError):  # nothing can be learnt of them
        return equal
    return _the_better(problem, blend, residuals, told, equal, engine)


def _of_residuals(problem: Problem, blend: Blend, residuals: Array) -> Problem:
    """Return what is to be learnt: the standardised logarithm of residuals, of the rows that have some."""
    T = np.zeros(problem.truth.shape)
    T[blend.rows] = _standardised(problem, blend, residuals)[0]
    counted = np.zeros(len(T))
    counted[blend.rows] = 1.0 if problem.data.weights is None else problem.data.weights[blend.rows]
    data = Data(problem.data.numbers, problem.data.codes, T, counted)
    keys = {name: key for name, key in problem.keys.items() if name != "labels"}
    return Problem(data, problem.inputs, Head("squared"), problem.outputs, problem.weights, keys)


def _standardised(problem: Problem, blend: Blend, residuals: Array) -> tuple[Array, Array, Array]:
    """Return log |r| as it is learnt, and the mean and the standard deviation that were taken out."""
    w, unit = problem.weights_of(blend.rows), problem.truth[blend.rows].std(axis=0)
    L = np.log(residuals + LEAST * np.where(unit > 0, unit, 1.0))
    middle = np.average(L, axis=0, weights=w)
    size = np.sqrt(np.average((L - middle) ** 2, axis=0, weights=w))
    size = np.where(size > 0, size, 1.0)
    return (L - middle) / size, middle, size


def _recipe(recipe: Recipe, problem: Problem) -> Recipe:
    """Return a small recipe: a linear model, and where more than one rung is tried, the first network."""
    chains = chains_to_try(recipe, problem)
    networks = [chain for chain in chains if not isinstance(chain.member, LinearMember)]
    taken: list[Chain] = [LINEAR, *(networks[:1] if recipe.rungs > 1 else [])]
    named = tuple(replace(chain, name=f"spread {chain.name}") for chain in taken)
    return replace(recipe, name=f"spread of {recipe.name}", values=named, rungs=1, refit="no")


def _the_better(
    problem: Problem, blend: Blend, residuals: Array, told: Blend, equal: Intervals, engine: str
) -> Intervals:
    """Return intervals with a width for each row, or equally wide ones, whichever have the better score."""
    _, middle, size = _standardised(problem, blend, residuals)
    place = np.searchsorted(blend.rows, told.rows)  # rows of which both say something
    r, w = residuals[place], problem.weights_of(told.rows)
    low, high = told.raw.min(axis=0), told.raw.max(axis=0)
    members = [
        TrainedModel(m.spec, m.parameters, m.buffers, None, engine, training=m.training)
        for m in (share.member for share in told.members)
    ]
    ensemble = Ensemble(members, [share.weight for share in told.members])
    spread = Spread(ensemble, *(tuple(found.tolist()) for found in (middle, size, low, high)))
    sigma = spread.of(told.raw)
    own = Intervals(Quantiles.of(r / sigma, w), spread)
    if own.quantiles.most < COVERAGE:
        return equal
    halves = own.quantiles.at(COVERAGE) * sigma, equal.quantiles.at(COVERAGE) * np.ones_like(sigma)
    better, other = (_interval_score(r, half, w) for half in halves)
    return own if better < other else equal


def _interval_score(r: Array, half: Array, weights: Array) -> float:
    """Return the mean score of intervals +- half: their width, and what it costs to miss the truth."""
    missed = np.maximum(0.0, r - half)
    return float(np.average(np.mean(2.0 * half + 2.0 / (1.0 - COVERAGE) * missed, axis=1), weights=weights))
