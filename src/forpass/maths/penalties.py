"""Penalties: what large weights cost. Elementwise.

``penalty`` and ``penalty_gradient`` belong to the objective: their gradient passes through the
optimiser. ``decayed`` does not: it shrinks the parameters beside the optimiser's step (Loshchilov &
Hutter 2019, "Decoupled weight decay"). For plain gradient descent the two are one; for adaptive
optimisers, which divide a gradient by its size, only the latter shrinks all weights alike.
"""

from typing import Any

from forpass.maths import xp
from forpass.maths.constants import HALF

__all__ = ["decayed", "penalty", "penalty_gradient"]


def penalty(w: Any, l1: Any, l2: Any) -> Any:
    """Return l1 |w| + l2 / 2 w^2: the lasso's and the ridge's price (Tibshirani 1996; Hoerl & Kennard 1970).

    Examples
    --------
    >>> float(penalty(-3.0, 0.5, 0.25))
    2.625
    """
    return l1 * xp.absolute(w) + HALF * l2 * w * w


def penalty_gradient(w: Any, l1: Any, l2: Any) -> Any:
    """Return dw = l1 sign(w) + l2 w; at the kink w = 0 nothing."""
    return l1 * xp.sign(w) + l2 * w


def decayed(theta: Any, rate: Any, decay: Any) -> Any:
    """Return theta - (rate decay) theta, taken before the optimiser's step.

    Not (1 - rate decay) theta: in float32 that factor has only steps of 6e-8 to choose from, so that
    a small decay would be wrong by the same error for every parameter.

    Examples
    --------
    >>> decayed(2.0, 0.5, 0.01)
    1.99
    """
    return theta - (rate * decay) * theta
