"""Losses: how wrong a raw score is. Sorted by increasing complexity.

``f(Z, T, *settings) -> L`` takes raw scores ``Z (n, k)`` and targets ``T (n, k)``. A loss over
elements gives one number for each score, ``L (n, k)``, which the network's head adds up or averages
over its k outputs; a loss over rows gives one number for each example, ``L (n, 1)``.
``f_vjp(dL, Z, T, *settings) -> dZ`` takes the derivative by ``L`` back to ``Z``. For the mean over
a batch, ``dL`` is each example's weight divided by the sum of weights.

Scores are raw: the link (sigmoid, softmax, exp) is inside the formula, where it can be combined
with the logarithm, so nothing overflows and no probability has to be clipped. The derivative is
that of exactly the function whose value is reported.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from forpass.maths import xp
from forpass.maths.activations import sigmoid, sigmoid_vjp
from forpass.maths.constants import HALF, ONE, TWO, ZERO
from forpass.maths.links import LINKS, shifted, softmax
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["LOSSES", "Loss"]


def squared(Z: Any, T: Any) -> Any:
    """Half the squared error: (z - t)^2 / 2 (Legendre 1805). Mean squared error is twice its mean."""
    return HALF * (Z - T) * (Z - T)


def squared_vjp(dL: Any, Z: Any, T: Any) -> Any:
    """dz = dl (z - t)."""
    return dL * (Z - T)


def absolute(Z: Any, T: Any) -> Any:
    """The distance: |z - t|; its optimum is the median."""
    return xp.absolute(Z - T)


def absolute_vjp(dL: Any, Z: Any, T: Any) -> Any:
    """dz = dl sign(z - t)."""
    return dL * xp.sign(Z - T)


def absolute_switch(Z: Any, T: Any) -> Any:
    """The kink lies where z = t."""
    return Z - T


def quantile(Z: Any, T: Any, level: Any) -> Any:
    """The pinball loss, whose optimum is the `level`-quantile (Koenker & Bassett 1978).

    level (t - z) where z < t, else (1 - level)(z - t).
    """
    D = Z - T
    return xp.where(D > 0, (ONE - level) * D, -level * D)


def quantile_vjp(dL: Any, Z: Any, T: Any, level: Any) -> Any:
    """dz = dl (1 - level) where z > t, else -level dl."""
    return xp.where(Z > T, (ONE - level) * dL, -level * dL)


def quantile_switch(Z: Any, T: Any, level: Any) -> Any:
    """The kink lies where z = t."""
    return Z - T


def huber(Z: Any, T: Any, delta: Any) -> Any:
    """Squared near the target, straight far from it (Huber 1964).

    (z - t)^2 / 2 where |z - t| < delta, else delta (|z - t| - delta / 2).
    """
    D = xp.absolute(Z - T)
    near = xp.minimum(D, delta)
    return near * (D - HALF * near)


def huber_vjp(dL: Any, Z: Any, T: Any, delta: Any) -> Any:
    """dz = dl (z - t), with z - t cut off at +-delta."""
    return dL * xp.maximum(-delta, xp.minimum(Z - T, delta))


def huber_switch(Z: Any, T: Any, delta: Any) -> Any:
    """The second derivative jumps where |z - t| = delta."""
    return xp.absolute(Z - T) - delta


def perceptron(Z: Any, T: Any) -> Any:
    """How far the score lies on the wrong side: max(0, -s z), s = 2 t - 1 (Rosenblatt 1958)."""
    return xp.maximum(ZERO, (ONE - TWO * T) * Z)


def perceptron_vjp(dL: Any, Z: Any, T: Any) -> Any:
    """dz = -s dl where s z <= 0, else 0.

    The score 0 counts as wrong, which is Rosenblatt's rule and lets learning start from zero weights.
    """
    S = TWO * T - ONE
    return dL * xp.where(S * Z > 0, ZERO * S, -S)


def perceptron_switch(Z: Any, T: Any) -> Any:
    """The kink lies where z = 0."""
    return Z


def hinge(Z: Any, T: Any) -> Any:
    """Ask for a margin of 1: max(0, 1 - s z), s = 2 t - 1 (Cortes & Vapnik 1995)."""
    return xp.maximum(ZERO, ONE - (TWO * T - ONE) * Z)


def hinge_vjp(dL: Any, Z: Any, T: Any) -> Any:
    """dz = -s dl where s z < 1, else 0."""
    S = TWO * T - ONE
    return dL * xp.where(S * Z < 1, -S, ZERO * S)


def hinge_switch(Z: Any, T: Any) -> Any:
    """The kink lies where s z = 1."""
    return ONE - (TWO * T - ONE) * Z


def poisson(Z: Any, T: Any) -> Any:
    """Half the Poisson deviance of counts t with rate exp(z): exp(z) - t z + t log(t) - t.

    The last two terms do not depend on z; they make the loss 0 at exp(z) = t.
    """
    counted = xp.where(T > 0, T, ONE)
    return xp.exp(Z) - T * Z + (T * xp.log(counted) - T)


def poisson_vjp(dL: Any, Z: Any, T: Any) -> Any:
    """dz = dl (exp(z) - t)."""
    return dL * (xp.exp(Z) - T)


def smoothed(T: Any, smoothing: Any, n_classes: Any) -> Any:
    """Give a share `smoothing` of the target evenly to all classes (Szegedy et al. 2016)."""
    return T + smoothing * (ONE / n_classes - T)


def sigmoid_cross_entropy(Z: Any, T: Any, smoothing: Any) -> Any:
    """Cross-entropy of the probability sigmoid(z): log(1 + exp(z)) - t z.

    Binary, or for each of several labels by itself; t may be any probability. Written as
    max(z, 0) - t z + log(1 + exp(-|z|)), which keeps its digits where z is large and right.
    """
    S = smoothed(T, smoothing, TWO)
    return (xp.maximum(Z, ZERO) - S * Z) + xp.log1p(xp.exp(-xp.absolute(Z)))


def sigmoid_cross_entropy_vjp(dL: Any, Z: Any, T: Any, smoothing: Any) -> Any:
    """dz = dl (sigmoid(z) - t)."""
    return dL * (sigmoid(Z) - smoothed(T, smoothing, TWO))


def sigmoid_squared(Z: Any, T: Any) -> Any:
    """Half the squared error after a sigmoid: (sigmoid(z) - t)^2 / 2 (Rumelhart et al. 1986)."""
    return squared(sigmoid(Z), T)


def sigmoid_squared_vjp(dL: Any, Z: Any, T: Any) -> Any:
    """dz = dl (a - t) a (1 - a) with a = sigmoid(z): the delta rule. It vanishes where a is nearly 0 or 1."""
    A = sigmoid(Z)
    return sigmoid_vjp(squared_vjp(dL, A, T), Z, A)


def softmax_cross_entropy(Z: Any, T: Any, smoothing: Any) -> Any:
    """Cross-entropy of the probabilities softmax(z): sum_j t_j (log sum_i exp(z_i) - z_j).

    T (n, k) holds probabilities; a class number stands for a row with a single 1.
    """
    S = smoothed(T, smoothing, xp.row_length(Z))
    Z = shifted(Z)
    return xp.row_sum(S * (xp.log(xp.row_sum(xp.exp(Z))) - Z))


def softmax_cross_entropy_vjp(dL: Any, Z: Any, T: Any, smoothing: Any) -> Any:
    """dz_j = dl (softmax(z)_j sum_i t_i - t_j); for targets that sum to 1 simply p - t."""
    S = smoothed(T, smoothing, xp.row_length(Z))
    return dL * (softmax(Z) * xp.row_sum(S) - S)


class Loss(NamedTuple):
    """One record of the registry of losses.

    Attributes
    ----------
    name : str
    function, vjp : callable
        ``function(Z, T, *settings) -> L`` and ``vjp(dL, Z, T, *settings) -> dZ``.
    formula : str
        With raw score z, target t and sign s = 2 t - 1.
    over : str
        ``"elements"``: one number a score; ``"rows"``: one number an example.
    link : str
        The link that turns its scores into predictions, unless another is asked for.
    targets : str
        Which targets have a meaning: ``"real"``, ``"count"`` (not negative), ``"label"`` (0 or 1),
        ``"probability"`` (0 to 1), ``"class"`` (a class number, or probabilities that sum to 1).
    hyperparameters : tuple of Hyperparameter
    switch : callable or None
        ``switch(Z, T, *settings)`` changes its sign where the loss has a kink.
    """

    name: str
    function: Callable[..., Any]
    vjp: Callable[..., Any]
    formula: str
    over: Literal["elements", "rows"]
    link: str
    targets: Literal["real", "count", "label", "probability", "class"]
    hyperparameters: tuple[Hyperparameter, ...] = ()
    switch: Callable[..., Any] | None = None

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        settings = tuple(h.name for h in self.hyperparameters)
        forward = "Z", "T", *settings
        return {"function": forward, "vjp": ("dL", *forward), "switch": forward}

    def require_whole(self) -> None:
        """Refuse a link that is not known."""
        _ = LINKS[self.link]


LEVEL = Hyperparameter("level", 0.5, 0.0, 1.0)
DELTA = Hyperparameter("delta", 1.0, 0.0)
SMOOTHING = Hyperparameter("smoothing", 0.0, 0.0, 1.0)

# fmt: off
LOSSES: Registry[Loss] = Registry(
    "loss",
    Loss("squared",               squared,               squared_vjp,               "(z - t)^2 / 2",                              "elements", "identity",    "real"),
    Loss("absolute",              absolute,              absolute_vjp,              "|z - t|",                                    "elements", "identity",    "real",  (), absolute_switch),
    Loss("quantile",              quantile,              quantile_vjp,              "max(level (t - z), (1 - level)(z - t))",     "elements", "identity",    "real",  (LEVEL,), quantile_switch),
    Loss("huber",                 huber,                 huber_vjp,                 "(z - t)^2 / 2, straight beyond delta",       "elements", "identity",    "real",  (DELTA,), huber_switch),
    Loss("perceptron",            perceptron,            perceptron_vjp,            "max(0, -s z)",                               "elements", "identity",    "label", (), perceptron_switch),
    Loss("hinge",                 hinge,                 hinge_vjp,                 "max(0, 1 - s z)",                            "elements", "identity",    "label", (), hinge_switch),
    Loss("poisson",               poisson,               poisson_vjp,               "exp(z) - t z + t log(t) - t",                "elements", "exponential", "count"),
    Loss("sigmoid_cross_entropy", sigmoid_cross_entropy, sigmoid_cross_entropy_vjp, "log(1 + exp(z)) - t z",                      "elements", "logistic",    "probability", (SMOOTHING,)),
    Loss("sigmoid_squared",       sigmoid_squared,       sigmoid_squared_vjp,       "(sigmoid(z) - t)^2 / 2",                     "elements", "logistic",    "probability"),
    Loss("softmax_cross_entropy", softmax_cross_entropy, softmax_cross_entropy_vjp, "sum_j t_j (log sum_i exp(z_i) - z_j)",       "rows",     "softmax",     "class", (SMOOTHING,)),
)
# fmt: on
