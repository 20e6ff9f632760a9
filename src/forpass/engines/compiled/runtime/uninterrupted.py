"""Tasks that run to their end even if their caller is interrupted."""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from typing import TypeVar

__all__ = ["in_background", "uninterrupted"]

T = TypeVar("T")


def uninterrupted(task: Callable[[], T]) -> T:
    """Do a task in another thread, wait for it, and return what it returns.

    An interrupt (Ctrl-C, an alarm) reaches only the main thread, and may raise there at any line. Here
    that thread only waits; whatever becomes of it, the task goes on to its end, and what it works on
    stays in memory. That is why bare locks and threads are used: those of `threading` are written in
    Python and can themselves be interrupted half-way.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    ended = allocate_lock()
    ended.acquire()

    def carry_out() -> None:
        try:
            results.append(task())
        except BaseException as error:  # noqa: BLE001  # raised again where it was asked for
            errors.append(error)
        finally:
            ended.release()

    def wait() -> None:
        while not (results or errors):
            ended.acquire()

    try:
        in_background(carry_out)
    except RuntimeError:  # the system gives no more threads
        carry_out()
    try:
        wait()
    finally:
        wait()
    if errors:
        raise errors[0]
    return results[0]


class _Worker:
    """A thread that waits for tasks: one that is used again is awake sooner, and on a processor of its own.

    (Two new threads began on the same processor here, and lost 10 milliseconds until they were parted.)
    """

    def __init__(self) -> None:
        self._task: Callable[[], object] | None = None
        self._go = allocate_lock()
        self._go.acquire()
        start_new_thread(self._live, ())

    def begin(self, task: Callable[[], object]) -> None:
        self._task = task
        self._go.release()

    def _live(self) -> None:
        while True:
            self._go.acquire()
            task, self._task = self._task, None
            assert task is not None
            task()
            del task  # and what it works on
            _idle.append(self)


_idle: list[_Worker] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # threads do not live on in a child


def in_background(task: Callable[[], object]) -> None:
    """Begin a task, which must not raise, in another thread.

    Raises
    ------
    RuntimeError
        When the system gives no more threads.
    """
    try:
        worker = _idle.pop()
    except IndexError:
        worker = _Worker()
    worker.begin(task)
