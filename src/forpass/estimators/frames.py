"""X and y of any make, side by side in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.utils import check_array, column_or_1d

from forpass.errors import TableError
from forpass.estimators.categories import values_of_words
from forpass.estimators.plain import require_labels_of_one_type
from forpass.preprocessing import (
    Table,
    are_records,
    missing_words,
    read_columns,
    rows_with_target,
    with_missing,
    without_dashes,
)
from forpass.preprocessing.frames import is_pandas, is_series_of_pandas
from forpass.preprocessing.target_columns import about_gaps
from forpass.sampling.splits import other_rows
from forpass.shown import counted
from forpass.spec.data import is_masked

__all__ = ["Joined", "features_of", "has_names", "joined", "renamed"]


FRAMES = ("RecordBatch", "LazyFrame")
"""Of pyarrow and of polars, no frames to narwhals; `read_columns` takes the one and explains the other."""


class Joined(NamedTuple):
    """Features and targets of the same rows.

    Attributes
    ----------
    table : Table
        Of a sparse X the targets alone.
    names : tuple of str
        Which of its columns are the targets.
    given : tuple of str
        What these were called in y.
    matrix : sparse matrix or None
        X, if it is sparse.
    values : mapping
        What the words of y's categories stand for, where they are dates or durations.
    """

    table: Table
    names: tuple[str, ...]
    given: tuple[str, ...]
    matrix: Any
    values: Mapping[str, Any]


def has_names(X: Any) -> bool:
    """Whether X has named columns: a DataFrame of any make, a dict of columns, records; or is no array."""
    if scipy.sparse.issparse(X):  # one kind of which is a dict
        return False
    if isinstance(X, dict) or is_pandas(X) or type(X).__name__ in FRAMES or are_records(X):
        return True
    if type(X) is np.ndarray or is_series_of_pandas(X):
        return False
    try:
        return isinstance(nw.from_native(X, eager_only=True, pass_through=True), nw.DataFrame)
    except nw.exceptions.DuplicateError:  # which `read_columns` explains
        return True


def features_of(X: Any, missing: Any = None) -> Any:
    """Return X as a `Table`, or as a matrix if it is sparse; `missing` are the words for a missing value.

    Raises
    ------
    ValueError
        As scikit-learn says it, for an array that is no table.
    TableError
        For a frame that cannot be used.
    """
    words = missing_words(missing)
    if has_names(X) or _is_of_text(X) or is_masked(X):  # which scikit-learn would not see
        return with_missing(read_columns(X), words)
    finite = False if scipy.sparse.issparse(X) else "allow-nan"  # of a sparse one the place is named below
    X = check_array(X, dtype=None, accept_sparse="csr", ensure_all_finite=finite, input_name="X")
    if not scipy.sparse.issparse(X):
        return with_missing(read_columns(X), words)
    if X.dtype.kind == "f" and not np.isfinite(X.data).all():
        places = scipy.sparse.coo_array(X)
        rows, columns = places.coords
        bad = np.flatnonzero(~np.isfinite(places.data))
        first = bad[np.lexsort((columns[bad], rows[bad]))[0]]
        raise TableError(
            f"the sparse X holds {places.data[first]} in row {rows[first] + 1}, column {columns[first] + 1} "
            "(both counted from 1), and cannot have missing values; fill it in, or give a table"
        )
    return X


def _is_of_text(array: Any) -> bool:
    """Whether an array holds NumPy's own text (StringDType), of which scikit-learn does not know."""
    return isinstance(array, np.ndarray) and array.dtype.kind == "T"


def renamed(table: Table, names: Sequence[str]) -> Table:
    """Return a table whose columns have other names, by their places."""
    return Table(dict(zip(names, table.columns.values(), strict=True)))


def joined(
    features: Any, y: Any, like: Joined | None = None, missing: Any = None, numbers: bool = False
) -> Joined:
    """Lay features and y side by side.

    Parameters
    ----------
    features : Table or sparse matrix
    y : array-like
        A column, or several.
    like : Joined, optional
        Those of training: the columns of y are found by their names, or else by their places.
    missing : sequence of str, optional
        The words for a missing value; the usual ones when not given.
    numbers : bool
        Whether y holds numbers to predict: a dash among them is a missing one.

    Raises
    ------
    TableError
        For another number of rows, a value that is missing, an array that is no column.
    """
    matrix = features if scipy.sparse.issparse(features) else None
    taken = () if matrix is not None else features.names
    if not numbers:
        require_labels_of_one_type("y", y)
    targets = with_missing(_targets(y), missing_words(missing))
    targets = without_dashes(targets, targets.names, "regression") if numbers else targets
    given = targets.names
    if like is None:
        targets = renamed(targets, [_free(name, taken) for name in given])
    elif len(like.names) != len(given):
        raise TableError(
            f"y has {counted(len(given), 'column')} where the one to learn from has {len(like.names)}"
        )
    else:
        if has_names(y) and set(given) == set(like.given):
            targets = Table({name: targets.columns[name] for name in like.given})
        targets = renamed(targets, like.names)
    n, rows = len(targets), features.shape[0] if matrix is not None else len(features)
    if n != rows:
        raise TableError(
            f"Found input variables with inconsistent numbers of samples: X has {rows}, y has {n}"
        )
    known = rows_with_target(targets, targets.names)
    if len(known) < n:
        gone = other_rows(n, known)
        raise TableError(
            f"Input y contains NaN, or what means it, in row {int(gone[0]) + 1} (rows counted from 1); fill "
            f"it in, or leave such rows out{about_gaps(targets, targets.names, gone)}"
        )
    table = targets if matrix is not None else Table({**features.columns, **targets.columns})
    return Joined(table, targets.names, given, matrix, values_of_words(y))


def _targets(y: Any) -> Table:
    """Read the columns of y."""
    if y is None:
        raise TableError("the estimator requires y to be passed, but the target y is None")
    if has_names(y):
        return read_columns(y)
    if is_series_of_pandas(y) or isinstance(
        nw.from_native(y, series_only=True, pass_through=True), nw.Series
    ):
        return read_columns({str(getattr(y, "name", None) or "target"): y})
    if is_masked(y) or _is_of_text(y):
        array = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    else:
        array = _array(y.toarray() if scipy.sparse.issparse(y) else y)
    if array.ndim == 1:
        return read_columns({"target": array})
    return renamed(read_columns(array), [f"target{j}" for j in range(array.shape[1])])


def _array(y: Any) -> NDArray[Any]:
    array = np.asarray(y)
    if _is_of_text(array):
        return array
    check_array(array, ensure_2d=False, dtype=None, ensure_all_finite="allow-nan", input_name="y")
    if array.ndim not in (1, 2):
        raise TableError(f"y has shape {array.shape}; give a column or several")
    return column_or_1d(array, warn=True) if array.ndim == 2 and array.shape[1] == 1 else array


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a name that X does not have."""
    while name in taken:
        name += "_"
    return name
