"""How much worse a model predicts where the values of a column are exchanged among rows: what is measured.

The pieces, a column in one order each, go side by side. They are begun order by order, so that where time is
up each column has been measured about as often as the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from forpass.api.bootstrap import deciding_metric
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.api.moving import Asked, columns_of, moved, preprocessing_of
from forpass.clock import Clock
from forpass.concurrency.pool import side_by_side
from forpass.maths.metrics import Metric
from forpass.model.importance import Importance
from forpass.sampling.permutation import permutation

__all__ = ["MOST_ROWS", "REPEATS", "exchanged"]

MOST_ROWS = 5_000
"""So many rows are measured at most, evenly spread over those there are."""

REPEATS = 5


def exchanged(
    asked: Sequence[Asked],
    metric: Any = None,
    repeats: int = REPEATS,
    seed: int = 0,
    *,
    clock: Clock | None = None,
    threads: int | None = None,
    listener: Callable[[int, int], object] | None = None,
) -> Importance:
    """Measure models on their rows, with each column's values in several orders.

    Parameters
    ----------
    asked : sequence of Asked
        Models of one table; the figures of several are averaged by their numbers of rows.
    metric, repeats, seed, threads, listener
        As of `forpass.api.importance.importance`.
    clock : Clock, optional
        When it is up, nothing more is begun.

    Raises
    ------
    KeyboardInterrupt
        When it was interrupted before any column was measured.
    """
    target = preprocessing_of(asked[0].model).target
    assert target is not None
    meant = metric_for(
        deciding_metric(target) if metric is None else metric, TargetMeaning.of_target(target, target.task)
    )
    assert meant is not None
    sizes, columns = [one.rows.n_rows for one in asked], columns_of(asked)
    before = float(np.average([_figure(one, one.rows, meant) for one in asked], weights=sizes))
    sign, done = (1.0 if meant.higher_is_better else -1.0), [0]

    def worse_by(column: str, repeat: int) -> float:
        after = [_figure(one, _exchanged(one, column, seed, repeat), meant) for one in asked]
        done[0] += 1
        if listener is not None:
            listener(done[0], len(columns) * repeats)
        return sign * (before - float(np.average(after, weights=sizes)))

    works = [partial(worse_by, column, repeat) for repeat in range(repeats) for column in columns]
    found, ended = side_by_side(
        works, threads=threads, reason=lambda: "max_seconds" if clock is not None and not clock.left else ""
    )
    if ended == "interrupted" and not any(worse is not None for worse in found):
        raise KeyboardInterrupt
    each = {
        column: [w for w in found[i :: len(columns)] if w is not None] for i, column in enumerate(columns)
    }
    mean = {column: float(np.mean(worse)) for column, worse in each.items() if worse}
    ranked = sorted(mean, key=lambda column: (math.isnan(mean[column]), -mean[column]))  # NaN last
    return Importance(
        meant.name,
        before,
        tuple(ranked),
        tuple(mean[column] for column in ranked),
        tuple(_spread(each[column]) for column in ranked),
        sum(sizes),
        max(map(len, each.values()), default=0),
        len(columns) - len(ranked),
    )


def _spread(worse: Sequence[float]) -> float:
    return float(np.std(worse, ddof=1)) if len(worse) > 1 else 0.0


def _exchanged(asked: Asked, column: str, seed: int, repeat: int) -> Any:
    """Return the rows with the values of a column in another order."""
    return moved(asked, column, permutation(asked.rows.n_rows, seed, "importance", repeat))


def _figure(asked: Asked, rows: Any, metric: Metric) -> float:
    return asked.scores(rows).metric(metric, rows.targets, rows.weights)
