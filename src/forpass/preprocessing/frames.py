"""Any make of table, read into one plain form: a DataFrame, a dict of columns, records or a 2-D array.

`read_columns` is the only door. The form is described in `table`; no cell of an array or a frame is looked
at by itself unless the type of its column says nothing.
"""

import datetime
import decimal
import importlib
import numbers
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.preprocessing.dates import day_number
from forpass.preprocessing.table import EXACT, Column, Table
from forpass.preprocessing.text import CELLS_AT_ONCE, coded

__all__ = ["are_records", "is_pandas", "read_columns"]

MICROSECONDS_A_DAY = 86_400_000_000

INPUTS = "a DataFrame (pandas, polars, pyarrow), a dict of columns, a list of records or a 2-D array"


def read_columns(frame: object) -> Table:
    """Read a table of any make into plain columns.

    Parameters
    ----------
    frame : DataFrame, dict, list of dict, ndarray (n, d) or Table
        Anything eager that narwhals understands (pandas, polars, pyarrow ...), a dict of columns, a list
        of records, what lacks in one of which is missing, or a 2-D array, whose columns are then called
        ``x0``, ``x1`` ... A `Table` is handed back as it is.

    Returns
    -------
    Table
        The caller's data is not written to; where it fits, its memory is shared.

    Raises
    ------
    TableError
        For no rows, no columns, a name that stands twice, columns of unequal length, a column of lists
        or structures, or something that is no table.

    Examples
    --------
    >>> table = read_columns({"age": [31, None, 54], "sex": ["f", "m", "f"]})
    >>> table.columns["age"].kind, table.columns["age"].values.tolist()
    ('integer', [31.0, nan, 54.0])
    """
    if isinstance(frame, Table):
        return frame
    if isinstance(frame, np.ndarray):
        named = _of_array(frame)
    elif isinstance(frame, Mapping):
        named = [(str(name), _of_sequence(str(name), values)) for name, values in frame.items()]
    elif are_records(frame):
        named = _of_records(frame)
    else:
        named = _of_frame(frame)
    return _checked(named)


def are_records(frame: object) -> TypeGuard[Sequence[Mapping[Any, Any]]]:
    """Whether this is a list that begins with a record: a dict of one row."""
    return isinstance(frame, list | tuple) and bool(frame) and isinstance(frame[0], Mapping)


def _of_records(records: Sequence[Mapping[Any, Any]]) -> list[tuple[str, Column]]:
    """Make a column of each name that any record has."""
    for row, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise TableError(
                f"record {row:,} is a {type(record).__name__} where a dict is meant, as the first one is"
            )
    names = dict.fromkeys(name for record in records for name in record)
    return [(str(name), _of_objects(str(name), [r.get(name) for r in records])) for name in names]


def _checked(named: Sequence[tuple[str, Column]]) -> Table:
    """Refuse what cannot be a table: no columns, no rows, a name twice, unequal lengths."""
    if not named:
        raise TableError("the table has no columns; give at least one column to learn from")
    columns: dict[str, Column] = {}
    first, rows = named[0][0], len(named[0][1])
    for name, column in named:
        if name in columns:
            raise TableError(f"two columns are called {name!r}; rename one of them")
        if len(column) != rows:
            raise TableError(
                f"column {name!r} has {len(column)} rows where {first!r} has {rows}; "
                "give columns of one length"
            )
        columns[name] = column
    if rows == 0:
        names = ", ".join(list(columns)[:8])
        raise TableError(f"the table has no rows, only the column names {names}; give at least one row")
    return Table(columns)


def _of_array(array: NDArray[Any]) -> list[tuple[str, Column]]:
    if array.ndim != 2:
        raise TableError(f"an array of shape {array.shape} is no table; give one of shape (rows, columns)")
    return [(f"x{j}", _of_sequence(f"x{j}", array[:, j])) for j in range(array.shape[1])]


