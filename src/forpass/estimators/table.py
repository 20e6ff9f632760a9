"""What `TableClassifier` and `TableRegressor` have in common: all but what y means."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forpass.api.metrics import higher_is_better
from forpass.api.options import OPTIONS
from forpass.api.presets import setup_for, shares_for, with_preset
from forpass.api.road import Examples, Parts, all_training, encode, encoded, look, split
from forpass.api.setup import Setup
from forpass.api.strong import learnt_from
from forpass.errors import DataError, TableError
from forpass.estimators.constructors import require_parameters
from forpass.estimators.frames import Joined, features_of, has_names, joined, renamed
from forpass.estimators.manners import (
    Estimator,
    progress_of,
    require_fitted,
    seed_from,
    unchanged_by_failure,
    validation_examples,
    weights_of_rows,
)
from forpass.estimators.plain import plain_array
from forpass.estimators.plots import PlotsOfTables, PlotsOfTraining
from forpass.model import Ensemble
from forpass.preprocessing import Preprocessing, Table, TargetSpec, warn_of_single_rows
from forpass.preprocessing.frames import is_pandas
from forpass.spec.data import FLOATS, Data
from forpass.told import each_told_once, options_called

__all__ = ["TableEstimator"]


class TableEstimator(PlotsOfTraining, PlotsOfTables, Estimator, ABC):
    """The abstract estimator: table to preprocessing, to network, to predictions in the table's words."""

    OF_NUMBERS: ClassVar[bool]
    """Whether numbers are predicted, not classes."""

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        groups: Any = None,
    ) -> Any:
        """Look at the columns, and train networks.

        Parameters
        ----------
        X : DataFrame (pandas, polars, pyarrow ...), dict of columns, array or sparse matrix
        y : Series, array, list, or DataFrame of several columns
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts; by default 1.
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
            Validation rows of a single network, instead of a share of X's.
        groups : array-like of shape (n_samples,), optional
            Rows of one group (a person, a machine) stay together wherever rows are divided.

        Returns
        -------
        self

        Raises
        ------
        TableError
            When the table cannot be used. It is a ValueError.
        """
        with unchanged_by_failure(self), each_told_once(), options_called(_called):
            self._fit(X, y, sample_weight, validation_data, groups)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation_data: Any, groups: Any) -> None:
        require_parameters(self)
        features = features_of(X, self.missing)
        joint = joined(features, y, missing=self.missing, numbers=self.OF_NUMBERS)
        self._note_columns(X, features)
        self.seed_ = seed_from(self.random_state)
        examples = look(
            joint.table,
            joint.names,
            task=self._task(joint),
            schema=self.schema,
            weight=self._weights(joint, sample_weight),
            group=groups,
            matrix=joint.matrix,
        )
        self._accept(examples.target)
        warn_of_single_rows(examples.table.only(examples.target.names, examples.rows), examples.target)
        if len(examples.rows) < 2:
            n = len(examples.rows)
            raise TableError(f"n_samples = {n}, and a network needs at least 2 rows that count")
        options = self._options(validation_data)
        said = None if self.validation_fraction == 0.1 else self.validation_fraction
        share = shares_for(options, said, 0.0)[0] if validation_data is None else 0.0
        if not share and validation_data is None:
            options = {"patience": math.inf, **options}  # without validation rows it goes on for all epochs
        rows = split(examples, share, 0.0, self.seed_)
        setup = setup_for(len(rows.training), options)
        parts = encode(examples, rows, setup)
        if validation_data is not None:
            parts = parts._replace(validation=self._validation(validation_data, joint, parts, setup))
        again = (lambda: encode(examples, all_training(examples), setup)) if share > 0 else None
        self.model_ = learnt_from(parts, setup, progress_of(self), encode_all=again)
        self._keep(parts, joint)

    def report(self, table: Any = None, language: str = "en") -> Any:
        """Return what is known of the model, on one page: how good it is, and what was tried.

        No rows are set apart for a test, so a single network comes without figures; those of a recipe are
        measured out of fold. With a table that holds the target, under the name that y had in `fit`,
        ``"target"`` where it had none, it is a page of HTML; see `forpass.Ensemble.report`.
        """
        require_fitted(self, "model_")
        return self.model_.report() if table is None else self.model_.report(table, language)

    @abstractmethod
    def _task(self, joint: Joined) -> str | None:
        """Name what y asks for, unless its columns say it; refuse a y of the wrong kind."""

    def _accept(self, target: TargetSpec) -> None:
        """Refuse what y asks for, where it is nothing for this estimator."""

    def _options(self, validation_data: Any) -> dict[str, Any]:
        """Return what the parameters say, as options: those that are not what they are by default."""
        said = {p.option: getattr(self, p.name) for p in self.PARAMETERS if p.option}
        said = {name: value for name, value in said.items() if not _alike(value, OPTIONS[name].default)}
        others = ["validation_fraction"] * (self.validation_fraction != 0.1)
        others += ["validation_data"] * (validation_data is not None)
        return {**with_preset(said, others), "seed": self.seed_}

    def _validation(self, validation_data: Any, learnt: Joined, parts: Parts, setup: Setup) -> Data:
        """The validation rows that were handed over, encoded."""
        X, y, sample_weight = validation_examples(validation_data)
        joint = joined(self._features(X), y, learnt, self.missing, self.OF_NUMBERS)
        weights = self._weights(joint, sample_weight)
        target, rows = parts.preprocessing.target, np.arange(len(joint.table))
        assert target is not None
        examples = Examples(joint.table, target, rows, weights=weights, matrix=joint.matrix)
        return encoded(parts.preprocessing, examples, rows, setup)

    def _note_columns(self, X: Any, features: Any) -> None:
        """Remember the columns: by their names, or of an array by their places."""
        self._columns = () if scipy.sparse.issparse(features) else features.names
        self.n_features_in_ = features.shape[1] if scipy.sparse.issparse(features) else len(self._columns)
        if has_names(X):
            self.feature_names_in_ = np.array(self._columns, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _weights(self, joint: Joined, sample_weight: Any) -> NDArray[np.float64] | None:
        """How much each row counts."""
        if sample_weight is None:
            return None
        return np.asarray(weights_of_rows(sample_weight, len(joint.table)), np.float64)

    def _keep(self, parts: Parts, joint: Joined) -> None:
        """Turn what came of it into attributes."""
        preprocessing = self.model_.preprocessing
        self.schema_ = preprocessing.schema if isinstance(preprocessing, Preprocessing) else {}
        if isinstance(self.model_, Ensemble):  # whose networks have a curve each, and watch no rows
            self.n_iter_ = max(member.provenance.ended.epoch for member in self.model_.members)
            self.loss_curve_ = self.validation_scores_ = self.best_validation_score_ = None
            return
        history = self.model_.history
        self.n_iter_ = len(history)
        self.loss_curve_ = [record.objective for record in history]
        scores = [record.validation_metric for record in history if record.validation_metric is not None]
        self.validation_scores_ = None if parts.validation is None else scores
        best = max if higher_is_better(self.metric) else min
        self.best_validation_score_ = best(scores) if scores else None

    def _learnt(self) -> Any:
        require_fitted(self, "model_")
        return self.model_

    def _with_target(self, X: Any, y: Any) -> Table:
        """Return rows as a table of the model, with its target unless y is None."""
        require_fitted(self, "model_")
        features = self._features(X)
        if scipy.sparse.issparse(features):
            raise TableError("a sparse X has no columns by name to be drawn; fit and give X.toarray()")
        if y is None:
            assert isinstance(features, Table)
            return features
        joint = joined(features, y, missing=self.missing, numbers=self.OF_NUMBERS)
        preprocessing = self.model_.preprocessing
        assert preprocessing is not None and isinstance(preprocessing.target, TargetSpec)
        columns = zip(preprocessing.target.names, joint.names, strict=True)
        return Table({**features.columns, **{name: joint.table.columns[own] for name, own in columns}})

    def _by_recipe(self, what: str) -> Ensemble:
        """Return the networks of a recipe; refuse what a single network does not know."""
        require_fitted(self, "model_")
        if not isinstance(self.model_, Ensemble):
            raise DataError(
                f"{what} needs the networks of a recipe, which know how far off they are, and a single one "
                "was trained; take preset 'default', and nothing that only a single network has"
            )
        return self.model_

    def _rows(self, X: Any) -> Any:
        """Rows to predict: what the model finds by name as it is, else a table."""
        if (type(X) is dict or is_pandas(X)) and hasattr(self, "feature_names_in_"):
            return X
        if type(X) is np.ndarray and X.shape == (1, len(self._columns)) and X.dtype in FLOATS:
            cells = X[0].tolist()
            if not any(map(math.isinf, cells)):
                return {name: [cell] for name, cell in zip(self._columns, cells, strict=True)}
        return self._features(X)

    def _features(self, X: Any) -> Any:
        """Features of more rows: columns are found by name where both sides have names, else by place."""
        features = features_of(X, self.missing)
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
        return scipy.sparse.csr_array(np.asarray(plain_array("X", X)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


def _called(option: str) -> str:
    """Name an option of training as a parameter."""
    return (OPTIONS[option].estimator or option) if option in OPTIONS else option


def _alike(value: Any, default: Any) -> bool:
    """Whether a parameter is what it is by default; layers may be any sequence of sizes."""
    if isinstance(default, tuple):
        return np.ndim(value) == 1 and tuple(value) == default
    return type(value) is type(default) and value == default
