"""Decisions: from raw scores and probabilities to yes or no; and which of several a number is."""

from typing import Any

from forpass.maths import xp
from forpass.maths.constants import ONE

__all__ = ["above", "one_hot", "opposite"]


def above(Z: Any, limit: Any) -> Any:
    """Whether z > limit: of two classes the second, where the limit is log(t / (1 - t)) of a threshold t."""
    return limit < Z


def opposite(P: Any) -> Any:
    """1 - p: the probability of the first of two classes."""
    return ONE - P


def one_hot(number: Any, numbers: Any) -> Any:
    """1 where a whole number (n, 1) is one of `numbers` (k,), else 0: 1 - min(|number - numbers|, 1), (n, k).

    Examples
    --------
    >>> import numpy as np
    >>> one_hot(np.array([[2.0], [0.0]]), np.array([1.0, 2.0, 3.0])).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return ONE - xp.minimum(xp.absolute(number - numbers), ONE)
