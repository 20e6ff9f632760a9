"""The expected loss of a candidate: that of the mean of all its members, estimated out of fold.

A row is left out by one or two members, so its out-of-fold prediction is the mean of as many, while users get
the mean of m. Averaging reduces variance, and more so for networks that are trained briefly: without a
correction short training looks worse than it is (ambiguity decomposition, Krogh & Vedelsby 1995):

    E_1 = mean_i |A_i - Y_i|^2              A_i the mean of the C_i predictions of row i, Y_i the truth
    V   = mean_(i: C_i >= 2)  C_i / (C_i - 1) (mean_c |p_ic|^2 - |A_i|^2)        variance of one prediction
    E_m = E_1 - V mean_i(1 / C_i) + V / m           expected loss of the mean of m members
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.maths.calibration import fit_scale
from forpass.maths.links import LINKS
from forpass.recipes.problem import Problem

__all__ = ["Judgement", "Seen", "bounds_of", "judged", "predictions", "sharpness_of"]

Array = NDArray[np.float64]
Bounds = tuple[Array, Array] | None


class Seen(NamedTuple):
    """The predictions of one member for the rows that it left out.

    Attributes
    ----------
    rows : int64 array
    raw : array of shape (rows, k)
        Raw scores.
    """

    rows: NDArray[np.int64]
    raw: Array


@dataclass(frozen=True, eq=False)
class Judgement:
    """How good a candidate is, out of fold.

    Attributes
    ----------
    P : array of shape (n, k)
        The mean prediction of each row; 0 where no member left it out.
    counts : int array of shape (n,)
        How many members left a row out.
    sharpness : float
        The factor of raw scores before they become probabilities, an inverse temperature; 1 for values.
    loss : float
        The out-of-fold loss: that of these predictions, E_1.
    variance : float
        Of a single member's prediction, V; 0 where no row has two.
    expected_loss : float
        The loss to be expected of the mean of all members, E_m.
    parts : tuple of (int64 array, array)
        For each member the rows that it left out, and its predictions for them.
    """

    P: Array
    counts: NDArray[np.int64]
    sharpness: float
    loss: float
    variance: float
    expected_loss: float
    parts: tuple[tuple[NDArray[np.int64], Array], ...]


def predictions(problem: Problem, raw: Array, sharpness: float, bounds: Bounds) -> Array:
    """Return the predictions of raw scores (n, k): probabilities of the scaled ones, or values in bounds."""
    if bounds is not None:
        return np.clip(raw, *bounds)
    return np.asarray(LINKS[problem.head.link].function(sharpness * raw))


def bounds_of(problem: Problem) -> Bounds:
    """Return the least and the largest target of each output; None where values are not predicted."""
    if problem.task != "regression":
        return None
    T = problem.truth[problem.rows]
    return T.min(axis=0), T.max(axis=0)


def sharpness_of(problem: Problem, seen: Sequence[Seen]) -> float:
    """Return the factor of raw scores with the least log-loss: an inverse temperature (Guo et al. 2017).

    1 for values.
    """
    if problem.task == "regression":
        return 1.0
    rows = np.concatenate([part.rows for part in seen])
    raw = np.concatenate([part.raw for part in seen]).astype(np.float64)
    softmax = problem.head.link == "softmax"
    return fit_scale(raw, problem.truth[rows], problem.weights_of(rows), softmax=softmax)


def judged(problem: Problem, seen: Sequence[Seen], sharpness: float | None = None) -> Judgement:
    """Judge a candidate by the predictions of each of its members for the rows that it left out.

    Parameters
    ----------
    problem : Problem
    seen : sequence of Seen
    sharpness : float, optional
        By default the one with the least log-loss.

    Examples
    --------
    For two rows with targets 0 and 2 the first member predicts 0 and 2, the second 2 and 0. Each row has the
    mean 1, so the loss is 1 and the variance 2; users get the mean of both, which is just what was judged:

    >>> from forpass.spec.inputs import FeatureGroup
    >>> from forpass.spec.network import Head
    >>> from forpass.spec.data import Data
    >>> data = Data([[0.0], [1.0]], targets=[0.0, 2.0])
    >>> problem = Problem(data, [FeatureGroup("x", "number", 1)], Head("squared"), 1)
    >>> both = np.array([0, 1])
    >>> found = judged(problem, [Seen(both, np.array([[0.0], [2.0]])), Seen(both, np.array([[2.0], [0.0]]))])
    >>> found.P.ravel().tolist(), found.loss, found.variance, found.expected_loss
    ([1.0, 1.0], 1.0, 2.0, 1.0)
    """
    if sharpness is None:
        sharpness = sharpness_of(problem, seen)
    n, k, bounds = len(problem.truth), problem.outputs, bounds_of(problem)
    total, squares, counts = np.zeros((n, k)), np.zeros(n), np.zeros(n, np.int64)
    parts = []
    for part in seen:
        P = predictions(problem, part.raw.astype(np.float64), sharpness, bounds)
        parts.append((part.rows, P))
        total[part.rows] += P
        squares[part.rows] += np.sum(P * P, axis=1)
        counts[part.rows] += 1
    P = total / np.maximum(counts, 1)[:, None]
    rows = np.flatnonzero(counts)
    loss = _mean(np.sum((P[rows] - problem.truth[rows]) ** 2, axis=1), problem.weights_of(rows))
    twice = np.flatnonzero(counts > 1)
    variance = 0.0
    if len(twice):
        C = counts[twice]
        spread = squares[twice] / C - np.sum(P[twice] ** 2, axis=1)
        variance = max(0.0, _mean(spread * C / (C - 1), problem.weights_of(twice)))
    single = _mean(1.0 / counts[rows], problem.weights_of(rows))
    expected = loss - variance * single + variance / len(seen)
    return Judgement(P, counts, sharpness, loss, variance, expected, tuple(parts))


def _mean(values: Any, weights: Array) -> float:
    return float(np.average(values, weights=weights))
