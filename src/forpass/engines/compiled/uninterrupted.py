"""Work that has to go on to its end, whatever happens to who asked for it."""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread
from collections.abc import Callable
from typing import TypeVar

__all__ = ["uninterrupted"]

T = TypeVar("T")


def uninterrupted(task: Callable[[], T]) -> T:
    """Do a task in a thread of its own, wait for it, and return what it returns.

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
        start_new_thread(carry_out, ())
    except RuntimeError:  # the system gives no more threads
        carry_out()
    try:
        wait()
    finally:
        wait()
    if errors:
        raise errors[0]
    return results[0]