def _of_frame(frame: Any) -> list[tuple[str, Column]]:
    if is_pandas(frame) and frame.columns.is_unique:
        return _of_pandas_frame(frame)
    if type(frame).__name__ == "RecordBatch":  # of pyarrow: a piece of one of its tables
        frame = importlib.import_module("pyarrow").Table.from_batches([frame])
    try:
        eager: Any = nw.from_native(frame, eager_only=True)
    except nw.exceptions.DuplicateError as error:
        twice = str(error).split("'")[1] if "'" in str(error) else str(error)
        raise TableError(f"two columns are called {twice!r}; rename one of them") from None
    except TypeError:
        lazy = "LazyFrame" in type(frame).__name__ or "Relation" in type(frame).__name__
        remedy = "collect it first" if lazy else f"give {INPUTS}"
        raise TableError(f"a {type(frame).__qualname__} is no table; {remedy}") from None
    return [(str(series.name), _of_series(str(series.name), series)) for series in eager.iter_columns()]


def is_pandas(frame: object) -> bool:
    """Whether it is pandas' own DataFrame."""
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and type(frame) is pandas.DataFrame


def _of_pandas_frame(frame: Any) -> list[tuple[str, Column]]:
    """Turn a DataFrame of pandas into columns; those of NumPy's numbers are taken as they lie there.

    To make a Series of each and ask narwhals what it is takes longer than to learn from it.
    """
    names, kinds = [str(name) for name in frame.columns], list(frame.dtypes)
    if kinds and all(kind == kinds[0] for kind in kinds) and _is_plain(kinds[0]):
        array = frame.to_numpy()
        return [(name, _of_sequence(name, array[:, j])) for j, name in enumerate(names)]
    named = []
    for j, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        series = frame.iloc[:, j]
        if _is_plain(kind):
            named.append((name, _of_sequence(name, series.to_numpy())))
        else:
            named.append((name, _of_series(name, nw.from_native(series, series_only=True))))
    return named


def _is_plain(kind: Any) -> bool:
    """Whether NumPy's numbers of a type are a column as they are."""
    return isinstance(kind, np.dtype) and (kind.kind in "iub" or kind in (np.float32, np.float64))


def _of_series(name: str, series: Any) -> Column:
    """Turn a narwhals Series into a column; by its type, so that nothing is looked at cell by cell."""
    dtype = series.dtype
    missing = int(series.null_count())
    if missing == len(series) and not dtype.is_numeric():
        return Column("text", np.full(len(series), -1, dtype=np.int32), [])
    if dtype.is_integer():
        return _of_integers(series, missing)
    if dtype == nw.Float32:
        return Column("float", np.asarray(series.to_numpy(), dtype=np.float32))
    if dtype.is_numeric():
        return Column("float", np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64))
    if dtype == nw.Boolean:
        kept = series.cast(nw.Float32) if missing else series
        return Column("boolean", np.asarray(kept.to_numpy(), dtype=np.float32 if missing else np.bool_))
    if dtype in (nw.Date, nw.Datetime):
        return Column("date", _days(series.dt.timestamp("us")))
    if dtype == nw.Duration:
        return Column("float", _days(series.dt.total_microseconds()))
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        codes, words = coded(_cells(series, as_text=dtype != nw.String), len(series))
        return Column("text" if dtype == nw.String else "category", codes, words)
    if dtype in (nw.Object, nw.Time):
        return _of_objects(name, series.to_list(), series.is_null().to_numpy())
    if dtype == nw.Unknown:
        return _of_pandas(name, series.to_native())
    raise TableError(
        f"column {name!r} holds {dtype}, which is no single value a row; take it apart or leave it out"
    )


def _of_pandas(name: str, series: Any) -> Column:
    """Turn what only pandas has into a column: sparse ones filled up, periods as their first day."""
    kind = str(getattr(series, "dtype", type(series).__name__))
    if kind.startswith("Sparse"):
        return _of_series(name, nw.from_native(series.sparse.to_dense(), series_only=True))
    if kind.startswith("period"):
        return _of_series(name, nw.from_native(series.dt.to_timestamp(), series_only=True))
    raise TableError(f"column {name!r} holds {kind}, which cannot be used; convert it or leave it out")


