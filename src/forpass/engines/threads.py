"""How many threads this process may use."""

from __future__ import annotations

import os

from forpass.engines.blas import libraries

__all__ = ["usable_threads"]


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
