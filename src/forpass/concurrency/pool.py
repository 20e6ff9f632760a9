"""A pool: pieces of work side by side, each on a thread of its own, as many at a time as there are cores.

They are threads of one process and share the data they read: engines compute without Python's global lock. A
piece that ends gives its core to the next; when none is left to begin, those under way share the cores that
become free. A piece may itself run others side by side, within its share.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from forpass.concurrency.interrupts import interruptible
from forpass.concurrency.sharing import Share, current_share, sharing
from forpass.engines.blas import one_blas_thread
from forpass.engines.threads import usable_threads
from forpass.told import asked_here

__all__ = ["cores_for", "each_of", "side_by_side"]

T = TypeVar("T")

SECONDS_BETWEEN_LOOKS = 0.1
"""How soon an interrupt is noticed where waiting for a lock cannot be interrupted (Windows)."""


def side_by_side(
    works: Sequence[Callable[[], T]],
    *,
    threads: int | None = None,
    reason: Callable[[], str] = lambda: "",
    order: Sequence[int] | None = None,
    fits: Callable[[int], bool] = lambda number: True,
) -> tuple[list[T | None], str]:
    """Run pieces of work side by side.

    Parameters
    ----------
    works : sequence of callables
        They learn by `concurrency.sharing` how many threads they may use, and whether they are to end.
    threads : int, optional
        The number of pieces at a time, or fewer that share as many threads; by default all cores.
    reason : callable
        Returns why everything is to end; "" while it may go on.
    order : sequence of int, optional
        The order in which pieces begin; by default their own.
    fits : callable
        Returns whether the piece of a number may begin, for which there may be too little time.

    Returns
    -------
    results : list
        In the order of the works; None for what was not begun.
    ended : str
        ``"done"``, or why not every piece was begun, or came to its own end.

    Raises
    ------
    Exception
        Raised by a piece: those after it end at their next stretch of steps. Of several, that of the first.
    KeyboardInterrupt
        At the second Ctrl-C, at once; at the first, pieces under way end and no other begins.
    """
    cores = cores_for(threads)
    with interruptible() as interrupted, one_blas_thread(), asked_here():
        pool = _Pool(works, cores, lambda: interrupted() or reason(), order, fits)
        pool.run()
    results = [pool.results.get(number) for number in range(len(works))]
    return results, pool.ended or ("done" if len(pool.results) == len(works) else "max_seconds")


def each_of(works: Sequence[Callable[[], T]], *, threads: int) -> list[T]:
    """Run all of several short pieces of work side by side, and return their results.

    No time limit ends them, and Ctrl-C raises KeyboardInterrupt at once.

    Parameters
    ----------
    works : sequence of callables
    threads : int
        The number at a time; with 1 they run in this thread, one after the other.

    Raises
    ------
    Exception
        Raised by a piece; of several, that of the first.

    Examples
    --------
    >>> each_of([lambda n=n: n * n for n in range(4)], threads=2)
    [0, 1, 4, 9]
    """
    if threads == 1:
        return [work() for work in works]
    pool = _Pool(works, lambda: threads)
    pool.run()
    return [pool.results[number] for number in range(len(works))]


def cores_for(threads: int | None) -> Callable[[], int]:
    """Return a function that tells how many pieces may run side by side here at the moment.

    That is `threads`, by default all cores; within a piece of work, no more than its share.
    """
    share, usable = current_share(), threads or 0
    if share is None:
        most = usable or usable_threads()
        return lambda: most
    return lambda: min(usable or share.threads(), share.threads())


class _Pool(Generic[T]):
    """Workers, and the pieces that are left for them."""

    def __init__(
        self,
        works: Sequence[Callable[[], T]],
        cores: Callable[[], int],
        reason: Callable[[], str] = lambda: "",
        order: Sequence[int] | None = None,
        fits: Callable[[int], bool] = lambda number: True,
    ) -> None:
        self.works, self.cores, self.fits = works, cores, fits
        self.waiting = list(range(len(works)) if order is None else order)
        self.results: dict[int, T] = {}
        self.errors: dict[int, BaseException] = {}
        self.ended = ""
        self._reason = reason
        self._workers: list[object] = []  # in the order in which they came
        self._turn, self._all_left = threading.Lock(), threading.Lock()
        self._context = contextvars.copy_context()

    def run(self) -> None:
        """Let workers run all pieces; wait for them, and raise the error of the first piece that failed."""
        self._all_left.acquire()
        with self._turn:
            self._engage()
            if not self._workers:  # there is nothing to do, or no time
                return
        try:
            # a bare lock, which an interrupt cannot tear; the workers' own is never held here meanwhile
            while not self._all_left.acquire(timeout=SECONDS_BETWEEN_LOOKS):
                pass
        except BaseException:
            self.ended = "interrupted"
            raise
        if self.errors:
            raise self.errors[min(self.errors)]

    def reason(self, number: int | None = None) -> str:
        """Return why a piece, or everything, is to end; remembered, so that all get the same answer."""
        self.ended = self.ended or self._reason()
        # pieces before one that failed go on, so that which failure is the first does not depend on timing
        failed = self.errors and (number is None or number > min(self.errors))
        return self.ended or ("failed" if failed else "")

    def _engage(self) -> None:
        """Start workers while there are pieces left and cores free."""
        while len(self._workers) < max(1, self.cores()) and (number := self._take()) is not None:
            worker = object()
            self._workers.append(worker)
            run = self._context.copy().run
            thread = threading.Thread(target=run, args=(self._live, worker, number), daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more threads
                self._workers.remove(worker)
                self.waiting.insert(0, number)
                if not self._workers:
                    raise
                return

    def _take(self) -> int | None:
        """Return the number of the next piece; None where there is none that may begin."""
        if not self.waiting or self.reason():
            return None
        found = next((number for number in self.waiting if self.fits(number)), None)
        if found is not None:
            self.waiting.remove(found)
        return found

    def _live(self, worker: object, number: int | None) -> None:
        """Run one piece after another."""
        while number is not None:
            with sharing(Share(lambda: self._threads_of(worker), partial(self.reason, number))):
                try:
                    self.results[number] = self.works[number]()
                except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
                    self.errors[number] = error
            number = self._next(worker)

    def _next(self, worker: object) -> int | None:
        """Return the number of the next piece; None where there is none for this worker, which leaves."""
        with self._turn:
            self._engage()
            found = self._take() if len(self._workers) <= max(1, self.cores()) else None
            if found is None:
                self._workers.remove(worker)
                if not self._workers:
                    self._all_left.release()
            return found

    def _threads_of(self, worker: object) -> int:
        """Return a worker's share of the cores: they are divided evenly, and the first get the remainder."""
        workers = list(self._workers)
        if worker not in workers:
            return 1
        each, remain = divmod(self.cores(), len(workers))
        return max(1, each + (workers.index(worker) < remain))
