"""What runs side by side are told: how many threads to use, and whether to end.

It is found in the context, so that everything that trains (a network, the networks of a fold) complies
without an argument for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

__all__ = ["Share", "allowed_threads", "current_share", "reason_to_end", "sharing"]


class Share(NamedTuple):
    """The share of one of several pieces of work that run side by side.

    Attributes
    ----------
    threads : callable
        Returns how many threads it may use now.
    reason : callable
        Returns why it is to end, a reason of `TrainingEnded`; "" while it may go on.
    """

    threads: Callable[[], int]
    reason: Callable[[], str]


_SHARE: ContextVar[Share | None] = ContextVar("what may be taken", default=None)


def current_share() -> Share | None:
    """Return the share that holds here; None where nothing runs side by side."""
    return _SHARE.get()


def allowed_threads(threads: int | None) -> int | None:
    """Return how many of the threads that were asked for may be used now; None: as many as pay."""
    share = _SHARE.get()
    if share is None:
        return threads
    return share.threads() if threads is None else min(threads, share.threads())


def reason_to_end() -> str:
    """Return why the work here is to end; "" while it may go on, or where nothing runs side by side."""
    share = _SHARE.get()
    return "" if share is None else share.reason()


@contextmanager
def sharing(share: Share) -> Iterator[None]:
    """Hold whatever trains in this block to a share.

    Examples
    --------
    >>> with sharing(Share(lambda: 2, lambda: "")):
    ...     allowed_threads(None), allowed_threads(8), allowed_threads(1)
    (2, 2, 1)
    >>> allowed_threads(8)
    8
    """
    before = _SHARE.set(share)
    try:
        yield
    finally:
        _SHARE.reset(before)
