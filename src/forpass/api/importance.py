"""How much a model needs each column: it is measured again with the column's values exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forpass.api.bootstrap import deciding_metric
from forpass.api.folds import CrossValidation
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.api.moving import Asked, Model, columns_of, moved, preprocessing_of
from forpass.maths.metrics import Metric
from forpass.model.encoded import Encoded
from forpass.model.figures import column as figures_column
from forpass.model.given import given_model
from forpass.sampling.permutation import permutation
from forpass.shown import aligned, as_shown, counted
from forpass.spec.data import Data
from forpass.spec.require import whole_number

__all__ = ["Importance", "importance"]


@dataclass(frozen=True, repr=False)
class Importance:
    """How much worse a model predicts where a column says nothing any more, from the most needed one down.

    Attributes
    ----------
    metric : str
        By which it is measured.
    before : float
        What the metric is with all columns as they are.
    columns : tuple of str
        Those that the model makes use of.
    mean, spread : tuple of float
        For each column by how much the metric gets worse, the mean over the repeats, and their standard
        deviation. Around 0 and below, it does as well without.
    rows, repeats : int

    Examples
    --------
    >>> Importance("r2", 0.91, ("size", "town"), (0.75, 0.25), (0.125, 0.0625), rows=40, repeats=5)
    Importance on 40 rows, 5 repeats: r2 0.91, and worse by
              mean  spread
      size  0.7500  0.1250
      town  0.2500  0.0625
    """

    metric: str
    before: float
    columns: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    rows: int
    repeats: int

    def __repr__(self) -> str:
        shown = zip(
            map(as_shown, self.columns),
            figures_column(list(self.mean)),
            figures_column(list(self.spread)),
            strict=True,
        )
        repeats, rows = counted(self.repeats, "repeat"), counted(self.rows, "row")
        head = f"Importance on {rows}, {repeats}: {self.metric} {self.before:.4g}, and worse by"
        return f"{head}\n{aligned([['', 'mean', 'spread'], *map(list, shown)])}"


def importance(model: Any, table: Any, *, metric: Any = None, repeats: int = 5, seed: int = 0) -> Importance:
    """Measure how much a model needs each column: it is measured again with the column's values exchanged.

    The values of a column are put into another order, which leaves what they are and breaks what they have to
    do with the target and with other columns (Breiman 2001; Fisher, Rudin & Dominici 2019):

        importance = metric with the column as it is - metric with its values exchanged

    turned round for a metric of which less is better. Of columns that say the same, each can be done without:
    both look unimportant. The rows are predicted once for each column and repeat.

    Parameters
    ----------
    model : TrainedModel, Ensemble, fitted estimator, or CrossValidation
        What `cross_validate` found measures each row by the network of its fold, which has not seen it: give
        it the same table.
    table : DataFrame, or anything a table can be made of
        With the target. Rows that the model has learnt from say what it has learnt, not what is worth
        knowing: give a model rows it has not seen.
    metric : str, Metric or callable, optional
        By default R2 of values, log loss of classes and labels.
    repeats : int, default 5
        So many orders are tried.
    seed : int, default 0

    Returns
    -------
    Importance

    Raises
    ------
    TableError
        When the model knows no table, or the table lacks the target.
    SpecError
        For a number of repeats that is none.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> folds = fp.cross_validate(iris.frame, iris.target, folds=3, epochs=30)
    >>> found = fp.importance(folds, iris.frame)
    >>> found.metric, found.rows, sorted(found.columns[:2])
    ('log_loss', 150, ['petal length (cm)', 'petal width (cm)'])
    """
    repeats = whole_number("repeats of importance", repeats)
    asked = _asked(model, table)
    target = preprocessing_of(asked[0].model).target
    assert target is not None
    name = deciding_metric(target) if metric is None else metric
    meant = metric_for(name, TargetMeaning.of_target(target, target.task))
    assert meant is not None
    before = [_figure(one.model, one.rows, meant) for one in asked]
    sizes = [one.rows.n_rows for one in asked]
    found = {}
    for column in columns_of(asked):
        after = [
            [_figure(one.model, _exchanged(one, column, seed, repeat), meant) for repeat in range(repeats)]
            for one in asked
        ]
        worse = (np.array(before)[:, None] - after) * (1.0 if meant.higher_is_better else -1.0)
        found[column] = np.average(worse, axis=0, weights=sizes)
    mean = {column: float(np.mean(worse)) for column, worse in found.items()}
    ranked = sorted(mean, key=lambda column: (mean[column] != mean[column], -mean[column]))  # NaN last
    return Importance(
        meant.name,
        float(np.average(before, weights=sizes)),
        tuple(ranked),
        tuple(mean[column] for column in ranked),
        tuple(float(np.std(found[column], ddof=1)) if repeats > 1 else 0.0 for column in ranked),
        sum(sizes),
        repeats,
    )


def _asked(model: Any, table: Any) -> list[Asked]:
    """Return models with the rows that each is to be measured on."""
    if isinstance(model, CrossValidation):
        found = []
        for one, rows in zip(model.models, model.test_rows, strict=True):
            encoded = preprocessing_of(one).encode(table, with_targets=True, rows=rows, aloud=False)
            found.append(Asked(one, encoded))
        return found
    given = given_model("importance", model)
    preprocessing_of(given)
    return [Asked(given, given.encode(table, with_targets=True))]


def _exchanged(asked: Asked, column: str, seed: int, repeat: int) -> Data | Encoded:
    """Return the rows with the values of a column in another order."""
    return moved(asked, column, permutation(asked.rows.n_rows, seed, "importance", repeat))


def _figure(model: Model, rows: Data | Encoded, metric: Metric) -> float:
    assert rows.targets is not None
    return model.scores(rows).metric(metric, rows.targets, rows.weights)
