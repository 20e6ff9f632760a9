"""forpass, by either engine."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.training import train
from forpass.bench.cases import Case, Recipe
from forpass.spec.data import Data
from forpass.spec.network import multilayer
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.training import TrainingSpec

__all__ = ["Ours"]


class Ours:
    """A network to be trained by `forpass.train`.

    Parameters
    ----------
    case, recipe : Case, Recipe
    X, y : arrays
    engine : str
    """

    def __init__(self, case: Case, recipe: Recipe, X: NDArray[Any], y: NDArray[Any], engine: str) -> None:
        self.data, self.engine = Data(X, targets=y), engine
        shape = case.n_features, case.hidden, case.n_classes, "softmax_cross_entropy"
        self.spec = multilayer(*shape, activation=case.activation, dropout=recipe.dropout)
        optimizer = OptimizerSpec(recipe.optimizer, recipe.rate)
        self._training = functools.partial(TrainingSpec, optimizer=optimizer, batch_size=case.batch_size)

    def fit(self, epochs: int) -> None:
        """Train a new network."""
        self.model = train(self.spec, self._training(epochs=epochs), self.data, engine=self.engine)
        if self.model.provenance.ended.reason == "interrupted":
            raise KeyboardInterrupt  # who measures wants no network that was ended early

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the probability of each class."""
        return self.model.predict_proba(X)
