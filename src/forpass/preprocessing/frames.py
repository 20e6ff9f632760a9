"""Any make of table, read into one plain form: a DataFrame, a dict of columns, records or a 2-D array.

`read_columns` is the only door. The form is described in `table`; no cell of an array or a frame is looked
at by itself unless the type of its column says nothing.
"""

import importlib
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.forks import imported
from forpass.preprocessing.missing import whole_numbers
from forpass.preprocessing.objects import column_of_objects
from forpass.preprocessing.table import MICROSECONDS_A_DAY, Column, RefusedColumn, Table, Unread
from forpass.preprocessing.text import CELLS_AT_ONCE, coded
from forpass.shown import counted, one
from forpass.spec.data import is_masked

__all__ = ["are_records", "column_of_cell", "is_pandas", "is_series_of_pandas", "read_columns"]

FLOATS = {2: np.float16, 4: np.float32}
"""By their bytes, floats that a column keeps as they are; others become float64."""


def read_columns(frame: object, only: Collection[str] | None = None) -> Table:
    """Read a table of any make into plain columns.

    Parameters
    ----------
    frame : DataFrame, dict, list of dict, ndarray (n, d) or Table
        Anything eager that narwhals understands (pandas, polars, pyarrow ...), a dict of columns, a list
        of records, what lacks in one of which is missing, or a 2-D array, whose columns are then called
        ``x0``, ``x1`` ... A `Table` is handed back as it is.
    only : collection of str, optional
        The columns to read, if the table has all of them: the others may then hold anything. If one is
        missing, all are read, so that messages can say which there are.

    Returns
    -------
    Table
        The caller's data is not written to; where it fits, its memory is shared.

    Raises
    ------
    TableError
        For no rows, no columns, a name that stands twice, columns of unequal length, or something that is
        no table. A column of lists or structures is refused when it is looked at: see `RefusedColumn`.

    Examples
    --------
    >>> table = read_columns({"age": [31, None, 54], "sex": ["f", "m", "f"]})
    >>> table.columns["age"].kind, table.columns["age"].values.tolist()
    ('integer', [31.0, nan, 54.0])
    >>> read_columns({"age": [31, None], "tags": [["a"], []]}, only=["age"]).names
    ('age',)
    """
    imported("numpy.ma")  # np.unique would import it in the middle of the work, where no fork waits for it
    if isinstance(frame, Table):
        return frame
    if isinstance(frame, np.ndarray):
        unread = _of_array(frame)
    elif isinstance(frame, Mapping):
        unread = [(str(name), partial(_of_sequence, str(name), values)) for name, values in frame.items()]
    elif are_records(frame):
        unread = _of_records(frame)
    else:
        unread = _of_frame(frame)
    names = {name for name, _ in unread}
    wanted = names if only is None or not names.issuperset(only) else set(only)
    return _checked([(name, read()) for name, read in unread if name in wanted])


def column_of_cell(name: str, cell: Any) -> Column:
    """Return a column of a single row: what `read_columns` makes of a dict with a list of that cell."""
    return column_of_objects(name, [cell])


def are_records(frame: object) -> TypeGuard[Sequence[Mapping[Any, Any]]]:
    """Whether this is a list that begins with a record: a dict of one row."""
    return isinstance(frame, list | tuple) and bool(frame) and isinstance(frame[0], Mapping)


def _of_records(records: Sequence[Mapping[Any, Any]]) -> Unread:
    """Name each column that any record has."""
    for row, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise TableError(
                f"record {row:,} is {one(type(record).__name__)} where a dict is meant, as the first one is"
            )
    names = dict.fromkeys(name for record in records for name in record)
    return [(str(name), partial(_of_cells, records, name)) for name in names]


def _of_cells(records: Sequence[Mapping[Any, Any]], name: Any) -> Column:
    """Make a column of what the records have by a name."""
    return column_of_objects(str(name), [record.get(name) for record in records])


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
                f"column {name!r} has {counted(len(column), 'row')} where {first!r} has {rows}; "
                "give columns of one length"
            )
        columns[name] = column
    if rows == 0:
        names = ", ".join(list(columns)[:8])
        raise TableError(f"the table has no rows, only the column names {names}; give at least one row")
    return Table(columns)


def _of_array(array: NDArray[Any]) -> Unread:
    if array.ndim != 2:
        raise TableError(f"an array of shape {array.shape} is no table; give one of shape (rows, columns)")
    return [(f"x{j}", partial(_of_sequence, f"x{j}", array[:, j])) for j in range(array.shape[1])]


def _of_frame(frame: Any) -> Unread:
    if is_pandas(frame) and frame.columns.is_unique:
        return _of_pandas_frame(frame)
    if _is_polars(frame):
        return [(series.name, partial(_of_polars, series)) for series in frame.iter_columns()]
    if type(frame).__name__ == "RecordBatch":  # of pyarrow: a piece of one of its tables
        frame = importlib.import_module("pyarrow").Table.from_batches([frame])
    columns: Unread = _by_narwhals().columns_of_frame(frame)
    return columns


