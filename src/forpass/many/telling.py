"""Events of runs side by side, told to one listener one at a time."""

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
        For each run: tells its events while no other is told. None where nobody listens.
    reason : str
        ``"listener"`` when all of them are to end, because the listener said so.
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
        """Tell an event of a run; of networks within one of these works nobody is to count."""
        many = isinstance(event, NetworksStarted | NetworkEnded | NetworksEnded)
        return None if many else self._tell(event)

    def _tell(self, event: Event) -> bool | None:
        if self._listener is None:
            return None
        with self._turn:
            return self._listener(event)
