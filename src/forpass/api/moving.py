"""Rows whose values of one column are moved to other rows, as a model's preprocessings encode them.

A column is one of the table, not a feature: what it became is moved together. As a cell becomes the same
numbers whatever stands around it, the features of a column whose values are exchanged are its features,
exchanged; so rows are encoded once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.model import Ensemble, Scores, TrainedModel
from forpass.model.encoded import Encoded
from forpass.preprocessing import Preprocessing
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup

__all__ = ["Asked", "Judges", "Model", "columns_of", "moved", "places_of", "preprocessing_of"]

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
    parts = asked.rows.parts if isinstance(asked.rows, Encoded) else (asked.rows,)
    found = tuple(
        _with(part, places_of(preprocessing.groups).get(column), rows)
        for part, preprocessing in zip(parts, _preprocessings(asked.model), strict=True)
    )
    return dataclasses.replace(asked.rows, parts=found) if isinstance(asked.rows, Encoded) else found[0]


def _with(data: Data, place: Place | None, rows: NDArray[np.int64]) -> Data:
    if place is None:
        return data
    numbers = data.numbers.copy()
    numbers[:, place.numbers] = numbers[rows, place.numbers]
    codes = None if data.codes is None else data.codes.copy()
    if codes is not None:
        codes[:, place.codes] = codes[rows, place.codes]
    return Data(numbers, codes, data.targets, data.weights)
