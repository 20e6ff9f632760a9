"""scikit-learn's MLPClassifier. It has no dropout; its Adam is measured without."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from forpass.bench.cases import Case, Recipe

__all__ = ["ScikitLearn"]

SOLVERS = {"gradient_descent": "sgd", "adam": "adam"}
ACTIVATIONS = {"relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}


class ScikitLearn:
    """A network to be trained by ``MLPClassifier.fit``."""

    def __init__(self, case: Case, recipe: Recipe, X: NDArray[Any], y: NDArray[Any]) -> None:
        self.X, self.y = X, y
        self.settings = {
            "hidden_layer_sizes": case.hidden,
            "activation": ACTIVATIONS[case.activation],
            "solver": SOLVERS[recipe.optimizer],
            "alpha": 0.0,
            "batch_size": case.batch_size,
            "learning_rate_init": recipe.rate,
            "momentum": 0.0,
            "tol": 0.0,  # no stopping early: every epoch is to be worked
            "n_iter_no_change": 10**9,
            "random_state": 0,
        }

    def fit(self, epochs: int) -> None:
        """Train a new network."""
        self.model = MLPClassifier(**self.settings, max_iter=epochs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.model.fit(self.X, self.y)

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the probability of each class."""
        found: NDArray[Any] = self.model.predict_proba(X)
        return found
