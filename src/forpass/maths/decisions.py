"""Decisions: from raw scores and probabilities to yes or no."""

from typing import Any

from forpass.maths.constants import ONE

__all__ = ["above", "opposite"]


def above(Z: Any, limit: Any) -> Any:
    """Whether z > limit: of two classes the second, where the limit is log(t / (1 - t)) of a threshold t."""
    return limit < Z


def opposite(P: Any) -> Any:
    """1 - p: the probability of the first of two classes."""
    return ONE - P
