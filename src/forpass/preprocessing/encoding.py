"""Encoding a column: the same numbers for the same cell, whatever stands around it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.columns import ColumnSpec
from forpass.preprocessing.dates import place
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import dates_of, is_missing, levels_of, numbers_of, truth_of

__all__ = ["encode_column", "smooth_clip"]

# beyond this the clipped value is 3 to the last bit, and the square below cannot overflow
FAR = 1e9


def encode_column(
    spec: ColumnSpec, column: Column, out: NDArray[Any], rows: NDArray[np.int64] | None = None
) -> None:
    """Write the encoded column into `out` (n, len(spec.features)).

    Raises
    ------
    TableError
        For infinite numbers, and for text where a number, a date or true/false is meant.
    """
    if spec.kind == "category":
        _encode_category(spec, column, out)
        return
    if spec.kind == "boolean":
        out[:, 0] = truth_of(spec.name, column, rows)
    elif spec.kind == "date" or spec.found == "date":
        _encode_date(spec, dates_of(spec.name, column, spec.format, rows), out)
    else:
        out[:, 0] = _scaled(spec, numbers_of(spec.name, column, rows, notation=spec.notation))
    if spec.missing_indicator:
        out[:, -1] = is_missing(column)


def smooth_clip(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring x (n,) smoothly into (-3, 3): x / sqrt(1 + (x / 3)^2)."""
    near = np.clip(x, -FAR, FAR)
    return near / np.sqrt(1.0 + (near / 3.0) ** 2)


def _scaled(spec: ColumnSpec, values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", under="ignore"):
        scaled = smooth_clip((values - spec.centre) * spec.scale)
    return np.where(np.isnan(values), 0.0, scaled)


def _encode_date(spec: ColumnSpec, days: NDArray[np.float64], out: NDArray[Any]) -> None:
    """Write the day number, then sine and cosine of each cycle."""
    out[:, 0] = _scaled(spec, days)
    missing = np.isnan(days)
    filled = np.where(missing, 0.0, days)
    for i, cycle in enumerate(spec.cycles):
        angle = 2.0 * np.pi * place(filled, cycle)
        out[:, 1 + 2 * i] = np.where(missing, 0.0, np.sin(angle))
        out[:, 2 + 2 * i] = np.where(missing, 0.0, np.cos(angle))


def _encode_category(spec: ColumnSpec, column: Column, out: NDArray[Any]) -> None:
    """Find each word's level once, then spread the levels over the rows."""
    words, codes = levels_of(column)
    level_of = {value: i for i, value in enumerate(spec.values)}
    rare = len(spec.levels) - 1 if spec.rare else -1
    missing = len(spec.values) if spec.missing_indicator else rare
    # code -1, a missing value, picks the last entry
    level = np.array([*(level_of.get(word, rare) for word in words), missing], dtype=np.int64)[codes]
    if len(spec.levels) == 2:
        out[:, 0] = np.array([-1.0, 1.0, 0.0])[level]  # level -1, unknown, picks the 0
        return
    out[:] = 0.0
    known = np.flatnonzero(level >= 0)
    out[known, level[known]] = 1.0
