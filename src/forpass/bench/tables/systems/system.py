"""What is asked of a system."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Learning", "Predict", "System"]

Predict: TypeAlias = "Callable[[pd.DataFrame], NDArray[Any]]"
"""Probabilities, (n_rows, n_classes), or values, (n_rows,), of rows."""


class Learning(NamedTuple):
    """How to learn: whether targets are classes, on how many threads, with which seed."""

    classes: bool
    threads: int
    seed: int


class System(NamedTuple):
    """A way to learn a table, the packages it needs, and how it learns: ``learn(X, y, learning)``."""

    name: str
    needs: tuple[str, ...]
    learn: Callable[[pd.DataFrame, NDArray[Any], Learning], Predict]
