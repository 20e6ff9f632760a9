"""The scores by which scikit-learn's tools choose: of what `fit` takes, and of nothing that it refuses."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin

from forpass.estimators.manners import weights_of_rows
from forpass.estimators.plain import plain_array, plain_labels

__all__ = ["ScoredClassifier", "ScoredRegressor"]


class ScoredClassifier(ClassifierMixin):  # type: ignore[misc] # scikit-learn has no types
    """A classifier, which is scored by the accuracy of its predictions."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of rows whose class is predicted; of several labels, in all of them."""
        from sklearn.metrics import accuracy_score  # who only predicts does without

        y, predicted = plain_labels("y", y), self.predict(X)
        return float(accuracy_score(y, predicted, sample_weight=_weights(sample_weight, predicted)))


class ScoredRegressor(RegressorMixin):  # type: ignore[misc] # scikit-learn has no types
    """A regressor, which is scored by R2 of its predictions."""

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R2 of the predictions."""
        from sklearn.metrics import r2_score  # who only predicts does without

        y, predicted = plain_array("y", y), self.predict(X)
        return float(r2_score(y, predicted, sample_weight=_weights(sample_weight, predicted)))


def _weights(sample_weight: Any, predicted: NDArray[Any]) -> NDArray[Any] | None:
    return None if sample_weight is None else weights_of_rows(sample_weight, len(predicted))
