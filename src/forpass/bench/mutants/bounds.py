"""What a mutant may take, and what a worker says of one that it has carried out."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ADDRESSES",
    "BASE_BYTES",
    "CPU_SECONDS",
    "LEARNING_SECONDS",
    "READY",
    "TIMES_SIZE",
    "Carried",
    "allowed_bytes",
]

READY = "ready"
"""The first line: good files are read, and everything that they need is compiled."""

CPU_SECONDS = 20
"""So much of the processor's time a mutant may take, and up to a second more, before its process is ended."""

LEARNING_SECONDS = 3.0
"""What training is told to take at most: a table may have so many columns that it would take minutes."""

BASE_BYTES, TIMES_SIZE = 64 << 20, 200
"""More memory than before a mutant may take: so much, and so many times the size of its file."""

ADDRESSES = 4 << 30
"""So much more address space than at the beginning there is: an absurd size is refused by the system."""


class Carried(NamedTuple):
    """A mutant that was carried out."""

    number: int
    family: str
    outcome: str
    what: str
    more: str
    size: int
    seconds: float
    bytes: int | None


def allowed_bytes(size: int) -> int:
    """How much memory a file of a size may take."""
    return BASE_BYTES + TIMES_SIZE * size
