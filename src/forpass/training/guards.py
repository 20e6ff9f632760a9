"""What protects a run: one BLAS thread for equal bits, and Ctrl-C that loses nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from forpass.engines.threads import libraries

__all__ = ["interruptible", "one_blas_thread"]


class _OneBlasThread:
    """Runs that overlap hold it together: the first begins, the last lets go."""

    def __init__(self) -> None:
        self._turn, self._holders = threading.Lock(), 0
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._turn:
            if not self._holders:
                self._limits = libraries().limit(limits=1, user_api="blas")
            self._holders += 1

    def __exit__(self, *error: object) -> None:
        with self._turn:
            self._holders -= 1
            if not self._holders and self._limits is not None:
                self._limits.restore_original_limits()


one_blas_thread = _OneBlasThread()
"""Holds BLAS to one thread: with more, some libraries divide sums and the bits change."""


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C into a question that training asks between stretches of steps.

    The first Ctrl-C is noted, so that no step is torn; a second one raises KeyboardInterrupt at
    once. Outside the main thread signals cannot be caught, and nothing is changed; nor where SIGINT
    is ignored, as in a shell's background jobs, or handled by something else than Python.
    """
    noted = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or before in (signal.SIG_IGN, None):
        yield noted.is_set
        return

    def note(number: int, frame: Any) -> None:
        noted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted.is_set
    finally:
        signal.signal(signal.SIGINT, before)
