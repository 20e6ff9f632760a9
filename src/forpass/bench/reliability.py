"""`forpass bench reliability`: what becomes of files that are not what they should be, and of kills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from forpass.bench.kills import kills_section, measure_kills
from forpass.bench.mutants import measure_mutants, mutants_section
from forpass.bench.place import in_words, when_and_where

__all__ = ["measure_reliability", "reliability_page"]

PAGE = """\
# Reliability

Made by `forpass bench reliability --mutants {mutants}{kills} --out docs/reliability.md` on {when_and_where}.
"""


def measure_reliability(
    mutants: int, seed: int = 0, note: Callable[[str], object] = print, kills: int = 0
) -> dict[str, Any]:
    """Measure everything, on this machine, now.

    Parameters
    ----------
    mutants : int
        How many files that differ from good ones are tried.
    seed : int
        Decides which.
    note : callable
        Is told how far it is.
    kills : int
        How many trainings are killed.

    Returns
    -------
    dict
        Plain data: ``date``, ``machine``, ``versions``, ``mutants`` as of `measure_mutants`, and
        ``kills`` as of `measure_kills`.
    """
    found = {**when_and_where(), "mutants": measure_mutants(mutants, seed, note)}
    return {**found, "kills": measure_kills(kills, note)}


def reliability_page(found: Mapping[str, Any]) -> str:
    """Return what was measured as Markdown."""
    mutants, kills = found["mutants"], found["kills"]
    said = f" --kills {len(kills)}" if kills else ""
    head = PAGE.format(mutants=mutants["count"], kills=said, when_and_where=in_words(found))
    return "\n".join([head, mutants_section(mutants), *([kills_section(kills)] if kills else [])])
