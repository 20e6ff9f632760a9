"""Scaling of numbers: what a column of numbers becomes before a network sees it.

As in RealMLP (Holzmueller et al. 2024); where the centre lies and how large the scale is are learnt from the
training rows, see `forpass.preprocessing.kinds.scaling`.
"""

from typing import Any

from forpass.maths import xp
from forpass.maths.constants import ONE

__all__ = ["scaled", "smooth_clip"]

MOST = 3.0  # that the smooth clip goes towards
FAR = 1e9  # beyond this the clipped value is 3 to the last bit, and its square could overflow


def smooth_clip(z: Any) -> Any:
    """c / sqrt(1 + (c / 3)^2) with c = min(max(z, -1e9), 1e9), elementwise, which stays within +-3.

    Examples
    --------
    >>> [float(smooth_clip(z)) for z in (0.0, 4.0, -1e300)]
    [0.0, 2.4, -3.0]
    """
    near = xp.minimum(xp.maximum(z, -FAR), FAR)
    share = near / MOST
    return near / xp.sqrt(share * share + ONE)


def scaled(x: Any, centre: Any, scale: Any) -> Any:
    """smooth_clip((x - centre) scale), elementwise; NaN stays NaN.

    Examples
    --------
    >>> float(scaled(12.0, 4.0, 0.5))
    2.4
    """
    return smooth_clip((x - centre) * scale)
