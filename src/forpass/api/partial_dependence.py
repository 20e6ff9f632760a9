"""Partial dependence: how a model's predictions go along with one column, in the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.above import drawn
from forpass.api.moving import (
    Asked,
    columns_of,
    moved,
    names_of,
    places_of,
    predictions_of,
    preprocessing_of,
)
from forpass.errors import TableError, UnknownNameError
from forpass.model.encoded import Encoded
from forpass.model.figures import column as figures_column
from forpass.model.given import given_model
from forpass.preprocessing import Column, Preprocessing, Table, read_columns, with_missing
from forpass.preprocessing.dates import date_text
from forpass.preprocessing.words import levels_of, plain_value, word_of
from forpass.sampling.evenly import evenly
from forpass.shown import aligned, as_shown, counted
from forpass.shown_html import block, in_notebook, table
from forpass.spec.require import whole_number

__all__ = ["PartialDependence", "partial_dependence"]

MOST_ROWS = 2_000
"""The most rows over which a partial dependence is the mean, evenly spread over the table."""


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
    task : {"classification", "multilabel", "regression"}, optional
        What `mean` is of: probabilities of classes or of labels, or values. By default several names are
        those of classes.

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
    task: str = ""

    def __post_init__(self) -> None:
        task = self.task or ("classification" if len(self.names) > 1 else "regression")
        object.__setattr__(self, "task", task)

    def __repr__(self) -> str:
        return f"{self._title()}\n{aligned(self._rows())}"

    def _repr_html_(self) -> str:
        return in_notebook(block(self._title(), head=True), table(self._rows()))

    def _title(self) -> str:
        return f"Partial dependence on {as_shown(self.column)}, the mean of {counted(self.rows, 'row')}"

    def _rows(self) -> list[list[str]]:
        figures = [figures_column(part) for part in self.mean.T.tolist()]
        shown = [[as_shown(value), *row] for value, *row in zip(_words(self.values), *figures, strict=True)]
        return [["", *map(as_shown, self.names)], *shown]

    def plot(self, **told: Any) -> Any:
        """Draw the mean prediction over the values.

        It is `forpass.charts.partial_dependence`, which may be told a `unit` and a `title`.

        Examples
        --------
        >>> found = PartialDependence(
        ...     "town", ("ulm", "bonn"), ("price",), np.array([[210.5], [180.0]]), rows=40
        ... )
        >>> found.plot(unit="EUR").to_dict()["title"]["text"]
        'Partial dependence on town'
        """
        return drawn("partial_dependence", self, **told)


def _words(values: Sequence[Any]) -> list[str]:
    """Return values as words; numbers with six digits, where these tell them apart."""
    words = list(map(word_of, values))
    short = [
        f"{value:.6g}" if isinstance(value, float) else word
        for value, word in zip(values, words, strict=True)
    ]
    return short if len(set(short)) == len(set(words)) else words


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
    preprocessing = preprocessing_of(given)
    whole = with_missing(read_columns(table), preprocessing.reading.missing)
    some = evenly(len(whole), MOST_ROWS)
    rows = whole.take(some)
    asked = Asked(given, given.encode(rows))
    known = columns_of([asked])
    if column not in known:
        raise UnknownNameError("column that the model makes use of", column, known)
    chosen = _representatives(preprocessing, rows, asked, column, points)
    held = rows.columns[column]
    found = [
        predictions_of(given, moved(asked, column, np.full(len(some), at))).mean(axis=0) for at in chosen
    ]
    target = preprocessing.target
    assert target is not None
    values = tuple(_value(held, int(at)) for at in chosen)
    return PartialDependence(column, values, names_of(target), np.stack(found), len(some), target.task)


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
    feature = data.numbers[there, places_of(preprocessing.groups)[column].numbers.start]
    order = there[np.argsort(feature, kind="stable")]
    chosen = order[np.linspace(0, len(order) - 1, points).round().astype(np.int64)]
    cells = [held.cell(int(row)) for row in chosen]
    return np.array([row for i, row in enumerate(chosen) if not i or cells[i] != cells[i - 1]])


def _value(column: Column, row: int) -> Any:
    """Return what a column has in a row; a date as it is written."""
    value = plain_value(column.cell(row))
    return date_text(value) if column.kind == "date" else value
