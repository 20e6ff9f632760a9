"""A team of threads that carries out instructions together.

Threads divide outputs and never a sum, so that their number changes no bit. They are used only where a
step is long enough to pay for waiting for each other, some tenths of a microsecond a phase.
"""

from __future__ import annotations

import ctypes
import functools
import os
import time
from _thread import allocate_lock
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.language.code import STEP
from forpass.engines.compiled.language.types import LINE_BYTES
from forpass.engines.compiled.runtime.driver import TEAM_WORDS, YIELD, beginning, driver
from forpass.engines.compiled.runtime.uninterrupted import in_background, uninterrupted
from forpass.engines.threads import usable_threads

__all__ = ["Alone", "Pace", "Team", "in_concert", "threads_for", "threads_worth"]

ROWS = STEP.index("rows")

OPERATIONS_PER_THREAD = 700_000
"""Additions and multiplications of a step for which another thread pays: some 6 microseconds."""
OPERATIONS_OF_A_RUN = 150_000_000
"""And of a whole run for which waking threads pays: a millisecond and a half."""

OPERATIONS_OF_A_PART = 2_000_000_000
"""Of a long run, after which the pace is looked at: some 20 milliseconds of one thread."""
SHORTEST = 1 / 8
"""Such a share of it is a part that finds out what one thread, or a team that has rested, can do."""
WORTH = 0.95
"""Of the time of one thread: more than that no team may take."""
FORGETTING = 1.05
"""By so much longer a row is expected to take one thread, each time that one does a part."""
LONGEST_REST, LONGEST_SPELL = 64, 32
"""Parts after which a team that was too slow tries again, and after which one thread shows its pace again."""


