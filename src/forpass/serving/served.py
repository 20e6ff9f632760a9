"""Served: a model that answers rows, and needs nothing but NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.model.encoded import Encoded
from forpass.model.scores import Scores, gives_probabilities, task_of
from forpass.serving.answering import answers_of
from forpass.serving.records import Record, Records
from forpass.spec.data import Data

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
        self._records = Records(self.preprocessings, self.encode)
        self.columns = self._records.columns
        self._raw_scores, self._threshold, self._decision_weights = raw_scores, threshold, decision_weights
        k = members[0].spec.n_outputs
        names, classes = (self.target.names, self.target.classes) if self.target else ((), ())
        self._task, self._names = task_of(self.head, k), names or tuple(map(str, range(k)))
        self._classes: Sequence[Any] = classes or range(max(k, 2))
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
    def __call__(self, record: Record) -> Answer:
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
        return self.answers((record,))[0]

    def answers(self, records: Sequence[Record]) -> list[Answer]:
        """Answer rows, each read as if it were alone; the last bits may depend on how many are asked at once.

        Raises
        ------
        TableError
            When some of them cannot be answered; none is then. `faults` says which, and why.
        DataError
            When the model takes arrays.
        """
        reader = self._reader()
        if not records:
            return []
        scores = self.scores(reader.encoded(records))
        decided, P = scores.decisions, None
        if gives_probabilities(scores.head):
            P = scores.probabilities.tolist()
        if self._task == "classification":
            return answers_of(self._task, decided.ravel().tolist(), P, (), self._classes, self._classes)
        values = np.asarray(self.decode(decided)).tolist()
        return answers_of(self._task, values, P, self._names)

    def faults(self, records: Sequence[Record]) -> dict[int, str]:
        """Say of each record that cannot be answered, by its number from 0, what is wrong with it.

        Raises
        ------
        DataError
            When the model takes arrays.
        """
        return self._reader().faults(records)

    def _reader(self) -> Records:
        """Return what reads records."""
        if not self.columns:
            raise DataError("this model takes arrays, not rows by the names of columns; use predict")
        return self._records
