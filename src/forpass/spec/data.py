"""Data: the arrays an engine is given. Four fields, fixed from the first day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forpass.errors import DataError

__all__ = ["Data"]


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

    def __post_init__(self) -> None:
        numbers = _numbers(self.numbers)
        object.__setattr__(self, "numbers", numbers)
        n = numbers.shape[0]
        if self.codes is not None:
            object.__setattr__(self, "codes", _codes(self.codes))
        if self.targets is not None:
            object.__setattr__(self, "targets", _targets(self.targets))
        if self.weights is not None:
            object.__setattr__(self, "weights", _weights(self.weights))
        for name in ("codes", "targets", "weights"):
            array = getattr(self, name)
            if array is not None and array.shape[0] != n:
                raise DataError(f"{name} has {array.shape[0]} rows but numbers has {n}; they must be equal")

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


def _numbers(value: Any) -> Any:
    if scipy.sparse.issparse(value):
        value = scipy.sparse.csr_array(value)
        try:
            value.check_format(full_check=True)  # a column that is not there would be read all the same
        except ValueError as error:
            raise DataError(f"numbers is a sparse matrix whose indices are wrong: {error}") from None
        if value.dtype not in (np.float32, np.float64):
            value = value.astype(np.float64)
        _require_finite("numbers", value.data)
        return value
    array = _plain("numbers", value)
    if array.dtype not in (np.float32, np.float64):
        array = _as_float("numbers", array)
    if array.ndim != 2:
        raise DataError(
            f"numbers must have shape (examples, features); got {array.ndim} dimension(s). "
            "For one feature use X[:, None], for one example X[None, :]"
        )
    _require_finite("numbers", array)
    return array


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
    if array.dtype not in (np.float32, np.float64):
        array = _as_float("targets", array)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DataError(f"targets must have one or two dimensions; got {array.ndim}")
    _require_finite("targets", array)
    return array


def _weights(value: Any) -> NDArray[Any]:
    array = _as_float("weights", _plain("weights", value))
    if array.ndim != 1:
        raise DataError(f"weights must have one dimension, one number an example; got shape {array.shape}")
    _require_finite("weights", array)
    if array.size and array.min() < 0:
        raise DataError(f"weights must not be negative; the smallest is {array.min():g}")
    return array


def _plain(name: str, value: Any) -> NDArray[Any]:
    """Return an array as it is; refuse what NumPy would quietly make something else of."""
    if np.ma.isMaskedArray(value):
        raise DataError(f"{name} is a masked array; fill in what is masked first, with .filled(...)")
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


def _require_finite(name: str, array: NDArray[Any]) -> None:
    # One pass without a temporary array; only when it fails is the culprit looked for.
    if array.size and not np.isfinite(np.sum(array, dtype=np.float64)):
        bad = np.argwhere(~np.isfinite(array))
        if bad.size:
            where = ", ".join(str(int(i)) for i in bad[0])
            raise DataError(
                f"{name}[{where}] is {array[tuple(bad[0])]}; every value must be finite. "
                "Fill in or leave out missing values first"
            )
