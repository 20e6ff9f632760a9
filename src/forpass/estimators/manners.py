"""Manners that all estimators share: parameters by name, seeds, kinds of X."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_random_state
from sklearn.utils.class_weight import compute_sample_weight

from forpass.errors import DataError, SpecError, UnknownNameError
from forpass.estimators.parameters import Parameter
from forpass.training.progress import ProgressReporter

__all__ = [
    "FLOATS",
    "SPARSE",
    "Estimator",
    "progress_of",
    "seed_from",
    "unchanged_by_failure",
    "validation_examples",
    "weights_of_classes",
    "weights_of_rows",
]

SPARSE = ["csr", "csc"]
FLOATS = (np.float64, np.float32)
"""What X may be; anything else becomes the first. Networks compute in the type of X."""


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


def progress_of(estimator: Any) -> ProgressReporter | None:
    """Return who tells how it goes, if `verbose` asks for it: 2 and more, of every epoch."""
    return ProgressReporter(every_epoch=estimator.verbose > 1) if estimator.verbose else None


def seed_from(random_state: Any) -> int:
    """Turn a `random_state` into one number, which as `random_state` repeats everything.

    A whole number stays what it is; None draws one from NumPy's generator, a RandomState from itself.
    """
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        check_random_state(random_state)  # refuses numbers below 0 and above 2^32
        return int(random_state)
    return int(check_random_state(random_state).randint(2**32, dtype=np.uint64))
