"""A team of threads that carries out a sheet of instructions together."""

from __future__ import annotations

import ctypes
import os
import threading

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.driver import TEAM_WORDS, YIELD, driver

__all__ = ["Team"]


class Team:
    """Threads that go through the same instructions, each doing its share.

    Parameters
    ----------
    members : int
    """

    def __init__(self, members: int = 1) -> None:
        self.members = members

    def run(
        self, instructions: NDArray[np.int64], steps: NDArray[np.int64], bad: NDArray[np.int64], scratch: int
    ) -> int:
        """Carry out the steps; return how many were good."""
        words = np.zeros(TEAM_WORDS + 8, np.int64)
        begin = -words.ctypes.data % 64 // 8
        team = words[begin : begin + TEAM_WORDS]
        team[YIELD] = _address_of_yield()
        rooms = np.empty((self.members, scratch), np.uint8)
        call = driver()
        done = [0] * self.members

        def work(member: int) -> None:
            done[member] = call(
                instructions.ctypes.data,
                len(instructions),
                steps.ctypes.data,
                len(steps),
                rooms[member].ctypes.data,
                bad.ctypes.data,
                team.ctypes.data,
                member,
                self.members,
            )

        others = [threading.Thread(target=work, args=(member,)) for member in range(1, self.members)]
        for thread in others:
            thread.start()
        work(0)
        for thread in others:
            thread.join()
        return done[0]


def _address_of_yield() -> int:
    windows = os.name == "nt"
    library = ctypes.CDLL("kernel32" if windows else None)
    function = library.SwitchToThread if windows else library.sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)
