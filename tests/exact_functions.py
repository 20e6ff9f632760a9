"""Functions that ONNX does not have, with numbers to try and what they are exactly, by mpmath."""

from __future__ import annotations

import numpy as np
from later import later
from numpy.typing import NDArray

mpmath = later("mpmath")

__all__ = ["FUNCTIONS", "exactly"]

WIDE = np.concatenate(
    [np.linspace(-30.0, 30.0, 301), np.geomspace(1e-12, 20.0, 200), -np.geomspace(1e-12, 0.99, 200)]
)
TURNS = np.concatenate([WIDE, np.pi / 2 * np.arange(-60, 60)])

FUNCTIONS = {
    "expm1": (WIDE, 10.0),
    "log1p": (WIDE[WIDE > -1.0], 4.0),
    "sin": (TURNS, 5.0),
    "cos": (TURNS, 5.0),
    "erfc": (WIDE, 4.0),
}
"""Of each numbers to try, and by how many units of the last place it may deviate; erfc of that of 1."""


def exactly(name: str, x: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of a function in float64, and of each a unit of the last place in the type of x."""
    with mpmath.workdps(40):
        wanted = np.array([float(getattr(mpmath, name)(mpmath.mpf(float(each)))) for each in x])
    size = np.ones_like(wanted) if name == "erfc" else np.abs(wanted)
    return wanted, np.spacing(size.astype(x.dtype)).astype(np.float64)
