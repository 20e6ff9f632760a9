"""Which mutant has which number: a function of a seed and the number alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forpass.bench.mutants.bases import CHECKPOINT, MODELS, TABLE, Bases
from forpass.bench.mutants.damage import Chance, damaged
from forpass.bench.mutants.forging import forged, misdescribed
from forpass.bench.mutants.tables import miswritten, rewritten

__all__ = ["FAMILIES", "Case", "case_of"]

FAMILIES = {
    "model, bytes changed": 4,
    "model, content changed and signed": 6,
    "model, container changed": 2,
    "checkpoint, bytes changed": 1,
    "checkpoint, content changed and signed": 2,
    "table, written otherwise, predicted": 1,
    "table, written wrongly, predicted": 3,
    "table, written wrongly, learnt from": 1,
}
"""Kinds of mutants, and how many of each there are among twenty in a row."""

_ORDER = [family for family, count in FAMILIES.items() for _ in range(count)]


class Case(NamedTuple):
    """A mutant, and what is to be done with it.

    Attributes
    ----------
    family : str
        One of `FAMILIES`.
    base : str
        Of which good file it was made.
    what : str
        What was done to that.
    blob : bytes
    unchanged : bool
        Whether what is read, if anything, must be what the good file says.
    """

    family: str
    base: str
    what: str
    blob: bytes
    unchanged: bool


def case_of(seed: int, number: int, bases: Bases) -> Case:
    """Return the mutant of a number."""
    rng = np.random.default_rng([seed, number])
    family = _ORDER[number * 7 % len(_ORDER)]  # all kinds among any twenty in a row
    subject, how = family.split(", ", 1)
    if subject == "table":
        what, blob = _of_table(how, bases.blobs[TABLE].decode(), rng)
        return Case(family, TABLE, what, blob, "otherwise" in how)
    base, other = (CHECKPOINT, CHECKPOINT) if subject == "checkpoint" else _two(rng)
    if "bytes" in how:
        what, blob = damaged(bases.blobs[base], bases.blobs[other], rng)
    elif "container" in how:
        what, blob = misdescribed(bases.said[base], rng)
    else:
        what, blob = forged(bases.said[base], bases.said[other], rng)
    return Case(family, base, what, blob, "content" not in how)


def _of_table(how: str, text: str, rng: Chance) -> tuple[str, bytes]:
    return rewritten(text, rng) if "otherwise" in how else miswritten(text, rng)


def _two(rng: Chance) -> tuple[str, str]:
    """Two of the models."""
    a, b = rng.integers(0, len(MODELS), 2).tolist()
    return MODELS[a], MODELS[b]
