"""Taking times fairly: everybody warmed up, in turns, each for as long as the others; medians."""

from __future__ import annotations

import functools
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

__all__ = ["Effort", "Taken", "Work", "in_turns"]

K = TypeVar("K")

PAUSE = 0.1
"""Seconds between turns: threads of the one before go on looking for work for a while, on the same cores."""


class Effort(NamedTuple):
    """How thoroughly to measure: turns that everybody gets, and how long each lasts."""

    rounds: int
    seconds: float


class Work(NamedTuple):
    """Something to be done a number of times, by a number of threads."""

    do: Callable[[int], object]
    threads: int


class Taken(NamedTuple):
    """Seconds of one repetition: the median of the turns, and their quartiles."""

    median: float
    lower: float
    upper: float


def in_turns(works: Mapping[K, Work], effort: Effort) -> dict[K, Taken]:
    """Return the seconds of one repetition for each, taken in turns so that all suffer alike."""
    names, counts = list(works), {name: _repetitions(work, effort) for name, work in works.items()}
    seconds: dict[K, list[float]] = {name: [] for name in names}
    for turn in range(effort.rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:  # nobody always comes after the same one
            time.sleep(PAUSE)
            seconds[name].append(_seconds_of(works[name], counts[name]) / counts[name])
    return {name: Taken(*np.percentile(taken, (50, 25, 75)).tolist()) for name, taken in seconds.items()}


def _repetitions(work: Work, effort: Effort) -> int:
    """Return how often a thing is to be repeated within a turn; it is warm afterwards."""
    _seconds_of(work, 1)
    count, took = 1, _seconds_of(work, 1)
    while took < effort.seconds / 4:  # what is done once, such as making the network, is not to count
        count *= max(2, math.floor(effort.seconds / 4 / max(took, 1e-9)))
        took = _seconds_of(work, count)
    return max(1, round(count * effort.seconds / took))


def _seconds_of(work: Work, count: int) -> float:
    with _at_most(work.threads):
        began = time.perf_counter()
        work.do(count)
        return time.perf_counter() - began


@contextmanager
def _at_most(threads: int) -> Iterator[None]:
    """Hold every library to a number of threads."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    with _libraries(len(sys.modules)).limit(limits=threads):
        yield


@functools.lru_cache(maxsize=1)
def _libraries(n_modules: int) -> ThreadpoolController:
    """Looked for again when something was imported since."""
    return ThreadpoolController()
