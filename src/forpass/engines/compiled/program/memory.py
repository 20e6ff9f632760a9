"""Where everything lies: matrices with padded rows in one piece of memory.

Rows begin at multiples of 64 bytes, so that a line is a line of the processor's cache as well. What pads a
row is 0 or means nothing, and enters no sum. Padded vectors never leave the engine. What is not in an arena
(the caller's examples, a thread's room to work in) begins anywhere, and kernels count on no alignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.language.types import LANES, LINE_BYTES
from forpass.spec.layout import ParameterLayout

__all__ = ["FIRST_SLOT", "GRADIENT", "PARAMETERS", "Arena", "Matrix", "Outside", "PaddedVectors", "padded"]

PARAMETERS, GRADIENT, FIRST_SLOT = range(3)
"""Which of the vectors beside each other is which; the optimiser's slots come last."""


def padded(width: int, lanes: int) -> int:
    """Round a width up to whole lines."""
    return -(-width // lanes) * lanes


class Matrix:
    """Rows in an arena.

    Attributes
    ----------
    rows, width, stride : int
        Shape, and the distance of rows in numbers.
    """

    def __init__(self, arena: Arena, offset: int, rows: int, width: int, stride: int, dtype: Any) -> None:
        self.arena = arena
        self.offset: int = offset
        self.rows, self.width, self.stride = rows, width, stride
        self.dtype: np.dtype[Any] = np.dtype(dtype)

    @property
    def address(self) -> int:
        """Where it begins; known once the arena is made."""
        return self.arena.address + self.offset

    def beginning_at(self, column: int) -> Matrix:
        """The same memory from a column of the first row on."""
        offset = self.offset + column * self.dtype.itemsize
        return Matrix(self.arena, offset, 1, self.width - column, self.stride, self.dtype)

    @property
    def end(self) -> int:
        """Where it ends in its arena, padding included."""
        return self.offset + self.rows * self.stride * self.dtype.itemsize

    @property
    def lines(self) -> int:
        """Lines of a row."""
        return self.stride * self.dtype.itemsize // LINE_BYTES

    @property
    def halves(self) -> int:
        """Halves of lines that hold numbers of a row."""
        return -(-2 * self.width * self.dtype.itemsize // LINE_BYTES)

    @property
    def array(self) -> NDArray[Any]:
        """The matrix without its padding, (rows, width), as a view."""
        size = self.rows * self.stride * self.dtype.itemsize
        flat = self.arena.memory[self.offset : self.offset + size].view(self.dtype)
        shaped: NDArray[Any] = flat.reshape(self.rows, self.stride)
        return shaped[:, : self.width]


@dataclass(frozen=True)
class Outside:
    """The caller's own rows, which a product reads where they lie; nobody writes to them.

    Attributes
    ----------
    stride : int
        Distance of rows in numbers.
    address : int
        Means nothing: the step says where they are.
    """

    stride: int
    address: int = 0


class Arena:
    """One piece of memory: first everything asks for its place, then it is made, filled with zeros.

    Parameters
    ----------
    dtype : {"float32", "float64"}
    """

    def __init__(self, dtype: str) -> None:
        self.dtype, self.lanes = np.dtype(dtype), LANES[dtype]
        self.size = 0
        self._filled: list[tuple[Matrix, float | NDArray[Any]]] = []
        self._made: tuple[NDArray[np.uint8], int] | None = None

    def matrix(self, rows: int, width: int, dtype: Any = None, fill: float | NDArray[Any] = 0.0) -> Matrix:
        """Ask for a matrix, by default of the working type, filled with a number or with numbers."""
        kind = np.dtype(dtype or self.dtype)
        stride = padded(width, LINE_BYTES // kind.itemsize)
        matrix = Matrix(self, self.size, rows, width, stride, kind)
        self.size += rows * stride * kind.itemsize
        if isinstance(fill, np.ndarray) or fill:
            self._filled.append((matrix, fill))
        return matrix

    @property
    def memory(self) -> NDArray[np.uint8]:
        """The memory; made when it is first asked for."""
        return self._make()[0]

    @property
    def address(self) -> int:
        """Where it begins."""
        return self._make()[1]

    def _make(self) -> tuple[NDArray[np.uint8], int]:
        """Memory and address, which are made once: to ask NumPy for an address takes a microsecond."""
        if self._made is None:
            raw = np.zeros(self.size + LINE_BYTES, np.uint8)
            begin = -raw.ctypes.data % LINE_BYTES
            memory = raw[begin : begin + self.size]
            self._made = memory, int(memory.ctypes.data)
            for matrix, fill in self._filled:
                matrix.array[...] = fill
        return self._made


class PaddedVectors:
    """Vectors in the order of a layout (parameters, their gradients and slots), with padded rows.

    Parameters
    ----------
    arena : Arena
    layout : ParameterLayout
    count : int
        How many vectors.
    order : sequence of str, optional
        The blocks in another order, so that those that are treated alike lie side by side.
    """

    def __init__(
        self, arena: Arena, layout: ParameterLayout, count: int, order: Sequence[str] | None = None
    ) -> None:
        self.layout, self.dtype = layout, arena.dtype
        blocks = {block.name: block for block in layout.blocks}
        self._vectors: list[dict[str, Matrix]] = []
        self._kept: dict[int, list[tuple[slice, NDArray[Any]]]] = {}
        begin = arena.size
        for _ in range(count):
            vector: dict[str, Matrix] = {}
            for name in order or layout.names:
                block = blocks[name]
                # only what takes part in products needs padded rows; embeddings are copied from
                rows, width = block.shape if block.matrix else (1, block.size)
                vector[name] = arena.matrix(rows, width)
            self._vectors.append(vector)
        # all vectors are laid out alike, so this is how far apart equal places of two of them are
        self.stride = (arena.size - begin) // max(count, 1) // arena.dtype.itemsize

    def __getitem__(self, number: int) -> dict[str, Matrix]:
        """The blocks of a vector, by name."""
        return self._vectors[number]

    def __len__(self) -> int:
        return len(self._vectors)

    def write(self, number: int, vector: NDArray[Any]) -> None:
        """Copy a vector in canonical form into place."""
        for place, matrix in self._views(number):
            matrix[...] = vector[place].reshape(matrix.shape)

    def read(self, number: int) -> NDArray[Any]:
        """Return a copy of a vector in canonical form."""
        vector = np.empty(self.layout.size, self.dtype)
        for place, matrix in self._views(number):
            vector[place].reshape(matrix.shape)[...] = matrix
        return vector

    def _views(self, number: int) -> list[tuple[slice, NDArray[Any]]]:
        """Where each block lies in a vector of canonical form, and its matrix; made once."""
        found = self._kept.get(number)
        if found is None:
            of = self._vectors[number]
            found = [(block.slice, of[block.name].array) for block in self.layout.blocks]
            self._kept[number] = found
        return found
