"""`MLPClassifier`: a network that predicts classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from forpass.errors import SpecError
from forpass.estimators.classes import Classes, learn_classes
from forpass.estimators.manners import unchanged_by_failure, warn_the_caller, weights_of_classes
from forpass.estimators.multilayer import Multilayer, Target, goes_by_steps

__all__ = ["MLPClassifier"]


class MLPClassifier(ClassifierMixin, Multilayer):  # type: ignore[misc] # scikit-learn has no types
    """A multi-layer perceptron that predicts classes: scikit-learn's class of that name, done by forpass.

    The loss is cross-entropy: of a softmax for more than two classes, of a sigmoid for two, and of a
    sigmoid each where several labels may hold at once.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Neurons of each hidden layer; an empty one gives a linear model.
    activation : str, default "relu"
        Of the hidden layers: ``identity``, ``logistic``, ``tanh``, ``relu``, or any other name of the table
        ACTIVATIONS that can learn (``gelu``, ``silu``, ``elu`` ...).
    solver : {"adam", "sgd", "lbfgs", "adamw", "rmsprop", "adagrad"}, default "adam"
        ``lbfgs`` takes all rows at once and suits small tables; the others go by batches.
    alpha : float, default 1e-4
        Price of large weights: alpha / 2 times their sum of squares, divided by the weight of the batch, is
        added to the mean loss.
    batch_size : int or "auto", default "auto"
        Rows a step; ``auto`` is min(200, n_samples).
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        Of ``sgd``. ``invscaling``: learning_rate_init / (rows seen + 1)^power_t. ``adaptive``: a fifth
        whenever an improvement by `tol` fails to come, down to 1e-6.
    learning_rate_init : float, default 0.001
        The learning rate; not of ``lbfgs``.
    power_t : float, default 0.5
        See `learning_rate`.
    max_iter : int, default 200
        Epochs, or iterations of ``lbfgs``, at most.
    shuffle : bool, default True
        Take the rows in a new order in each epoch.
    random_state : int, RandomState or None, default None
        Decides initial weights, held-back rows, order and dropout. ``seed_`` keeps the number it came to,
        which repeats the fit.
    tol : float, default 1e-4
        An epoch that does not improve the loss (with `early_stopping` the score) by more counts as none; for
        ``lbfgs`` the largest entry of the gradient at which it has converged.
    verbose : bool or int, default False
        Print a line that tells how it goes; 2: a line for every epoch.
    warm_start : bool, default False
        Begin `fit` with the weights of the last one. To go on exactly, optimiser and all, use `partial_fit`.
    momentum : float, default 0.9
        Of ``sgd``, from 0 to 1.
    nesterovs_momentum : bool, default True
        Of ``sgd`` with momentum: Nesterov's way.
    early_stopping : bool, default False
        Hold back a share of the rows (or use `validation_data` of `fit`), stop when their score has not
        improved for `n_iter_no_change` epochs, and keep the best weights.
    validation_fraction : float, default 0.1
        That share; classes are held back in proportion.
    beta_1 : float, default 0.9
        Decay of the mean of gradients, of ``adam`` and ``adamw``.
    beta_2 : float, default 0.999
        Decay of the mean of their squares.
    epsilon : float, default 1e-8
        Keeps divisions finite; of ``adam``, ``adamw``, ``rmsprop`` and ``adagrad``.
    n_iter_no_change : int or inf, default 10
        Epochs in a row without an improvement before it ends.
    max_fun : int, default 15000
        Evaluations of the objective by ``lbfgs``, at most.
    class_weight : dict, list of dicts, "balanced" or None, default None
        Weight of each class, times `sample_weight`; ``balanced``: n_samples / (n_classes * rows of the
        class). A dict for each label where several may hold.
    dropout : float, default 0.0
        Share of hidden activations dropped while training. Not for ``lbfgs``.
    clip_norm : float, optional
        Longest gradient: longer ones are shortened to it. Not for ``lbfgs``.
    max_seconds : float, optional
        Time limit for `fit`.
    engine : {"auto", "compiled", "numpy"}, default "auto"
        What carries out the steps.

    Attributes
    ----------
    classes_ : array
        The classes, in ascending order.
    coefs_, intercepts_ : list of arrays
        W (inputs, units) and b (units,) of each layer. What one writes there counts.
    loss_, best_loss_ : float
        Mean loss of the last epoch, penalty included, and the smallest (None with `early_stopping`).
    loss_curve_ : list of float
        For each epoch.
    validation_scores_, best_validation_score_ : list of float, float
        Accuracy of the rows only looked at; None where there are none.
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

    See Also
    --------
    docs/coming-from-scikit-learn.md : what is the same and what differs.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from forpass import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((16,), solver="lbfgs", alpha=0.1, max_iter=1000, random_state=0)
    >>> classifier.fit(X, y).predict(X[:2]).tolist(), classifier.score(X, y) > 0.95
    ([0, 0], True)
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: Any = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: Any = 0.001,
        power_t: Any = 0.5,
        max_iter: Any = 200,
        shuffle: Any = True,
        random_state: Any = None,
        tol: Any = 1e-4,
        verbose: Any = False,
        warm_start: Any = False,
        momentum: Any = 0.9,
        nesterovs_momentum: Any = True,
        early_stopping: Any = False,
        validation_fraction: Any = 0.1,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: Any = 15000,
        class_weight: Any = None,
        dropout: Any = 0.0,
        clip_norm: Any = None,
        max_seconds: Any = None,
        engine: Any = "auto",
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
            dropout=dropout,
            clip_norm=clip_norm,
            max_seconds=max_seconds,
            engine=engine,
        )
        self.class_weight = class_weight

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
            return self._fit(X, y, sample_weight, None, partial=True, classes=classes)

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

    def _target(self, y: NDArray[Any], anew: bool, partial: bool = False, classes: Any = None) -> Target:
        if anew:
            self._classes = self._first_classes(y, partial, classes)
            self.classes_ = self._classes.labels
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise SpecError(f"classes are {np.unique(classes)} where the first call named {self.classes_}")
        known = self._classes
        return Target(known.head, known.n_outputs, known.encode(y), None if known.multilabel else y)

    @staticmethod
    def _first_classes(y: NDArray[Any], partial: bool, classes: Any) -> Classes:
        if not partial or y.ndim == 2:
            found = learn_classes(y, fewest=1)
            if len(found.labels) == 1:
                message = f"y holds one class only, {found.labels.tolist()[0]!r}, which is always predicted"
                warn_the_caller(message, UserWarning, frames=4)
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
