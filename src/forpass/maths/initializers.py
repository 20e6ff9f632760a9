"""Initialisers: the values that parameters start from. Sorted by increasing complexity.

``f(U, fan_in, fan_out, *settings) -> values`` transforms uniform random numbers ``U`` in (0, 1), of
any shape, elementwise. Where they come from is not its business: `forpass.maths.philox.uniforms`
makes them from seed and stream. ``fan_in`` and ``fan_out`` are the numbers of inputs and outputs of
the layer. Normal numbers are those of the inverse normal distribution at ``U``, so they never lie
farther out than 8.3 standard deviations. All is done once, on the host, in float64.

Some look at training rows as well: ``adjust(values, Z, U) -> values`` is handed what the function gave, what
the layer makes of training rows with it, ``Z (n, units)``, and uniform numbers of its own, ``U (k, units)``.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from forpass.maths import xp
from forpass.maths.constants import HALF, ONE, TWO, ZERO
from forpass.maths.normalisation import column_moments
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["INITIALIZERS", "Initializer"]

THREE = 3.0
SIX = 6.0
ROUNDING = 1e-10  # of a mean: what lies within it is no deviation


def spread_evenly(U: Any, limit: Any) -> Any:
    """Uniform numbers in (-limit, limit), of variance limit^2 / 3."""
    return limit * (TWO * U - ONE)


def zeros(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Give 0: for biases; as weights of a hidden layer all its units would stay alike."""
    return ZERO * U


def constant(U: Any, fan_in: Any, fan_out: Any, value: Any) -> Any:
    """Give `value` to all."""
    return value + ZERO * U


def uniform(U: Any, fan_in: Any, fan_out: Any, low: Any, high: Any) -> Any:
    """Draw evenly between `low` and `high`, whatever the layer."""
    return low + (high - low) * U


