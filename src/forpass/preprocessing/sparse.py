"""Sparse matrices: wide and mostly zero, as counts of words are. Zeros stay zeros, so nothing is centred.

Column j is divided by its largest absolute value on the training rows: x_j / max |x_j|.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from forpass.errors import DataError
from forpass.preprocessing.pipeline import Preprocessing, read_as_written
from forpass.preprocessing.targets import TargetSpec
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup

__all__ = ["SparsePreprocessing", "preprocessing_from_json"]


@dataclass(frozen=True)
class SparsePreprocessing:
    """How a sparse matrix becomes features, and predictions become labels.

    Attributes
    ----------
    largest : tuple of float
        Of each column the largest absolute value on the training rows; 1 where all are 0.
    target : TargetSpec
    """

    largest: tuple[float, ...]
    target: TargetSpec

    @classmethod
    def learn(cls, matrix: Any, target: TargetSpec, rows: NDArray[np.int64]) -> "SparsePreprocessing":
        """Learn from the training rows of a matrix (n, d)."""
        import scipy.sparse  # a fifth of a second, and most tables are none

        largest = abs(scipy.sparse.csr_array(matrix)[rows]).max(axis=0).toarray().ravel()
        return cls(tuple(np.where(largest > 0, largest, 1.0).tolist()), target)

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """All columns in one group: the inputs of a network. They have no names."""
        return (FeatureGroup("", "number", self.n_features),)

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return len(self.largest)

    def encode(self, matrix: Any, with_targets: bool = False, dtype: DTypeLike = np.float32) -> Data:
        """Turn rows of a matrix, sparse or not, into features.

        Raises
        ------
        DataError
            For another number of columns, and for targets, which no column of a matrix is.
        """
        import scipy.sparse

        if with_targets:
            raise DataError("a matrix has no column of its target; encode that by itself, with target.encode")
        rows = scipy.sparse.csr_array(matrix)
        if rows.shape[1] != self.n_features:
            raise DataError(
                f"the matrix has {rows.shape[1]} columns; the network learnt from {self.n_features}"
            )
        scaled = rows.astype(np.float64) @ scipy.sparse.diags_array(1.0 / np.array(self.largest))
        return Data(scipy.sparse.csr_array(scaled, dtype=dtype))

    def decode(self, predictions: ArrayLike) -> NDArray[Any]:
        """Turn predictions back into labels or values; see `TargetSpec.decode`."""
        return self.target.decode(predictions)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types, from which `from_json` makes an equal object."""
        return {"schema": 1, "largest": list(self.largest), "target": self.target.to_json()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "SparsePreprocessing":
        """Return what `to_json` wrote.

        Raises
        ------
        ModelFileError
            For something else than `to_json` wrote.
        """
        with read_as_written():
            return cls(tuple(plain["largest"]), TargetSpec.from_json(plain["target"]))


def preprocessing_from_json(plain: Any) -> Preprocessing | SparsePreprocessing:
    """Return the preprocessing, of whichever kind, that its `to_json` wrote."""
    sparse = isinstance(plain, Mapping) and "largest" in plain
    return SparsePreprocessing.from_json(plain) if sparse else Preprocessing.from_json(plain)
