"""Those that are measured: one file each, in the way that their own guides show and that is fastest."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from forpass.bench.cases import Case, Recipe

__all__ = ["CONTENDERS", "Contender", "make"]

CONTENDERS = ("forpass", "forpass numpy", "scikit-learn", "PyTorch", "torch.compile", "JAX")
"""Names, in the order in which they are shown."""


class Contender(Protocol):
    """A network to be trained on examples that it was given."""

    def fit(self, epochs: int) -> None:
        """Train a new network."""
        ...

    def predict(self, X: NDArray[np.float32]) -> NDArray[Any]:
        """Return the probability of each class."""
        ...


def make(name: str, case: Case, recipe: Recipe, X: NDArray[np.float32], y: NDArray[np.int64]) -> Contender:
    """Prepare a contender; whose library is not installed raises ImportError."""
    if name.startswith("forpass"):
        from forpass.bench.contenders.ours import Ours

        return Ours(case, recipe, X, y, "numpy" if name == "forpass numpy" else "compiled")
    if name == "scikit-learn":
        from forpass.bench.contenders.scikit_learn import ScikitLearn

        return ScikitLearn(case, recipe, X, y)
    if name == "JAX":
        from forpass.bench.contenders.jax import Jax

        return Jax(case, recipe, X, y)
    from forpass.bench.contenders.pytorch import PyTorch

    return PyTorch(case, recipe, X, y, compiled=name == "torch.compile")
