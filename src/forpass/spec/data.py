"""Data: the arrays an engine is given. Four fields, fixed from the first day."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.shown import counted

__all__ = ["FLOATS", "Data", "is_masked", "is_sparse", "require_data", "require_sparse", "require_unmasked"]

FLOATS = np.dtype(np.float64), np.dtype(np.float32)
"""What numbers may be; anything else becomes the first. Networks compute in the type of X."""

FEW = 4096
"""Numbers of which the sum of squares is found sooner, and on one thread, than the least and the largest."""

FLOAT32_END = 2.0**128 - 2.0**103
"""The first number that float32 rounds to infinity."""


@dataclass(frozen=True, eq=False)
class Data:
    """Examples as arrays; row i of each belongs to example i.

    Parameters
    ----------
    numbers : array or scipy.sparse.csr_array of shape (n, d)
        Features, float32 or float64. Anything else becomes float64.
    codes : int32 array of shape (n, c), optional
        Categories for embeddings, numbered from 0 in each column.
    targets : array of shape (n,) or (n, k), optional
        Class numbers, int64 (n,), for softmax; otherwise float (n, k): values to regress on, 0 or 1
        for each of k labels, or k probabilities. A float (n,) becomes (n, 1).
    weights : float array of shape (n,), optional
        How much each example counts; none means 1 each. Not negative.

    Raises
    ------
    DataError
        When lengths differ, or a value is not finite, or a weight is negative.

    Examples
    --------
    >>> data = Data([[0.0, 1.0], [1.0, 1.0]], targets=[1, 0])
    >>> data.n_rows, data.n_features, data.targets.dtype.name
    (2, 2, 'int64')
    """

    numbers: Any
    codes: NDArray[np.int32] | None = None
    targets: NDArray[Any] | None = None
    weights: NDArray[Any] | None = None
    beyond_float32: str = field(init=False, repr=False, default="")
    """A number among them that is infinite in float32, as a message names it; "" where there is none."""

    def __post_init__(self) -> None:
        found = {"numbers": _numbers(self.numbers)}
        if self.codes is not None:
            object.__setattr__(self, "codes", _codes(self.codes))
        if self.targets is not None:
            found["targets"] = _targets(self.targets)
        if self.weights is not None:
            found["weights"] = _weights(self.weights)
        beyond = ""
        for name, array in found.items():
            beyond = beyond or _require_finite(name, array)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "beyond_float32", beyond)
        if self.weights is not None and self.weights.size and self.weights.min() < 0:
            raise DataError(f"weights must not be negative; the smallest is {self.weights.min():g}")
        n = self.numbers.shape[0]
        for name in ("codes", "targets", "weights"):
            array = getattr(self, name)
            if array is not None and array.shape[0] != n:
                raise DataError(f"{name} has {array.shape[0]} rows but numbers has {n}; they must be equal")

    def __repr__(self) -> str:
        parts = {"features": self.n_features, "codes": 0 if self.codes is None else self.codes.shape[1]}
        held = [f"{count} {name}" for name, count in parts.items() if count or name == "features"]
        held += [] if self.targets is None else [f"targets {self.targets.dtype} {self.targets.shape}"]
        held += [] if self.weights is None else ["weights"]
        return f"<Data of {counted(self.n_rows, 'row')}: {', '.join(held)}>"

    @property
    def n_rows(self) -> int:
        """Number of examples, n."""
        return int(self.numbers.shape[0])

    @property
    def n_features(self) -> int:
        """Number of numerical features, d."""
        return int(self.numbers.shape[1])

    def rows(self, index: NDArray[Any] | slice) -> Data:
        """Return the examples that `index` selects, in its order."""
        return Data(
            self.numbers[index],
            None if self.codes is None else self.codes[index],
            None if self.targets is None else self.targets[index],
            None if self.weights is None else self.weights[index],
        )

    def truth(self, index: NDArray[Any] | slice) -> Data:
        """Return targets and weights of the examples that `index` selects, and no features.

        Features are most of what a table takes in memory, and figures need none.
        """
        return Data(
            np.empty((self.n_rows, 0), np.float32)[index],
            None,
            None if self.targets is None else self.targets[index],
            None if self.weights is None else self.weights[index],
        )


def require_data(what: str, given: Any) -> None:
    """Refuse what is not `Data`: a table or an array is the likeliest mistake.

    Raises
    ------
    DataError
    """
    if not isinstance(given, Data):
        raise DataError(
            f"{what} must be Data; got {type(given).__name__}. Give Data(X, targets=y); of a table what "
            "preprocessing.encode(table, with_targets=True) makes of it, or train_table(table, target)"
        )


def is_sparse(value: Any) -> bool:
    """Whether this is a sparse matrix of SciPy, which is not loaded for that: who has one has loaded it."""
    issparse = _loaded("scipy.sparse", "issparse")
    return issparse is not None and bool(issparse(value))


def is_masked(value: Any) -> bool:
    """Whether this is a masked array, of which NumPy loads the module when it is first named."""
    is_masked_array = _loaded("numpy.ma", "isMaskedArray")
    return is_masked_array is not None and bool(is_masked_array(value))


def require_unmasked(name: str, value: Any) -> None:
    """Refuse a masked array: what lies below its mask would count as if it were not masked.

    Raises
    ------
    DataError
    """
    if type(value) is not np.ndarray and is_masked(value):  # a masked array is of a class of its own
        raise DataError(f"{name} is a masked array; fill in what is masked first, with .filled(...)")


def _loaded(module: str, name: str) -> Any:
    """Return what a module calls so; None where it is not loaded, or by another thread just now."""
    return getattr(sys.modules.get(module), name, None)


def _numbers(value: Any) -> Any:
    if not isinstance(value, np.ndarray) and is_sparse(value):
        from scipy.sparse import csr_array

        if value.dtype.kind not in "biuf":
            _plain("numbers", value.data)  # refuses complex ones
            raise DataError(f"numbers must be numbers; got a sparse matrix of {value.dtype}")
        value = csr_array(value)
        require_sparse(value)
        return value if value.dtype in FLOATS else value.astype(np.float64)
    array = _plain("numbers", value)
    if array.dtype not in FLOATS:
        array = _as_float("numbers", array)
    if array.ndim != 2:
        raise DataError(
            f"numbers must have shape (examples, features); got {array.ndim} dimension(s). "
            "For one feature use X[:, None], for one example X[None, :]"
        )
    return array


def require_sparse(matrix: Any) -> None:
    """Refuse a sparse matrix that names columns which are not there: they would be read all the same.

    Raises
    ------
    DataError
    """
    try:
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise DataError(f"numbers is a sparse matrix whose indices are wrong: {error}") from None


def _codes(value: Any) -> NDArray[np.int32]:
    array = _plain("codes", value)
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise DataError(
            f"codes must be whole numbers of shape (examples, columns); got {array.dtype} {array.shape}"
        )
    if array.size and array.min() < 0:
        raise DataError(f"codes must count from 0; the smallest is {array.min()}")
    if array.size and array.max() > np.iinfo(np.int32).max:
        raise DataError(
            f"codes must be below 2**31; the largest is {array.max()}. Number the categories 0, 1, 2, ..."
        )
    return array.astype(np.int32, copy=False)


def _targets(value: Any) -> NDArray[Any]:
    array = _plain("targets", value)
    if array.dtype.kind in "iu" and array.ndim == 1:
        return array.astype(np.int64, copy=False)
    if array.dtype not in FLOATS:
        array = _as_float("targets", array)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DataError(f"targets must have one or two dimensions; got {array.ndim}")
    return array


def _weights(value: Any) -> NDArray[Any]:
    array = _as_float("weights", _plain("weights", value))
    if array.ndim != 1:
        raise DataError(f"weights must have one dimension, one number an example; got shape {array.shape}")
    return array


def _plain(name: str, value: Any) -> NDArray[Any]:
    """Return an array as it is; refuse what NumPy would quietly make something else of."""
    require_unmasked(name, value)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(f"{name} cannot become an array ({error}); rows must have equal lengths") from None
    if array.dtype.kind == "c":
        raise DataError(f"{name} holds complex numbers; give real ones")
    return array


def _as_float(name: str, array: NDArray[Any]) -> NDArray[Any]:
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} must be numbers; got {array.dtype} ({error})") from None


def _require_finite(name: str, given: Any) -> str:
    """Refuse what is not finite; return a number that is infinite in float32, "" where there is none."""
    array = given if isinstance(given, np.ndarray) else given.data
    if not array.size or array.dtype.kind != "f":
        return ""
    if array.size <= FEW and array.flags.c_contiguous and float(np.vdot(array, array)) < FLOAT32_END:
        return ""  # were one not finite or too large, the sum of their squares would be so too
    low, high = float(array.min()), float(array.max())  # NaN if any number is
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError(
            f"{_place(name, given, ~np.isfinite(array))}; every value must be finite. "
            "Fill in or leave out missing values first"
        )
    if max(high, -low) < FLOAT32_END:
        return ""
    return _place(name, given, np.abs(array) >= FLOAT32_END)


def _place(name: str, given: Any, bad: NDArray[np.bool_]) -> str:
    """Say which number is the first bad one: ``numbers[3, 0] is nan``."""
    first = np.argwhere(bad)[0]
    if isinstance(given, np.ndarray):
        value, where = given[tuple(first)], [int(i) for i in first]
    else:  # a sparse matrix, whose stored values have a row and a column
        stored = int(first[0])
        row = int(np.searchsorted(given.indptr, stored, side="right")) - 1
        value, where = given.data[stored], [row, int(given.indices[stored])]
    return f"{name}[{', '.join(map(str, where))}] is {value}"
