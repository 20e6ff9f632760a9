"""Class labels of any type, and the arrays that a network learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.spec.network import Head

__all__ = ["Classes", "learn_classes"]

SOFTMAX, SIGMOID_EACH = Head("softmax_cross_entropy"), Head("sigmoid_cross_entropy")


@dataclass(frozen=True, eq=False)
class Classes:
    """What the classes are.

    Attributes
    ----------
    labels : array of shape (k,)
        In ascending order; of several labels that may hold at once the numbers 0, 1, ...
    multilabel : bool
        Whether each row has a 0 or 1 for each of k labels, instead of one class.
    """

    labels: NDArray[Any]
    multilabel: bool = False

    @property
    def head(self) -> Head:
        """The loss for them: softmax for more than two classes, otherwise a sigmoid each."""
        return SIGMOID_EACH if self.multilabel or len(self.labels) <= 2 else SOFTMAX

    @property
    def n_outputs(self) -> int:
        """Number of raw scores: one for two classes, otherwise one each."""
        return 1 if not self.multilabel and len(self.labels) <= 2 else len(self.labels)

    def encode(self, y: NDArray[Any]) -> NDArray[Any]:
        """Turn labels into targets: 0 or 1 (n, 1), class numbers (n,), or 0 and 1 (n, k).

        Raises
        ------
        DataError
            For a label that is none of the classes, or another number of labels.
        """
        if self.multilabel:
            if y.ndim != 2 or y.shape[1] != len(self.labels):
                raise DataError(f"y has shape {y.shape}; give a 0 or 1 for each of {len(self.labels)} labels")
            return y.astype(np.float64)
        if len(self.labels) == 2 and y.ndim == 1 and {y.dtype.kind, self.labels.dtype.kind} <= set("biuf"):
            second = np.equal(y, self.labels[1])
            if np.all(second | np.equal(y, self.labels[0])):
                return np.asarray(second[:, None], np.float64)
        return self.one_each(y).astype(np.float64) if len(self.labels) <= 2 else self.numbers(y)

    def one_each(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        """Say for each output whether the row is of its class: (n, 1) for two classes, else (n, k)."""
        numbers = self.numbers(y)[:, None]
        return np.equal(numbers, 1 if len(self.labels) <= 2 else np.arange(len(self.labels)))

    def numbers(self, y: NDArray[Any]) -> NDArray[np.int64]:
        """Return the number of each row's class (n,)."""
        if y.ndim != 1:
            raise DataError(f"y has shape {y.shape}; give one class a row")
        numbers = np.minimum(np.searchsorted(self.labels, y), len(self.labels) - 1)
        unknown = self.labels[numbers] != y
        if unknown.any():
            raise DataError(
                f"y holds {y[unknown].tolist()[0]!r}, which is none of the classes {self.labels.tolist()}; "
                "name all classes on the first call"
            )
        return numbers

    def decode(self, decided: NDArray[np.int64]) -> NDArray[Any]:
        """Turn decisions of a network into labels."""
        if self.multilabel:
            return decided
        numbers = decided[:, 0] if decided.ndim == 2 else decided
        return self.labels.take(numbers, mode="clip")  # of a single class there is no second


def learn_classes(y: NDArray[Any], labels: Any = None, fewest: int = 2) -> Classes:
    """Find out what the classes are.

    Parameters
    ----------
    y : array of shape (n,) or (n, k)
        Labels, or a 0 or 1 for each of k labels.
    labels : array-like, optional
        All classes, of which `y` may hold a part.
    fewest : int
        How many classes there must be.

    Raises
    ------
    DataError
        When there are fewer.
    ValueError
        As scikit-learn says it: for continuous numbers, or several classes a row.
    """
    found = _plain_labels(y if labels is None else np.asarray(labels))
    if found is None or (labels is not None and y.ndim == 2):
        from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

        if type_of_target(y, input_name="y") == "multilabel-indicator":
            return Classes(np.arange(y.shape[1]), multilabel=True)
        if labels is None:
            check_classification_targets(y)
            if y.ndim == 2:
                raise DataError(
                    f"y has {y.shape[1]} columns of several classes each; train one classifier for each "
                    "column (sklearn.multioutput.MultiOutputClassifier)"
                )
        found = np.asarray(unique_labels(y if labels is None else labels))
    if len(found) < fewest:
        raise DataError(
            f"y holds one class only, {found.tolist()[0]!r}; a classifier needs at least two classes"
        )
    return Classes(found)


def _plain_labels(y: NDArray[Any]) -> NDArray[Any] | None:
    """Return the different labels of a y that plainly holds one class a row; None: scikit-learn must look.

    It looks three times, each for longer than a short fit. Here it would find nothing to say: whole numbers,
    truth values or text, and not so many different ones that they may be values to regress on.
    """
    whole = y.dtype.kind in "biuU" or (y.dtype.kind == "f" and bool(np.all(y == np.floor(y))))
    if y.ndim != 1 or not whole or (y.dtype.kind == "f" and not np.isfinite(y).all()):
        return None
    labels = np.unique(y)
    if 2 * len(labels) > len(y) > 2:
        return None
    return labels if y.dtype.kind != "U" else np.array(labels.tolist())
