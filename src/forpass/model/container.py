"""The container of a file, read with NumPy alone: safetensors.

A file is the length of its header (8 bytes, the least significant first), the header (JSON that names each
array with its type, its shape and its place), and the arrays, which lie without gaps in the order of their
places (https://github.com/huggingface/safetensors, format). What a header says is compared with the bytes
that follow it before anything is made of them, so that no array takes more memory than the file has bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["METADATA", "arrays_in", "header_of"]

TYPES = {
    "BOOL": np.dtype(np.bool_),
    **{
        f"{letter}{8 * size}": np.dtype(f"<{kind}{size}")
        for letter, kind in ("Ii", "Uu")
        for size in (1, 2, 4, 8)
    },
    **{f"F{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
    "C64": np.dtype("<c8"),
}
"""The types of arrays, as a header names them."""

MOST_DIMENSIONS = 64
"""Those of NumPy."""

METADATA = "__metadata__"
"""What stands in a header beside the arrays: text by name."""


def header_of(blob: bytes) -> dict[str, Any]:
    """Return the header of a file.

    Raises
    ------
    ValueError, TypeError, RecursionError
        When there is none.
    """
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + size], object_pairs_hook=_each_once)
    if not isinstance(header, dict):
        raise TypeError("the header is no mapping")
    return header


def arrays_in(blob: bytes, header: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Return copies of the arrays of a file, by name.

    Raises
    ------
    ValueError
        When an array is not wholly there, when something lies between two of them, or behind the last.

    Examples
    --------
    >>> header = {"b": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    >>> text = json.dumps(header).encode()
    >>> blob = len(text).to_bytes(8, "little") + text + np.array([0.5, 2.0], "<f4").tobytes()
    >>> arrays_in(blob, header_of(blob))["b"].tolist()
    [0.5, 2.0]
    """
    first = 8 + int.from_bytes(blob[:8], "little")
    found = {name: _Place(name, said) for name, said in header.items() if name != METADATA}
    end = 0
    for place in sorted(found.values(), key=lambda place: (place.begin, place.end)):
        if place.begin != end:
            raise ValueError(f"{place.name} begins at byte {place.begin} where {end} is meant")
        end = place.end
    if first + end != len(blob):
        raise ValueError(f"{first + end} bytes are meant; there are {len(blob)}")
    return {name: np.ndarray(p.shape, p.dtype, blob, first + p.begin).copy() for name, p in found.items()}


class _Place:
    """What a header says of an array: its type, its shape, where it begins and ends."""

    def __init__(self, name: str, said: Any) -> None:
        if not isinstance(said, dict) or said.keys() != {"dtype", "shape", "data_offsets"}:
            raise ValueError(f"{name} is not described by dtype, shape and data_offsets")
        kind, shape, offsets = said["dtype"], said["shape"], said["data_offsets"]
        if not isinstance(kind, str) or kind not in TYPES:
            raise ValueError(f"{name} is of an unknown type")
        if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
            raise ValueError(f"shape and place of {name} are no counts")
        self.name, self.dtype, self.shape = name, TYPES[kind], tuple(shape)
        self.begin, self.end = offsets
        if self.end - self.begin != math.prod(self.shape) * self.dtype.itemsize:
            raise ValueError(f"{name} has {self.end - self.begin} bytes, which is not its size")


def _are_counts(found: Any) -> bool:
    """Whether these are few numbers of 64 bits: a product of many or of long ones would take hours."""
    if not isinstance(found, list) or len(found) > MOST_DIMENSIONS:
        return False
    return all(type(count) is int and 0 <= count < 2**63 for count in found)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the mapping of a JSON object; refuse one that says the same twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands in the header twice")
    return found
