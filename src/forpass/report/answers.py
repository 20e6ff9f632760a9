"""Rows of a table with what is predicted for each by networks that have not learnt from it.

Figures, pictures and worst rows of a report are all made of these, so that they cannot disagree.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.moving import Asked, Model, preprocessing_of
from forpass.api.unseen import judged, some_of, unseen_by
from forpass.datasets import LongTable
from forpass.datasets.with_polars import import_polars
from forpass.model import Ensemble, Scores
from forpass.preprocessing import (
    Preprocessing,
    Table,
    TargetSpec,
    read_columns,
    rows_with_target,
    with_missing,
    without_dashes,
)
from forpass.report.honest import honest_scores
from forpass.sampling.evenly import evenly

__all__ = ["MOST_ROWS", "Answers", "answers_of"]

MOST_ROWS = 10_000
"""Of more rows so many are judged, evenly spread."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Rows of a table, and what networks say of them that have not learnt from them.

    Attributes
    ----------
    model : TrainedModel or Ensemble
    table : Table
        All of its rows.
    rows : int array (n,)
        Which of them are judged: known target, and at least one network that has not seen them.
    asked : Asked
        These rows, as the preprocessings encode them, and who judges them.
    unseen : bool array (n, networks)
        Which networks have not seen them.
    with_target : int
        How many rows of the table have a target.
    learnt : int
        How many rows, among those looked at, some network has learnt from; not all of them are judged.
    looked_at : int
        At so many rows was looked: all, or a sample.
    numbers : int array
        What the rows of `table` are numbered in the whole table, which need not fit into memory.
    in_all : int
        How many rows the whole table has.
    """

    model: Model
    table: Table
    rows: NDArray[np.int64]
    asked: Asked
    unseen: NDArray[np.bool_]
    with_target: int
    learnt: int
    looked_at: int
    numbers: NDArray[np.int64]
    in_all: int

    @property
    def preprocessing(self) -> Preprocessing:
        """The model's, or its first member's."""
        return preprocessing_of(self.model)

    @property
    def target(self) -> TargetSpec:
        """What is predicted."""
        target = self.preprocessing.target
        assert target is not None
        return target

    @property
    def fresh(self) -> NDArray[np.bool_]:
        """Which of the rows that are judged no network has learnt from, as far as it is known."""
        return np.asarray(self.unseen.all(axis=1))

    @property
    def left_aside(self) -> int:
        """How many of the rows looked at all networks have learnt from, or from their like."""
        return self.looked_at - len(self.rows)

    @property
    def are_known(self) -> bool:
        """Whether the model knows which rows it has learnt from."""
        return self.model.left_out is not None

    @property
    def are_learnt(self) -> bool:
        """Whether these are the rows of the table that was learnt from: most of them, at least."""
        return 2 * self.learnt > self.looked_at

    @functools.cached_property
    def scores(self) -> Scores:
        """What is said of the rows, calibrated without them."""
        return honest_scores(self.model, self.asked.rows, self.targets, self.unseen)

    @property
    def targets(self) -> NDArray[Any]:
        """The truth, as it is encoded."""
        assert self.asked.rows.targets is not None
        return self.asked.rows.targets

    @property
    def weights(self) -> NDArray[Any] | None:
        """How much each row counts."""
        return self.asked.rows.weights

    @functools.cached_property
    def truth(self) -> NDArray[Any]:
        """The truth as the table has it: labels, 0 or 1 for each label, or values in their unit."""
        truth = self.scores.truth(self.targets)
        if self.target.task == "regression":
            return np.asarray(self.target.unit.in_unit(truth))
        return np.asarray(self.model.decode(truth))

    @functools.cached_property
    def decided(self) -> NDArray[Any]:
        """What is decided for, in the same way as `truth`."""
        found = np.asarray(self.model.decode(self.scores.decisions))
        return found.reshape(len(found), -1) if self.target.task == "regression" else found

    def judge_of(self, place: int) -> Model:
        """Return the networks that have not seen one of the rows, as a model."""
        if isinstance(self.model, Ensemble) and not self.unseen[place].all():
            return some_of(self.model, np.flatnonzero(self.unseen[place]))
        return self.model


def sample_of(table: LongTable) -> tuple[Any, NDArray[np.int64]]:
    """Return an even sample of the rows of a table that need not fit into memory, and their numbers."""
    apart, begun, frames = max(1, len(table) // MOST_ROWS), 0, []
    for portion in table.portions():
        frames.append(portion[-begun % apart :: apart])
        begun += len(portion)
    return import_polars().concat(frames), np.arange(0, len(table), apart)


def answers_of(model: Model, table: Any) -> Answers:
    """Ask a model about the rows of a table that holds the target; of very many about an even sample.

    Raises
    ------
    TableError
        When the model knows no table, or the table does not fit it or lacks the target.
    """
    preprocessing = preprocessing_of(model)
    target = preprocessing.target
    assert target is not None
    in_all = None
    if isinstance(table, LongTable):
        in_all, (table, numbers) = len(table), sample_of(table)
    whole = with_missing(read_columns(table), preprocessing.reading.missing)
    if in_all is None:
        in_all, numbers = len(whole), np.arange(len(whole))
    whole = without_dashes(whole, target.names, target.task)
    known = rows_with_target(whole, target.names, needed=True)
    some = known[np.unique(evenly(len(known), MOST_ROWS))]
    encoded = model.encode(whole.take(some), with_targets=True)
    unseen = unseen_by(model, encoded)
    chosen = np.flatnonzero(unseen.any(axis=1))
    return Answers(
        model,
        whole,
        some[chosen],
        judged(model, encoded, unseen, chosen),
        unseen[chosen],
        len(known),
        int((~unseen.all(axis=1)).sum()),
        len(some),
        numbers,
        in_all,
    )
