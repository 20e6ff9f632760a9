"""Any make of table, read into one plain form: a DataFrame, a dict of columns, records or a 2-D array.

`read_columns` is the only door. The form is described in `table`; no cell of an array or a frame is looked
at by itself unless the type of its column says nothing.
"""

import importlib
import numbers
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.preprocessing.missing import whole_numbers
from forpass.preprocessing.objects import column_of_long_numbers, column_of_objects, without
from forpass.preprocessing.table import EXACT, Column, Label, Table
from forpass.preprocessing.text import CELLS_AT_ONCE, NOTHING, coded
from forpass.preprocessing.words import word_of

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
    return [(str(name), column_of_objects(str(name), [r.get(name) for r in records])) for name in names]


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
        return Column("text", np.full(len(series), NOTHING, dtype=np.int32), [])
    if dtype.is_integer():
        return _of_integers(series, missing)
    if dtype == nw.Decimal and _is_long(series):
        return column_of_objects(name, series.to_list())
    if dtype == nw.Float32:
        return Column("float", np.asarray(series.to_numpy(), dtype=np.float32))
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
    if dtype == nw.String:
        codes, words, gaps = coded(_cells(series), len(series))
        return Column("text", codes, words, gaps=gaps)
    if dtype in (nw.Categorical, nw.Enum):
        return _of_category(series)
    if dtype in (nw.Object, nw.Time):
        return column_of_objects(name, series.to_list(), series.is_null().to_numpy())
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


def _of_category(series: Any) -> Column:
    """Turn a series of categories into a column of words, with what they stand for where that is no text."""
    native = series.to_native()
    if hasattr(native, "cat") and hasattr(native.cat, "categories"):  # of pandas, whose codes are at hand
        codes, categories = native.cat.codes.to_numpy(), native.cat.categories.tolist()
        used, first = np.unique(codes, return_index=True)
        used = used[np.argsort(first, kind="stable")]  # in the order in which they first appear
        numbered = np.append(np.zeros(len(categories), dtype=np.int32), NOTHING)
        numbered[used[used >= 0]] = np.arange(np.count_nonzero(used >= 0))
        return _categories([categories[code] for code in used if code >= 0], numbered[codes])
    cells = without(series.to_list(), series.is_null().to_numpy())
    different = [cell for cell in dict.fromkeys(cells) if cell is not None]
    number: dict[Any, int] = {cell: i for i, cell in enumerate(different)} | {None: NOTHING}
    return _categories(different, np.fromiter(map(number.__getitem__, cells), np.int32, len(cells)))


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
        return [float(str(value)) if isinstance(value, np.float32) else float(value) for value in different]
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


def _of_sequence(name: str, values: Any) -> Column:
    """Turn an array, a list or a Series into a column."""
    if type(values) in (list, tuple):  # not asked what it is: a prediction for one row is not to wait
        return column_of_objects(name, list(values))
    if not isinstance(values, np.ndarray):
        series: Any = nw.from_native(_as_series(values), series_only=True, pass_through=True)
        if isinstance(series, nw.Series):
            return _of_series(name, series)
        if isinstance(values, Sequence) and not isinstance(values, str | bytes):
            return column_of_objects(name, list(values))
        given, values = values, np.asarray(values)  # an array of another library
        if values.ndim == 0:
            raise TableError(
                f"column {name!r} is a {type(given).__name__}; give a list, an array or a Series"
            )
    if values.ndim != 1:
        raise TableError(f"column {name!r} has shape {values.shape}; give one value a row")
    if isinstance(values, np.ma.MaskedArray):
        return _of_masked(name, values)
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
            return column_of_objects(name, values.tolist())
        case "T":  # NumPy's StringDType, which says itself what stands for a missing one
            none = getattr(values.dtype, "na_object", None)
            cells = values.tolist()
            return column_of_objects(
                name, [None if c is none or (c is not c and c != c) else c for c in cells]
            )
    raise TableError(f"column {name!r} has the type {values.dtype}; give numbers, text, true/false or dates")


def _as_series(values: Any) -> Any:
    """Return an Index or an array of pandas, and an array of pyarrow, as what narwhals calls a Series."""
    module = type(values).__module__.partition(".")[0]
    if module == "pandas" and not hasattr(values, "iloc") and hasattr(values, "dtype"):
        return importlib.import_module("pandas").Series(values)
    if module == "pyarrow" and hasattr(values, "to_numpy") and not hasattr(values, "chunks"):
        return importlib.import_module("pyarrow").chunked_array([values])
    return values


def _of_masked(name: str, values: Any) -> Column:
    """Turn a masked array into a column: what is masked is missing."""
    masked = np.ma.getmaskarray(values)
    plain = np.asarray(np.ma.getdata(values))
    if not masked.any():
        return _of_sequence(name, plain)
    if plain.dtype.kind not in "iufb":
        # of what lies below a mask nothing is known, nor whether it can be read
        filled = plain.astype(plain.dtype if plain.dtype.kind in "mM" else object)
        filled[masked] = np.array("NaT", plain.dtype) if plain.dtype.kind in "mM" else None
        return _of_sequence(name, filled)
    if plain.dtype.kind in "iu":
        return whole_numbers(plain, masked)
    single = plain.dtype.kind == "b" or plain.dtype.itemsize <= 4
    present = plain.astype(np.float32 if single else np.float64)
    return Column("boolean" if plain.dtype.kind == "b" else "float", np.where(masked, np.nan, present))
