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


def as_exact_as(values: NDArray[Any], mean: float, std: float, dtype: Any) -> NDArray[np.float64]:
    r"""Round predicted values to what is left of them by the arithmetic that they come from.

    A value is :math:`v = m + s z`, and of `z` the relative error is about that of its type,
    :math:`\epsilon`. So `v` is exact to :math:`\epsilon \max(s, |v - m|)`; where the target was not
    scaled (``mean`` 0 and ``std`` 1), to :math:`\epsilon |v|`. It is rounded to the first decimal place
    below that, and a whole number stays one.

    Parameters
    ----------
    values : ndarray (n,)
    mean, std : float
        With which the target was scaled.
    dtype : dtype
        Of the arithmetic: float32 or float64.
    """
    wide = np.asarray(values, dtype=np.float64)
    if np.dtype(dtype) == np.float64:
        return wide
    scaled = (mean, std) != (0.0, 1.0)
    size = np.maximum(np.abs(wide - mean), std) if scaled else np.abs(wide)
    size[~(size > 0) | ~np.isfinite(size)] = 1.0
    places = np.maximum(np.ceil(-np.log10(size * np.finfo(dtype).eps)), 0).astype(np.int64)
    rounded = wide.copy()
    for place in np.unique(places):
        if place <= 16:  # further digits cannot be told from none
            rounded[places == place] = np.round(wide[places == place], int(place))
    return rounded
