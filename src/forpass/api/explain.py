"""What a model makes of its columns: how much it needs each, and how its predictions go along with one.

A column is one of the table, not a feature: what it became is moved together. As a cell becomes the same
numbers whatever stands around it, the features of a column whose values are exchanged are its features,
exchanged; so rows are encoded once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.api.bootstrap import deciding_metric
from forpass.api.folds import CrossValidation
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.errors import TableError, UnknownNameError
from forpass.maths.metrics import Metric
from forpass.model import Ensemble, TrainedModel
from forpass.model.encoded import Encoded
from forpass.model.figures import column as figures_column
from forpass.model.given import given_model
from forpass.preprocessing import Column, Preprocessing, Table, TargetSpec, read_columns, with_missing
from forpass.preprocessing.dates import date_text
from forpass.preprocessing.words import levels_of, plain_value, word_of
from forpass.sampling.permutation import permutation
from forpass.shown import aligned, as_shown, counted
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup
from forpass.spec.require import whole_number

__all__ = ["Importance", "PartialDependence", "importance", "partial_dependence"]

MOST_ROWS = 2_000
"""A partial dependence is the mean over so many rows at most, evenly spread over the table."""

Model = TrainedModel | Ensemble


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


@dataclass(frozen=True, eq=False, repr=False)
class PartialDependence:
    """What a model predicts in the mean, where all rows have the same value in a column.

    Attributes
    ----------
    column : str
    values : tuple
        Of the column, as the table has them: rising, or the most frequent first where there is no order.
    names : tuple of str
        Of what is predicted: the classes, the labels, or the columns of values.
    mean : array of shape (values, names)
        For each of the values the mean probabilities, or the mean prediction in the target's unit.
    rows : int

    Examples
    --------
    >>> PartialDependence("town", ("ulm", "bonn"), ("price",), np.array([[210.5], [180.0]]), rows=40)
    Partial dependence on town, the mean of 40 rows
            price
      ulm   210.5
      bonn  180.0
    """

    column: str
    values: tuple[Any, ...]
    names: tuple[str, ...]
    mean: NDArray[np.float64]
    rows: int

    def __repr__(self) -> str:
        figures = [figures_column(part) for part in self.mean.T.tolist()]
        shown = [[as_shown(word_of(value)), *row] for value, *row in zip(self.values, *figures, strict=True)]
        head = f"Partial dependence on {as_shown(self.column)}, the mean of {counted(self.rows, 'row')}"
        return f"{head}\n{aligned([['', *map(as_shown, self.names)], *shown])}"


class Place(NamedTuple):
    """Which features, and which codes, a column of the table became."""

    numbers: slice
    codes: slice


class Asked(NamedTuple):
    """A model, and rows that it has not learnt from, as its preprocessings encode them."""

    model: Model
    rows: Data | Encoded


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
    target = _preprocessing(asked[0].model).target
    assert target is not None
    name = deciding_metric(target) if metric is None else metric
    meant = metric_for(name, TargetMeaning.of_target(target, target.task))
    assert meant is not None
    before = [_figure(one.model, one.rows, meant) for one in asked]
    sizes = [one.rows.n_rows for one in asked]
    found = {}
    for column in _columns(asked):
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


def partial_dependence(model: Any, table: Any, column: str, *, points: int = 20) -> PartialDependence:
    """Return what a model predicts in the mean where all rows have one value in a column (Friedman 2001).

        f(v) = 1/n sum_i prediction(row i with the column at v)

    All else stays as it is, so combinations may come that no row ever had.

    Parameters
    ----------
    model : TrainedModel, Ensemble or fitted estimator
    table : DataFrame, or anything a table can be made of
        Rows over which the mean is taken, evenly spread ones of more than 2,000, and the values that are
        tried. The target is not needed.
    column : str
    points : int, default 20
        So many values are tried at most: of numbers and dates those at evenly spread ranks, of words the most
        frequent ones.

    Returns
    -------
    PartialDependence

    Raises
    ------
    TableError
        When the model knows no table, or the column has no value in it.
    UnknownNameError
        For a column that the model makes no use of.
    SpecError
        For a number of points that is none.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=30)
    >>> found = fp.partial_dependence(model, iris.frame, "petal length (cm)", points=5)
    >>> found.names, found.mean.shape, found.values[0], found.values[-1]
    (('setosa', 'versicolor', 'virginica'), (5, 3), 1.0, 6.9)
    """
    points = whole_number("points of partial_dependence", points)
    given = given_model("partial_dependence", model)
    preprocessing = _preprocessing(given)
    whole = with_missing(read_columns(table), preprocessing.reading.missing)
    some = np.linspace(0, len(whole) - 1, min(len(whole), MOST_ROWS)).astype(np.int64)
    rows = whole.take(some)
    asked = Asked(given, given.encode(rows))
    known = _columns([asked])
    if column not in known:
        raise UnknownNameError("column that the model makes use of", column, known)
    chosen = _representatives(preprocessing, rows, asked, column, points)
    held = rows.columns[column]
    found = [_mean_prediction(given, _moved(asked, column, np.full(len(some), at))) for at in chosen]
    target = preprocessing.target
    assert target is not None
    values = tuple(_value(held, int(at)) for at in chosen)
    return PartialDependence(column, values, _names(target), np.stack(found), len(some))


def _asked(model: Any, table: Any) -> list[Asked]:
    """Return models with the rows that each is to be measured on."""
    if isinstance(model, CrossValidation):
        found = []
        for one, rows in zip(model.models, model.test_rows, strict=True):
            encoded = _preprocessing(one).encode(table, with_targets=True, rows=rows, aloud=False)
            found.append(Asked(one, encoded))
        return found
    given = given_model("importance", model)
    _preprocessing(given)
    return [Asked(given, given.encode(table, with_targets=True))]


def _preprocessing(model: Model) -> Preprocessing:
    preprocessing = model.preprocessing
    if not isinstance(preprocessing, Preprocessing) or preprocessing.target is None:
        raise TableError(
            "the model was trained on arrays, whose columns have no names; give one that was trained on a "
            "table, by train_table or an estimator"
        )
    return preprocessing


def _preprocessings(model: Model) -> Sequence[Any]:
    """Return what encodes each part of what a model's `encode` returns."""
    return model.preprocessings if isinstance(model, Ensemble) else (model.preprocessing,)


