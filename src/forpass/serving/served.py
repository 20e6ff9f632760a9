"""Served: a model that answers rows, and needs nothing but NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError, InputError, TableError
from forpass.model.encoded import Encoded, one_below_the_other
from forpass.model.scores import Scores
from forpass.serving.answering import answers_of
from forpass.serving.columns import columns_of
from forpass.shown import one
from forpass.spec.data import Data
from forpass.told import each_told_once

if TYPE_CHECKING:
    from forpass.model.intervals import Intervals, Sets
    from forpass.preprocessing import Preprocessing, SparsePreprocessing, TargetSpec
    from forpass.serving.networks import Network
    from forpass.spec.network import Head

__all__ = ["Served"]

Answer = dict[str, Any]


class Served:
    """A trained network or an ensemble, ready to answer; `forpass.serving.load` reads it from a file.

    It predicts what the model itself predicts with the engine ``"numpy"``, to the bit. Nothing of it changes,
    so several threads may ask it at once.

    Parameters
    ----------
    members : sequence of Network
    preprocessings : sequence
        The different ones of the members, that of the first member first; none where they take arrays.
    raw_scores : callable
        From the rows as each preprocessing encodes them to the raw scores (n, k).
    threshold : float
        Of two classes, the probability above which the second is predicted.
    decision_weights : sequence of float
    intervals : Intervals or Sets, optional

    Attributes
    ----------
    columns : tuple of Column
        The columns that a row must have, in the order of the training table; none where arrays are taken.
    target : TargetSpec or None
        What is predicted: its task, names and classes.
    """

    def __init__(
        self,
        members: Sequence[Network],
        preprocessings: Sequence[Preprocessing | SparsePreprocessing],
        raw_scores: Callable[[Sequence[Data]], NDArray[Any]],
        threshold: float,
        decision_weights: Sequence[float] = (),
        intervals: Intervals | Sets | None = None,
    ) -> None:
        self.members, self.intervals = tuple(members), intervals
        self.preprocessings, self.preprocessing = tuple(preprocessings), members[0].preprocessing
        self.head: Head = members[0].spec.head
        self.target: TargetSpec | None = None if self.preprocessing is None else self.preprocessing.target
        self.columns = columns_of(self.preprocessings)
        self._needed = {column.name: None for column in self.columns}.keys()
        self._raw_scores, self._threshold, self._decision_weights = raw_scores, threshold, decision_weights
        self._names = self.target.names if self.target else ()
        self._classes = self.target.classes if self.target else ()
        if intervals is not None:
            intervals.require_fit(self)

    def __repr__(self) -> str:
        size = sum(member.parameters.size for member in self.members)
        many = f" of {len(self.members)}" * (len(self.members) > 1)
        return f"<Served{many}, {self.head.loss}, {size:,} parameters>"

    # -- as a model does -------------------------------------------------------------------------
    def encode(self, X: Any, with_targets: bool = False) -> Data | Encoded:
        """Turn a table or an array into what networks take; see `Ensemble.encode`."""
        if isinstance(X, Data | Encoded):
            return X
        if not self.preprocessings:
            return Data(X)
        parts = tuple(preprocessing.encode(X, with_targets) for preprocessing in self.preprocessings)
        return parts[0] if len(parts) == 1 else Encoded(parts, ())

    def scores(self, X: Any) -> Scores:
        """Return the raw scores with what they mean: predictions, probabilities, decisions."""
        encoded = self.encode(X)
        parts = encoded.parts if isinstance(encoded, Encoded) else (encoded,)
        if len(parts) != max(1, len(self.preprocessings)):
            raise DataError(
                f"the members encode tables in {len(self.preprocessings)} ways, and one array cannot suit "
                "them; give the table"
            )
        raw = self._raw_scores(parts)
        return Scores(self.head, raw, "numpy", self._threshold, self._decision_weights)

    def raw_scores(self, X: Any) -> NDArray[Any]:
        """Return the raw scores (n, k), before any link."""
        return self.scores(X).raw

    def predict(self, X: Any) -> Any:
        """Return the decision for each row of a table or an array, as the model's own `predict` does."""
        return self.decode(self.scores(X).decisions)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return probabilities (n, classes), or (n, labels) where several labels may hold at once.

        Raises
        ------
        DataError
            When the model does not predict probabilities.
        """
        return self.scores(X).probabilities

    def predict_interval(self, X: Any, coverage: float = 0.9) -> NDArray[np.float64]:
        """Return a prediction interval for each row; see `Ensemble.predict_interval`."""
        from forpass.model.intervals import Intervals, no_intervals  # few ask for them

        if not isinstance(self.intervals, Intervals):
            raise no_intervals(self.head, "predict_interval", self.members[0].spec.n_outputs)
        return self.intervals.ends(self, X, coverage)

    def predict_set(self, X: Any, coverage: float = 0.9) -> list[tuple[Any, ...]]:
        """Return a prediction set of classes for each row; see `Ensemble.predict_set`."""
        from forpass.model.intervals import Sets, no_intervals

        if not isinstance(self.intervals, Sets):
            raise no_intervals(self.head, "predict_set", self.members[0].spec.n_outputs)
        return self.intervals.labels(self, X, coverage)

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions, as `Scores` gives them, into what `predict` returns."""
        if self.preprocessing is not None:
            return self.preprocessing.decode(decided)
        return decided[:, 0] if decided.ndim == 2 and decided.shape[1] == 1 else decided

    # -- row by row ------------------------------------------------------------------------------
    def __call__(self, record: Mapping[str, Any]) -> Answer:
        """Answer a row.

        Parameters
        ----------
        record : mapping
            A value for each of `columns`, None where it is missing. Further keys do not matter.

        Returns
        -------
        dict
            Plain values: ``{"label": ..., "probabilities": {...}}`` of classes, ``{"value": ...}`` of a
            value, ``{"values": {...}}`` of several, ``{"labels": {...}, "probabilities": {...}}`` of several
            labels.

        Raises
        ------
        TableError
            For a record that lacks a column, or holds what the column cannot.
        DataError
            When the model takes arrays.
        """
        return self._answers(self.encode([self._row(record)]))[0]

    def answers(self, records: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Answer rows, each read as if it were alone; the last bits may depend on how many are asked at once.

        Raises
        ------
        TableError
            When some of them cannot be answered; none is then. `faults` says which, and why.
        DataError
            When the model takes arrays.
        """
        with each_told_once():
            encoded = [self.encode([self._row(record)]) for record in records]
        return self._answers(_joined(encoded)) if encoded else []

    def faults(self, records: Sequence[Mapping[str, Any]]) -> dict[int, str]:
        """Say of each record that cannot be answered, by its number from 0, what is wrong with it."""
        found = {}
        with each_told_once():
            for number, record in enumerate(records):
                try:
                    self.encode([self._row(record)])
                except InputError as error:
                    found[number] = str(error)
        return found

    def _row(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the columns of a record that are needed."""
        if not self.columns:
            raise DataError("this model takes arrays, not rows by the names of columns; use predict")
        if not isinstance(record, Mapping):
            raise TableError(
                f"a record is {one(type(record).__name__)}; give a dict with a value for each column"
            )
        if len(record) > len(self._needed) and record.keys() >= self._needed:
            return {name: record[name] for name in self._needed}
        return record

    def _answers(self, encoded: Data | Encoded) -> list[Answer]:
        return answers_of(self.scores(encoded), self.decode, self._names, self._classes)


def _joined(rows: Sequence[Data | Encoded]) -> Data | Encoded:
    """Return rows that were encoded one by one as several."""
    if len(rows) == 1:
        return rows[0]
    parts = [row.parts if isinstance(row, Encoded) else (row,) for row in rows]
    joined = tuple(map(one_below_the_other, zip(*parts, strict=True)))
    return joined[0] if len(joined) == 1 else Encoded(joined, ())
