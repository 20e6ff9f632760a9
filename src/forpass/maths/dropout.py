"""Dropout: silence units at random while training, so that none relies on another.

The *rate* is the share that is dropped, as in torch and Keras. What is kept is multiplied by
``scale = 1 / (1 - rate)``, so that the mean stays and nothing is to be done when predicting
("inverted" dropout; Srivastava et al. 2014). Masks compare the random words of
`forpass.maths.philox` with a whole number, so that they do not depend on the float type. With rate
0 there is no dropout: it is left out of the program, not applied.
"""

from typing import Any

from forpass.maths import xp
from forpass.maths.constants import ZERO

__all__ = ["dropout", "dropout_vjp", "keep_threshold"]


def dropout(A: Any, words: Any, threshold: Any, scale: Any) -> Any:
    """Keep scale a where the random word is below the threshold, else 0. A and words alike in shape.

    Examples
    --------
    >>> import numpy as np
    >>> dropout(np.ones(4), np.array([5, 2**31, 2**32 - 1, 7], np.uint32), keep_threshold(0.5), 2.0)
    array([2., 0., 0., 2.])
    """
    return xp.where(words < threshold, scale * A, ZERO)


def dropout_vjp(dA_out: Any, words: Any, threshold: Any, scale: Any) -> Any:
    """Return dA = scale dA_out where the unit was kept, else 0: the same mask, made again from the words."""
    return xp.where(words < threshold, scale * dA_out, ZERO)


# -- for the host: not for binding ---------------------------------------------------------------
def keep_threshold(rate: float) -> int:
    """Host only: how many of the 2^32 words mean "keep": (1 - rate) 2^32, rounded, at most 2^32 - 1.

    Examples
    --------
    >>> keep_threshold(0.25) == 3 * 2**30
    True
    """
    return min(round((1.0 - rate) * 2**32), 2**32 - 1)
