"""LLVM's types of numbers, and how many of each make a line.

The unit of all data is a *line*: 64 bytes, 16 float32 or 8 float64, whatever the processor. Where its
vectors are shorter, LLVM makes two or four instructions of one; the results are the same bits.

Whole numbers of 64 bits are signed: counts, places, addresses. Those of 32 bits are unsigned: random
words. Those of 1 bit are truth.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

__all__ = [
    "ADDRESS",
    "DOUBLE",
    "FLOAT",
    "I1",
    "I32",
    "I64",
    "LANES",
    "LINE_BYTES",
    "REALS",
    "bytes_of",
    "is_line",
    "shaped_like",
]

I1, I32, I64 = ir.IntType(1), ir.IntType(32), ir.IntType(64)
FLOAT, DOUBLE, ADDRESS = ir.FloatType(), ir.DoubleType(), ir.PointerType()

REALS = {"float32": FLOAT, "float64": DOUBLE}
"""The LLVM type of each working type."""
LINE_BYTES = 64
LANES = {"float32": 16, "float64": 8}
"""Numbers in a line."""


def bytes_of(element: Any) -> int:
    """Size of a number of an LLVM type."""
    return {FLOAT: 4, DOUBLE: 8, I32: 4, I64: 8}[element]


def is_line(kind: Any) -> bool:
    """Whether a type is one of several numbers side by side."""
    return isinstance(kind, ir.VectorType)


def shaped_like(kind: Any, element: Any) -> Any:
    """`element`, or as many of them as `kind` has."""
    return ir.VectorType(element, kind.count) if is_line(kind) else element