def _columns(asked: Sequence[Asked]) -> list[str]:
    """Return the columns of which any of the models makes use, in the order of the table."""
    groups = (g for one in asked for p in _preprocessings(one.model) for g in p.groups)
    return list(dict.fromkeys(group.name for group in groups))


def _places(groups: Sequence[FeatureGroup]) -> Mapping[str, Place]:
    """Return which features and codes each column became."""
    places: dict[str, Place] = {}
    start = first = 0
    for group in groups:
        stop, last = start + group.width, first + group.is_coded
        before = places.get(group.name, Place(slice(start, start), slice(first, first)))
        places[group.name] = Place(slice(before.numbers.start, stop), slice(before.codes.start, last))
        start, first = stop, last
    return places


def _moved(asked: Asked, column: str, rows: NDArray[np.int64]) -> Data | Encoded:
    """Return the rows, each with what another row has in a column."""
    parts = asked.rows.parts if isinstance(asked.rows, Encoded) else (asked.rows,)
    moved = tuple(
        _with(part, _places(preprocessing.groups).get(column), rows)
        for part, preprocessing in zip(parts, _preprocessings(asked.model), strict=True)
    )
    return dataclasses.replace(asked.rows, parts=moved) if isinstance(asked.rows, Encoded) else moved[0]


def _exchanged(asked: Asked, column: str, seed: int, repeat: int) -> Data | Encoded:
    """Return the rows with the values of a column in another order."""
    return _moved(asked, column, permutation(asked.rows.n_rows, seed, "importance", repeat))


def _with(data: Data, place: Place | None, rows: NDArray[np.int64]) -> Data:
    if place is None:
        return data
    numbers = data.numbers.copy()
    numbers[:, place.numbers] = numbers[rows, place.numbers]
    codes = None if data.codes is None else data.codes.copy()
    if codes is not None:
        codes[:, place.codes] = codes[rows, place.codes]
    return Data(numbers, codes, data.targets, data.weights)


def _figure(model: Model, rows: Data | Encoded, metric: Metric) -> float:
    assert rows.targets is not None
    return model.scores(rows).metric(metric, rows.targets, rows.weights)


def _representatives(
    preprocessing: Preprocessing, table: Table, asked: Asked, column: str, points: int
) -> NDArray[np.int64]:
    """Return rows that have the values of a column which are to be tried."""
    spec = next(spec for spec in preprocessing.columns if spec.name == column)
    held = table.columns[column]
    there = np.flatnonzero(~spec.gaps(held))
    if not len(there):
        raise TableError(f"column {column!r} has no value in any row of this table; give rows that have one")
    if spec.worth is None:
        words, places = levels_of(held)
        counts = np.bincount(places[there], minlength=len(words))
        frequent = np.argsort(-counts, kind="stable")[:points]
        return np.array([int(np.argmax(places == word)) for word in frequent if counts[word]])
    data = asked.rows.parts[0] if isinstance(asked.rows, Encoded) else asked.rows
    feature = data.numbers[there, _places(preprocessing.groups)[column].numbers.start]
    order = there[np.argsort(feature, kind="stable")]
    chosen = order[np.linspace(0, len(order) - 1, points).round().astype(np.int64)]
    cells = [held.cell(int(row)) for row in chosen]
    return np.array([row for i, row in enumerate(chosen) if not i or cells[i] != cells[i - 1]])


def _mean_prediction(model: Model, rows: Data | Encoded) -> NDArray[np.float64]:
    """Return the mean probabilities, or the mean of the values in the target's unit (k,)."""
    scores = model.scores(rows)
    target = _preprocessing(model).target
    if target is not None and target.task == "regression":
        found = np.asarray(model.decode(scores.decisions), np.float64).reshape(rows.n_rows, -1)
    else:
        found = np.asarray(scores.probabilities, np.float64)
    return np.asarray(found.mean(axis=0))


def _value(column: Column, row: int) -> Any:
    """Return what a column has in a row; a date as it is written."""
    value = plain_value(column.cell(row))
    return date_text(value) if column.kind == "date" else value


def _names(target: TargetSpec) -> tuple[str, ...]:
    return tuple(map(word_of, target.classes)) or target.names
