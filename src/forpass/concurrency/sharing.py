"""What runs that go side by side ask of whoever lets them: how many threads to use, whether to end.

It is found in the context, so that everything that trains (a network, the networks of a fold) does its part
without being told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

__all__ = ["Share", "allowed_threads", "current_share", "reason_to_end", "sharing"]


class Share(NamedTuple):
    """What one of several that go side by side may take.

    Attributes
    ----------
    threads : callable
        How many threads it may use now.
    reason : callable
        Why it is to end, a word of `TrainingEnded`; "" while it may go on.
    """

    threads: Callable[[], int]
    reason: Callable[[], str]


_SHARE: ContextVar[Share | None] = ContextVar("what may be taken", default=None)


def current_share() -> Share | None:
    """Return what may be taken here; None where nobody else is at work."""
    return _SHARE.get()


def allowed_threads(threads: int | None) -> int | None:
    """Return how many threads may take part now of those that were asked for; None: as many as pay."""
    share = _SHARE.get()
    if share is None:
        return threads
    return share.threads() if threads is None else min(threads, share.threads())


def reason_to_end() -> str:
    """Return why what is done here is to end; "" while it may go on, or nobody else is at work."""
    share = _SHARE.get()
    return "" if share is None else share.reason()


@contextmanager
def sharing(share: Share) -> Iterator[None]:
    """Let whatever trains in this block take no more than a share.

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
