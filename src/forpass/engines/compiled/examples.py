"""The caller's examples as kernels read them: addresses, strides and types, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled import movement
from forpass.engines.compiled.kernels import Instruction, Units, instruction
from forpass.engines.compiled.memory import Matrix, Outside
from forpass.spec.data import Data

__all__ = ["Examples"]


class Examples:
    """Data that kernels can read.

    Parameters
    ----------
    data : Data
    dtype : {"float32", "float64"}
        The working type of those who read.

    Attributes
    ----------
    direct : bool
        Whether a product can read rows where they lie: dense numbers of the working type, side by side.
    """

    def __init__(self, data: Data, dtype: str) -> None:
        self.data = data
        numbers: Any = data.numbers
        self.sparse = not isinstance(numbers, np.ndarray)
        self.numbers: Any = numbers if self.sparse else _readable(numbers)
        self.codes = None if data.codes is None else _readable(data.codes)
        self.targets = None if data.targets is None else _readable(data.targets)
        self.weights = None if data.weights is None else _readable(data.weights)
        dense = not self.sparse and self.numbers.dtype.name == dtype
        self.direct = dense and _strides(self.numbers)[1] == 1 and data.n_features > 0

    @property
    def table(self) -> Outside:
        """Where a product finds the rows, if it can read them `direct`ly."""
        return Outside(self.numbers.ctypes.data, _strides(self.numbers)[0])

    def gather_numbers(self, X: Matrix) -> Instruction:
        """Bring the features of the batch to X."""
        if self.sparse:
            csr = self.numbers
            return instruction(
                movement.gather_sparse,
                Units.of_rows(X.arena.lanes),
                values=csr.data.ctypes.data,
                columns=csr.indices.ctypes.data,
                starts=csr.indptr.ctypes.data,
                X=X,
                stride=X.stride,
                source=csr.data.dtype.name,
                index=csr.indices.dtype.name,
            )
        return _gather(self.numbers, X)

    def gather_targets(self, T: Matrix) -> Instruction:
        """Bring the targets of the batch to T; a class becomes a row with a single 1."""
        assert self.targets is not None
        units, place = Units.of_rows(T.arena.lanes), {"T": T, "stride": T.stride}
        if self.targets.ndim == 1:
            (row_stride,), classes = _strides(self.targets), self.targets.ctypes.data
            return instruction(
                movement.gather_classes, units, classes=classes, row_stride=row_stride, **place
            )
        row_stride, column_stride = _strides(self.targets)
        return instruction(
            movement.gather_targets,
            units,
            table=self.targets.ctypes.data,
            row_stride=row_stride,
            column_stride=column_stride,
            width=self.targets.shape[1],
            source=self.targets.dtype.name,
            **place,
        )

    def gather_weights(self, w: Matrix) -> Instruction:
        """Bring the weights of the batch to w, side by side."""
        assert self.weights is not None
        return _gather(self.weights[:, None], w, stride=1)

    def code_operands(self, column: int) -> dict[str, int]:
        """Where the codes of a column are."""
        assert self.codes is not None
        row_stride, column_stride = _strides(self.codes)
        address = self.codes.ctypes.data + column * column_stride * self.codes.itemsize
        return {"codes": address, "row_stride": row_stride}


def _gather(table: NDArray[Any], X: Matrix, stride: int | None = None) -> Instruction:
    row_stride, column_stride = _strides(table)
    return instruction(
        movement.gather,
        Units.of_rows(X.arena.lanes),
        table=table.ctypes.data,
        row_stride=row_stride,
        column_stride=column_stride,
        X=X,
        stride=X.stride if stride is None else stride,
        width=table.shape[1],
        source=table.dtype.name,
        side_by_side=column_stride == 1,
    )


def _strides(array: NDArray[Any]) -> tuple[int, ...]:
    return tuple(stride // array.itemsize for stride in array.strides)


def _readable(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, or a copy where its numbers do not lie at multiples of their size."""
    whole = all(stride % array.itemsize == 0 for stride in array.strides)
    native = array.dtype.isnative and array.flags.aligned
    return array if whole and native else np.array(array, array.dtype.newbyteorder("="), order="C")
