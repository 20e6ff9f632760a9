"""Links: from a raw score to the prediction people read. Sorted by increasing complexity.

A link is not part of a loss: losses work on raw scores, so that no size of score overflows, and
the link is applied only where a prediction is wanted. Each has its inverse beside it: the raw score of
which a prediction is the link. The full Jacobian of the softmax, of which losses need only a product,
stands here for those who want to look at it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from forpass.maths import xp
from forpass.maths.activations import sigmoid, sigmoid_vjp
from forpass.maths.constants import ZERO
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["LINKS", "Link", "log_logistic", "log_softmax"]


def identity(Z: Any) -> Any:
    """The score itself: p = z."""
    return Z


def identity_vjp(dP: Any, Z: Any, P: Any) -> Any:
    """dz = dp."""
    return dP


def identity_inverse(P: Any) -> Any:
    """The prediction itself: z = p."""
    return P


def exponential(Z: Any) -> Any:
    """A positive rate: p = exp(z)."""
    return xp.exp(Z)


def exponential_vjp(dP: Any, Z: Any, P: Any) -> Any:
    """dz = dp exp(z) = dp p."""
    return dP * P


def exponential_inverse(P: Any) -> Any:
    """The rate's logarithm: z = log(p), for p above 0."""
    return xp.log(P)


def logistic(Z: Any) -> Any:
    """A probability: p = 1 / (1 + exp(-z))."""
    return sigmoid(Z)


def logistic_vjp(dP: Any, Z: Any, P: Any) -> Any:
    """dz = dp p (1 - p)."""
    return sigmoid_vjp(dP, Z, P)


def logistic_inverse(P: Any) -> Any:
    """The logarithm of the odds: z = log(p) - log(1 - p), for p above 0 and below 1."""
    return xp.log(P) - xp.log1p(-P)


def log_logistic(Z: Any) -> Any:
    """The logarithm of that: log(p) = min(z, 0) - log(1 + exp(-|z|)), which keeps what p rounds to 0 or 1."""
    return xp.minimum(Z, ZERO) - xp.log1p(xp.exp(-xp.absolute(Z)))


def shifted(Z: Any) -> Any:
    """Each row less its largest score, (n, k): no exponential of it overflows, and one of them is 1."""
    return Z - xp.row_max(Z)


def softmax(Z: Any) -> Any:
    """Probabilities that sum to 1 in each row: p_j = exp(z_j) / sum_i exp(z_i).

    The largest score of the row is subtracted first, which changes nothing but the overflow.
    Z (n, k) -> P (n, k).
    """
    E = xp.exp(shifted(Z))
    return E / xp.row_sum(E)


def log_softmax(Z: Any) -> Any:
    """The logarithm of that: log(p_j) = z_j - log sum_i exp(z_i), which keeps what p rounds to 0 or 1."""
    Z = shifted(Z)
    return Z - xp.log(xp.row_sum(xp.exp(Z)))


def softmax_vjp(dP: Any, Z: Any, P: Any) -> Any:
    """dz_i = p_i (dp_i - sum_j dp_j p_j): the product dP J with the Jacobian J, without building J."""
    return P * (dP - xp.row_sum(dP * P))


def softmax_inverse(P: Any) -> Any:
    """Of all scores that give these probabilities, which differ by a constant a row: z_j = log(p_j)."""
    return xp.log(P)


def softmax_jacobian(P: Any) -> Any:
    """All derivatives J[n, i, j] = dp_i / dz_j = p_i (delta_ij - p_j) from P (n, k) -> (n, k, k)."""
    return P[:, :, None] * (xp.eye(P.shape[1], P) - P[:, None, :])


class Link(NamedTuple):
    """One record of the registry of links.

    Attributes
    ----------
    name : str
    function, vjp, inverse : callable
        ``function(Z) -> P``, ``vjp(dP, Z, P) -> dZ`` and ``inverse(P) -> Z`` with ``function(Z) = P``.
    formula : str
    rowwise : bool
        Whether a prediction depends on the other scores of its row.
    onnx : str
        The ONNX operator that computes it.
    hyperparameters : tuple of Hyperparameter
        Links have none.
    """

    name: str
    function: Callable[..., Any]
    vjp: Callable[..., Any]
    inverse: Callable[..., Any]
    formula: str
    rowwise: bool
    onnx: str
    hyperparameters: tuple[Hyperparameter, ...] = ()

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        return {"function": ("Z",), "vjp": ("dP", "Z", "P"), "inverse": ("P",)}


# fmt: off
LINKS: Registry[Link] = Registry(
    "link",
    Link("identity",    identity,    identity_vjp,    identity_inverse,    "z",                       False, "Identity"),
    Link("exponential", exponential, exponential_vjp, exponential_inverse, "exp(z)",                  False, "Exp"),
    Link("logistic",    logistic,    logistic_vjp,    logistic_inverse,    "1 / (1 + exp(-z))",       False, "Sigmoid"),
    Link("softmax",     softmax,     softmax_vjp,     softmax_inverse,     "exp(z) / row sum exp(z)", True,  "Softmax"),
)
# fmt: on
