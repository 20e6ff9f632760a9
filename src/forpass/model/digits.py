"""Numbers as they are written for people and spreadsheets: with the digits that they have, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["as_exact_as", "shortest"]


def shortest(values: NDArray[Any]) -> NDArray[Any]:
    """Return float32 numbers as the float64 ones with the fewest digits that round to them: 0.1 as 0.1.

    Converted as they are, 0.1 would be written as 0.10000000149011612. Anything else is handed back.
    """
    return values.astype(np.str_).astype(np.float64) if values.dtype == np.float32 else values


def as_exact_as(values: NDArray[Any], sizes: NDArray[Any], dtype: Any) -> NDArray[np.float64]:
    r"""Round predicted values to what is left of them by the arithmetic that they come from.

    Of what was predicted the relative error is about that of its type, :math:`\epsilon`, so a value is
    exact to that, times its size. It is rounded to the first decimal place below that, and a whole number
    stays one.

    Parameters
    ----------
    values : ndarray (n,)
    sizes : ndarray (n,)
        See `Unit.sizes`.
    dtype : dtype
        Of the arithmetic: float32 or float64.
    """
    wide = np.asarray(values, dtype=np.float64)
    if np.dtype(dtype) == np.float64:
        return wide
    size = np.array(sizes, dtype=np.float64)
    size[~(size > 0) | ~np.isfinite(size)] = 1.0
    places = np.maximum(np.ceil(-np.log10(size * np.finfo(dtype).eps)), 0).astype(np.int64)
    rounded = wide.copy()
    for place in np.unique(places):
        if place <= 16:  # further digits cannot be told from none
            rounded[places == place] = np.round(wide[places == place], int(place))
    return rounded
