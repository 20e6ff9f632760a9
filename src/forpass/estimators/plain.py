"""Arrays of any make as scikit-learn can check them, with the values and types that they had."""

from __future__ import annotations

import datetime
from contextlib import suppress
from numbers import Integral, Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.preprocessing.frames import is_pandas
from forpass.spec.data import is_masked

__all__ = ["plain_array", "plain_labels", "require_labels_of_one_type"]


def plain_array(name: str, array: Any) -> Any:
    """Return what scikit-learn can check: NumPy's own text (StringDType) as objects.

    Raises
    ------
    DataError
        For a masked array, of which some values are masked: they would be taken as if they were not.
    """
    if is_masked(array) and np.ma.is_masked(array):
        raise DataError(
            f"{name} is a masked array with missing values; fill them in with .filled(...), or leave "
            "such rows out"
        )
    return array.astype(object) if isinstance(array, np.ndarray) and array.dtype.kind == "T" else array


def plain_labels(name: str, labels: Any) -> Any:
    """Return labels as scikit-learn can check them, in the type of the values themselves.

    Of what only pandas has (nullable numbers and truth values, categories of them) scikit-learn makes
    numbers with a point, and of numbers and truth values among Python objects nothing.

    Raises
    ------
    DataError
        For a masked array, and for text beside labels of another type.
    """
    labels = plain_array(name, labels)
    require_labels_of_one_type(name, labels)
    if is_pandas(labels) and labels.shape[1] == 1:
        return np.asarray(plain_labels(name, labels.iloc[:, 0]))[:, None]
    if _is_of_pandas_alone(labels) and not labels.isna().any():
        labels = np.asarray(labels, dtype=getattr(labels.dtype, "numpy_dtype", None))
    if getattr(labels, "dtype", None) == np.dtype(object) and labels.ndim == 1:
        return _of_one_type(np.asarray(labels))
    return labels


def _is_of_pandas_alone(labels: Any) -> bool:
    """Whether labels are a column of a type that pandas has and NumPy has not."""
    kind = getattr(labels, "dtype", None)
    return type(kind).__module__.partition(".")[0] == "pandas" and getattr(labels, "ndim", 0) == 1


def _of_one_type(labels: NDArray[Any]) -> NDArray[Any]:
    """Return objects that are all truth values, all whole numbers or all numbers as an array of those."""
    types: set[Any] = set(map(type, labels.tolist()))
    for kind, of_numpy in ((bool | np.bool_, np.bool_), (Integral, np.int64), (float, np.float64)):
        if types and all(issubclass(t, kind) and (kind is not Integral or t is not bool) for t in types):
            with suppress(OverflowError):  # whole numbers beyond 64 bits stay objects
                return labels.astype(of_numpy)
    return labels


def require_labels_of_one_type(name: str, labels: Any) -> None:
    """Refuse text among labels of another type: as an array all would be text, and 1 would come back as "1".

    Raises
    ------
    DataError
    """
    of_objects = getattr(labels, "dtype", None) == np.dtype(object) and labels.ndim == 1
    values = labels if isinstance(labels, list | tuple) else labels.tolist() if of_objects else []
    types = set(map(type, values))
    if len(types) < 2 or not any(issubclass(kind, str) for kind in types):
        return
    text = next(value for value in values if isinstance(value, str))
    others = (v for v in values if isinstance(v, Number | np.bool_ | datetime.date) and v == v)  # no NaN
    for other in others:
        raise DataError(
            f"{name} holds labels of several types, such as {text!r} and {other!r}; give all of one type, "
            "for instance as text: [str(label) for label in y]"
        )
