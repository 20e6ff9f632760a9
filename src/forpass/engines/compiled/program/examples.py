"""The caller's examples as kernels read them: addresses, strides and types, without a copy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels import movement
from forpass.engines.compiled.program.instructions import Instruction, instruction
from forpass.engines.compiled.program.memory import Matrix, Outside
from forpass.engines.compiled.runtime.driver import beginning
from forpass.engines.compiled.runtime.units import Units
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
    words : dict from name to int
        The words of a step that say where features, codes, targets and weights are, as far as there are any.
    layout : tuple
        Types and strides. Instructions hold these and the step the addresses, so that examples of equal
        layout are read by the same instructions.
    """

    def __init__(self, data: Data, dtype: str) -> None:
        dense = isinstance(data.numbers, np.ndarray)
        features: Any = _readable(data.numbers) if dense else _readable_csr(data.numbers)
        self.features = features
        self.codes = None if data.codes is None else _readable(data.codes)
        self.targets = None if data.targets is None else _readable(data.targets)
        self.weights = None if data.weights is None else _readable(data.weights)
        self.sparse, self.width = not dense, data.n_features
        side_by_side = dense and self.width > 0 and features.strides[1] == features.itemsize
        self.direct = side_by_side and features.dtype == dtype
        parts = [features] if dense else list(features)
        names = ("features", "columns", "starts")
        self.words = dict(zip(names, map(beginning, parts), strict=False))
        if not dense:
            self.words["entries"] = len(features.indices)
        for name, part in (("codes", self.codes), ("targets", self.targets), ("weights", self.weights)):
            if part is not None:
                self.words[name] = beginning(part)
        if self.codes is not None:
            parts.append(self.codes)
        self.layout = tuple([(part.dtype, part.strides) for part in parts])

    @property
    def layout_with_targets(self) -> tuple[Any, ...]:
        """The layout with that of targets and weights, for instructions that learn."""
        learnt = (self.targets, self.weights)
        return self.layout, *(part if part is None else (part.dtype, part.strides) for part in learnt)

    @property
    def table(self) -> Outside:
        """How a product finds the rows, if it can read them `direct`ly."""
        return Outside(_strides(self.features)[0])

    def gather_features(self, X: Matrix) -> Instruction:
        """Bring the features of the batch to X."""
        units = Units.of_rows(X.arena.lanes)
        if self.sparse:
            return instruction(
                movement.gather_sparse,
                units,
                X=X,
                stride=X.stride,
                width=self.width,
                source=self.features.data.dtype.name,
                index=self.features.indices.dtype.name,
            )
        row_stride, column_stride = _strides(self.features)
        return instruction(
            movement.gather,
            units,
            row_stride=row_stride,
            column_stride=column_stride,
            X=X,
            stride=X.stride,
            width=self.width,
            source=self.features.dtype.name,
            side_by_side=column_stride == 1,
        )

    def gather_targets(self, T: Matrix) -> Instruction:
        """Bring the targets of the batch to T; a class becomes a row with a single 1."""
        assert self.targets is not None
        units = Units.of_rows(T.arena.lanes)
        strides = _strides(self.targets)
        if self.targets.ndim == 1:
            return instruction(
                movement.gather_classes,
                units,
                row_stride=strides[0],
                T=T,
                stride=T.stride,
            )
        return instruction(
            movement.gather_targets,
            units,
            row_stride=strides[0],
            column_stride=strides[1],
            T=T,
            stride=T.stride,
            width=self.targets.shape[1],
            source=self.targets.dtype.name,
        )

    def gather_weights(self, w: Matrix) -> Instruction:
        """Bring the weights of the batch to w, side by side."""
        assert self.weights is not None
        return instruction(
            movement.gather_weights,
            Units.of_rows(w.arena.lanes),
            row_stride=_strides(self.weights)[0],
            w=w,
            source=self.weights.dtype.name,
        )

    def code_operands(self, column: int) -> dict[str, int]:
        """Where the codes of a column are among all codes."""
        assert self.codes is not None
        row_stride, column_stride = _strides(self.codes)
        return {"column": column * column_stride, "row_stride": row_stride}


class _Csr(NamedTuple):
    """A sparse matrix whose parts lie side by side, with indices of one type."""

    data: NDArray[Any]
    indices: NDArray[Any]
    indptr: NDArray[Any]


def _readable_csr(matrix: Any) -> _Csr:
    """Return the parts as they are, or copies where kernels cannot read them."""
    index = np.result_type(matrix.indices, matrix.indptr).newbyteorder("=")
    indices, indptr = (np.ascontiguousarray(part, index) for part in (matrix.indices, matrix.indptr))
    return _Csr(np.ascontiguousarray(_readable(matrix.data)), _readable(indices), _readable(indptr))


def _strides(array: NDArray[Any]) -> tuple[int, ...]:
    return tuple(stride // array.itemsize for stride in array.strides)


def _readable(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, or a copy where its numbers do not lie at multiples of their size."""
    flags, native = array.flags, array.dtype.isnative
    whole = flags.c_contiguous or all(stride % array.itemsize == 0 for stride in array.strides)
    return (
        array
        if whole and native and flags.aligned
        else np.array(array, array.dtype.newbyteorder("="), order="C")
    )
