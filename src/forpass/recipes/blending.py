"""Weights of a blend: the weight of each candidate in the mean of their predictions.

    minimise  w' S w   with  w >= 0,  sum w = 1          S_ab = mean_i R_ia . R_ib,   R_a = P_a - Y

S holds the products of the candidates' out-of-fold errors, so that w' S w is the loss of the blend. It is
corrected for averaging (see `risk`), because users get the mean of m members: S_ab, of candidates whose
members have the covariance V_ab, by V_ab (1 / m - mean_i(1 / C_i)). Networks that were trained on from others
share much of their variance with them, and without the correction their errors would look more alike than
they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forpass.recipes.problem import Problem
from forpass.recipes.risk import Judgement

__all__ = ["blend_weights", "products_of_errors", "simplex_minimum"]

MOST_TRIED = 10
"""Every subset of up to this many candidates is tried; of more candidates, the worst are left out first."""

RIDGE = 1e-9
"""Share of the mean loss that is added to the diagonal, so that two equal candidates get half each."""

Array = NDArray[np.float64]


def products_of_errors(problem: Problem, judgements: Sequence[Judgement]) -> Array:
    """Return S over the rows that every candidate has predicted out of fold, corrected for averaging."""
    rows = np.flatnonzero(np.all([j.counts > 0 for j in judgements], axis=0))
    weights = problem.weights_of(rows)
    shares = np.sqrt(weights / weights.sum())[:, None]
    errors = [(shares * (j.P[rows] - problem.truth[rows])).ravel() for j in judgements]
    S = np.array([[float(np.sum(a * b)) for b in errors] for a in errors])
    for a, first in enumerate(judgements):
        S[a, a] += first.expected_loss - first.loss
        for b, second in enumerate(judgements[:a]):
            S[a, b] += _correction(problem, first, second)
            S[b, a] = S[a, b]
    return S


def _correction(problem: Problem, first: Judgement, second: Judgement) -> float:
    """Return by how much averaging changes the product of the errors of two candidates.

    Their members come in pairs that were trained on the same rows, and covary. It is the correction of `risk`
    with V_ab in place of V; 0 where the members are not of the same parts.
    """
    pairs = list(zip(first.parts, second.parts, strict=False))
    twice = np.flatnonzero(first.counts > 1)
    same = len(first.parts) == len(second.parts) and all(np.array_equal(a[0], b[0]) for a, b in pairs)
    if not same or not len(twice):
        return 0.0
    products = np.zeros(len(first.counts))
    for (rows, P), (_, Q) in pairs:
        products[rows] += np.sum(P * Q, axis=1)
    C = first.counts[twice]
    spread = products[twice] / C - np.sum(first.P[twice] * second.P[twice], axis=1)
    V = float(np.average(spread * C / (C - 1), weights=problem.weights_of(twice)))
    seen = np.flatnonzero(first.counts)
    single = float(np.average(1.0 / first.counts[seen], weights=problem.weights_of(seen)))
    return V / len(pairs) - V * single


def blend_weights(S: Array, least: float) -> Array:
    """Return the weights, none of them between 0 and `least`: smaller ones are dropped and the rest refitted.

    Examples
    --------
    Two candidates whose errors have nothing in common, one of which errs twice as much:

    >>> blend_weights(np.diag([1.0, 2.0]), 0.03).round(3).tolist()
    [0.667, 0.333]
    >>> blend_weights(np.diag([1.0, 99.0]), 0.03).round(3).tolist()
    [1.0, 0.0]
    """
    chosen = np.argsort(np.diag(S), kind="stable")[:MOST_TRIED]
    weights = np.zeros(len(S))
    while True:
        w = simplex_minimum(S[np.ix_(chosen, chosen)])
        enough = w >= min(least, w.max())
        if enough.all():
            weights[chosen] = w
            return weights
        chosen = chosen[enough]


def simplex_minimum(S: Array) -> Array:
    """Return the w on the simplex that minimises w' S w, exactly: every subset of candidates is tried.

    On a subset T the minimiser of w' S w with sum w = 1 solves S_T w = constant. The best of those without a
    negative weight is the answer.
    """
    k = len(S)
    S = S + RIDGE * np.abs(np.diag(S)).mean() * np.eye(k)
    best, least = np.full(k, 1.0 / k), np.inf
    for size in range(1, k + 1):
        for members in itertools.combinations(range(k), size):
            T = S[np.ix_(members, members)]
            try:
                w = np.linalg.solve(T, np.ones(size))
            except np.linalg.LinAlgError:
                continue  # a singular one has its minimum on a smaller subset, too
            w = w / w.sum()
            if not np.all(w >= 0):  # or no number
                continue
            value = float(w @ T @ w)
            if value < least:
                least, best = value, np.zeros(k)
                best[list(members)] = w
    return best
