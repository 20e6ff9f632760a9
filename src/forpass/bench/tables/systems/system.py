"""What is asked of a system."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from numpy.typing import NDArray

from forpass.bench.tables.code import digest_of_code

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OURS", "Learning", "Predict", "System", "missing", "version_of"]

OURS = "forpass"

Predict: TypeAlias = "Callable[[pd.DataFrame], NDArray[Any]]"
"""Probabilities, (n_rows, n_classes), or values, (n_rows,), of rows."""


class Learning(NamedTuple):
    """How to learn: whether targets are classes, on how many threads, with which seed."""

    classes: bool
    threads: int
    seed: int


class System(NamedTuple):
    """A way to learn a table."""

    name: str
    package: str
    """The package that it comes from, as an index of packages has it."""
    needs: tuple[str, ...]
    """The modules that it imports: before the clock starts, for importing is not learning."""
    learn: Callable[[pd.DataFrame, NDArray[Any], Learning], Predict]
    """``learn(X, y, learning)``."""


def missing(system: System) -> tuple[str, ...]:
    """Return the modules that a system needs and that are not installed; imports none of them."""
    return tuple(name for name in system.needs if importlib.util.find_spec(name.partition(".")[0]) is None)


def version_of(system: System) -> str:
    """Return package and version of a system; of forpass with a digest of its sources behind it.

    What was measured with another version is measured again.
    """
    try:
        version = importlib.metadata.version(system.package)
    except importlib.metadata.PackageNotFoundError:  # used from a folder that is not installed
        version = "unknown"
    return f"{system.package} {version}" + f" {digest_of_code()}" * (system.package == OURS)
