"""Raw scores after a link, in NumPy: all of the reference engine that a prediction in NumPy needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.links import LINKS

__all__ = ["linked"]


def linked(link: str, Z: NDArray[Any]) -> NDArray[Any]:
    """Return raw scores Z (n, k) after a link, in their own type."""
    with np.errstate(over="ignore"):  # exp of a large score is infinite, and says so
        return np.asarray(LINKS[link].function(Z))
