"""Frames and series that narwhals understands (pandas, polars, pyarrow ...), as plain columns.

A column goes by its type, so that nothing is looked at cell by cell.
"""

import numbers
from collections.abc import Iterator
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.maths.constants import EXACT
from forpass.preprocessing.objects import column_of_long_numbers, column_of_objects, without
from forpass.preprocessing.table import MICROSECONDS_A_DAY, Column, Label, RefusedColumn, Unread
from forpass.preprocessing.text import CELLS_AT_ONCE, NOTHING, coded
from forpass.preprocessing.words import is_short, word_of

__all__ = ["INPUTS", "column_of_series", "column_of_text", "columns_of_frame"]

INPUTS = "a DataFrame (pandas, polars, pyarrow), a dict of columns, a list of records or a 2-D array"


def columns_of_frame(frame: Any) -> Unread:
    """Return the names of a frame's columns, and what reads each.

    Raises
    ------
    TableError
        For something that is no frame.
    """
    try:
        eager: Any = nw.from_native(frame, eager_only=True)
    except nw.exceptions.DuplicateError as error:
        twice = str(error).split("'")[1] if "'" in str(error) else str(error)
        raise TableError(f"two columns are called {twice!r}; rename one of them") from None
    except TypeError:
        lazy = "LazyFrame" in type(frame).__name__ or "Relation" in type(frame).__name__
        remedy = "collect it first" if lazy else f"give {INPUTS}"
        raise TableError(f"a {type(frame).__qualname__} is no table; {remedy}") from None
    named = [(str(series.name), series) for series in eager.iter_columns()]
    return [(name, partial(_of_series, name, series)) for name, series in named]


def column_of_series(name: str, series: Any) -> Column | None:
    """Turn a series into a column; None where it is none."""
    known: Any = nw.from_native(series, series_only=True, pass_through=True)
    return _of_series(name, known) if isinstance(known, nw.Series) else None


def _of_series(name: str, series: Any) -> Column:
    """Turn a narwhals Series into a column; by its type, so that nothing is looked at cell by cell."""
    dtype = series.dtype
    if dtype == nw.String:
        return column_of_text(series.to_native())
    missing = int(series.null_count())
    if missing == len(series) and not dtype.is_numeric():
        return Column("text", np.full(len(series), NOTHING, dtype=np.int32), [])
    if dtype.is_integer():
        return _of_integers(series, missing)
    if dtype == nw.Decimal and _is_long(series):
        return column_of_objects(name, series.to_list())
    if (kind := str(dtype).lower()) in ("float32", "float16"):
        return Column("float", np.asarray(series.to_numpy(), dtype=kind))
    if dtype.is_numeric():
        return Column("float", np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64))
    if dtype == nw.Boolean:
        kept = series.cast(nw.Float32) if missing else series
        return Column("boolean", np.asarray(kept.to_numpy(), dtype=np.float32 if missing else np.bool_))
    if dtype in (nw.Date, nw.Datetime):
        zones = "all" if getattr(dtype, "time_zone", None) else ""
        return Column("date", _days(series.dt.timestamp("us")), zones=zones)
    if dtype == nw.Duration:
        return Column("float", _days(series.dt.total_microseconds()))
    if dtype in (nw.Categorical, nw.Enum):
        return _of_category(series)
    if dtype in (nw.Object, nw.Time):
        return column_of_objects(name, series.to_list(), series.is_null().to_numpy())
    if dtype == nw.Unknown:
        return _of_pandas(name, series.to_native())
    return RefusedColumn(name, f"values of the type {type(dtype).__name__}", len(series))


def _of_pandas(name: str, series: Any) -> Column:
    """Turn what only pandas has into a column: sparse ones filled up, periods as their first day."""
    kind = str(getattr(series, "dtype", type(series).__name__))
    if kind.startswith("Sparse"):
        return _of_series(name, nw.from_native(series.sparse.to_dense(), series_only=True))
    if kind.startswith("period"):
        return _of_series(name, nw.from_native(series.dt.to_timestamp(), series_only=True))
    return RefusedColumn(name, f"values of the type {kind}", len(series))


def _is_long(series: Any) -> bool:
    """Whether decimals are too long for a number of the processor."""
    values = np.abs(np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64))
    return bool((values >= EXACT).any())


