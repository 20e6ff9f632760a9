"""Manners that all estimators share: parameters by name, seeds, kinds of X."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import check_array, check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted, validate_data

from forpass.errors import DataError, SpecError, UnknownNameError
from forpass.estimators.constructors import Parameter
from forpass.estimators.plain import plain_array, plain_labels
from forpass.spec.data import FLOATS, Data
from forpass.training.bar import ProgressBar
from forpass.training.events import Listener
from forpass.training.progress import ProgressReporter

__all__ = [
    "SPARSE",
    "Estimator",
    "drawing_from",
    "examples_checked",
    "progress_of",
    "require_fitted",
    "rows_checked",
    "seed_from",
    "unchanged_by_failure",
    "validation_examples",
    "weights_of_classes",
    "weights_of_rows",
]

SPARSE = ["csr", "csc"]


class Estimator(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """scikit-learn's base, with a word for parameters that there are not.

    Each estimator takes what `forpass.estimators.parameters` says.
    """

    PARAMETERS: ClassVar[tuple[Parameter, ...]]

    if TYPE_CHECKING:  # the true signature is made when it runs

        def __init__(self, *values: Any, **named: Any) -> None: ...

    def set_params(self, **params: Any) -> Any:
        """Set parameters by name.

        Raises
        ------
        UnknownNameError
            For a parameter that there is not; the nearest are named. It is a ValueError.
        """
        known = self._get_param_names()
        for name in params:
            if name.partition("__")[0] not in known:
                raise UnknownNameError(f"parameter of {type(self).__name__}", name, known)
        return super().set_params(**params)


def _is_plain(array: Any) -> bool:
    """Whether an array is numbers in rows and columns as a network takes them.

    If they are finite, scikit-learn's checks would hand it back as it is; to ask them takes longer than to
    predict a row.
    """
    return type(array) is np.ndarray and array.ndim == 2 and array.dtype in FLOATS and array.size > 0


def examples_checked(estimator: Any, X: Any, y: Any, reset: bool) -> tuple[Any, NDArray[Any]]:
    """Return X and y of rows to learn from, as scikit-learn's checks do, and note their columns if `reset`.

    Raises
    ------
    ValueError
        As scikit-learn says it.
    """
    if _is_plain(X) and np.isfinite(X).all() and _is_plain_target(y) and len(X) == len(y):
        known = vars(estimator)
        if reset:
            known.pop("feature_names_in_", None)
            known["n_features_in_"] = X.shape[1]
            return X, y
        if X.shape[1] == known.get("n_features_in_") and "feature_names_in_" not in known:
            return X, y
    X, y = plain_array("X", X), plain_labels("y", y) if is_classifier(estimator) else plain_array("y", y)
    checked: tuple[Any, NDArray[Any]] = validate_data(
        estimator,
        X,
        y.toarray() if scipy.sparse.issparse(y) else y,
        accept_sparse=SPARSE,
        multi_output=True,
        y_numeric=is_regressor(estimator),
        dtype=FLOATS,
        reset=reset,
    )
    return checked


def _is_plain_target(y: Any) -> bool:
    """Whether y is an array of one finite number or one text a row."""
    return (
        type(y) is np.ndarray
        and y.ndim == 1
        and y.dtype.kind in "biufU"
        and (y.dtype.kind != "f" or bool(np.isfinite(y).all()))
    )


def rows_checked(estimator: Any, X: Any) -> Data:
    """Return the X of rows to predict, as scikit-learn's checks hand it back.

    Raises
    ------
    ValueError
        As scikit-learn says it.
    """
    known = vars(estimator)
    if _is_plain(X) and X.shape[1] == known.get("n_features_in_") and "feature_names_in_" not in known:
        with suppress(DataError):  # where numbers are not finite, of which scikit-learn has its own words
            return Data(X)
    X = plain_array("X", X)
    return Data(validate_data(estimator, X, accept_sparse=SPARSE, dtype=FLOATS, reset=False))


def require_fitted(estimator: Any, attribute: str) -> None:
    """Refuse to predict before there is what fitting leaves, in the words of scikit-learn.

    Only then is scikit-learn asked, which takes longer to answer than a row to be predicted.
    """
    if attribute not in vars(estimator):
        check_is_fitted(estimator)


@contextmanager
def unchanged_by_failure(estimator: Any) -> Iterator[None]:
    """Leave an estimator as it was if what is done with it fails: no half of a new fit beside an old one."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def validation_examples(validation_data: Any) -> tuple[Any, Any, Any]:
    """Return X, y and weights (None: there are none) of a `validation_data`; refuse what is no such tuple."""
    if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
        raise SpecError("validation_data must be a tuple (X, y) or (X, y, sample_weight)")
    X, y, sample_weight = (*validation_data, None)[:3]
    return X, y, sample_weight


def weights_of_rows(sample_weight: Any, n_rows: int) -> NDArray[Any]:
    """Return how much each row counts, from one number for all or one a row: none negative, not all 0."""
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_rows, float(sample_weight))
    sample_weight = plain_array("sample_weight", sample_weight)
    weights: NDArray[Any] = check_array(
        sample_weight, dtype=FLOATS, order="C", ensure_2d=False, input_name="sample_weight"
    )
    if weights.shape != (n_rows,):
        raise DataError(
            f"sample_weight has the shape {weights.shape}; it must be one number, or one a row: ({n_rows},)"
        )
    if weights.min() < 0.0:
        raise DataError(f"sample_weight must not be negative; the smallest is {weights.min():g}")
    if not weights.any():
        raise DataError("sample_weight is zero for every row; at least one row must count")
    return weights


def weights_of_classes(estimator: Any, y: Any) -> NDArray[np.float64]:
    """Return what the estimator's `class_weight` says of each row."""
    wanted = estimator.class_weight
    if isinstance(wanted, str) and wanted != "balanced":
        raise UnknownNameError(f"class_weight of {type(estimator).__name__}", wanted, ["balanced"])
    return np.asarray(compute_sample_weight(wanted, y), np.float64)


def progress_of(estimator: Any) -> Listener | None:
    """Return who tells how it goes, if `verbose` asks for it: 2 and more, of every epoch."""
    if not estimator.verbose:
        return None
    return ProgressReporter(every_epoch=True) if estimator.verbose > 1 else ProgressBar()


def seed_from(random_state: Any) -> int:
    """Turn a `random_state` into one number, which as `random_state` repeats everything.

    A whole number stays what it is; None draws one from NumPy's generator, a RandomState from itself.
    """
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        if not 0 <= random_state < 2**32:
            check_random_state(random_state)  # which says what is wrong with it
        return int(random_state)
    return int(check_random_state(random_state).randint(2**32, dtype=np.uint64))


class _Generators(threading.local):
    """A generator for each thread."""

    def __init__(self) -> None:
        self.generator = np.random.RandomState(0)


_generators = _Generators()


def drawing_from(seed: int) -> np.random.RandomState:
    """Return what draws as ``RandomState(seed)`` does, until the same thread asks again.

    To make one takes longer than to set one up anew: it first asks the system for a seed.
    """
    _generators.generator.seed(seed)
    return _generators.generator
