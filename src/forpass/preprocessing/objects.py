"""Columns of Python objects: what they hold is found out from the cells, for no type says it."""

import datetime
import decimal
import numbers
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.constants import EXACT
from forpass.preprocessing.dates import day_number
from forpass.preprocessing.table import Column, RefusedColumn
from forpass.preprocessing.text import coded
from forpass.preprocessing.words import is_short, plain_value, word_of
from forpass.shown import one

__all__ = ["column_of_long_numbers", "column_of_objects", "without"]


def column_of_objects(name: str, values: list[Any], missing: NDArray[np.bool_] | None = None) -> Column:
    """Find out from Python objects what a column holds; `missing` marks what the table calls null."""
    if missing is not None and missing.any():
        values = without(values, missing)
    try:
        return _of_objects(name, values)
    except (ArithmeticError, ValueError) as error:  # a number beyond all floats, a date beyond all years ...
        return RefusedColumn(name, f"a value that cannot be read ({error})", len(values))


def _of_objects(name: str, values: list[Any]) -> Column:
    types = {type(value) for value in values}
    if not types <= {float, int, bool, str, type(None)} or types >= {float, str}:
        # NaN and NaT, which no value equals, are how object columns write "missing"
        values = [None if value is not None and _is_nan(value) else value for value in values]
        types = {type(value) for value in values}
    types.discard(type(None))
    if all(issubclass(t, str) for t in types):
        return _text(values)
    if all(issubclass(t, bool | np.bool_) for t in types):
        return _numbers("boolean", values, np.bool_)
    if not any(issubclass(t, bool | np.bool_) for t in types):
        if all(issubclass(t, numbers.Integral) for t in types):
            return _numbers("integer", values, np.int64)
        if all(issubclass(t, numbers.Real | decimal.Decimal) for t in types):
            if types != {float} and any(map(_loses_digits, values)):
                return _text([None if v is None else word_of(v) for v in values])
            short = [t for t in types if issubclass(t, np.floating) and is_short(np.dtype(t))]
            if short and len(types) == 1:
                return _numbers("float", values, short[0])
            return _numbers("float", [plain_value(v) for v in values] if short else values, np.float64)
    if all(issubclass(t, datetime.date) for t in types):
        days = _numbers("date", [None if v is None else day_number(v) for v in values], np.float64)
        with_zone = {getattr(v, "tzinfo", None) is not None for v in values if v is not None}
        return Column("date", days.values, zones="some" if len(with_zone) > 1 else "all" * with_zone.pop())
    for row, value in enumerate(values, start=1):
        if isinstance(value, Collection) and not isinstance(value, str):
            holds = f"{one(type(value).__name__)} in row {row:,} (rows counted from 1)"
            return RefusedColumn(name, holds, len(values))
    return _text([v if v is None or isinstance(v, str) else word_of(v) for v in values])


def _is_nan(value: Any) -> bool:
    if type(value).__name__ in ("NAType", "MaskedConstant"):  # of pandas and of NumPy
        return True
    return isinstance(value, float | np.floating | datetime.date) and bool(value != value)


def without(values: list[Any], missing: NDArray[np.bool_]) -> list[Any]:
    """Return values with None where one is missing."""
    return [None if gone else value for value, gone in zip(values, missing.tolist(), strict=True)]


def _text(values: list[str | None]) -> Column:
    codes, words, gaps = coded([values], len(values))
    return Column("text", codes, words, gaps=gaps)


def _numbers(kind: str, values: list[Any], dtype: Any) -> Column:
    if None not in values:
        try:
            return Column(kind, np.array(values, dtype=dtype))
        except OverflowError:  # whole numbers beyond 64 bits
            pass
    if kind == "integer" and any(v is not None and abs(int(v)) > EXACT for v in values):
        return column_of_long_numbers([None if v is None else int(v) for v in values])
    kept = dtype if kind == "float" else np.float64
    return Column(kind, np.array([np.nan if v is None else float(v) for v in values], dtype=kept))


def _loses_digits(value: Any) -> bool:
    """Whether a whole number among others with a point would not be itself as a float."""
    if isinstance(value, decimal.Decimal):
        whole = value.is_finite() and value == value.to_integral_value()
    else:
        whole = isinstance(value, numbers.Integral)
    return whole and abs(value) > EXACT and int(float(value)) != int(value)


def column_of_long_numbers(values: list[int | None]) -> Column:
    """Return whole numbers that no number of the processor holds as words, which stand for them."""
    column = _text([None if value is None else word_of(value) for value in values])
    return Column("text", column.values, column.words, labels=[int(word) for word in column.words or ()])
