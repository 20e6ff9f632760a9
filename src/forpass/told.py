"""What callers are told without an error: warnings, each once; and how options are called where they are."""

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

from forpass.errors import ForpassWarning
from forpass.shown import bounded

__all__ = ["asked_here", "called", "each_told_once", "options_called", "warn_the_caller"]


def called(option: str) -> str:
    """Return what the caller calls an option of training: by its name, or as `options_called` says.

    Examples
    --------
    >>> with options_called(lambda name: f"--{name.replace('_', '-')}"):
    ...     print(f"leave {called('class_weight')} out")
    leave --class-weight out
    """
    return _CALLED.get()(option)


@contextmanager
def options_called(name_of: Callable[[str], str]) -> Iterator[None]:
    """Let messages call options as a door does that has other names for them, such as the command."""
    before = _CALLED.set(name_of)
    try:
        yield
    finally:
        _CALLED.reset(before)


_CALLED: ContextVar[Callable[[str], str]] = ContextVar("how options are called", default=str)


_TOLD: ContextVar[set[str] | None] = ContextVar("what was told", default=None)


NAMES_AND_FIGURES = re.compile(r"""for instance '[^']*'|'[^']*'|"[^"]*"|\d[\d,.]*(?: rows?)?""")


@contextmanager
def each_told_once() -> Iterator[None]:
    """Tell nothing twice while a block runs, which looks at many rows again: at a refit, or at folds.

    What differs by its figures and its instance alone, for the rows are not quite the same, is told already.
    """
    before = _TOLD.set(set())
    try:
        yield
    finally:
        _TOLD.reset(before)


def warn_the_caller(message: str, category: type[Warning] = ForpassWarning) -> None:
    """Warn at the line that called forpass, however deep inside the reason was found."""
    message = bounded(message)
    told = _TOLD.get()
    if told is not None:
        essence = NAMES_AND_FIGURES.sub(lambda found: found[0] if found[0][0] in "'\"" else "", message)
        if essence in told:
            return
        told.add(essence)
    frame, askers = sys._getframe(1), iter(_ASKERS.get())
    while frame.f_globals.get("__name__", "").partition(".")[0] in ("forpass", "threading"):
        above = frame.f_back or next(askers, None)  # the frames of a thread end where it began
        if above is None:
            break
        frame = above
    names = frame.f_globals
    registry = names.setdefault("__warningregistry__", {})
    file, module = frame.f_code.co_filename, names.get("__name__")
    warnings.warn_explicit(message, category, file, frame.f_lineno, module, registry)


@contextmanager
def asked_here() -> Iterator[None]:
    """Let what is done in other threads, in this context, warn whoever called forpass in this one."""
    before = _ASKERS.set((sys._getframe(2), *_ASKERS.get()))
    try:
        yield
    finally:
        _ASKERS.reset(before)


_ASKERS: ContextVar[tuple[FrameType, ...]] = ContextVar("frames of other threads that asked", default=())
