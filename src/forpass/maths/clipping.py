"""Clipping: no gradient may be larger than a limit. The limit is finite and greater than 0.

By value each number for itself, which changes the direction of a step; by norm all numbers by one
factor, which keeps it (Pascanu et al. 2013).
"""

from typing import Any

from forpass.maths import xp

__all__ = ["clip_norm_factor", "clip_value"]


def clip_value(g: Any, limit: Any) -> Any:
    """Cut off what lies beyond +-limit: max(-limit, min(g, limit)).

    Examples
    --------
    >>> [float(clip_value(g, 1.0)) for g in (-3.0, 0.5, 3.0)]
    [-1.0, 0.5, 1.0]
    """
    return xp.maximum(-limit, xp.minimum(g, limit))


def clip_norm_factor(norm: Any, limit: Any) -> Any:
    """Return what to multiply all gradients with: min(1, limit / norm), and 1 where the norm is 0.

    Written limit / max(norm, limit), which never divides by 0.

    Examples
    --------
    >>> [float(clip_norm_factor(norm, 1.0)) for norm in (0.0, 0.5, 4.0)]
    [1.0, 1.0, 0.25]
    """
    return limit / xp.maximum(norm, limit)
