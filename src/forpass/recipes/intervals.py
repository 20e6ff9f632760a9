"""Prediction intervals and prediction sets, from the out-of-fold predictions of a blend.

Out of fold a row has the mean of one or two networks of a candidate; users get the mean of all, which is
closer to the truth: residuals are scaled by sqrt(E_m / E_1), see `forpass.recipes.risk`. The typical size of
the residual at x is learnt by a second, small blend from log |residual|, again out of fold; where that does
not improve the interval score (Gneiting & Raftery 2007), all intervals have the same width.
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
"""With fewer rows all intervals have the same width: the size of residuals is not learnt."""

LEAST = 1e-3
"""Share of the target's standard deviation below which the size of a residual does not matter."""

COVERAGE = 0.9
"""The coverage at which intervals of individual and of equal width are compared."""

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
    """Return what prediction intervals or sets are computed from; None for several labels.

    Parameters
    ----------
    problem, seed, engine, threads, clock, listener
        As for `run_recipe`, which made the blend. Under a time limit all intervals have the same width.
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
    except (DataError, DivergenceError):  # their size cannot be learnt
        return equal
    return _the_better(problem, blend, residuals, told, equal, engine)


def _of_residuals(problem: Problem, blend: Blend, residuals: Array) -> Problem:
    """Return the problem of predicting the standardised logarithm of residuals, for rows that have one."""
    T = np.zeros(problem.truth.shape)
    T[blend.rows] = _standardised(problem, blend, residuals)[0]
    counted = np.zeros(len(T))
    counted[blend.rows] = 1.0 if problem.data.weights is None else problem.data.weights[blend.rows]
    data = Data(problem.data.numbers, problem.data.codes, T, counted)
    keys = {name: key for name, key in problem.keys.items() if name != "labels"}
    return Problem(data, problem.inputs, Head("squared"), problem.outputs, problem.weights, keys)


def _standardised(problem: Problem, blend: Blend, residuals: Array) -> tuple[Array, Array, Array]:
    """Return the standardised log |r|, and the mean and standard deviation it was standardised with."""
    w, unit = problem.weights_of(blend.rows), problem.truth[blend.rows].std(axis=0)
    L = np.log(residuals + LEAST * np.where(unit > 0, unit, 1.0))
    middle = np.average(L, axis=0, weights=w)
    size = np.sqrt(np.average((L - middle) ** 2, axis=0, weights=w))
    size = np.where(size > 0, size, 1.0)
    return (L - middle) / size, middle, size


def _recipe(recipe: Recipe, problem: Problem) -> Recipe:
    """Return a small recipe: a linear model and, where more than one rung is tried, the first network."""
    chains = chains_to_try(recipe, problem)
    networks = [
        replace(chain, member=replace(chain.member, transform=""))
        for chain in chains
        if not isinstance(chain.member, LinearMember)
    ]
    taken: list[Chain] = [LINEAR, *(networks[:1] if recipe.rungs > 1 else [])]
    named = tuple(replace(chain, name=f"spread {chain.name}") for chain in taken)
    return replace(recipe, name=f"spread of {recipe.name}", values=named, rungs=1, refit="no")


def _the_better(
    problem: Problem, blend: Blend, residuals: Array, told: Blend, equal: Intervals, engine: str
) -> Intervals:
    """Return intervals of individual or of equal width, whichever have the better interval score."""
    _, middle, size = _standardised(problem, blend, residuals)
    place = np.searchsorted(blend.rows, told.rows)  # rows that both have predicted
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
    if own.quantiles.max_coverage < COVERAGE:
        return equal
    halves = own.quantiles.at(COVERAGE) * sigma, equal.quantiles.at(COVERAGE) * np.ones_like(sigma)
    better, other = (_interval_score(r, half, w) for half in halves)
    return own if better < other else equal


def _interval_score(r: Array, half: Array, weights: Array) -> float:
    """Return the mean interval score of +- half: the width, and a penalty for missing the truth."""
    missed = np.maximum(0.0, r - half)
    return float(np.average(np.mean(2.0 * half + 2.0 / (1.0 - COVERAGE) * missed, axis=1), weights=weights))
