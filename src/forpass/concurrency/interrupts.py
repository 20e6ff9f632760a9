"""Ctrl-C that loses nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from forpass.concurrency.sharing import current_share

__all__ = ["interruptible"]


@contextmanager
def interruptible() -> Iterator[Callable[[], str]]:
    """Turn Ctrl-C into a reason to end, which training checks between stretches of steps.

    The first Ctrl-C is noted, so that no step is left half done; a second one raises KeyboardInterrupt at
    once. Outside the main thread signals cannot be caught, and nothing is changed; nor where SIGINT is
    ignored, as in a shell's background jobs, or handled by something other than Python. Pieces of work that
    run side by side ask their pool, which handles the signal.
    """
    if (share := current_share()) is not None:
        yield share.reason
        return
    noted: list[int] = []  # an Event has a lock, which is not needed here and takes 3 us to make
    before = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or before in (signal.SIG_IGN, None):
        yield lambda: ""
        return

    def note(number: int, frame: Any) -> None:
        noted.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: "interrupted" if noted else ""
    finally:
        signal.signal(signal.SIGINT, before)
