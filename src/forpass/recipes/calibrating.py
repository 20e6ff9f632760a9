"""Calibration of a blend on its out-of-fold predictions, and the correction for averaging.

Out of fold a row has the mean of one or two members of a candidate; users get the mean of m. The mean of more
networks is less confident than each of them, so a scale fitted to one or two is too small for m. Rows with
two predictions tell by how much: t_1 is the best scale of single predictions, t_2 that of the mean of two.
With noise of variance v beside a signal of variance 1 the best slope is 1 / (1 + v), and the mean of m has
the noise v / m; so 1 / t is linear in 1 / m (regression dilution, Spearman 1904), and two points determine
it:

    t_C / t_m = 1 - 2 (1/C - 1/m) (1 - t_1 / t_2)

with the mean of 1/C over rows for 1/C. In a blend each candidate enters with the square of its weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forpass.maths.calibration import fit_scale
from forpass.model.calibration import Calibration
from forpass.model.scores import Scores
from forpass.recipes.candidates import Candidate
from forpass.recipes.members import Part
from forpass.recipes.problem import Problem

__all__ = ["calibrated", "sharpened_by_averaging"]

SLOWNESS = 3e-7
"""Seconds that matrix scaling takes for each row and pair of classes, on a slow machine."""

MOST_LOST = 0.5
"""The scale at most doubles."""

FEWEST = 50
"""The fewest rows with two predictions by which the scale is corrected."""

Array = NDArray[np.float64]


def calibrated(
    problem: Problem, rows: NDArray[np.int64], raw: Array, parts: Sequence[Part], seconds: float = math.inf
) -> tuple[Calibration, Array]:
    """Return the calibration fitted to all rows, and raw scores (rows, k) calibrated out of fold.

    Each row is calibrated by the rows of other parts, so that figures are honest. Matrix scaling is skipped
    where it would take more than `seconds`.
    """
    truth, weights = problem.truth[rows], problem.weights_of(rows)
    fits, confusions = 1 + len({part.fold for part in parts}), SLOWNESS * raw.size * raw.shape[1]
    affordable = fits * confusions <= seconds
    whole = Calibration.fitted(problem.head, raw, truth, weights, confusions=affordable)
    honest = raw.copy()
    for part in parts:
        own = np.isin(rows, part.left_out) if part.repeat == 0 else np.zeros(len(rows), bool)
        if own.any() and not own.all():
            others = raw[~own], truth[~own], weights[~own]
            found = Calibration.fitted(problem.head, *others, whole, affordable)
            honest[own] = found.applied(raw[own])
    return whole, honest


def sharpened_by_averaging(problem: Problem, tried: Sequence[Candidate], weights: Sequence[float]) -> float:
    """Return the factor by which the scale of a blend grows, because users get the mean of all members."""
    lost = 0.0
    for weight, candidate in zip(weights, tried, strict=True):
        counts = candidate.judgement.counts
        if weight > 0 and int(np.sum(counts > 1)) >= FEWEST:
            averaged = float(np.mean(1.0 / counts[counts > 0])) - 1.0 / len(candidate.members)
            lost += weight**2 * 2.0 * averaged * _lost_by_one(problem, candidate)
    return 1.0 / (1.0 - min(max(lost, 0.0), MOST_LOST))


def _lost_by_one(problem: Problem, candidate: Candidate) -> float:
    """Return 1 - t_1 / t_2: how much smaller the best scale of one prediction is than that of two."""
    judgement, softmax = candidate.judgement, problem.head.link == "softmax"
    rows, raws = [], []
    for member in candidate.members:
        twice = judgement.counts[member.seen.rows] == 2
        rows.append(member.seen.rows[twice])
        raws.append(judgement.sharpness * member.seen.raw[twice].astype(np.float64))
    single, pair = np.concatenate(rows), np.flatnonzero(judgement.counts == 2)
    of_two = Scores.of_predictions(problem.head, judgement.P[pair]).raw
    scales = (
        fit_scale(Z, problem.truth[which], problem.weights_of(which), softmax=softmax)
        for Z, which in ((np.concatenate(raws), single), (of_two, pair))
    )
    one, two = scales
    return 1.0 - one / two
