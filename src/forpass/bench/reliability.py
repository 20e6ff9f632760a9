"""`forpass bench reliability`: what becomes of files that are not as they should be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from forpass.bench.mutants import measure_mutants, mutants_section
from forpass.bench.place import in_words, when_and_where

__all__ = ["measure_reliability", "reliability_page"]

PAGE = """\
# Reliability

Made by `forpass bench reliability --mutants {mutants} --out docs/reliability.md` on {when_and_where}.
"""


def measure_reliability(mutants: int, seed: int = 0, note: Callable[[str], object] = print) -> dict[str, Any]:
    """Measure everything, on this machine, now.

    Parameters
    ----------
    mutants : int
        How many files that differ from good ones are tried.
    seed : int
        Decides which.
    note : callable
        Is told how far it is.

    Returns
    -------
    dict
        Plain data: ``date``, ``machine``, ``versions``, and ``mutants`` as of `measure_mutants`.
    """
    return {**when_and_where(), "mutants": measure_mutants(mutants, seed, note)}


def reliability_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    head = PAGE.format(mutants=found["mutants"]["count"], when_and_where=in_words(found))
    return "\n".join([head, mutants_section(found["mutants"])])
