"""What is measured: networks and batches of the sizes in which people use such networks."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CASES", "DIGITS", "MNIST", "STEEL", "XOR", "Case", "Recipe", "examples"]


class Recipe(NamedTuple):
    """How it is trained: an optimiser of the registry OPTIMIZERS, its rate, and dropout."""

    optimizer: str
    rate: float
    dropout: float = 0.0


class Case(NamedTuple):
    """A network, its examples and its batches; the batches divide the examples evenly.

    Attributes
    ----------
    name : str
    n_rows, n_features : int
    hidden : tuple of int
    n_classes : int
    batch_size : int
    activation : {"relu", "sigmoid", "tanh"}
    """

    name: str
    n_rows: int
    n_features: int
    hidden: tuple[int, ...]
    n_classes: int
    batch_size: int
    activation: str = "relu"

    @property
    def steps_per_epoch(self) -> int:
        """Number of batches."""
        return self.n_rows // self.batch_size

    @property
    def operations_per_step(self) -> int:
        """Multiplications and additions in the products of a step, padding not counted.

        Forward, the gradient of each W, and on the way back all but the first layer.
        """
        sizes = (self.n_features, *self.hidden, self.n_classes)
        products = [a * b for a, b in itertools.pairwise(sizes)]
        return 2 * self.batch_size * (3 * sum(products) - products[0])

    def described(self) -> str:
        """Layers and batch, for a table."""
        sizes = "-".join(map(str, (self.n_features, *self.hidden, self.n_classes)))
        batch = "full batch" if self.batch_size == self.n_rows else "batch"
        return f"{self.name} {sizes}, {batch} {self.batch_size}"


STEEL = Case("steel", 1940, 27, (32,), 7, 10)
DIGITS = Case("digits", 1600, 64, (100,), 10, 32)
DIGITS_AT_ONCE = Case("digits", 1617, 64, (100,), 10, 1617, "sigmoid")
MNIST = Case("mnist", 10000, 784, (50,), 10, 100)
TABLE = Case("table", 10240, 16, (256, 256, 256), 2, 256)
CASES = (STEEL, DIGITS, DIGITS_AT_ONCE, MNIST, TABLE)
"""Those whose steps are measured."""

XOR = Case("xor", 4, 2, (8,), 2, 4, "tanh")


def examples(case: Case, n_rows: int | None = None) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return features and classes: noise, for time does not depend on what the numbers say."""
    if case is XOR:
        return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0])
    rng = np.random.default_rng(0)
    n = n_rows or case.n_rows
    X = rng.standard_normal((n, case.n_features), np.float32)
    return X, rng.integers(0, case.n_classes, n)
