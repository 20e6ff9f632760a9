"""What becomes of a command that is told to end (SIGTERM)."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["on_sigterm"]

ONCE_SECONDS = 1.0
"""Signals within this time are one: timeout(1) sends one to a process, and at once another to its group."""


@contextmanager
def on_sigterm(told: Callable[[], object]) -> Iterator[None]:
    """Let SIGTERM call a function, which raises, while a block runs.

    A block that was told leaves a process that is about to end: it is not told again.
    """
    last: float | None = None

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if before is None or last - before > ONCE_SECONDS:
            told()

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield
    finally:
        if last is not None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        elif signal.getsignal(signal.SIGTERM) is hear:
            signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)
