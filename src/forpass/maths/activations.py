"""Activations: what a neuron makes of its weighted sum. Sorted by increasing complexity.

``f(Z, *settings) -> A`` takes the pre-activation ``Z (n, d)`` and gives the activation ``A (n, d)``.
``f_vjp(dA, Z, A, *settings) -> dZ`` takes the derivative of the loss by ``A`` back to ``Z``:
``dZ = dA * f'(Z)``. It is handed both ``Z`` and ``A`` and reads what is cheapest, as `Activation.reads`
says. All functions are elementwise: scalars or arrays of any shape.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from forpass.maths import xp
from forpass.maths.constants import HALF, INVERSE_SQRT_TWO_PI, ONE, SQRT_HALF, TWO, ZERO
from forpass.maths.registry import Hyperparameter, Registry, require_reads, require_slopes

__all__ = ["ACTIVATIONS", "Activation"]

# alpha and scale for which activations of mean 0 and variance 1 keep them (Klambauer et al. 2017)
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
SELU_SCALE_ALPHA = SELU_SCALE * SELU_ALPHA
FOUR = 4.0
THIRD, UNCLIPPED_TO = 1.0 / 3.0, 2.375  # to which smooth_clip brings 3.89
SO_LARGE, LARGER_LOGARITHM = 2.0**63, 45.0


def step(Z: Any) -> Any:
    """Fire or not: 1 where z > 0, else 0 (McCulloch & Pitts 1943)."""
    return xp.sign(xp.maximum(Z, ZERO))


def step_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """The step is flat: its derivative is 0 wherever it has one."""
    return ZERO * dA


def identity(Z: Any) -> Any:
    """Pass the sum through: a = z."""
    return Z


def identity_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da."""
    return dA


def relu(Z: Any) -> Any:
    """Cut off what is negative: a = max(z, 0) (Nair & Hinton 2010)."""
    return xp.maximum(Z, ZERO)


def relu_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da where z > 0, else 0; at the kink 0."""
    return xp.where(A > 0, dA, ZERO)


def leaky_relu(Z: Any, slope: Any) -> Any:
    """Let a little of the negative through: a = z where z > 0, else slope z (Maas et al. 2013)."""
    return xp.where(Z > 0, Z, slope * Z)


def leaky_relu_vjp(dA: Any, Z: Any, A: Any, slope: Any) -> Any:
    """dz = da where z > 0, else slope da."""
    return xp.where(Z > 0, dA, slope * dA)


def unclipped(Z: Any) -> Any:
    """Undo the smooth clip of encoded numbers: a = c / sqrt(1 - (c / 3)^2), c = z held within +-2.375.

    For a linear model, which else sees bent numbers: between -3.89 and 3.89 they are as they were, and beyond that
    as if they were there. See `forpass.maths.scaling.smooth_clip`.
    """
    C = xp.minimum(xp.maximum(Z, -UNCLIPPED_TO), UNCLIPPED_TO)
    return C / xp.sqrt(ONE - (THIRD * C) * (THIRD * C))


def unclipped_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da r^3 with r = 1 / sqrt(1 - (z / 3)^2) between the ends, 0 beyond them."""
    C = xp.minimum(xp.maximum(Z, -UNCLIPPED_TO), UNCLIPPED_TO)
    R = ONE / xp.sqrt(ONE - (THIRD * C) * (THIRD * C))
    return xp.where(xp.absolute(Z) < UNCLIPPED_TO, dA * (R * (R * R)), ZERO)


def sigmoid(Z: Any) -> Any:
    """Squash to (0, 1): a = 1 / (1 + exp(-z)).

    Only exp(-|z|) is taken, which cannot overflow.
    """
    E = xp.exp(-xp.absolute(Z))
    return xp.where(Z >= 0, ONE, E) / (ONE + E)


def sigmoid_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da a (1 - a); at most a quarter of da."""
    return dA * (A * (ONE - A))


def tanh(Z: Any) -> Any:
    """Squash to (-1, 1): a = (exp(z) - exp(-z)) / (exp(z) + exp(-z))."""
    return xp.tanh(Z)


def tanh_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da (1 - a^2), with 1 - a^2 factored so that it keeps its digits near |a| = 1."""
    return dA * ((ONE - A) * (ONE + A))


def elu(Z: Any, alpha: Any) -> Any:
    """Bend smoothly below zero: a = z where z > 0, else alpha (exp(z) - 1) (Clevert et al. 2016)."""
    return xp.where(Z > 0, Z, alpha * xp.expm1(xp.minimum(Z, ZERO)))


