"""Arrays of several things in one file: each is called by what it belongs to, and by its own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

__all__ = ["arrays_of", "named_arrays"]


class HasArrays(Protocol):
    """What a file holds arrays of."""

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Return them by name."""
        ...


def named_arrays(things: Mapping[Any, HasArrays | None]) -> dict[str, NDArray[Any]]:
    """Return the arrays of all things, as ``"thing.name"``; what is None has none."""
    return {
        f"{what}.{name}": array
        for what, thing in things.items()
        if thing is not None
        for name, array in thing.arrays().items()
    }


def arrays_of(what: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return those of the arrays of a file that belong to something, by the names that they have there.

    Examples
    --------
    >>> import numpy as np
    >>> list(arrays_of("intervals", {"0.parameters": np.zeros(1), "intervals.quantiles": np.ones(3)}))
    ['quantiles']
    """
    before = f"{what}."
    return {name.removeprefix(before): a for name, a in arrays.items() if name.startswith(before)}
