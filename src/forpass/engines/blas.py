"""Libraries of linear algebra held to one thread: with more, some divide sums and the bits change.

Whoever needs it holds them for a while. Holds may overlap, in any threads; of most libraries there is one
number of threads for the whole process, and what was there before comes back when the last hold ends. Others
(MKL, OpenBLAS on OpenMP) have a number of its own for each thread, which comes back when its own hold ends.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from forpass.forks import imported

__all__ = ["libraries", "one_blas_thread", "threads_of_libraries"]

OPENBLAS_SETTERS = tuple(
    f"{prefix}openblas_set_num_threads{suffix}" for prefix in ("", "scipy_") for suffix in ("", "64_", "_64")
)
"""What OpenBLAS calls the function that sets its threads, as it is built for itself, NumPy and SciPy."""


def libraries() -> Any:
    """Return threadpoolctl's controller of the libraries that are loaded.

    Found once, and again when SciPy brings one of its own: looking for them takes two milliseconds, as long
    as many a fit, and NumPy's is there from the beginning. While another thread imports SciPy, its name is
    known already and its library not yet loaded: that is so once it has its ``blas``.
    """
    return _found(hasattr(sys.modules.get("scipy.linalg"), "blas"))


@functools.cache
def _found(with_scipys: bool) -> Any:
    return imported("threadpoolctl").ThreadpoolController()


class _Library:
    """A library of linear algebra.

    Attributes
    ----------
    by_thread : bool or None
        Whether each thread has a number of its own; None while it is not known.
    """

    def __init__(self, controller: Any) -> None:
        self.set_threads, self._threads = _setter_and_getter(controller)
        self.by_thread: bool | None = None

    def threads(self) -> int:
        """How many threads it uses; 1 where it does not tell."""
        return self._threads() or 1

    def hold(self) -> None:
        """Hold it to one thread, where it uses more."""
        self.set_threads(1)
        if self.by_thread is None:  # another thread still sees more, unless the number is that of all
            seen: list[int] = []
            other = threading.Thread(target=lambda: seen.append(self.threads()))
            with contextlib.suppress(RuntimeError):  # the system gives no more threads
                other.start()
                other.join()
                self.by_thread = seen != [1]


def _setter_and_getter(controller: Any) -> tuple[Callable[[int], Any], Callable[[], int | None]]:
    """Return what sets a library's threads, whoever has set them before, and what tells how many they are.

    From version 3.8 on threadpoolctl lets only one thread of Python set those of OpenBLAS, and does nothing
    for the others. A hold counts in every thread and takes this right from nobody, so OpenBLAS is asked.
    """
    if controller.internal_api == "openblas" and controller.threading_layer != "openmp":
        for name in OPENBLAS_SETTERS:
            getter = name.replace("_set_", "_get_")
            if hasattr(controller.dynlib, name) and hasattr(controller.dynlib, getter):
                return getattr(controller.dynlib, name), getattr(controller.dynlib, getter)
    return controller.set_num_threads, lambda: controller.num_threads


@functools.cache
def _libraries_of(controller: Any) -> tuple[_Library, ...]:
    return tuple(_Library(one) for one in controller.lib_controllers if one.user_api == "blas")


class _Hold:
    """A hold under way: whose it is, and how many threads libraries had that it has to give back."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.before: dict[_Library, int] = {}


_turn = threading.RLock()
_holds: list[_Hold] = []


class one_blas_thread:
    """Hold the libraries to one thread while a block runs.

    An interrupt at any line of it leaves nothing held. A number of threads that somebody else sets meanwhile
    stays as it was set.

    Examples
    --------
    >>> with one_blas_thread():
    ...     {library["num_threads"] for library in libraries().info() if library["user_api"] == "blas"}
    {1}
    """

    def __init__(self) -> None:
        self._hold: _Hold | None = None

    def __enter__(self) -> None:
        self._hold = _Hold()
        try:
            _begin(self._hold)
        except BaseException:
            _end(self._hold)
            raise

    def __exit__(self, *error: object) -> None:
        assert self._hold is not None
        try:
            _end(self._hold)
        finally:  # once more, in case that an interrupt cut it short; what is done is not done again
            _end(self._hold)

    def __del__(self) -> None:
        """End what has begun and was interrupted before it could end."""
        if self._hold is not None:
            _end(self._hold)


def threads_of_libraries() -> list[int]:
    """Return how many threads each library would use if nobody held it."""
    with _turn:
        found, held = libraries(), {library: n for hold in _holds for library, n in hold.before.items()}
        algebra = [held.get(library) or library.threads() for library in _libraries_of(found)]
    return algebra + [one.num_threads or 1 for one in found.lib_controllers if one.user_api != "blas"]


def _begin(hold: _Hold) -> None:
    with _turn:
        _holds.append(hold)
        for library in _libraries_of(libraries()):
            threads = library.threads()
            if threads != 1:
                hold.before[library] = threads  # noted before it changes
                library.hold()


def _end(hold: _Hold) -> None:
    """Give back what was there before, or leave that to another hold of the same library."""
    with _turn:
        if hold not in _holds:
            return
        for library, threads in hold.before.items():
            others = (other for other in _holds if other is not hold)
            heir = next((o for o in others if not library.by_thread or o.thread == hold.thread), None)
            if heir is not None:
                heir.before.setdefault(library, threads)
            elif library.threads() == 1:
                library.set_threads(threads)
        _holds.remove(hold)


def _after_fork() -> None:
    """In a forked child only the thread that forked is there: end the holds of the others."""
    global _turn  # noqa: PLW0603 - whoever held it is not there to let go of it
    _turn = threading.RLock()
    own = threading.get_ident()
    for hold in [hold for hold in _holds if hold.thread != own]:
        _end(hold)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
