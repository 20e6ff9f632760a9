"""What the numbers of a network must be like, in a model and in a checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.spec.layout import ParameterLayout
from forpass.spec.program import Program

__all__ = ["require_numbers"]


def require_numbers(program: Program, parameters: NDArray[Any], buffers: NDArray[Any]) -> None:
    """Refuse numbers that are not those of a network, or with which it cannot compute.

    Raises
    ------
    DataError
        For another length or type, a number that is not finite, and a variance below 0.
    """
    for name, vector, layout in (
        ("parameters", parameters, program.parameters),
        ("buffers", buffers, program.buffers),
    ):
        same = vector.dtype == parameters.dtype or not vector.size
        if vector.shape != (layout.size,) or vector.dtype not in (np.float32, np.float64) or not same:
            raise DataError(
                f"the model's {name} are {vector.dtype} {vector.shape}, but its network has "
                f"{layout.size} of them, all of one type, float32 or float64"
            )
        _require(vector, layout, np.isfinite(vector), "every number of a model must be finite")
    for block in program.buffers.blocks:
        if block.role == "variance":
            negative = np.zeros(len(buffers), np.bool_)
            negative[block.slice] = buffers[block.slice] < 0
            _require(buffers, program.buffers, ~negative, "a variance must not be negative")


def _require(vector: NDArray[Any], layout: ParameterLayout, right: NDArray[np.bool_], what: str) -> None:
    """Name the first number that is not right, as ``W1[0, 3]``."""
    if right.all():
        return
    place = int(np.argmin(right))
    raise DataError(f"{layout.place_said(place)} of the model is {vector[place]}; {what}")
