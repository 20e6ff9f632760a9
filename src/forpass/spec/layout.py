"""One flat vector, many named views: where each parameter lies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError
from forpass.spec.initializer import Initializer

__all__ = ["ROLES", "Block", "ParameterLayout"]

ROLES = ("weight", "bias", "gain", "shift", "embedding", "scale", "slope", "periodic")
"""Roles of trained parameters in forpass's own layers, by which trainings and penalties tell them apart.

W and b of a Dense, gamma and beta of a normalisation, E of an embedding, what columnwise functions have, all
of a Periodic. A network may have others: a layer can be told to use a name of one's own."""


@dataclass(frozen=True)
class Block:
    """A named piece of the vector.

    Attributes
    ----------
    name : str
        As one writes it: ``W1``, ``b1``, ``gamma2``.
    role : str
        One of `ROLES`, or of one's own; among the buffers ``mean``, ``variance`` or
        ``statistic``.
    shape : tuple of int
    offset : int
        Where it begins in the vector.
    initializer : Initializer
        How its first values are drawn.
    fan_in, fan_out : int
        What the initialiser is told of the layer.
    matrix : bool
        Whether it takes part in products of matrices.
    zero_first : bool
        Whether its first row begins at 0, as that of an embedding for a code that stands for the unknown.
    alike_rows : bool
        Whether all its rows, one of each member, begin alike.
    alike_columns : tuple of int
        Widths of stretches of columns that begin alike; empty where each column begins by itself.
    """

    name: str
    role: str
    shape: tuple[int, ...]
    offset: int
    initializer: Initializer
    fan_in: int
    fan_out: int
    matrix: bool = False
    zero_first: bool = False
    alike_rows: bool = False
    alike_columns: tuple[int, ...] = ()

    @property
    def drawn_shape(self) -> tuple[int, ...]:
        """The shape of what is drawn for its first values: less than its own where some begin alike."""
        rows, *columns = self.shape
        columns = [len(self.alike_columns)] if self.alike_columns else columns
        return 1 if self.alike_rows else rows, *columns

    def spread(self, drawn: NDArray[Any]) -> NDArray[Any]:
        """Return first values in its own shape, from those that were drawn."""
        if self.alike_columns:
            drawn = np.repeat(drawn, self.alike_columns, axis=1)
        return np.broadcast_to(drawn, self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def slice(self) -> slice:
        """Its place in the vector."""
        return slice(self.offset, self.offset + self.size)


@dataclass(frozen=True)
class ParameterLayout:
    """The blocks of a vector, in order and without gaps.

    Examples
    --------
    >>> import numpy as np
    >>> zeros = Initializer("zeros")
    >>> layout = ParameterLayout(
    ...     (Block("W1", "weight", (2, 3), 0, zeros, 2, 3), Block("b1", "bias", (3,), 6, zeros, 2, 3))
    ... )
    >>> views = layout.views(np.arange(9.0))
    >>> views["W1"].shape, views["b1"].tolist()
    ((2, 3), [6.0, 7.0, 8.0])
    """

    blocks: tuple[Block, ...]
    size: int = field(init=False, repr=False, compare=False)
    """Length of the vector."""
    _places: tuple[tuple[str, slice, tuple[int, ...]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(block.size for block in self.blocks))
        places = tuple((block.name, block.slice, block.shape) for block in self.blocks)
        object.__setattr__(self, "_places", places)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the blocks, in order."""
        return tuple(block.name for block in self.blocks)

    def require_vector(self, vector: NDArray[Any]) -> None:
        """Refuse a vector of another length.

        Raises
        ------
        DataError
        """
        if vector.shape != (self.size,):
            raise DataError(
                f"the vector must have shape ({self.size},) for {', '.join(self.names)}; got {vector.shape}"
            )

    def place_said(self, place: int) -> str:
        """Say which number of a vector stands at a place, as ``W1[0, 3]``."""
        block = next(block for block in self.blocks if block.slice.start <= place < block.slice.stop)
        index = ", ".join(str(int(i)) for i in np.unravel_index(place - block.offset, block.shape))
        return f"{block.name}[{index}]"

    def views(self, vector: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Return each block as a view of `vector` in its own shape; writing to it writes to the vector."""
        self.require_vector(vector)
        return {name: vector[place].reshape(shape) for name, place, shape in self._places}

    def flatten(self, arrays: Mapping[str, Any], dtype: Any = np.float64) -> NDArray[Any]:
        """Lay named arrays into one new vector.

        Raises
        ------
        DataError
            When a name is missing or unknown, or a shape differs.
        """
        _require_same_names(arrays, self.names)
        vector = np.empty(self.size, dtype)
        for block in self.blocks:
            value = np.asarray(arrays[block.name])
            if value.shape != block.shape:
                raise DataError(f"{block.name} must have shape {block.shape}; got {value.shape}")
            vector[block.slice] = value.ravel()
        return vector


def _require_same_names(given: Iterable[str], wanted: tuple[str, ...]) -> None:
    given = list(given)
    missing = [name for name in wanted if name not in given]
    unknown = [name for name in given if name not in wanted]
    if missing or unknown:
        raise DataError(
            f"the blocks are {', '.join(wanted)}; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        )
