"""A pool: pieces of work side by side, each on a thread of its own, as many at a time as there are cores.

They are threads of one process, and share what they read: an engine carries out its steps without Python's
lock. A piece that ends gives its core to the next; when none is left to begin, those that are under way share
the cores that become free. A piece may itself let others go side by side, within its share.
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
"""Where waiting for a lock cannot be interrupted (Windows), an interrupt is seen after so long."""


def side_by_side(
    works: Sequence[Callable[[], T]],
    *,
    threads: int | None = None,
    reason: Callable[[], str] = lambda: "",
    order: Sequence[int] | None = None,
    fits: Callable[[int], bool] = lambda number: True,
) -> tuple[list[T | None], str]:
    """Carry out pieces of work side by side.

    Parameters
    ----------
    works : sequence of callables
        What they train asks them to end, and for its number of threads, by `concurrency.sharing`.
    threads : int, optional
        So many go side by side, or fewer that share as many threads; by default as many as may be used.
    reason : callable
        Why all of it is to end; "" while it goes on.
    order : sequence of int, optional
        The order in which they begin; by default their own.
    fits : callable
        Whether a piece may begin, for which there may be too little time.

    Returns
    -------
    results : list
        In the order of the works; None for what was not begun.
    ended : str
        ``"done"``, or why not everything was begun, or ended by itself.

    Raises
    ------
    Exception
        Of a piece: those behind it end at their next stretch of steps. Of several, that of the first.
    KeyboardInterrupt
        At the second Ctrl-C, at once; at the first what is under way ends, and nothing else begins.
    """
    cores = cores_for(threads)
    with interruptible() as interrupted, one_blas_thread(), asked_here():
        pool = _Pool(works, cores, lambda: interrupted() or reason(), order, fits)
        pool.run()
    results = [pool.results.get(number) for number in range(len(works))]
    return results, pool.ended or ("done" if len(pool.results) == len(works) else "max_seconds")


def each_of(works: Sequence[Callable[[], T]], *, threads: int) -> list[T]:
    """Carry out short pieces of work side by side, all of them, and return what comes of each.

    No limit of time ends them, and Ctrl-C raises KeyboardInterrupt at once.

    Parameters
    ----------
    works : sequence of callables
    threads : int
        So many go side by side; with 1 they are carried out here, one after the other.

    Raises
    ------
    Exception
        Of a piece; of several, that of the first.

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
    """Return what tells how many pieces may go side by side here, now and then.

    That is so many, or as many as threads may be used; within a piece of work, no more than its share.
    """
    share, usable = current_share(), threads or 0
    if share is None:
        most = usable or usable_threads()
        return lambda: most
    return lambda: min(usable or share.threads(), share.threads())


class _Pool(Generic[T]):
    """Workers and what is left for them to do."""

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
        """Let workers do everything; wait for them, and raise the error of the first piece that failed."""
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
        """Why to end, a piece or all; remembered, so that everybody hears the same."""
        self.ended = self.ended or self._reason()
        # pieces before one that failed go on: then the first of those that fail does not depend on time
        failed = self.errors and (number is None or number > min(self.errors))
        return self.ended or ("failed" if failed else "")

    def _engage(self) -> None:
        """Let workers begin while there is something to do and a core to do it."""
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
        """Do one piece after another."""
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
        """Its share of the cores: all the same, but for those that remain, which the first ones get."""
        workers = list(self._workers)
        if worker not in workers:
            return 1
        each, remain = divmod(self.cores(), len(workers))
        return max(1, each + (workers.index(worker) < remain))