def elu_vjp(dA: Any, Z: Any, A: Any, alpha: Any) -> Any:
    """dz = da where z > 0, else alpha exp(z) da."""
    return dA * xp.where(Z > 0, ONE, alpha * xp.exp(xp.minimum(Z, ZERO)))


def elu_with_slope(Z: Any, alpha: Any) -> tuple[Any, Any]:
    """Both at once: exp(z) - 1 and exp(z) have all but their last steps in common."""
    M = xp.minimum(Z, ZERO)
    return xp.where(Z > 0, Z, alpha * xp.expm1(M)), xp.where(Z > 0, ONE, alpha * xp.exp(M))


def selu(Z: Any) -> Any:
    """Keep mean 0 and variance 1 from layer to layer (Klambauer et al. 2017).

    a = scale z where z > 0, else scale alpha (exp(z) - 1).
    """
    return xp.where(Z > 0, SELU_SCALE * Z, SELU_SCALE_ALPHA * xp.expm1(xp.minimum(Z, ZERO)))


def selu_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = scale da where z > 0, else scale alpha exp(z) da."""
    return dA * xp.where(Z > 0, SELU_SCALE, SELU_SCALE_ALPHA * xp.exp(xp.minimum(Z, ZERO)))


def selu_with_slope(Z: Any) -> tuple[Any, Any]:
    """Both at once, as for elu."""
    M = xp.minimum(Z, ZERO)
    A = xp.where(Z > 0, SELU_SCALE * Z, SELU_SCALE_ALPHA * xp.expm1(M))
    return A, xp.where(Z > 0, SELU_SCALE, SELU_SCALE_ALPHA * xp.exp(M))


def softplus(Z: Any) -> Any:
    """A smooth relu: a = log(1 + exp(z)) (Dugas et al. 2001)."""
    return xp.maximum(Z, ZERO) + xp.log1p(xp.exp(-xp.absolute(Z)))


def softplus_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da sigmoid(z)."""
    return dA * sigmoid(Z)


def softplus_with_slope(Z: Any) -> tuple[Any, Any]:
    """Both at once: they have exp(-|z|) in common."""
    return softplus(Z), sigmoid(Z)


def silu(Z: Any) -> Any:
    """Weigh z by its own sigmoid: a = z sigmoid(z) (Elfwing et al. 2018; also called swish)."""
    return Z * sigmoid(Z)


def silu_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da s (1 + z (1 - s)) with s = sigmoid(z)."""
    S = sigmoid(Z)
    return dA * (S * (ONE + Z * sigmoid(-Z)))


def silu_with_slope(Z: Any) -> tuple[Any, Any]:
    """Both at once: s and 1 - s have exp(-|z|) in common."""
    S = sigmoid(Z)
    return Z * S, S * (ONE + Z * sigmoid(-Z))


def gelu(Z: Any) -> Any:
    """Weigh z by the normal distribution: a = z Phi(z), exact (Hendrycks & Gimpel 2016).

    Phi(z) = erfc(-z / sqrt(2)) / 2 keeps its digits where 1 + erf(z / sqrt(2)) would lose them.
    """
    return HALF * Z * xp.erfc(-Z * SQRT_HALF)


def gelu_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da (Phi(z) + z phi(z)) with the normal density phi."""
    density = INVERSE_SQRT_TWO_PI * xp.exp(-HALF * Z * Z)
    return dA * (HALF * xp.erfc(-Z * SQRT_HALF) + Z * density)


def gelu_with_slope(Z: Any) -> tuple[Any, Any]:
    """Both at once: they have erfc in common."""
    C = xp.erfc(-Z * SQRT_HALF)
    return HALF * Z * C, HALF * C + Z * (INVERSE_SQRT_TWO_PI * xp.exp(-HALF * Z * Z))


def mish(Z: Any) -> Any:
    """Weigh z by the tanh of its softplus: a = z tanh(log(1 + exp(z))) (Misra 2019)."""
    _, _, T = mish_parts(Z)
    return Z * T


def mish_vjp(dA: Any, Z: Any, A: Any) -> Any:
    """dz = da (t + z (1 - t^2) sigmoid(z)) with t = tanh(softplus(z))."""
    _, D = mish_with_slope(Z)
    return dA * D


def mish_with_slope(Z: Any) -> tuple[Any, Any]:
    """Both at once: (1 - t^2) sigmoid(z) = 4 e (1 + e) r^2, by the parts of t."""
    E, R, T = mish_parts(Z)
    return Z * T, T + Z * (FOUR * (E * R) * ((ONE + E) * R))


