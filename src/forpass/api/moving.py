"""Rows whose values of one column are moved to other rows, as a model's preprocessings encode them.

A column is one of the table, not a feature: what it became is moved together. As a cell becomes the same
numbers whatever stands around it, the features of a column whose values are exchanged are its features,
exchanged; so rows are encoded once. Nor does it matter from which rows the cells of a row come.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.model import Ensemble, Scores, TrainedModel
from forpass.model.encoded import Encoded
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.preprocessing.words import word_of
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup

__all__ = [
    "Asked",
    "Judges",
    "Model",
    "columns_of",
    "differing",
    "mixed",
    "moved",
    "names_of",
    "places_of",
    "predictions_of",
    "preprocessing_of",
]

Model = TrainedModel | Ensemble


class Place(NamedTuple):
    """Which features, and which columns of codes, a column of the table became."""

    numbers: slice
    codes: slice


class Judges(NamedTuple):
    """Some of the rows, by their places, and the members of an ensemble that have not seen them."""

    places: NDArray[np.int64]
    members: Ensemble


class Asked(NamedTuple):
    """A model, and rows that it has not learnt from, as its preprocessings encode them.

    Attributes
    ----------
    model : TrainedModel or Ensemble
    rows : Data or Encoded
    judges : tuple of Judges
        Who judges which rows, where it is not the whole model that does.
    """

    model: Model
    rows: Data | Encoded
    judges: tuple[Judges, ...] = ()

    def scores(self, rows: Data | Encoded) -> Scores:
        """Return what is said of these rows, or of as many with other values in them."""
        if not self.judges:
            return self.model.scores(rows)
        assert isinstance(rows, Data)
        found = [judges.members.scores(rows.rows(judges.places)) for judges in self.judges]
        raw = np.empty((rows.n_rows, found[0].raw.shape[1]))
        for judges, scores in zip(self.judges, found, strict=True):
            raw[judges.places] = scores.raw
        return dataclasses.replace(found[0], raw=raw, threshold=self.model.threshold)


def preprocessing_of(model: Model) -> Preprocessing:
    """Return the preprocessing of a model of tables.

    Raises
    ------
    TableError
        When it was trained on arrays.
    """
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


def columns_of(asked: Sequence[Asked]) -> list[str]:
    """Return the columns of which any of the models makes use, in the order of the table."""
    groups = (g for one in asked for p in _preprocessings(one.model) for g in p.groups)
    return list(dict.fromkeys(group.name for group in groups))


def places_of(groups: Sequence[FeatureGroup]) -> Mapping[str, Place]:
    """Return which features and codes each column became."""
    places: dict[str, Place] = {}
    start = first = 0
    for group in groups:
        stop, last = start + group.width, first + group.is_coded
        before = places.get(group.name, Place(slice(start, start), slice(first, first)))
        places[group.name] = Place(slice(before.numbers.start, stop), slice(before.codes.start, last))
        start, first = stop, last
    return places


def moved(asked: Asked, column: str, rows: NDArray[np.int64]) -> Data | Encoded:
    """Return the rows, each with what another row has in a column."""
    return _of_each_part(asked, lambda part, places: _with(part, places.get(column), rows))


def mixed(
    asked: Asked, columns: Sequence[str], masks: NDArray[np.bool_], others: NDArray[np.int64]
) -> Data | Encoded:
    """Return rows with the cells of the first row in some columns, and those of another row in the others.

    Parameters
    ----------
    asked : Asked
    columns : sequence of str
        All that `columns_of` names.
    masks : array of shape (n, columns)
        For each row that is made, the columns in which it is as the first row.
    others : array of shape (n,)
        The row that gives the other cells.
    """

    def of_part(part: Data, places: Mapping[str, Place]) -> Data:
        owns = [(j, places[name]) for j, name in enumerate(columns) if name in places]
        of_number, of_code = np.zeros(part.n_features, np.int64), np.zeros(_n_codes(part), np.int64)
        for j, place in owns:
            of_number[place.numbers] = of_code[place.codes] = j
        numbers = np.where(masks[:, of_number], part.numbers[0], part.numbers[others])
        codes = part.codes
        return Data(numbers, None if codes is None else np.where(masks[:, of_code], codes[0], codes[others]))

    return _of_each_part(asked, of_part)


def differing(asked: Asked, columns: Sequence[str]) -> NDArray[np.bool_]:
    """Return where rows differ from the first row, (n, columns): in what any model is given for the cells."""
    found = np.zeros((asked.rows.n_rows, len(columns)), bool)
    for part, places in _parts(asked):
        for j, place in ((j, places[name]) for j, name in enumerate(columns) if name in places):
            numbers = part.numbers[:, place.numbers]
            found[:, j] |= (numbers != numbers[0]).any(axis=1)
            if part.codes is not None:
                codes = part.codes[:, place.codes]
                found[:, j] |= (codes != codes[0]).any(axis=1)
    return found


def predictions_of(model: Model, rows: Data | Encoded) -> NDArray[np.float64]:
    """Return probabilities, or values in the target's unit, of each row (n, k); `names_of` names them."""
    scores = model.scores(rows)
    target = preprocessing_of(model).target
    if target is not None and target.task == "regression":
        return np.asarray(model.decode(scores.decisions), np.float64).reshape(rows.n_rows, -1)
    return np.asarray(scores.probabilities, np.float64)


def names_of(target: TargetSpec) -> tuple[str, ...]:
    """Return the names of what is predicted: of the classes, the labels, or the columns of values."""
    return tuple(map(word_of, target.classes)) or target.names


def _parts(asked: Asked) -> list[tuple[Data, Mapping[str, Place]]]:
    """Return the rows as each preprocessing makes them, and where it puts columns."""
    parts = asked.rows.parts if isinstance(asked.rows, Encoded) else (asked.rows,)
    places = [places_of(preprocessing.groups) for preprocessing in _preprocessings(asked.model)]
    return list(zip(parts, places, strict=True))


def _of_each_part(asked: Asked, work: Callable[[Data, Mapping[str, Place]], Data]) -> Data | Encoded:
    found = tuple(work(part, places) for part, places in _parts(asked))
    return dataclasses.replace(asked.rows, parts=found) if isinstance(asked.rows, Encoded) else found[0]


def _n_codes(data: Data) -> int:
    return 0 if data.codes is None else data.codes.shape[1]


def _with(data: Data, place: Place | None, rows: NDArray[np.int64]) -> Data:
    if place is None:
        return data
    numbers = data.numbers.copy()
    numbers[:, place.numbers] = numbers[rows, place.numbers]
    codes = None if data.codes is None else data.codes.copy()
    if codes is not None:
        codes[:, place.codes] = codes[rows, place.codes]
    return Data(numbers, codes, data.targets, data.weights)
