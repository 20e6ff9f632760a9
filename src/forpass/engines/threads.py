"""How many threads this process may use."""

from __future__ import annotations

import math
import os

from forpass.engines.blas import threads_of_libraries
from forpass.spec.require import whole_number

__all__ = ["processors", "require_threads", "usable_threads"]

CONTAINER = "/sys/fs/cgroup"
"""Where Linux says what share of the processors a container has."""


def require_threads(name: str, threads: int | None) -> None:
    """Refuse what is no number of threads that may take part; None is as many as pay.

    Raises
    ------
    SpecError
    """
    if threads is not None:
        whole_number(name, threads)


def usable_threads() -> int:
    """Return the number of threads this process may use.

    The least of: `processors`, OMP_NUM_THREADS, which joblib sets for its workers too, and the limits that
    threadpoolctl has set on libraries of linear algebra; not that to which training holds these for a while.
    """
    limits = [processors(), *_said("OMP_NUM_THREADS"), *threads_of_libraries()]
    return int(max(1, min(limits)))


def processors() -> int:
    """Return the number of processors that this process may use.

    The least of: those that there are, those it may run on, its container's share (rounded up), and
    LOKY_MAX_CPU_COUNT; what joblib's ``cpu_count`` returns, whose import takes a tenth of a second.
    """
    limits = [os.cpu_count() or 1, *_share_of_container(), *_said("LOKY_MAX_CPU_COUNT")]
    if hasattr(os, "sched_getaffinity"):
        limits.append(len(os.sched_getaffinity(0)))
    return max(1, min(limits))


def _said(variable: str) -> list[int]:
    """Return the number that a variable of the environment holds, if it does."""
    given = os.environ.get(variable, "")
    return [int(given)] if given.isascii() and given.isdigit() else []


def _read(name: str) -> str:
    """Return what a file about the container says."""
    with open(os.path.join(CONTAINER, name), encoding="ascii") as file:
        return file.read()


def _share_of_container() -> list[int]:
    """Return how many processors a container may keep at work; nothing where there is no limit.

    It is a quota of microseconds in each period of so many: a file with both, or a file for each.
    """
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = map(int, " ".join(map(_read, names)).split())
        except (OSError, ValueError):  # no such file, or "max"
            continue
        if quota > 0 and period > 0:
            return [math.ceil(quota / period)]
    return []
