"""A limit of time that holds for several things in a row."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Clock", "OutOfTimeError", "running_since"]


class OutOfTimeError(Exception):
    """There is no time left for what is going on; whoever began it goes on without."""


class Clock:
    """How much is left of a limit of time.

    Parameters
    ----------
    limit : float or None
        In seconds; None: there is no limit.
    began : float, optional
        When it began to run, by `time.monotonic`; by default now, or when `running_since` says.

    Examples
    --------
    >>> Clock(None).left, Clock(60.0).part(0.5).left < 30.0, Clock(60.0, began=time.monotonic() - 61.0).left
    (inf, True, 0.0)
    """

    def __init__(self, limit: float | None, began: float | None = None) -> None:
        began = began or _BEGAN.get() or time.monotonic()
        self._end = math.inf if limit is None else began + limit

    @property
    def left(self) -> float:
        """Seconds; infinite without a limit, 0 when the time is up."""
        return max(0.0, self._end - time.monotonic())

    def part(self, share: float) -> Clock:
        """Return a clock of its own for a share of what is left."""
        return Clock(None if math.isinf(self._end) else share * self.left, time.monotonic())


@contextmanager
def running_since(moment: float) -> Iterator[None]:
    """Let clocks have begun at a moment, by `time.monotonic`: what came before counts too.

    Examples
    --------
    >>> with running_since(time.monotonic() - 50.0):
    ...     Clock(60.0).left < 10.0
    True
    """
    before = _BEGAN.set(moment)
    try:
        yield
    finally:
        _BEGAN.reset(before)


_BEGAN: ContextVar[float | None] = ContextVar("when clocks began", default=None)
