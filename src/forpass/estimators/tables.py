"""`TableClassifier` and `TableRegressor`: a DataFrame as it is, and a network that suits it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from forpass.api.options import Setup, setup_for
from forpass.api.tables import network_for
from forpass.api.training import train
from forpass.errors import TableError
from forpass.estimators.frames import Examples, features_of, has_names, joined, renamed
from forpass.estimators.manners import (
    Estimator,
    progress_of,
    seed_from,
    unchanged_by_failure,
    watched_examples,
    weights_of_classes,
    weights_of_rows,
)
from forpass.estimators.parameters import TABLE_CLASSIFIER, TABLE_REGRESSOR, require_parameters, takes
from forpass.preprocessing import Preprocessing, SparsePreprocessing, learn_target, read_columns
from forpass.preprocessing.words import levels_of
from forpass.sampling.splits import hold_back
from forpass.spec.data import Data

__all__ = ["TableClassifier", "TableRegressor"]

Rows = NDArray[np.int64]
AnyPreprocessing = Preprocessing | SparsePreprocessing


class TableEstimator(Estimator, ABC):
    """The abstract estimator: table to preprocessing, to network, to predictions in the table's words."""

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        groups: Any = None,
    ) -> Any:
        """Look at the columns, and train a network.

        Parameters
        ----------
        X : DataFrame (pandas, polars, pyarrow ...), dict of columns, array or sparse matrix
        y : Series, array, list, or DataFrame of several columns
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts; by default 1.
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
            Rows to watch instead of a share of X's.
        groups : array-like of shape (n_samples,), optional
            Rows of one group (a person, a machine) are learnt from or watched together.

        Returns
        -------
        self

        Raises
        ------
        TableError
            When the table cannot be used. It is a ValueError.
        """
        with unchanged_by_failure(self):
            self._fit(X, y, sample_weight, validation_data, groups)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, groups: Any) -> None:
        require_parameters(self)
        features = features_of(X)
        examples = joined(features, y)
        task = self._task(examples)
        self._note_columns(X, features)
        self.seed_ = seed_from(self.random_state)
        weights = self._weights(examples, sample_weight)
        rows = np.arange(len(examples.table)) if weights is None else np.flatnonzero(weights)
        if len(rows) < 2:
            raise TableError(f"n_samples = {len(rows)}, and a network needs at least 2 rows that count")
        learn, watch = self._divided(examples, rows, task, groups, validation_data)
        said = {p.option: getattr(self, p.name) for p in self.PARAMETERS if p.option} | {"seed": self.seed_}
        if validation_data is None and not len(watch):
            said["patience"] = math.inf
        setup = setup_for(len(learn), said)
        preprocessing = self._learnt(examples, task, learn, setup)
        data = _encoded(preprocessing, examples, learn, weights)
        watched = self._watched(preprocessing, examples, watch, weights, validation_data)
        self.model_ = train(
            network_for(preprocessing, setup),
            setup.training,
            data,
            validation=watched,
            engine=setup.engine,
            listener=progress_of(self),
            preprocessing=preprocessing,
        )
        self._keep(preprocessing, watched is not None)

    @abstractmethod
    def _task(self, examples: Examples) -> str:
        """Name what y asks for; refuse a y of the wrong kind."""

    def _note_columns(self, X: Any, features: Any) -> None:
        """Remember the columns: by their names, or of an array by their places."""
        self._columns = () if scipy.sparse.issparse(features) else features.names
        self.n_features_in_ = features.shape[1] if scipy.sparse.issparse(features) else len(self._columns)
        if has_names(X):
            self.feature_names_in_ = np.array(self._columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _weights(self, examples: Examples, sample_weight: Any) -> NDArray[np.float64] | None:
        """How much each row counts."""
        if sample_weight is None:
            return None
        return np.asarray(weights_of_rows(sample_weight, len(examples.table)), np.float64)

    def _divided(
        self, examples: Examples, rows: Rows, task: str, groups: Any, validation_data: Any
    ) -> tuple[Rows, Rows]:
        """Which of the rows are learnt from and which are watched."""
        if validation_data is not None or self.validation_fraction == 0:
            return rows, rows[:0]
        labels, n = None, len(examples.table)
        if groups is not None:
            groups = levels_of(read_columns({"groups": groups}).columns["groups"]).codes
            if len(groups) != n:
                raise TableError(f"groups has {len(groups)} values; give one for each of the {n} rows")
            groups = groups[rows]
        elif task == "classification":
            target = learn_target(examples.table, examples.names, task)
            labels = target.numbers(examples.table.only(examples.names, rows))
        share = self.validation_fraction
        learn, watch = hold_back(len(rows), share, self.seed_, labels=labels, groups=groups, stream="watch")
        return rows[learn], rows[watch]

    def _learnt(self, examples: Examples, task: str, rows: Rows, setup: Setup) -> AnyPreprocessing:
        """What the rows to learn from say about the columns."""
        table, names = examples.table, examples.names
        if examples.matrix is None:
            return Preprocessing.learn(
                table, names, task=task, schema=self.schema, rows=rows, **setup.columns
            )
        if self.schema:
            raise TableError("a sparse matrix has no schema, for all its columns are numbers; leave it out")
        return SparsePreprocessing.learn(examples.matrix, learn_target(table, names, task, rows), rows)

    def _watched(
        self,
        preprocessing: AnyPreprocessing,
        examples: Examples,
        rows: Rows,
        weights: NDArray[np.float64] | None,
        validation_data: Any,
    ) -> Data | None:
        """The rows to watch, encoded."""
        if validation_data is not None:
            X, y, sample_weight = watched_examples(validation_data)
            examples = joined(self._features(X), y, examples)
            rows, weights = np.arange(len(examples.table)), self._weights(examples, sample_weight)
        return _encoded(preprocessing, examples, rows, weights) if len(rows) else None

    def _keep(self, preprocessing: AnyPreprocessing, watched: bool) -> None:
        """Turn what came of it into attributes."""
        history = self.model_.history
        self.schema_ = preprocessing.schema if isinstance(preprocessing, Preprocessing) else {}
        self.n_iter_ = len(history)
        self.loss_curve_ = [record.training_loss for record in history]
        scores = [record.validation_metric for record in history if record.validation_metric is not None]
        self.validation_scores_ = scores if watched else None
        self.best_validation_score_ = max(scores) if scores else None

    def _features(self, X: Any) -> Any:
        """Rows to predict: columns are found by name where both sides have names, else by place."""
        features = features_of(X)
        if has_names(X) and hasattr(self, "feature_names_in_"):
            return features
        sparse = scipy.sparse.issparse(features)
        n = features.shape[1] if sparse else len(features.names)
        if n != self.n_features_in_:
            raise TableError(
                f"X has {n} features, but {type(self).__name__} is expecting {self.n_features_in_} features "
                "as input"
            )
        if sparse == (not self._columns):
            return features if sparse else renamed(features, self._columns)
        if sparse:
            raise TableError("X is sparse, and the network learnt from a table; give X.toarray()")
        return scipy.sparse.csr_array(np.asarray(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


def _encoded(
    preprocessing: AnyPreprocessing, examples: Examples, rows: Rows, weights: NDArray[np.float64] | None
) -> Data:
    """Some of the rows as arrays."""
    own = None if weights is None else weights[rows]
    if isinstance(preprocessing, Preprocessing):
        data = preprocessing.encode(examples.table, with_targets=True, rows=rows, aloud=False)
        return Data(data.numbers, targets=data.targets, weights=own)
    targets = preprocessing.target.encode(examples.table.only(examples.names, rows), np.float32)
    return Data(preprocessing.encode(examples.matrix[rows]).numbers, targets=targets, weights=own)


@takes(TABLE_CLASSIFIER)
class TableClassifier(ClassifierMixin, TableEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A network that predicts classes from a table as it is: text, dates and missing values included.

    Columns are looked at, scaled and encoded by what the training rows hold; a tenth of the rows is
    watched and says when to stop. y may be text, numbers or booleans, several 0/1 columns of which one is
    1 in each row (classes), or any of which may be (labels).

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    classes_ : array
        The classes, or the names of y's columns.
    schema_ : dict
        What each column was taken for; it may be given back as `schema`, changed where it errs.
    model_ : TrainedModel
        The network with its preprocessing: to save, trace, evaluate and explain.
    loss_curve_, validation_scores_ : list of float
        For each epoch the mean loss, and the accuracy of the watched rows (None if there are none).
    best_validation_score_ : float or None
    n_iter_ : int
        Epochs.
    seed_, n_features_in_ : int
    feature_names_in_ : array of str
        Where X has names.

    Examples
    --------
    >>> import forpass as fp
    >>> rooms = {
    ...     "size": [20, 35, None, 60, 80, 95] * 5,
    ...     "floor": ["low", "low", "top", "low", "top", "top"] * 5,
    ... }
    >>> dear = ["no", "no", "yes", "no", "yes", "yes"] * 5
    >>> classifier = fp.TableClassifier((8,), learning_rate_init=0.02, random_state=0).fit(rooms, dear)
    >>> classifier.predict({"size": [30, 90], "floor": ["low", "top"]}).tolist()
    ['no', 'yes']
    >>> classifier.schema_
    {'size': 'number', 'floor': 'category'}
    """

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row (n,); for several columns of y a 0 or 1 in each (n, k)."""
        check_is_fitted(self)
        decided = np.asarray(self.model_.predict(self._features(X)))
        if self._target.one_hot:
            names = np.array(self._target.names, dtype=object)
            return np.asarray(decided[:, None] == names, dtype=np.int64)
        return decided

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probability of each class (n, k), in the order of ``classes_``."""
        check_is_fitted(self)
        return self.model_.predict_proba(self._features(X))

    def _task(self, examples: Examples) -> str:
        columns = [examples.table.columns[name] for name in examples.names]
        if len(columns) == 1:
            if columns[0].kind == "float":
                check_classification_targets(columns[0].values)
            return "classification"
        task = learn_target(examples.table, examples.names).task
        if task == "regression":
            raise TableError(
                f"y has {len(columns)} columns of numbers, not of 0 and 1; take TableRegressor for numbers"
            )
        return task

    def _weights(self, examples: Examples, sample_weight: Any) -> NDArray[np.float64] | None:
        weights = super()._weights(examples, sample_weight)
        if self.class_weight is None:
            return weights
        columns = [examples.table.columns[name].cells() for name in examples.names]
        y = np.array(
            columns[0] if len(columns) == 1 else columns, dtype=object if len(columns) == 1 else int
        ).T
        of_classes = weights_of_classes(self, y)
        return of_classes if weights is None else of_classes * weights

    def _keep(self, preprocessing: AnyPreprocessing, watched: bool) -> None:
        super()._keep(preprocessing, watched)
        assert preprocessing.target is not None
        self._target = preprocessing.target
        self.classes_ = self._target.labels() if self._target.classes else np.array(self._target.names)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


@takes(TABLE_REGRESSOR)
class TableRegressor(RegressorMixin, TableEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A network that predicts numbers from a table as it is: text, dates and missing values included.

    Columns are looked at, scaled and encoded by what the training rows hold; a tenth of the rows is
    watched and says when to stop. y may have several columns; the network learns them standardised and
    predicts in their own units.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    schema_ : dict
        What each column was taken for; it may be given back as `schema`, changed where it errs.
    model_ : TrainedModel
        The network with its preprocessing: to save, trace, evaluate and explain.
    loss_curve_, validation_scores_ : list of float
        For each epoch the mean loss, and R2 of the watched rows (None if there are none).
    best_validation_score_ : float or None
    n_iter_ : int
        Epochs.
    seed_, n_features_in_ : int
    feature_names_in_ : array of str
        Where X has names.

    Examples
    --------
    >>> import forpass as fp
    >>> rooms = {
    ...     "size": [20, 35, None, 60, 80, 95] * 5,
    ...     "floor": ["low", "low", "top", "low", "top", "top"] * 5,
    ... }
    >>> rent = [200, 350, 900, 600, 950, 1100] * 5
    >>> regressor = fp.TableRegressor((32,), learning_rate_init=0.02, random_state=0).fit(rooms, rent)
    >>> regressor.predict({"size": [30, 90], "floor": ["low", "top"]}).round(-2).tolist()
    [300.0, 1100.0]
    """

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the values of each row: (n,), or (n, k) where y had several columns."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict(self._features(X)))

    def _task(self, examples: Examples) -> str:
        return "regression"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
