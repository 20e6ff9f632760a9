"""A team of threads that carries out instructions together.

Threads divide outputs and never a sum, so that their number changes no bit. They are used only where a
step is long enough to pay for waiting for each other, some tenths of a microsecond a phase.
"""

from __future__ import annotations

import ctypes
import functools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.code import LINE_BYTES
from forpass.engines.compiled.driver import TEAM_WORDS, YIELD, driver

__all__ = ["Team", "members_for", "worth"]

OPERATIONS_PER_MEMBER = 700_000
"""Additions and multiplications of a step for which another thread pays: some 6 microseconds."""


def worth(operations: int) -> int:
    """Return how many threads a step pays for."""
    return max(1, operations // OPERATIONS_PER_MEMBER)


def members_for(operations: int) -> int:
    """Return how many threads a step gets: as many as it pays for, if so many may be used."""
    wanted = worth(operations)
    return 1 if wanted == 1 else min(wanted, _usable())


def _usable() -> int:
    """Return the number of threads this process may use.

    The least of: the processors it may run on, its container's share, what joblib leaves to a worker,
    OMP_NUM_THREADS, and the limits that threadpoolctl has set on libraries of linear algebra.
    """
    from joblib import cpu_count
    from threadpoolctl import threadpool_info

    limits = [cpu_count()]
    if (given := os.environ.get("OMP_NUM_THREADS", "")).isdigit():
        limits.append(int(given))
    limits += [pool["num_threads"] for pool in threadpool_info()]
    return int(max(1, min(limits)))


class Team:
    """Threads that go through the same instructions, each doing its share.

    Parameters
    ----------
    members : int
        The calling thread included.
    """

    def __init__(self, members: int = 1) -> None:
        self.members = members
        self._others: ThreadPoolExecutor | None = None
        self._process = os.getpid()
        words = np.zeros(TEAM_WORDS + LINE_BYTES // 8, np.int64)
        begin = -words.ctypes.data % LINE_BYTES // 8
        self._words = words[begin : begin + TEAM_WORDS]
        self._words[YIELD] = _address_of_yield()

    def run(
        self, instructions: NDArray[np.int64], steps: NDArray[np.int64], bad: NDArray[Any], scratch: int
    ) -> int:
        """Carry out the steps; return how many were good.

        Parameters
        ----------
        instructions, steps : int64 arrays (., words)
        bad : int64 array (1,)
            Where a step notes that a parameter is not finite.
        scratch : int
            Bytes of room that each member needs for itself.
        """
        call, rooms = driver(), np.empty((self.members, scratch), np.uint8)
        places = instructions.ctypes.data, len(instructions), steps.ctypes.data, len(steps)

        def work(member: int) -> int:
            shared = bad.ctypes.data, self._words.ctypes.data
            done: int = call(*places, rooms[member].ctypes.data, *shared, member, self.members)
            return done

        others = [self._executor().submit(work, member) for member in range(1, self.members)]
        done = work(0)
        for other in others:
            other.result()
        return done

    def _executor(self) -> ThreadPoolExecutor:
        # threads do not live on in a forked child, which needs its own
        if self._others is None or self._process != os.getpid():
            self._process = os.getpid()
            self._others = ThreadPoolExecutor(self.members - 1, thread_name_prefix="forpass")
        return self._others


@functools.cache
def _address_of_yield() -> int:
    windows = os.name == "nt"
    library = ctypes.CDLL("kernel32" if windows else None)
    function = library.SwitchToThread if windows else library.sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)
