"""Bytes changed by chance: what a bad disk, a broken transfer or somebody with an editor makes of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

__all__ = ["DAMAGES", "Damage", "damaged"]

Chance: TypeAlias = np.random.Generator
Damage: TypeAlias = Callable[[bytes, bytes, Chance], bytes]
"""From a file, another one and chance to the damaged file."""


def flipped(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """One bit, or some."""
    found = bytearray(blob)
    for place in rng.integers(0, len(blob), int(rng.integers(1, 9))).tolist():
        found[place] ^= 1 << int(rng.integers(8))
    return bytes(found)


def overwritten(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """A stretch of bytes by others: by chance, all the same, or from elsewhere."""
    begin, end = _stretch(blob, rng)
    n = end - begin
    some = rng.bytes(n), bytes([int(rng.choice([0, 0xFF, 0x20, 0x22, 0x0A]))]) * n, other[begin:end]
    return blob[:begin] + some[int(rng.integers(3))] + blob[end:]


def cut(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """Without its end, or without its beginning."""
    place = int(rng.integers(0, len(blob)))
    return blob[:place] if rng.random() < 0.7 else blob[place:]


def deleted(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """Without a stretch in the middle."""
    begin, end = _stretch(blob, rng)
    return blob[:begin] + blob[end:]


def doubled(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """With a stretch that stands there twice, or many times."""
    begin, end = _stretch(blob, rng)
    times = int(rng.choice([2, 3, 50])) if end - begin < 200 else 2
    return blob[:begin] + blob[begin:end] * times + blob[end:]


def inserted(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """With bytes that do not belong there."""
    place = int(rng.integers(0, len(blob) + 1))
    return blob[:place] + rng.bytes(int(rng.integers(1, 40))) + blob[place:]


def spliced(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """The beginning of one file and the end of another."""
    place = int(rng.integers(0, len(blob)))
    return blob[:place] + other[int(rng.integers(0, len(other))) if rng.random() < 0.5 else place :]


def swapped(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """With two stretches in each other's place."""
    a, b, c, d = sorted(rng.integers(0, len(blob) + 1, 4).tolist())
    return blob[:a] + blob[c:d] + blob[b:c] + blob[a:b] + blob[d:]


def lengthened(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """With something behind its end."""
    return blob + (other, b"\x00" * 64, rng.bytes(9), b" ")[int(rng.integers(4))]


def mismeasured(blob: bytes, other: bytes, rng: Chance) -> bytes:
    """With another number in its first eight bytes, where models say how long their header is."""
    size = int.from_bytes(blob[:8], "little")
    wrong = 0, 1, size - 1, size + 1, size + 8, 2**31, 2**60, 2**63, 2**64 - 1, len(blob), len(blob) - 8
    return (wrong[int(rng.integers(len(wrong)))] % 2**64).to_bytes(8, "little") + blob[8:]


DAMAGES: tuple[Damage, ...] = (
    flipped,
    overwritten,
    cut,
    deleted,
    doubled,
    inserted,
    spliced,
    swapped,
    lengthened,
    mismeasured,
)


def damaged(blob: bytes, other: bytes, rng: Chance) -> tuple[str, bytes]:
    """Return what was done to a file, and what it has become: mostly one damage, sometimes several."""
    done = []
    for _ in range(1 if rng.random() < 0.8 else int(rng.integers(2, 5))):
        damage = DAMAGES[int(rng.integers(len(DAMAGES)))]
        if not blob:
            break
        done.append(damage.__name__)
        blob = damage(blob, other, rng)
    return ", ".join(done), blob


def _stretch(blob: bytes, rng: Chance) -> tuple[int, int]:
    """Where a stretch begins and ends, mostly a short one."""
    longest = len(blob) if rng.random() < 0.1 else min(len(blob), int(rng.choice([1, 4, 16, 256])))
    begin = int(rng.integers(0, len(blob)))
    return begin, min(len(blob), begin + int(rng.integers(1, longest + 1)))
