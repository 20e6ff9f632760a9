"""Notes: what forpass warns of while it answers a request goes to the answer."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from forpass.errors import ForpassWarning

__all__ = ["notes_heard", "notes_kept"]

MOST_NOTES = 10
"""So many notes go into an answer; further ones are left out."""

_NOTES: ContextVar[list[str] | None] = ContextVar("notes of a request", default=None)


@contextmanager
def notes_heard() -> Iterator[None]:
    """In the whole process, keep what forpass warns of for the request that is answered."""

    def heard(message: Warning | str, *_: Any) -> None:
        notes = _NOTES.get()
        if notes is not None and len(notes) < MOST_NOTES and str(message) not in notes:
            notes.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", ForpassWarning)
        warnings.showwarning = heard  # type: ignore[assignment] # it takes the rest by position
        yield


@contextmanager
def notes_kept() -> Iterator[list[str]]:
    """Give the list into which notes of this context go; see `notes_heard`."""
    notes: list[str] = []
    before = _NOTES.set(notes)
    try:
        yield notes
    finally:
        _NOTES.reset(before)
