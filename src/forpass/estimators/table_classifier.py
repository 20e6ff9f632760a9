"""`TableClassifier`: networks that predict classes from a table as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets

from forpass.api.road import Parts
from forpass.api.thresholds import positive_threshold
from forpass.errors import TableError
from forpass.estimators.constructors import takes
from forpass.estimators.frames import Joined, joined
from forpass.estimators.manners import require_fitted, weights_of_rows
from forpass.estimators.parameters import TABLE_CLASSIFIER
from forpass.estimators.plots import PlotsOfClasses, TrueClasses, require_one_label
from forpass.estimators.scoring import ScoredClassifier
from forpass.estimators.table import TableEstimator
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.words import levels_of, word_of

__all__ = ["TableClassifier"]


@takes(TABLE_CLASSIFIER)
class TableClassifier(ScoredClassifier, PlotsOfClasses, TableEstimator):
    """Networks that predict classes from a table as it is: text, dates and missing values included.

    Columns are looked at, scaled and encoded by what the rows hold. By default the networks of a recipe are
    trained, each on a part of the rows, and the best blend of them predicts. With ``preset="plain"``, or
    where a parameter is given that only a single network has, such as its layers, it is one, and a tenth of
    the rows are validation rows, which say when to stop; ``preset="realmlp"`` and ``"tabm"`` are such as
    they are published. y may be text, numbers or booleans, several 0/1 columns of which one is 1 in each
    row (classes), or any of which may be (labels).

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    classes_ : array
        The classes, in the type of the values themselves where NumPy has one, categories of numbers, truth
        values, dates and durations included; of categories of anything else (intervals, dates with a zone)
        as text. Of several columns of y their names.
    schema_ : dict
        What each column was taken for; it may be given back as `schema`, changed where it errs.
    model_ : Ensemble, or TrainedModel of a single network
        The networks with their preprocessing: to save, trace, evaluate and explain.
        ``model_.provenance.evaluation`` tells how good those of a recipe are, by rows that they left out.
    loss_curve_, validation_scores_ : list of float, or None
        Of a single network for each epoch the mean loss, penalty included, as of scikit-learn, and
        the accuracy of the validation rows, or their `metric` (None if there are none).
    best_validation_score_ : float or None
    threshold_ : float
        The probability of the positive class above which it is predicted; 0.5 unless `threshold` says more.
    n_iter_ : int
        Epochs; of several networks those of the one that was trained longest.
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

    OF_NUMBERS = False

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row (n,); for several columns of y a 0 or 1 in each (n, k)."""
        require_fitted(self, "model_")
        decided = np.asarray(self.model_.predict(self._rows(X)))
        if self._target.one_hot:
            names = np.array(self._target.names, dtype=object)
            return np.asarray(decided[:, None] == names, dtype=np.int64)
        if self.classes_.dtype.kind in "mM":
            return np.asarray(self.classes_[np.searchsorted(self._target.labels(), decided)])
        return decided

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probability of each class (n, k), in the order of ``classes_``."""
        require_fitted(self, "model_")
        return self.model_.predict_proba(self._rows(X))

    def predict_set(self, X: Any, coverage: float = 0.9) -> list[tuple[Any, ...]]:
        """Predict a set of classes for each row that contains the true class with a given coverage.

        Parameters
        ----------
        X : table or array of shape (n, d)
        coverage : float
            The least share of rows whose class is in the set.

        Returns
        -------
        list of tuple
            The most probable class first; see `Ensemble.predict_set`.

        Raises
        ------
        DataError
            When a single network was trained: prediction sets need a recipe.
        """
        return self._by_recipe("predict_set").predict_set(self._rows(X), coverage)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of rows whose class is predicted; of several columns of y, in all of them.

        Classes are compared by the words that are written for them: y may be whatever `fit` takes.
        """
        require_fitted(self, "model_")
        if len(self._target.names) > 1:
            return float(super().score(X, y, sample_weight))
        found = self._words_of(X, y)
        right = found.truth == found.decided
        weights = None if sample_weight is None else weights_of_rows(sample_weight, len(right))
        return float(np.average(right, weights=weights))

    def _words_of(self, X: Any, y: Any) -> TrueClasses:
        """Return true and predicted classes by the words that are written for them."""
        joint = joined(self._features(X), y, missing=self.missing)
        words, codes = levels_of(joint.table.columns[joint.names[0]])
        word_of_class = {label: word_of(label) for label in self._target.classes}
        predicted = [word_of_class[label] for label in self.model_.predict(self._rows(X)).tolist()]
        truth, decided, classes = (
            np.array(part, dtype=object) for part in (words, predicted, [*word_of_class.values()])
        )
        return TrueClasses(truth[codes], decided, classes)

    def _classes_of(self, X: Any, y: Any) -> TrueClasses:
        require_fitted(self, "model_")
        if len(self._target.names) == 1:
            return self._words_of(X, y)
        require_one_label(self._target.one_hot)
        classes = np.array(self._target.names, dtype=object)
        truth, decided = (np.asarray(part).argmax(axis=1) for part in (y, self.predict(X)))
        return TrueClasses(classes[truth], classes[decided], classes)

    def _task(self, joint: Joined) -> str | None:
        if len(joint.names) > 1:  # classes or labels: their values say it
            return None
        column = joint.table.columns[joint.names[0]]
        if column.kind == "float":
            check_classification_targets(column.values)
        return "classification"

    def _accept(self, target: TargetSpec) -> None:
        if target.task == "regression":
            k = len(target.names)
            raise TableError(f"y has {k} columns of numbers, not of 0 and 1; take TableRegressor for numbers")

    def _keep(self, parts: Parts, joint: Joined) -> None:
        super()._keep(parts, joint)
        assert parts.preprocessing.target is not None
        self._target = parts.preprocessing.target
        self.threshold_ = positive_threshold(self._target, self.model_.threshold)
        self.classes_ = self._target.labels() if self._target.classes else np.array(self._target.names)
        if joint.values:
            self.classes_ = np.array([joint.values[word] for word in self.classes_])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