def _of_integers(series: Any, missing: int) -> Column:
    """Keep whole numbers in a type that holds each of them exactly."""
    if not missing and series.dtype not in (nw.Int128, nw.UInt128):
        return Column("integer", series.to_numpy())
    if missing == len(series) or max(-int(series.min()), int(series.max())) <= EXACT:
        return Column("integer", np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64))
    return _text([None if v is None else str(v) for v in series.to_list()])


def _cells(series: Any, as_text: bool) -> Iterator[list[str | None]]:
    """Hand out the cells of a series of text, a part at a time; None where one is missing."""
    for start in range(0, len(series), CELLS_AT_ONCE):
        part = series[start : start + CELLS_AT_ONCE]
        cells = part.to_list()
        if part.null_count():
            cells = _without(cells, part.is_null().to_numpy())
        yield [None if cell is None else str(cell) for cell in cells] if as_text else cells


def _days(microseconds: Any) -> NDArray[np.float64]:
    values = np.asarray(microseconds.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return np.asarray(values / MICROSECONDS_A_DAY)


def _of_sequence(name: str, values: Any) -> Column:
    """Turn an array, a list or a Series into a column."""
    if type(values) in (list, tuple):  # not asked what it is: a prediction for one row is not to wait
        return _of_objects(name, list(values))
    if not isinstance(values, np.ndarray):
        series: Any = nw.from_native(values, series_only=True, pass_through=True)
        if isinstance(series, nw.Series):
            return _of_series(name, series)
        if isinstance(values, Sequence) and not isinstance(values, str | bytes):
            return _of_objects(name, list(values))
        given, values = values, np.asarray(values)  # an Index of pandas, an array of another library
        if values.ndim == 0:
            raise TableError(
                f"column {name!r} is a {type(given).__name__}; give a list, an array or a Series"
            )
    if values.ndim != 1:
        raise TableError(f"column {name!r} has shape {values.shape}; give one value a row")
    match values.dtype.kind:
        case "i" | "u":
            return Column("integer", values)
        case "f":
            single = values.dtype.itemsize <= 4
            return Column("float", values.astype(np.float32 if single else np.float64, copy=False))
        case "b":
            return Column("boolean", values)
        case "M" | "m":
            unit = f"{values.dtype.kind}8[us]"
            days = values.astype(unit).astype(np.float64) / MICROSECONDS_A_DAY
            kind = "date" if values.dtype.kind == "M" else "float"
            return Column(kind, np.where(np.isnat(values), np.nan, days))
        case "U" | "O":
            return _of_objects(name, values.tolist())
    raise TableError(f"column {name!r} has the type {values.dtype}; give numbers, text, true/false or dates")


def _of_objects(name: str, values: list[Any], missing: NDArray[np.bool_] | None = None) -> Column:
    """Find out from Python objects what a column holds; `missing` marks what the table calls null."""
    if missing is not None and missing.any():
        values = _without(values, missing)
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
            return _numbers("float", values, np.float64)
    if all(issubclass(t, datetime.date) for t in types):
        return _numbers("date", [None if v is None else day_number(v) for v in values], np.float64)
    for value in values:
        if isinstance(value, list | tuple | dict | set | np.ndarray | bytes):
            raise TableError(
                f"column {name!r} holds a {type(value).__name__}, which is no single value a row; "
                "take it apart or leave it out"
            )
    return _text([None if v is None else str(v) for v in values])


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | datetime.date) and bool(value != value)


def _without(values: list[Any], missing: NDArray[np.bool_]) -> list[Any]:
    return [None if gone else value for value, gone in zip(values, missing.tolist(), strict=True)]


def _text(values: list[str | None]) -> Column:
    return Column("text", *coded([values], len(values)))


def _numbers(kind: str, values: list[Any], dtype: Any) -> Column:
    if None not in values:
        try:
            return Column(kind, np.array(values, dtype=dtype))
        except OverflowError:  # whole numbers beyond 64 bits
            pass
    if kind == "integer" and any(v is not None and abs(int(v)) > EXACT for v in values):
        return _text([None if v is None else str(v) for v in values])
    return Column(kind, np.array([np.nan if v is None else float(v) for v in values], dtype=np.float64))