def _by_narwhals() -> ModuleType:
    """Return what reads frames and series of others; rows, lists and arrays do without, and wait for less."""
    from forpass.preprocessing import series

    return series


def is_pandas(frame: object) -> bool:
    """Whether it is pandas' own DataFrame; there is none where another thread imports pandas just now."""
    return type(frame) is getattr(sys.modules.get("pandas"), "DataFrame", None)


def _of_pandas_frame(frame: Any) -> Unread:
    """Turn a DataFrame of pandas into columns; those of NumPy's numbers are taken as they lie there.

    To make a Series of each and ask narwhals what it is takes longer than to learn from it.
    """
    names, kinds = [str(name) for name in frame.columns], list(frame.dtypes)
    if kinds and all(kind == kinds[0] for kind in kinds) and _is_plain(kinds[0]):
        array = frame.to_numpy()
        return [(name, partial(_of_sequence, name, array[:, j])) for j, name in enumerate(names)]
    several = zip(names, frame.items(), strict=True)
    return [(name, partial(_of_pandas, name, series)) for name, (_, series) in several]


def _of_pandas(name: str, series: Any) -> Column:
    """Turn a Series of pandas into a column; narwhals is asked only of what may be anything."""
    if _is_plain(series.dtype):
        return _of_sequence(name, series.to_numpy())
    if isinstance(series.dtype, sys.modules["pandas"].StringDtype):
        return _by_narwhals().column_of_text(series)  # type: ignore[no-any-return]
    return _by_narwhals().column_of_series(name, series)  # type: ignore[no-any-return]


def _is_polars(frame: object) -> bool:
    """Whether it is polars' own DataFrame."""
    return type(frame) is getattr(sys.modules.get("polars"), "DataFrame", None)


def _of_polars(series: Any) -> Column:
    """Turn a Series of polars into a column; narwhals is loaded only for what a file of text seldom holds."""
    kind, missing = str(series.dtype), series.null_count()
    if kind == "String":
        starts = range(0, len(series), CELLS_AT_ONCE)
        codes, words, gaps = coded((series[i : i + CELLS_AT_ONCE].to_list() for i in starts), len(series))
        return Column("text", codes, words, gaps=gaps)
    if kind in ("Float16", "Float32", "Float64"):
        return Column("float", series.to_numpy())  # NaN where nothing stands
    if kind in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64") and not missing:
        return Column("integer", series.to_numpy())
    if kind == "Boolean" and not missing:
        return Column("boolean", series.to_numpy())
    return _by_narwhals().column_of_series(series.name, series)  # type: ignore[no-any-return]


def is_series_of_pandas(series: object) -> bool:
    """Whether it is pandas' own Series."""
    return type(series) is getattr(sys.modules.get("pandas"), "Series", None)


def _is_plain(kind: Any) -> bool:
    """Whether NumPy's numbers of a type are a column as they are."""
    return isinstance(kind, np.dtype) and (kind.kind in "iub" or kind in (np.float16, np.float32, np.float64))


def _of_sequence(name: str, values: Any) -> Column:
    """Turn an array, a list or a Series into a column."""
    if type(values) in (list, tuple):  # not asked what it is: a prediction for one row is not to wait
        return column_of_objects(name, list(values))
    if is_series_of_pandas(values):
        return _of_pandas(name, values)
    if not isinstance(values, np.ndarray):
        column: Column | None = _by_narwhals().column_of_series(name, _as_series(values))
        if column is not None:
            return column
        if isinstance(values, Sequence) and not isinstance(values, str | bytes):
            return column_of_objects(name, list(values))
        given, values = values, np.asarray(values)  # an array of another library
        if values.ndim == 0:
            raise TableError(
                f"column {name!r} is {one(type(given).__name__)}; give a list, an array or a Series"
            )
    if values.ndim == 0:
        raise TableError(f"column {name!r} has shape (); give one value a row")
    if values.ndim > 1:
        return RefusedColumn(name, f"an array of shape {values.shape[1:]} in each row", len(values))
    if is_masked(values):
        return _of_masked(name, values)
    match values.dtype.kind:
        case "i" | "u":
            return Column("integer", values)
        case "f":
            return Column("float", values.astype(FLOATS.get(values.dtype.itemsize, np.float64), copy=False))
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
    return RefusedColumn(name, f"values of the type {values.dtype.name}", len(values))


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
    single = np.float32 if plain.dtype.kind == "b" else FLOATS.get(plain.dtype.itemsize, np.float64)
    present = plain.astype(single)
    return Column("boolean" if plain.dtype.kind == "b" else "float", np.where(masked, np.nan, present))
