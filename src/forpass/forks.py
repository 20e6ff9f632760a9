"""What a fork waits for: another thread's work that its child could never finish, nor do without."""

import importlib
import logging  # noqa: F401 - brings a lock for forks too, which must be there before one waits for us
import os
import sys
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

__all__ = ["handed_out", "imported", "let_forks_wait_for"]

_forking = threading.RLock()
_importing = threading.RLock()
_locks: list[threading.RLock] = [_importing]
_taken: list[threading.RLock] = []


def let_forks_wait_for(lock: threading.RLock) -> None:
    """Let whoever forks hold a lock meanwhile: no other thread is within it, and the child finds it free."""
    _locks.append(lock)


def imported(name: str) -> ModuleType:
    """Import a module that is needed only now.

    A fork waits for the end of it: the lock of a module that another thread was importing would stay closed
    in the child for ever.
    """
    with _importing:
        return importlib.import_module(name)


def handed_out(package: str, home_of: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package that imports some of its names when they are first used.

    Parameters
    ----------
    package : str
    home_of : mapping
        The module that each of these names comes from.
    """

    def first_used(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(imported(home_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return first_used


def _take() -> None:
    """Take the locks there are, the latest first: who is within one may still import."""
    _forking.acquire()
    for lock in reversed(tuple(_locks)):  # while we wait, a module that is being imported may bring another
        lock.acquire()
        _taken.append(lock)


def _give_back() -> None:
    while _taken:
        _taken.pop().release()
    _forking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_take, after_in_parent=_give_back, after_in_child=_give_back)