def random_sign(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw -1 or 1, each as likely, whatever the layer: how members of a TabM begin (Gorishniy et al. 2025)."""
    return xp.where(U < HALF, -ONE, ONE) + ZERO * U


def normal(U: Any, fan_in: Any, fan_out: Any, std: Any) -> Any:
    """Draw normal numbers with standard deviation `std`, whatever the layer."""
    return std * xp.ndtri(U)


def uniform_fan_in(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw evenly within +-1 / sqrt(fan_in): what torch gives a linear layer's weights and biases."""
    return spread_evenly(U, ONE / xp.sqrt(fan_in))


def lecun_uniform(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw evenly within +-sqrt(3 / fan_in), of variance 1 / fan_in (LeCun et al. 1998): for tanh, selu."""
    return spread_evenly(U, xp.sqrt(THREE / fan_in))


def lecun_normal(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw normal numbers of variance 1 / fan_in (LeCun et al. 1998): layers keep the variance."""
    return xp.sqrt(ONE / fan_in) * xp.ndtri(U)


def he_uniform(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw evenly within +-sqrt(6 / fan_in), of variance 2 / fan_in (He et al. 2015): for relu."""
    return spread_evenly(U, xp.sqrt(SIX / fan_in))


def he_normal(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw normal numbers of variance 2 / fan_in (He et al. 2015): relu cuts off half of it."""
    return xp.sqrt(TWO / fan_in) * xp.ndtri(U)


def glorot_uniform(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw evenly within +-sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010): as `glorot_normal`."""
    return spread_evenly(U, xp.sqrt(SIX / (fan_in + fan_out)))


def glorot_normal(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw normal numbers of variance 2 / (fan_in + fan_out) (Glorot & Bengio 2010).

    Between 1 / fan_in, which keeps the variance going forward, and 1 / fan_out, which keeps it going back.
    """
    return xp.sqrt(TWO / (fan_in + fan_out)) * xp.ndtri(U)


def unit_variance(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Draw normal numbers of variance 1, which `unit_variance_adjust` then divides."""
    return xp.ndtri(U)


def unit_variance_adjust(W: Any, Z: Any, U: Any) -> Any:
    """Divide each unit's weights by the standard deviation of its pre-activation (Mishkin & Matas 2016).

    W (d_in, units), Z (n, units) -> W, Z. A unit that gives the same for all rows, but for rounding, keeps its
    weights.
    """
    mean, variance = column_moments(Z)
    varies = xp.sqrt(variance) > ROUNDING * xp.absolute(mean)
    deviation = xp.sqrt(xp.where(varies, variance, ONE))
    return W / deviation, Z / deviation


def through_rows(U: Any, fan_in: Any, fan_out: Any) -> Any:
    """Give 0, from which `through_rows_adjust` goes on."""
    return ZERO * U


def through_rows_adjust(b: Any, Z: Any, U: Any) -> Any:
    """Host only: let each unit change its sign among the rows ("he+5" of Holzmueller et al. 2024).

    b = -sum_k w_k z_k over 5 rows drawn for each unit, with weights w from the exponential distribution that
    are divided by their sum: a flat choice among the mixtures of the five. b (units,), Z (n, units), U (10,
    units) -> b, Z + b.
    """
    rows, draws = U[:5], U[5:]
    E = -xp.log(draws)
    w = E / xp.column_sum(E)
    b = -xp.column_sum(w * xp.picked(Z, xp.floor(rows * len(Z)).astype("int64")))[0]
    return b, Z + b


class Initializer(NamedTuple):
    """One record of the registry of initialisers.

    Attributes
    ----------
    name : str
    function : callable
        ``function(U, fan_in, fan_out, *settings)``.
    formula : str
        With a uniform number u in (0, 1) and the inverse normal distribution function Phi^-1.
    hyperparameters : tuple of Hyperparameter
    adjust : callable or None
        ``adjust(values, Z, U) -> (values, Z)``, where the values depend on training rows as well: Z is what
        the layer makes of the rows without its biases, and what comes back is what it makes of them then.
    adjusts : str
        What of a Dense layer it can adjust: ``"weights"`` or ``"biases"``.
    uniforms : int
        How many uniform numbers of its own `adjust` takes for each unit.
    random : bool
        Whether `function` depends on U. Where it does not, none are drawn.

    Examples
    --------
    >>> import numpy as np
    >>> U = np.array([[0.25, 0.5, 0.75]])
    >>> INITIALIZERS["glorot_uniform"].function(U, 2, 4).tolist()
    [[-0.5, 0.0, 0.5]]
    """

    name: str
    function: Callable[..., Any]
    formula: str
    hyperparameters: tuple[Hyperparameter, ...] = ()
    adjust: Callable[..., Any] | None = None
    adjusts: Literal["", "weights", "biases"] = ""
    uniforms: int = 0
    random: bool = True

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        settings = tuple(h.name for h in self.hyperparameters)
        return {"function": ("U", "fan_in", "fan_out", *settings), "adjust": ("values", "Z", "U")}


VALUE = Hyperparameter("value", 0.0)
LOW = Hyperparameter("low", -0.05)
HIGH = Hyperparameter("high", 0.05)
STD = Hyperparameter("std", 0.05, 0.0)

# fmt: off
INITIALIZERS: Registry[Initializer] = Registry(
    "initializer",
    Initializer("zeros",          zeros,          "0",                                        random=False),
    Initializer("constant",       constant,       "value",                                    (VALUE,), random=False),
    Initializer("uniform",        uniform,        "low + (high - low) u",                     (LOW, HIGH)),
    Initializer("random_sign",    random_sign,    "-1 where u < 1/2, else 1"),
    Initializer("normal",         normal,         "std Phi^-1(u)",                            (STD,)),
    Initializer("uniform_fan_in", uniform_fan_in, "(2 u - 1) / sqrt(fan_in)"),
    Initializer("lecun_uniform",  lecun_uniform,  "sqrt(3 / fan_in) (2 u - 1)"),
    Initializer("lecun_normal",   lecun_normal,   "sqrt(1 / fan_in) Phi^-1(u)"),
    Initializer("he_uniform",     he_uniform,     "sqrt(6 / fan_in) (2 u - 1)"),
    Initializer("he_normal",      he_normal,      "sqrt(2 / fan_in) Phi^-1(u)"),
    Initializer("glorot_uniform", glorot_uniform, "sqrt(6 / (fan_in + fan_out)) (2 u - 1)"),
    Initializer("glorot_normal",  glorot_normal,  "sqrt(2 / (fan_in + fan_out)) Phi^-1(u)"),
    Initializer("unit_variance",  unit_variance,  "Phi^-1(u) / standard deviation of z over rows", (), unit_variance_adjust, "weights"),
    Initializer("through_rows",   through_rows,   "-sum_k w_k z_k over 5 rows, sum_k w_k = 1",     (), through_rows_adjust,  "biases", 10, random=False),
)
# fmt: on