def _of_integers(series: Any, missing: int) -> Column:
    """Keep whole numbers in a type that holds each of them exactly."""
    if not missing and series.dtype not in (nw.Int128, nw.UInt128):
        return Column("integer", series.to_numpy())
    if missing == len(series) or max(-int(series.min()), int(series.max())) <= EXACT:
        return Column("integer", np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64))
    cells = without(series.to_list(), series.is_null().to_numpy())
    return column_of_long_numbers([None if cell is None else int(cell) for cell in cells])


def column_of_text(series: Any) -> Column:
    """Turn a series of text into a column; that of pandas finds out itself which words are different."""
    if hasattr(series, "factorize"):
        places, different = series.factorize()  # in the order in which they first appear; -1: missing
        code, words, gaps = coded([different.tolist()], len(different))
        return Column("text", np.append(code, np.int32(NOTHING))[places], words, gaps=gaps)
    codes, words, gaps = coded(_cells(nw.from_native(series, series_only=True)), len(series))
    return Column("text", codes, words, gaps=gaps)


def _of_category(series: Any) -> Column:
    """Turn a series of categories into a column of words, with what they stand for where that is no text."""
    native = series.to_native()
    if hasattr(native, "cat") and hasattr(native.cat, "categories"):  # of pandas, whose codes are at hand
        codes, categories = native.cat.codes.to_numpy(), _cells_of_index(native.cat.categories)
        used, first = np.unique(codes, return_index=True)
        used = used[np.argsort(first, kind="stable")]  # in the order in which they first appear
        numbered = np.append(np.zeros(len(categories), dtype=np.int32), NOTHING)
        numbered[used[used >= 0]] = np.arange(np.count_nonzero(used >= 0))
        return _categories([categories[code] for code in used if code >= 0], numbered[codes])
    cells = without(series.to_list(), series.is_null().to_numpy())
    different = [cell for cell in dict.fromkeys(cells) if cell is not None]
    short = _type_of_dictionary(native)
    number: dict[Any, int] = {cell: i for i, cell in enumerate(different)} | {None: NOTHING}
    different = [short(cell) for cell in different] if short else different
    return _categories(different, np.fromiter(map(number.__getitem__, cells), np.int32, len(cells)))


def _cells_of_index(index: Any) -> list[Any]:
    """Return the categories of pandas; numbers of few digits as NumPy's, which know how many they have."""
    kind = getattr(index.dtype, "numpy_dtype", index.dtype)
    return list(index.to_numpy(kind)) if is_short(kind) else list(index.tolist())


def _type_of_dictionary(native: Any) -> Any:
    """Return the type of the numbers of few digits in a dictionary of pyarrow; None where it holds others."""
    kind = getattr(native, "type", None) or getattr(native.dtype, "pyarrow_dtype", None)
    return {"float": np.float32, "halffloat": np.float16}.get(str(getattr(kind, "value_type", "")))


def _categories(different: list[Any], codes: NDArray[np.int32]) -> Column:
    """Return a column of categories, of which the cells hold the numbers."""
    labels = _labels(different)
    words = [cell if isinstance(cell, str) else word_of(cell) for cell in different]
    code, kept, gaps = coded([words], len(words)) if labels is None else (None, words, [])
    if code is not None and code.tolist() != list(range(len(words))):  # missing words, or one word twice
        codes = np.append(code, np.int32(NOTHING))[codes]
    return Column("category", np.asarray(codes, np.int32), kept, None, labels, gaps)


def _labels(different: list[Any]) -> list[Label] | None:
    """Return whole numbers, numbers or truth values as Python has them; None for something else."""
    types = {type(value) for value in different}
    if all(issubclass(kind, bool | np.bool_) for kind in types):
        return [bool(value) for value in different] or None
    if any(issubclass(kind, bool | np.bool_) for kind in types):
        return None
    if all(issubclass(kind, numbers.Integral) for kind in types):
        return [int(value) for value in different]
    if all(issubclass(kind, numbers.Real) for kind in types):
        return [value if is_short(np.asarray(value).dtype) else float(value) for value in different]
    return None


def _cells(series: Any) -> Iterator[list[str | None]]:
    """Hand out the cells of a series of text, a part at a time; None where one is missing."""
    for start in range(0, len(series), CELLS_AT_ONCE):
        part = series[start : start + CELLS_AT_ONCE]
        cells = part.to_list()
        yield without(cells, part.is_null().to_numpy()) if part.null_count() else cells


def _days(microseconds: Any) -> NDArray[np.float64]:
    values = np.asarray(microseconds.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return np.asarray(values / MICROSECONDS_A_DAY)
