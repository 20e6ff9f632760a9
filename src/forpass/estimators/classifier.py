"""`MLPClassifier`: a network that predicts classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.metaestimators import available_if

from forpass.api.metrics import TargetMeaning
from forpass.errors import SpecError
from forpass.estimators.classes import Classes, learn_classes
from forpass.estimators.constructors import takes
from forpass.estimators.manners import (
    unchanged_by_failure,
    weights_of_classes,
)
from forpass.estimators.multilayer import Multilayer, Target, goes_by_steps
from forpass.estimators.parameters import MLP_CLASSIFIER
from forpass.estimators.plain import plain_labels
from forpass.estimators.plots import PlotsOfClasses, TrueClasses, require_one_label
from forpass.estimators.scoring import ScoredClassifier
from forpass.told import warn_the_caller

__all__ = ["MLPClassifier"]


@takes(MLP_CLASSIFIER)
class MLPClassifier(ScoredClassifier, PlotsOfClasses, Multilayer):
    """A multi-layer perceptron that predicts classes: scikit-learn's class of that name, done by forpass.

    The loss is cross-entropy: of a softmax for more than two classes, of a sigmoid for two, and of a
    sigmoid each where several labels may hold at once.

    What is the same and what differs stands in docs/coming-from-scikit-learn.md.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    classes_ : array
        The classes, in ascending order.
    coefs_, intercepts_ : list of arrays
        W (inputs, units) and b (units,) of each layer. What one writes there counts.
    loss_, best_loss_ : float
        Mean loss of the last epoch, penalty included, and the smallest (None with `early_stopping`).
    loss_curve_ : list of float
        The same for each epoch, as of scikit-learn.
    validation_scores_, best_validation_score_ : list of float, float
        Accuracy of the validation rows, or their `metric`; None where there are none.
    n_iter_, t_ : int
        Epochs (or iterations) that led here, and rows seen.
    n_layers_, n_outputs_ : int
        Layers, input and output included; raw scores a row.
    out_activation_ : str
        ``"softmax"``, or ``"logistic"`` for two classes and for several labels.
    n_features_in_, feature_names_in_ : int, array of str
        Of X; names only where X has them.
    seed_ : int
        As `random_state` it repeats the fit.
    model_ : TrainedModel
        The network, to save, trace and check.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from forpass import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((16,), solver="lbfgs", alpha=0.1, max_iter=1000, random_state=0)
    >>> classifier.fit(X, y).predict(X[:2]).tolist(), classifier.score(X, y) > 0.95
    ([0, 0], True)
    """

    @available_if(goes_by_steps)  # type: ignore[untyped-decorator] # scikit-learn has no types
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Train further, one pass over these rows: exactly as a longer `fit` would, were they the same.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array-like of shape (n_classes,), optional
            All classes that will ever come; needed on the first call, unless several labels may hold.

        Returns
        -------
        self
        """
        with unchanged_by_failure(self):
            named = plain_labels("classes", classes)
            return self._fit(X, y, sample_weight, None, partial=True, classes=named)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row (n,), or a 0 or 1 for each label (n, k)."""
        model, data = self._ready(X)
        return self._classes.decode(model.scores(data).decisions)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probability of each class (n, k), in the order of ``classes_``."""
        model, data = self._ready(X)
        P = model.predict_proba(data)
        return P if len(self.classes_) > 1 else np.ones_like(P[:, :1])

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Predict the logarithm of each probability; from the raw scores, so that none is lost at 0."""
        model, data = self._ready(X)
        log_P = model.scores(data).log_probabilities
        return log_P if len(self.classes_) > 1 else np.zeros_like(log_P[:, :1])

    def _classes_of(self, X: Any, y: Any) -> TrueClasses:
        decided = self.predict(X)
        require_one_label(not self._classes.multilabel)
        return TrueClasses(np.asarray(plain_labels("y", y)).ravel(), decided, self.classes_)

    def _target(self, y: NDArray[Any], anew: bool, partial: bool = False, classes: Any = None) -> Target:
        if anew:
            self._classes = self._first_classes(y, partial, classes)
            self.classes_ = self._classes.labels
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise SpecError(f"classes are {np.unique(classes)} where the first call named {self.classes_}")
        elif not (partial or self._classes.multilabel) and not np.array_equal(np.unique(y), self.classes_):
            raise SpecError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {np.unique(y)}; go on with partial_fit, or fit "
                "anew with warm_start=False"
            )
        known = self._classes
        strata, task = None if known.multilabel else y, "multilabel" if known.multilabel else "classification"
        return Target(known.head, known.n_outputs, known.encode(y), strata, TargetMeaning(task, known.labels))

    @staticmethod
    def _first_classes(y: NDArray[Any], partial: bool, classes: Any) -> Classes:
        if not partial or y.ndim == 2:
            found = learn_classes(y, fewest=1)
            if len(found.labels) == 1:
                message = f"y holds one class only, {found.labels.tolist()[0]!r}, which is always predicted"
                warn_the_caller(message, UserWarning)
            return found
        if classes is None:
            raise SpecError(
                "classes must be passed on the first call to partial_fit: all that will ever come"
            )
        return learn_classes(y, classes)

    def _weights(self, X: Any, y: NDArray[Any], sample_weight: Any, partial: bool) -> NDArray[Any] | None:
        weights = super()._weights(X, y, sample_weight, partial)
        if self.class_weight is None:
            return weights
        if partial and self.class_weight == "balanced":
            raise SpecError(
                "class_weight='balanced' needs all rows, and partial_fit sees a part; give weights in a dict"
            )
        of_classes = weights_of_classes(self, y)
        return of_classes if weights is None else of_classes * weights

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
