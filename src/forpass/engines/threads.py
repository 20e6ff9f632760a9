"""How many threads this process may use; the libraries of linear algebra, which have threads of their own."""

from __future__ import annotations

import functools
import os
import threading
from typing import Any

__all__ = ["libraries", "one_blas_thread", "usable_threads"]


@functools.cache
def libraries() -> Any:
    """Return threadpoolctl's controller of the libraries that are loaded.

    Found once: looking for them takes two milliseconds, as long as many a fit, and NumPy's is there from
    the beginning.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def usable_threads() -> int:
    """Return the number of threads this process may use.

    The least of: the processors it may run on, its container's share, what joblib leaves to a worker,
    OMP_NUM_THREADS, and the limits that threadpoolctl has set on libraries of linear algebra.
    """
    from joblib import cpu_count

    limits = [cpu_count()]
    if (given := os.environ.get("OMP_NUM_THREADS", "")).isascii() and given.isdigit():
        limits.append(int(given))
    limits += [library["num_threads"] for library in libraries().info()]
    return int(max(1, min(limits)))


class _OneBlasThread:
    """What overlaps holds it together: the first begins, the last lets go."""

    def __init__(self) -> None:
        self._turn, self._holders = threading.Lock(), 0
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._turn:
            if not self._holders:
                self._limits = libraries().limit(limits=1, user_api="blas")
            self._holders += 1

    def __exit__(self, *error: object) -> None:
        with self._turn:
            self._holders -= 1
            if not self._holders and self._limits is not None:
                self._limits.restore_original_limits()


one_blas_thread = _OneBlasThread()
"""Holds BLAS to one thread: with more, some libraries divide sums and the bits change."""
