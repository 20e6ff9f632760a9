"""Columnwise functions: elementwise, with trained numbers of each column. Sorted by increasing complexity.

``f(Z, *p, *settings) -> A`` takes ``Z (n, d)`` and one or more trained rows ``p (d,)``, a number for each
column, and gives ``A (n, d)``. ``f_vjp(dA, Z, A, *p, *settings) -> (dZ, *dp)`` takes the derivative of the
loss by ``A`` back to ``Z`` and to each p, all of them elementwise ``(n, d)``: the gradient of p is the sum of
its columns, which the engine takes. So a record says nothing of rows, and what is true of a single number is
true of a matrix.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from forpass.maths.activations import mish, mish_with_slope, relu, relu_vjp, selu, selu_with_slope
from forpass.maths.constants import ONE
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.registry import Hyperparameter, Registry, require_reads, require_slopes

__all__ = ["COLUMNWISE", "Columnwise", "Trained"]


def scale(Z: Any, s: Any) -> Any:
    """Give each column a size of its own: a = z s."""
    return Z * s


def scale_vjp(dA: Any, Z: Any, A: Any, s: Any) -> tuple[Any, Any]:
    """dz = da s, ds = da z."""
    return dA * s, dA * Z


def shift(Z: Any, b: Any) -> Any:
    """Give each column a zero of its own: a = z + b."""
    return Z + b


def shift_vjp(dA: Any, Z: Any, A: Any, b: Any) -> tuple[Any, Any]:
    """dz = da, db = da."""
    return dA, dA


def blended(Z: Any, F: Any, a: Any) -> Any:
    """Go from z to f(z) as far as `a` says: z + (f - z) a; all the way for 1, not at all for 0."""
    return Z + (F - Z) * a


def blended_vjp(dA: Any, Z: Any, F: Any, a: Any) -> tuple[Any, Any, Any]:
    """dz = da (1 - a) where f is held, df = da a, and for a itself da (f - z)."""
    return dA * (ONE - a), dA * a, dA * (F - Z)


def parametric_relu(Z: Any, a: Any) -> Any:
    """A relu whose share is trained: z + (relu(z) - z) a, so z where z > 0, else (1 - a) z (He et al. 2015)."""
    return blended(Z, relu(Z), a)


def parametric_relu_vjp(dA: Any, Z: Any, A: Any, a: Any) -> tuple[Any, Any]:
    """dz = da (1 - a + a relu'(z)), and for a itself da (relu(z) - z)."""
    F = relu(Z)
    dZ, dF, da = blended_vjp(dA, Z, F, a)
    return dZ + relu_vjp(dF, Z, F), da


def parametric_selu(Z: Any, a: Any) -> Any:
    """A selu whose share is trained: z + (selu(z) - z) a (Holzmueller et al. 2024)."""
    return blended(Z, selu(Z), a)


def parametric_selu_vjp(dA: Any, Z: Any, A: Any, a: Any) -> tuple[Any, Any]:
    """dz = da (1 - a + a selu'(z)), and for a itself da (selu(z) - z)."""
    _, D, by_a = parametric_selu_with_slopes(Z, a)
    return dA * D, dA * by_a


def parametric_selu_with_slopes(Z: Any, a: Any) -> tuple[Any, Any, Any]:
    """The value, and its derivatives by z and by a: 1 - a + a selu'(z), and selu(z) - z."""
    F, D = selu_with_slope(Z)
    return blended(Z, F, a), (ONE - a) + a * D, F - Z


def parametric_mish(Z: Any, a: Any) -> Any:
    """A mish whose share is trained: z + (mish(z) - z) a (Holzmueller et al. 2024)."""
    return blended(Z, mish(Z), a)


def parametric_mish_vjp(dA: Any, Z: Any, A: Any, a: Any) -> tuple[Any, Any]:
    """dz = da (1 - a + a mish'(z)), and for a itself da (mish(z) - z)."""
    _, D, by_a = parametric_mish_with_slopes(Z, a)
    return dA * D, dA * by_a


def parametric_mish_with_slopes(Z: Any, a: Any) -> tuple[Any, Any, Any]:
    """The value, and its derivatives by z and by a: 1 - a + a mish'(z), and mish(z) - z."""
    F, D = mish_with_slope(Z)
    return blended(Z, F, a), (ONE - a) + a * D, F - Z


class Trained(NamedTuple):
    """Trained numbers of a columnwise function, one for each column.

    Attributes
    ----------
    name : str
        What its blocks are called, with a number behind it: ``scale1``.
    role : str
        By what trainings and penalties tell it from other parameters, where the layer says nothing else.
    initializer : str
        How it begins, where the layer says nothing else: a name of the registry INITIALIZERS.
    settings : tuple of (str, float)
        The initialiser's settings.
    """

    name: str
    role: str
    initializer: str = "constant"
    settings: tuple[tuple[str, float], ...] = ()


class Columnwise(NamedTuple):
    """One record of the registry of columnwise functions.

    Attributes
    ----------
    name : str
    function, vjp : callable
        ``function(Z, *p, *settings) -> A`` and ``vjp(dA, Z, A, *p, *settings) -> (dZ, *dp)``, elementwise.
    formula : str
        With the trained numbers of z's column.
    trained : tuple of Trained
        What each p is, in the order in which the function takes them.
    reads : str
        What `vjp` reads beside ``dA`` and p: ``"Z"``, ``"A"``, ``"ZA"`` or ``""``.
    kinks : tuple of float
        Where the function has no derivative by z.
    hyperparameters : tuple of Hyperparameter
    with_slopes : callable or None
        ``with_slopes(Z, *p, *settings) -> (A, dA/dZ, *dA/dp)``, elementwise, where these have most of their work in
        common: an engine may then keep derivatives from the way up instead of asking `vjp` on the way back.

    Examples
    --------
    >>> import numpy as np
    >>> COLUMNWISE["scale"].function(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 10.0])).tolist()
    [[1.0, 20.0], [3.0, 40.0]]
    """

    name: str
    function: Callable[..., Any]
    vjp: Callable[..., tuple[Any, ...]]
    formula: str
    trained: tuple[Trained, ...]
    reads: Literal["", "Z", "A", "ZA"]
    kinks: tuple[float, ...] = ()
    hyperparameters: tuple[Hyperparameter, ...] = ()
    with_slopes: Callable[..., tuple[Any, ...]] | None = None

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        own = *(t.name for t in self.trained), *(h.name for h in self.hyperparameters)
        return {"function": ("Z", *own), "vjp": ("dA", "Z", "A", *own), "with_slopes": ("Z", *own)}

    def require_whole(self) -> None:
        """Refuse an unknown initialiser, and derivatives that read other than `reads` or give other than `vjp`."""
        for trained in self.trained:
            INITIALIZERS.settings(trained.initializer, dict(trained.settings))
        rows = [np.array([0.5, 1.0, 1.5])] * len(self.trained)
        values = [*rows, *(h.default for h in self.hyperparameters)]
        require_reads("columnwise function", self, values)
        require_slopes("columnwise function", self, self.with_slopes, values)


SCALE = Trained("scale", "scale", settings=(("value", 1.0),))
SHIFT = Trained("shift", "shift")
SLOPE = Trained("slope", "slope", settings=(("value", 1.0),))

# fmt: off
COLUMNWISE: Registry[Columnwise] = Registry(
    "columnwise function",
    Columnwise("scale",           scale,           scale_vjp,           "z s",                 (SCALE,), "Z"),
    Columnwise("shift",           shift,           shift_vjp,           "z + b",               (SHIFT,), ""),
    Columnwise("parametric_relu", parametric_relu, parametric_relu_vjp, "z + (relu(z) - z) a", (SLOPE,), "Z", (0.0,)),
    Columnwise("parametric_selu", parametric_selu, parametric_selu_vjp, "z + (selu(z) - z) a", (SLOPE,), "Z", (0.0,), with_slopes=parametric_selu_with_slopes),
    Columnwise("parametric_mish", parametric_mish, parametric_mish_vjp, "z + (mish(z) - z) a", (SLOPE,), "Z", with_slopes=parametric_mish_with_slopes),
)
# fmt: on
