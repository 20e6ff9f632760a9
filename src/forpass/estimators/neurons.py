"""Single neurons, as they were invented: `Perceptron` (1958), `Adaline` (1960), `LogisticNeuron`.

All three weigh their inputs and add them up, z = x w + b, and learn from one example after the other.
They differ in what they compare with the target: a decision, the sum itself, or a probability. For more
than two classes there is a neuron for each class, and the largest z wins.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from forpass.api.training import train
from forpass.estimators.classes import Classes, learn_classes
from forpass.estimators.constructors import require_parameters, takes
from forpass.estimators.manners import (
    SPARSE,
    Estimator,
    seed_from,
    unchanged_by_failure,
    weights_of_rows,
)
from forpass.estimators.parameters import ADALINE, LOGISTIC_NEURON, PERCEPTRON
from forpass.estimators.plain import plain_array, plain_labels
from forpass.estimators.scoring import ScoredClassifier
from forpass.model.scores import Scores
from forpass.spec.data import FLOATS, Data
from forpass.spec.layers import Dense
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.training import StoppingSpec, TrainingSpec
from forpass.told import warn_the_caller
from forpass.training.events import EpochEnded, Event

__all__ = ["Adaline", "LogisticNeuron", "Perceptron"]


PATIENCE = 5  # epochs in a row in which the loss stands still


class Neuron(ScoredClassifier, Estimator):
    """The abstract neuron. What the three differ in are a few words: the loss, the targets, the end."""

    LOSS: str
    """A name of the registry LOSSES."""
    OTHERS: float
    """What a neuron is to say of examples of other classes; of its own it is to say 1."""
    UNTIL_RIGHT: bool
    """Whether it ends when every example is right, instead of when the loss stands still."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Learn from zero weights, one example after the other.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Two classes or more.
        sample_weight : array-like of shape (n_samples,), optional
            Makes steps longer or shorter; by default 1.

        Returns
        -------
        self
        """
        with unchanged_by_failure(self):
            self._fit(X, y, sample_weight)
        return self

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> None:
        require_parameters(self)
        X, y = plain_array("X", X), plain_labels("y", y)
        X, y = validate_data(self, X, y, accept_sparse=SPARSE, dtype=FLOATS)
        if sample_weight is not None:
            sample_weight = weights_of_rows(sample_weight, X.shape[0])
        classes = learn_classes(y)
        self.classes_, self.seed_ = classes.labels, seed_from(self.random_state)
        data = Data(X, targets=np.where(classes.one_each(y), 1.0, self.OTHERS), weights=sample_weight)
        spec = NetworkSpec(data.n_features, (Dense(classes.n_outputs, weights="zeros"),), Head(self.LOSS))
        listener = _all_are_right if self.UNTIL_RIGHT else None
        self.model_ = train(spec, self._training(X.dtype.name), data, engine=self.engine, listener=listener)
        self.coef_, self.intercept_ = self.model_.weights["W1"].T.copy(), self.model_.weights["b1"]
        history = self.model_.history
        self.n_iter_, self.loss_curve_ = len(history), [record.objective for record in history]
        if self.UNTIL_RIGHT:
            self.error_curve_ = [1.0 - (record.training_metric or 0.0) for record in history]
        if self.model_.provenance.ended.reason == "epochs":
            what = "every example was right" if self.UNTIL_RIGHT else "the loss stood still"
            message = f"max_iter={self.max_iter} was reached before {what}; raise max_iter"
            warn_the_caller(message, ConvergenceWarning)

    def _training(self, dtype: str) -> TrainingSpec:
        standstill = None if self.UNTIL_RIGHT else PATIENCE
        tolerance = 0.0 if self.UNTIL_RIGHT else self.tol
        return TrainingSpec(
            epochs=self.max_iter,
            batch_size=1,
            shuffle=self.shuffle,
            optimizer=OptimizerSpec("gradient_descent", self.learning_rate),
            stopping=StoppingSpec("training_loss", standstill, tolerance, restore_best=False),
            training_metrics=self.UNTIL_RIGHT,
            dtype=dtype,
            seed=self.seed_,
        )

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Return z = x w + b: (n,) for two classes, otherwise one for each class (n, k)."""
        check_is_fitted(self)
        X = validate_data(self, plain_array("X", X), accept_sparse=SPARSE, dtype=FLOATS, reset=False)
        Z = np.asarray(X @ self.coef_.T + self.intercept_)
        return Z[:, 0] if Z.shape[1] == 1 else Z

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class of each row (n,)."""
        Z, classes = self.decision_function(X), Classes(self.classes_)
        return classes.decode(Scores(classes.head, Z[:, None] if Z.ndim == 1 else Z).decisions)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _all_are_right(event: Event) -> bool:
    """Whether an epoch has left no mistake: the listener that ends training then."""
    return isinstance(event, EpochEnded) and event.record.training_metric == 1.0


@takes(PERCEPTRON)
class Perceptron(Neuron):
    r"""Rosenblatt's perceptron: it learns from its mistakes, and from nothing else.

    The first machine that learnt to tell patterns apart: a neuron that fires or does not. An example it
    is wrong about is added to the weights or taken away from them,

    .. math:: w \leftarrow w + \eta\, s\, x, \quad b \leftarrow b + \eta\, s
        \quad \text{where} \quad s\, (x w + b) \le 0, \quad s = \pm 1,

    a step down the loss max(0, -s z). If a line divides the classes, it is found after at most
    (R / margin)^2 mistakes (Novikoff 1962). If none does, as for XOR, it errs for ever (Minsky & Papert
    1969). It does not say how sure it is.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    classes_ : array of shape (k,)
    coef_, intercept_ : arrays of shape (1, n_features) and (1,), or (k, n_features) and (k,) for k > 2
    error_curve_ : list of float
        Share of the examples that are decided wrongly after each epoch.
    loss_curve_ : list of float
        For each epoch the mean loss.
    n_iter_ : int
        Epochs.
    model_ : TrainedModel
    seed_, n_features_in_ : int
    feature_names_in_ : array of str

    References
    ----------
    Rosenblatt (1958). The perceptron: a probabilistic model for information storage and organization in
    the brain. Psychological Review 65.

    Examples
    --------
    >>> from forpass import Perceptron
    >>> nand = Perceptron(random_state=0).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [1, 1, 1, 0])
    >>> nand.predict([[0, 1], [1, 1]]).tolist(), nand.error_curve_[-1]
    ([1, 0], 0.0)
    """

    LOSS, OTHERS, UNTIL_RIGHT = "perceptron", 0.0, True


@takes(ADALINE)
class Adaline(Neuron):
    r"""Widrow and Hoff's adaptive linear neuron: it learns from how far its sum is from the target.

    Two years after the perceptron it compared the sum z itself, before any decision, with the target
    t = +1 or -1, and so it also learns from examples that it already decides rightly,

    .. math:: w \leftarrow w + \eta\, (t - z)\, x, \quad b \leftarrow b + \eta\, (t - z),

    a step down the squared error (t - z)^2 / 2: the least mean squares rule, or delta rule, from which
    backpropagation grew. It comes to the line of least squares, whether or not a line divides the
    classes; far-away examples of the right class pull at it too. Steps that are too long make it run
    away: eta must be below 2 over the largest squared length of an example.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    classes_, coef_, intercept_, loss_curve_, n_iter_, model_, seed_, n_features_in_, feature_names_in_
        As of `Perceptron`.

    References
    ----------
    Widrow & Hoff (1960). Adaptive switching circuits. IRE WESCON Convention Record 4.

    Examples
    --------
    >>> from forpass import Adaline
    >>> adaline = Adaline(random_state=0).fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    >>> adaline.predict([[0.5], [2.5]]).tolist()
    ['low', 'high']
    """

    LOSS, OTHERS, UNTIL_RIGHT = "squared", -1.0, False


@takes(LOGISTIC_NEURON)
class LogisticNeuron(Neuron):
    r"""The neuron of today's networks: it says how probable its class is, and learns from the surprise.

    The sum goes through the logistic function, p = 1 / (1 + exp(-z)), and is compared as a probability
    with the target t = 1 or 0,

    .. math:: w \leftarrow w + \eta\, (t - p)\, x, \quad b \leftarrow b + \eta\, (t - p),

    a step down the cross-entropy -t log p - (1 - t) log(1 - p): logistic regression (Cox 1958), one
    example at a time. The rule looks like Adaline's, but examples far on the right side of the line
    leave it in peace.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    classes_, coef_, intercept_, loss_curve_, n_iter_, model_, seed_, n_features_in_, feature_names_in_
        As of `Perceptron`.

    References
    ----------
    Cox (1958). The regression analysis of binary sequences. Journal of the Royal Statistical Society B 20.

    Examples
    --------
    >>> from forpass import LogisticNeuron
    >>> neuron = LogisticNeuron(random_state=0).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> neuron.predict([[0.5], [2.5]]).tolist(), bool(neuron.predict_proba([[3.0]])[0, 1] > 0.9)
    ([0, 1], True)
    """

    LOSS, OTHERS, UNTIL_RIGHT = "sigmoid_cross_entropy", 0.0, False

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Predict the probability of each class (n, k); of more than two scaled to add up to 1."""
        Z = self.decision_function(X)
        if Z.ndim == 1:
            return np.column_stack([expit(-Z), expit(Z)])
        log_p = log_expit(Z)  # from logarithms, for all of them may be too small for a number
        P = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        return np.asarray(P / P.sum(axis=1, keepdims=True))
