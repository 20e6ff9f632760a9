"""How far chance reaches in the difference between two ways to predict the same rows: a paired bootstrap.

Had other rows been test rows, the figures would be others. So the test rows are drawn anew from themselves,
with replacement, a thousand times; both ways are measured on the same rows each time, and the middle 95 % of
the differences are the interval (Efron 1979). Each row counts as its weight says; rows of one group are drawn
together, for they are no chances of their own.

The usual figures are written as functions of sums over rows, so that all replicates are one product of
matrices; of more than 500 units, 500 heaps are drawn. Any other metric is computed on the rows of 200
replicates; of more than 2,000 units so many are drawn, and the interval is made narrower by the root of that
share ("m out of n", Bickel, Goetze & van Zwet 1997).
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.clock import Clock
from forpass.engines.blas import one_blas_thread
from forpass.maths.metrics import METRICS, Metric
from forpass.model import Scores
from forpass.model.comparison import Comparison, best_baseline
from forpass.preprocessing import TargetSpec
from forpass.sampling.bootstrap import resampled, resampled_places, shuffled_units
from forpass.spec.data import Data
from forpass.spec.network import Head

__all__ = ["compared", "deciding_metric", "interval_of"]

REPLICATES = 1000
HEAPS = 500
COMPUTED_REPLICATES, COMPUTED_UNITS = 200, 2000
FEWEST_REPLICATES, SECONDS_LEFT = 40, 1.0  # of these the 2.5 % at each end are one
TAIL = 0.025

Array = NDArray[np.float64]


class Summed(NamedTuple):
    """A figure as a function of sums over rows.

    Attributes
    ----------
    terms : callable
        ``terms(target, data, scores)`` gives what is summed up, (n, m), before weights.
    value : callable
        The figure (...), of the sums of weights (...) and of terms (..., m).
    """

    terms: Callable[[TargetSpec, Data, Scores], Array]
    value: Callable[[Array, Array], Array]


def _loss_terms(target: TargetSpec, data: Data, scores: Scores) -> Array:
    """The loss of each row, of the targets as they are, without any smoothing."""
    plain = Scores(Head(scores.head.loss), scores.raw)
    assert data.targets is not None
    return plain.losses(data.targets)[:, None]


def _mean(total: Array, sums: Array) -> Array:
    return np.asarray(sums[..., 0] / total)


def _square_terms(target: TargetSpec, data: Data, scores: Scores) -> Array:
    """Of each row (t - p)^2, t and t^2 for each value, in a unit of which the table's is a multiple."""
    assert data.targets is not None
    T, P = data.targets.astype(np.float64), np.asarray(scores.decisions, np.float64)
    if not target.unit.is_linear:
        T, P = target.unit.in_unit(T), target.unit.predicted(P)
    squares = (T - P) ** 2
    T = T - T.mean(axis=0)  # r2 does not depend on where 0 is, and squares lose less
    return np.concatenate([squares, T, T**2], axis=1)


def _r2(total: Array, sums: Array) -> Array:
    """1 - sum w (t - p)^2 / (sum w t^2 - (sum w t)^2 / sum w), the mean over the values."""
    unexplained, first, second = np.split(sums, 3, axis=-1)
    spread = second - first**2 / total[..., None]
    return np.asarray(np.mean(1.0 - unexplained / spread, axis=-1))


SUMMED = {
    "log_loss": Summed(_loss_terms, _mean),
    "r2": Summed(_square_terms, _r2),
}


def deciding_metric(target: TargetSpec) -> str:
    """Name the figure that a network and the baselines are compared by."""
    return "r2" if target.task == "regression" else "log_loss"


def compared(
    target: TargetSpec,
    data: Data,
    ways: Mapping[str, Scores],
    figures: Mapping[str, Mapping[str, float]],
    seed: int,
    groups: NDArray[Any] | None = None,
    metric: Metric | None = None,
    clock: Clock | None = None,
    out_of_fold: bool = False,
    subject: str = "network",
) -> Comparison:
    """Compare what predicts with the best baseline.

    Parameters
    ----------
    target : TargetSpec
    data : Data
        Test rows, with targets.
    ways : mapping
        The scores of ``"network"`` and of the baselines.
    figures : mapping
        What they come to, by the same names.
    seed : int
    groups : array (n,), optional
        Rows that have the same number here are drawn together.
    metric : Metric, optional
        The figure that was asked for; by default `deciding_metric`.
    clock : Clock, optional
        How much time there is. A metric that is computed takes a second beyond it at most, for which it is
        drawn less often, and there is no interval where that is too seldom.
    out_of_fold : bool
        Whether these are no test rows, but rows out of fold.
    subject : {"network", "linear"}
        What predicts. A linear model is compared with the dummy.
    """
    metric = metric or METRICS[deciding_metric(target)]
    name, higher = metric.name, metric.higher_is_better
    best = best_baseline({way: figures[way][name] for way in ways}, higher, subject)
    if name in SUMMED:
        both = [ways["network"], ways[best]]
        n_units, low, high = _by_sums(SUMMED[name], target, data, both, seed, groups)
    else:
        n_units, low, high = _by_rows(
            metric, data, ways["network"], ways[best], seed, groups, clock or Clock(None)
        )
    values = figures["network"][name], figures[best][name]
    unit = ("rows" if groups is None else "groups") + " out of fold" * out_of_fold
    overflowed = not bool(np.isfinite(ways["network"].raw).all())
    return Comparison(best, name, higher, *values, low, high, n_units, unit, overflowed, subject)