def threads_worth(operations: int) -> int:
    """Return how many threads a step pays for."""
    return max(1, operations // OPERATIONS_PER_THREAD)


def threads_for(operations: int) -> int:
    """Return how many threads a step gets: as many as it pays for, if so many may be used."""
    wanted = threads_worth(operations)
    return 1 if wanted == 1 else min(wanted, usable_threads())


class Pace:
    """How long a row of a batch takes one thread and several, as last seen: whether several pay at present.

    On a busy machine threads wait for one of them that the system has put aside, and are up to three times as
    slow as one alone. So a team that was too slow rests, each time longer, and then tries again: for a short
    part first, and for one twice as long each time that it pays.

    Attributes
    ----------
    share : float
        How long the next part may be at most, as a share of a long one.
    """

    def __init__(self) -> None:
        self._alone, self._rest, self._pause, self._spell = 0.0, 0.0, 1.0, 0
        self._trusted = self.share = SHORTEST

    def several(self) -> bool:
        """Whether several threads are to do the next part; one, where it is not known how long that takes."""
        if self._rest > 0.0:
            self._rest -= 1.0
            self.share = 1.0
            return False
        if not self._alone or self._spell == LONGEST_SPELL:
            self._spell, self.share = 0, SHORTEST
            return False
        self.share = self._trusted
        return True

    def note(self, several: bool, seconds: float) -> None:
        """Take note of the seconds that a row took several threads, or one."""
        if not several:  # the best it can do, which is forgotten little by little
            self._alone = min(seconds, FORGETTING * self._alone or seconds)
        elif seconds <= WORTH * self._alone:
            self._pause, self._spell = max(1.0, self._pause - self.share), self._spell + 1
            self._trusted = min(1.0, 2.0 * self._trusted)
        else:
            self._rest = self._pause = min(4.0 * self._pause, LONGEST_REST)
            self._trusted, self._spell = SHORTEST, 0


class Team:
    """Threads that go through the same instructions, each doing its share.

    Waking them costs from 0.05 milliseconds to 0.2 on a virtual machine that has to wake a processor.

    Parameters
    ----------
    threads : int
        How many there may be.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._pace = Pace()
        self._at_work = allocate_lock()

    def run(
        self,
        instructions: NDArray[np.int64],
        steps: NDArray[np.int64],
        bad: NDArray[Any],
        scratch: int,
        operations: int = 0,
        most: int | None = None,
        reads: Any = None,
    ) -> int:
        """Carry out the steps; return how many were good.

        Parameters
        ----------
        instructions, steps : int64 arrays (., words)
        bad : int64 array (1,)
            Where a step notes that a parameter is not finite.
        scratch : int
            Bytes of room that each thread needs for itself. It begins anywhere: at the beginning of a
            line of the cache no step was faster.
        operations : int
            Additions and multiplications of a step.
        most : int, optional
            At most so many threads take part this time.
        reads : object
            Keeps alive what the words of the steps point to.
        """
        pays = operations * len(steps) >= OPERATIONS_OF_A_RUN
        allowed = self.threads if most is None else max(1, min(self.threads, most))
        threads = min(allowed, threads_worth(operations)) if pays else 1
        call, rooms, words = driver(), np.empty((threads, scratch), np.uint8), _words_of_a_team()

        def work(steps: NDArray[np.int64], thread: int, threads: int, reads: Any = reads) -> int:
            # every array is named here, so that it lives as long as somebody is at work
            done: int = call(
                instructions.ctypes.data,
                len(instructions),
                steps.ctypes.data,
                len(steps),
                rooms[thread].ctypes.data,
                bad.ctypes.data,
                words.ctypes.data,
                thread,
                threads,
            )
            return done

        def together(part: NDArray[np.int64]) -> int:
            with self._at_work:  # by a run whose caller was interrupted
                return in_concert(functools.partial(work, part), threads)

        def alone(part: NDArray[np.int64]) -> int:
            with self._at_work:
                return work(part, 0, 1)

        if threads == 1:
            return work(steps, 0, 1)
        done, pace = 0, self._pace
        while done < len(steps):
            several = pace.several()
            most_operations = int(pace.share * OPERATIONS_OF_A_PART)
            part = steps[done : done + max(1, most_operations // max(1, operations))]
            began = time.perf_counter()
            # Were the main thread one of the team and interrupted, the others would wait for it for ever. One
            # thread is this one: to hand a part over and back costs a tenth of it where others want to run
            good = uninterrupted(functools.partial(together, part)) if several else alone(part)
            # by rows, because batches of other lengths use the same instructions
            pace.note(several, (time.perf_counter() - began) / max(1, int(part[:, ROWS].sum())))
            done += good
            if good < len(part):
                break
        return done


class Alone:
    """One thread that goes through instructions by itself, of which it found the addresses once.

    To ask NumPy for an address takes a microsecond, and a row is predicted in a few.

    Parameters
    ----------
    instructions, bad, scratch
        As for `Team.run`. The room is its own, so it serves one caller at a time.
    """

    def __init__(self, instructions: NDArray[np.int64], bad: NDArray[Any], scratch: int) -> None:
        room, words = np.empty(scratch, np.uint8), _words_of_a_team()
        self._call, self._bad = driver(), bad
        self._kept = instructions, room, bad, words  # as long as their addresses are used
        self._before = instructions.ctypes.data, len(instructions)
        self._behind = room.ctypes.data, bad.ctypes.data, words.ctypes.data, 0, 1

    def run(self, steps: NDArray[np.int64]) -> int:
        """Carry out the steps; return how many were good."""
        self._bad[...] = 0
        done: int = self._call(*self._before, beginning(steps), len(steps), *self._behind)
        return done


def in_concert(work: Callable[[int, int], int], threads: int) -> int:
    """Let threads 0, 1, ... do a work, fewer where the system gives no more threads."""
    started = 0
    ready, ends = allocate_lock(), [allocate_lock() for _ in range(threads)]
    ready.acquire()

    def follow(thread: int) -> None:
        with ready:  # when it is known how many there are
            pass
        try:
            work(thread, started + 1)
        finally:
            ends[thread].release()

    for thread in range(1, threads):
        try:
            in_background(functools.partial(follow, thread))
        except RuntimeError:
            break
        ends[thread].acquire()
        started = thread
    ready.release()
    done = work(0, started + 1)
    for end in ends[1 : started + 1]:
        end.acquire()
    return done


def _words_of_a_team() -> NDArray[np.int64]:
    """Return where threads meet, at the beginning of a line of memory."""
    words = np.zeros(TEAM_WORDS + LINE_BYTES // 8, np.int64)
    begin = -words.ctypes.data % LINE_BYTES // 8
    words[begin + YIELD] = _address_of_yield()
    return words[begin : begin + TEAM_WORDS]


@functools.cache
def _address_of_yield() -> int:
    windows = os.name == "nt"
    library = ctypes.CDLL("kernel32" if windows else None)
    function = library.SwitchToThread if windows else library.sched_yield
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)