def mish_parts(Z: Any) -> tuple[Any, Any, Any]:
    """Return e = exp(z), r and t: tanh(log(1 + e)) = n r with n = e (e + 2) and r = 1 / (n + 2).

    Where e is as large as SO_LARGE, a power of 2, t is 1 to the last bit; beyond, z does not enlarge it, so that
    nothing overflows.
    """
    E = xp.minimum(xp.exp(xp.minimum(Z, LARGER_LOGARITHM)), SO_LARGE)
    n = E * (E + TWO)
    R = ONE / (n + TWO)
    return E, R, n * R


class Activation(NamedTuple):
    """One record of the registry of activations.

    Attributes
    ----------
    name : str
    function, vjp : callable
        ``function(Z, *settings)`` and ``vjp(dA, Z, A, *settings)``.
    formula : str
        The function as one writes it on paper.
    reads : str
        What `vjp` reads beside ``dA``: ``"Z"``, ``"A"``, ``"ZA"`` or ``""``.
    kinks : tuple of float
        Where the function has no derivative.
    onnx : str
        The ONNX operator that computes it, or operators joined by ``+``; empty where there is none.
    hyperparameters : tuple of Hyperparameter
    trainable : bool
        False where the derivative is useless for learning by gradient.
    with_slope : callable or None
        ``with_slope(Z, *settings) -> (A, f'(Z))``, where value and derivative have most of their work in common:
        an engine may then keep f'(Z) from the way up instead of asking `vjp` on the way back.
    """

    name: str
    function: Callable[..., Any]
    vjp: Callable[..., Any]
    formula: str
    reads: Literal["", "Z", "A", "ZA"]
    kinks: tuple[float, ...] = ()
    onnx: str = ""
    hyperparameters: tuple[Hyperparameter, ...] = ()
    trainable: bool = True
    with_slope: Callable[..., tuple[Any, Any]] | None = None

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        settings = tuple(h.name for h in self.hyperparameters)
        return {
            "function": ("Z", *settings),
            "vjp": ("dA", "Z", "A", *settings),
            "with_slope": ("Z", *settings),
        }

    def require_whole(self) -> None:
        """Refuse a derivative that reads what `reads` does not name, and a `with_slope` that says otherwise."""
        values = [h.default for h in self.hyperparameters]
        require_reads("activation", self, values)
        require_slopes("activation", self, self.with_slope, values)


SLOPE = Hyperparameter("slope", 0.01)
ALPHA = Hyperparameter("alpha", 1.0)

# fmt: off
ACTIVATIONS: Registry[Activation] = Registry(
    "activation",
    Activation("step",       step,       step_vjp,       "1 if z > 0 else 0",               "",  (0.0,), "Greater+Cast", trainable=False),
    Activation("identity",   identity,   identity_vjp,   "z",                               "",  (),     "Identity"),
    Activation("relu",       relu,       relu_vjp,       "max(z, 0)",                       "A", (0.0,), "Relu"),
    Activation("leaky_relu", leaky_relu, leaky_relu_vjp, "z if z > 0 else slope z",         "Z", (0.0,), "LeakyRelu", (SLOPE,)),
    Activation("unclipped",  unclipped,  unclipped_vjp,  "c / sqrt(1 - (c / 3)^2), |c| <= 2.375", "Z", (-2.375, 2.375)),
    Activation("sigmoid",    sigmoid,    sigmoid_vjp,    "1 / (1 + exp(-z))",               "A", (),     "Sigmoid"),
    Activation("tanh",       tanh,       tanh_vjp,       "tanh(z)",                         "A", (),     "Tanh"),
    Activation("elu",        elu,        elu_vjp,        "z if z > 0 else alpha (e^z - 1)", "Z", (0.0,), "Elu", (ALPHA,), with_slope=elu_with_slope),
    Activation("selu",       selu,       selu_vjp,       "scale elu(z, alpha=1.6733)",      "Z", (0.0,), "Selu", with_slope=selu_with_slope),
    Activation("softplus",   softplus,   softplus_vjp,   "log(1 + exp(z))",                 "Z", (),     "Softplus", with_slope=softplus_with_slope),
    Activation("silu",       silu,       silu_vjp,       "z sigmoid(z)",                    "Z", (),     "Sigmoid+Mul", with_slope=silu_with_slope),
    Activation("gelu",       gelu,       gelu_vjp,       "z Phi(z)",                        "Z", (),     "Gelu", with_slope=gelu_with_slope),
    Activation("mish",       mish,       mish_vjp,       "z tanh(softplus(z))",             "Z", (),     "Mish", with_slope=mish_with_slope),
)
# fmt: on