def interval_of(target: TargetSpec, data: Data, scores: Scores, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the figure by which networks and baselines are compared.

    Parameters
    ----------
    target : TargetSpec
    data : Data
        Rows with targets, each by itself a chance.
    scores : Scores
        What is said of them.
    seed : int

    Returns
    -------
    low, high : float
        Of `deciding_metric`; NaN where there are fewer than two rows, or scores are not finite.
    """
    if not np.isfinite(scores.raw).all():
        return np.nan, np.nan
    _, low, high = _by_sums(SUMMED[deciding_metric(target)], target, data, [scores], seed, None)
    return low, high


def _by_sums(
    summed: Summed,
    target: TargetSpec,
    data: Data,
    ways: Sequence[Scores],
    seed: int,
    groups: NDArray[Any] | None,
) -> tuple[int, float, float]:
    """Return the number of units and the interval, of a figure that is a function of sums.

    Of two ways it is that of the difference.
    """
    weights = np.ones(data.n_rows) if data.weights is None else data.weights.astype(np.float64)
    terms = [summed.terms(target, data, scores) for scores in ways]
    columns = np.column_stack([weights, *(weights[:, None] * of for of in terms)])
    n_units, heaps = _heaped(columns, groups, seed)
    with one_blas_thread():
        low, high = _interval(summed, heaps, len(ways), seed)
    return n_units, low, high


def _by_rows(
    metric: Metric,
    data: Data,
    ours: Scores,
    theirs: Scores,
    seed: int,
    groups: NDArray[Any] | None,
    clock: Clock,
) -> tuple[int, float, float]:
    """Return the number of units and the interval, of any metric."""
    last = Clock(SECONDS_LEFT)
    assert data.targets is not None
    counted = np.arange(data.n_rows) if data.weights is None else np.flatnonzero(data.weights)
    numbers = counted if groups is None else groups[counted]
    numbers = np.unique(numbers, return_inverse=True)[1].ravel()
    units = np.split(counted[np.argsort(numbers, kind="stable")], np.cumsum(np.bincount(numbers))[:-1])
    drawn = min(len(units), COMPUTED_UNITS)
    places = resampled_places(len(units), drawn, COMPUTED_REPLICATES, seed)
    truth = ours.truth(data.targets)
    predictions = [scores.read(metric.reads) for scores in (ours, theirs)]

    def rows_of(chosen: NDArray[Any]) -> NDArray[np.int64]:
        return counted[chosen] if groups is None else np.concatenate([units[unit] for unit in chosen])

    def difference(rows: NDArray[np.int64]) -> float:
        w = None if data.weights is None else data.weights[rows]
        try:
            first, second = (metric.function(truth[rows], P[rows], w) for P in predictions)
        except (ValueError, ZeroDivisionError):  # a caller's function may be undefined on these rows
            return np.nan
        return float(first - second)

    if len(units) < 2 or not all(np.isfinite(scores.raw).all() for scores in (ours, theirs)):
        return len(units), np.nan, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a metric says of such rows is no advice for the caller
        in_time = itertools.takewhile(lambda _: clock.left or last.left, places)
        found = np.array([difference(rows_of(chosen)) for chosen in in_time])
        centre = difference(counted)
    enough = len(found) >= FEWEST_REPLICATES
    found = found[np.isfinite(found)]
    if not len(found) or not enough:
        return len(units), np.nan, np.nan
    low, high = centre + (np.quantile(found, [TAIL, 1.0 - TAIL]) - centre) * np.sqrt(drawn / len(units))
    return len(units), float(low), float(high)


def _heaped(columns: Array, groups: NDArray[Any] | None, seed: int) -> tuple[int, Array]:
    """Add up the rows of each group; where there are very many, those of each of 500 heaps."""
    if groups is not None:
        numbers = np.unique(groups, return_inverse=True)[1].ravel()
        columns = np.column_stack([np.bincount(numbers, column) for column in columns.T])
    columns = columns[columns[:, 0] > 0]  # what weighs nothing is no unit
    n = len(columns)
    if n > HEAPS:
        columns = np.add.reduceat(columns[shuffled_units(n, seed)], np.arange(HEAPS) * n // HEAPS)
    return n, columns


def _interval(summed: Summed, heaps: Array, ways: int, seed: int) -> tuple[float, float]:
    """Where the middle 95 % lie, of two ways those of the difference.

    Heaps are (n, 1 + ways m): weights, then the m terms of each way.
    """
    if len(heaps) < 2:
        return np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sums = resampled(len(heaps), REPLICATES, seed) @ heaps
        ours, *theirs = (summed.value(sums[:, 0], of) for of in np.split(sums[:, 1:], ways, axis=1))
        found = ours - theirs[0] if theirs else ours
    found = found[np.isfinite(found)]  # a replicate may have a single value of the target
    if not len(found):
        return np.nan, np.nan
    low, high = np.quantile(found, [TAIL, 1.0 - TAIL])
    return float(low), float(high)
