"""Events of runs side by side, passed on to one listener one at a time."""

from __future__ import annotations

import threading
from typing import Self

from forpass.training.events import Event, Listener, NetworkEnded, NetworksEnded, NetworksStarted

__all__ = ["Telling"]


class Telling:
    """One listener of many runs, from the first to the last of them.

    Attributes
    ----------
    listener : callable or None
        The listener for each run: it passes events on, one at a time. None without a listener.
    reason : str
        ``"listener"`` once the listener has asked all of them to end.
    """

    def __init__(self, listener: Listener | None, count: int, work: float) -> None:
        self._listener, self._started = listener, NetworksStarted(count, work)
        self._turn = threading.RLock()  # a listener may end its run, which tells so at once
        self.listener: Listener | None = None if listener is None else self._tell_of_a_run
        self.reason = ""

    def __enter__(self) -> Self:
        self._tell(self._started)
        return self

    def __exit__(self, *error: object) -> None:
        if not any(error):
            self._tell(NetworksEnded())

    def ended(self, event: NetworkEnded) -> None:
        """Tell that one has ended."""
        if self._tell(event) is True:
            self.reason = "listener"

    def _tell_of_a_run(self, event: Event) -> bool | None:
        """Pass on an event of a run, but not those that count networks trained within it."""
        many = isinstance(event, NetworksStarted | NetworkEnded | NetworksEnded)
        return None if many else self._tell(event)

    def _tell(self, event: Event) -> bool | None:
        if self._listener is None:
            return None
        with self._turn:
            return self._listener(event)
