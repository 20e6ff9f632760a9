"""Optimisers: what to do with a gradient. Sorted by increasing complexity.

``f(theta, g, *slots, rate, *coefficients) -> (theta, *slots)`` takes parameters, their gradient, what
the optimiser remembers of each parameter (its *slots*, all 0 at the start), the learning rate of this
step and a few scalars, and gives new parameters and new slots. All functions are elementwise and
change none of their arguments.

``f_coefficients(t, *settings) -> coefficients`` makes those scalars for step number ``t = 1, 2, ...``.
It is called once a step, in float64, before anything is rounded to the working type: 1 - beta2 taken
in float32 would be wrong in the fourth digit.

Weight decay is no part of a rule: `forpass.maths.penalties.decayed` is applied before it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from forpass.maths import xp
from forpass.maths.constants import ONE
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["OPTIMIZERS", "Optimizer"]


def gradient_descent(theta: Any, g: Any, rate: Any) -> tuple[Any]:
    r"""Go downhill (Cauchy 1847; on one batch at a time: Robbins & Monro 1951).

    .. math:: \theta \leftarrow \theta - rate \cdot g

    Examples
    --------
    >>> gradient_descent(2.0, 0.5, 0.1)
    (1.95,)
    """
    return (theta - rate * g,)


def gradient_descent_coefficients(t: Any) -> tuple[()]:
    """Nothing beside the rate."""
    return ()


def momentum(theta: Any, g: Any, velocity: Any, rate: Any, mu: Any) -> tuple[Any, Any]:
    r"""Roll on: a share `mu` of the last move is made again (Polyak 1964, "heavy ball").

    .. math::
        velocity &\leftarrow \mu \cdot velocity - rate \cdot g \\
        \theta &\leftarrow \theta + velocity

    Notes
    -----
    As scikit-learn with ``nesterovs_momentum=False``. torch leaves the rate out of the velocity and
    multiplies with it at the end: the same for a constant rate, but when the rate falls, torch
    slows down at once, while here a move once begun rolls on.

    Examples
    --------
    >>> momentum(2.0, 0.5, 1.0, 0.5, 0.5)
    (2.25, 0.25)
    """
    velocity = mu * velocity - rate * g
    return theta + velocity, velocity


def momentum_coefficients(t: Any, mu: Any) -> tuple[Any]:
    """Return the setting itself."""
    return (mu,)


def nesterov(theta: Any, g: Any, velocity: Any, rate: Any, mu: Any) -> tuple[Any, Any]:
    r"""Momentum that looks ahead: the new velocity already acts on this step (Nesterov 1983).

    .. math::
        velocity &\leftarrow \mu \cdot velocity - rate \cdot g \\
        \theta &\leftarrow \theta + \mu \cdot velocity - rate \cdot g

    Notes
    -----
    The form of Sutskever et al. 2013, in which `theta` is the point looked ahead to, where the
    gradient is taken; as scikit-learn, whose default it is. torch: see `momentum`.

    Examples
    --------
    >>> nesterov(2.0, 0.5, 1.0, 0.5, 0.5)
    (1.875, 0.25)
    """
    move = rate * g
    velocity = mu * velocity - move
    return theta + (mu * velocity - move), velocity


def adagrad(theta: Any, g: Any, squares: Any, rate: Any, epsilon: Any) -> tuple[Any, Any]:
    r"""Give each parameter a rate of its own: less, the more its gradients have added up (Duchi et al. 2011).

    .. math::
        squares &\leftarrow squares + g^2 \\
        \theta &\leftarrow \theta - rate \cdot g / (\sqrt{squares} + epsilon)

    Notes
    -----
    As torch with its defaults (sum of squares starting from 0, no decay of the rate). Not in
    scikit-learn.

    Examples
    --------
    >>> theta, squares = adagrad(2.0, 3.0, 16.0, 0.5, 1.0)
    >>> float(theta), squares
    (1.75, 25.0)
    """
    squares = squares + g * g
    return theta - rate * (g / (xp.sqrt(squares) + epsilon)), squares


def adagrad_coefficients(t: Any, epsilon: Any) -> tuple[Any]:
    """Return the setting itself."""
    return (epsilon,)


def rmsprop(
    theta: Any, g: Any, squares: Any, rate: Any, rho: Any, rest: Any, epsilon: Any
) -> tuple[Any, Any]:
    r"""Divide by the size the gradient had of late (Tieleman & Hinton 2012, lecture 6.5).

    .. math::
        squares &\leftarrow \rho \cdot squares + rest \cdot g^2, \quad rest = 1 - \rho \\
        \theta &\leftarrow \theta - rate \cdot g / (\sqrt{squares} + epsilon)

    Notes
    -----
    As torch, whose ``alpha`` is `rho`, without its momentum and centring. (TensorFlow puts epsilon
    inside the root.) Not in scikit-learn.

    Examples
    --------
    >>> theta, squares = rmsprop(2.0, 3.0, 21.0, 0.5, 0.75, 0.25, 1.0)
    >>> round(float(theta), 6), squares
    (1.713885, 18.0)
    """
    squares = rho * squares + rest * (g * g)
    return theta - rate * (g / (xp.sqrt(squares) + epsilon)), squares


def rmsprop_coefficients(t: Any, rho: Any, epsilon: Any) -> tuple[Any, Any, Any]:
    """Return rho, 1 - rho and epsilon."""
    return rho, ONE - rho, epsilon


def adam(
    theta: Any,
    g: Any,
    m: Any,
    v: Any,
    rate: Any,
    beta1: Any,
    rest1: Any,
    beta2: Any,
    rest2: Any,
    scale: Any,
    damping: Any,
) -> tuple[Any, Any, Any]:
    r"""Mean of the gradients over the root of the mean of their squares (Kingma & Ba 2015).

    .. math::
        m &\leftarrow \beta_1 m + rest_1 \cdot g, \quad rest_1 = 1 - \beta_1 \\
        v &\leftarrow \beta_2 v + rest_2 \cdot g^2, \quad rest_2 = 1 - \beta_2 \\
        \theta &\leftarrow \theta - rate \cdot scale \cdot m / (\sqrt{v} + damping)

    with what makes up for the slots' start from 0 gathered in two scalars:

    .. math::
        scale &= \sqrt{1 - \beta_2^t} / (1 - \beta_1^t) \\
        damping &= epsilon \sqrt{1 - \beta_2^t} + epsilon\_hat

    Notes
    -----
    With `epsilon` alone this is the paper's Algorithm 1 and torch's Adam; with `epsilon_hat` alone it
    is the rearranged form of the paper's section 2, which scikit-learn uses (its ``epsilon`` is our
    `epsilon_hat`). One of them must be greater than 0. ``adamw`` (Loshchilov & Hutter 2019) is the
    same rule after `forpass.maths.penalties.decayed`, as in torch's AdamW.

    Examples
    --------
    The first step is `rate` in size, whatever the gradient's size:

    >>> coefficients = adam_coefficients(1, 0.9, 0.999, 1e-8, 0.0)
    >>> theta, m, v = adam(2.0, 1000.0, 0.0, 0.0, 0.1, *coefficients)
    >>> round(float(theta), 6)
    1.9
    """
    m = beta1 * m + rest1 * g
    v = beta2 * v + rest2 * (g * g)
    return theta - (rate * scale) * (m / (xp.sqrt(v) + damping)), m, v


def adam_coefficients(
    t: Any, beta1: Any, beta2: Any, epsilon: Any, epsilon_hat: Any
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Return beta1, 1 - beta1, beta2, 1 - beta2, scale and damping, as `adam` explains them."""
    root = xp.sqrt(ONE - xp.power(beta2, t))
    scale = root / (ONE - xp.power(beta1, t))
    return beta1, ONE - beta1, beta2, ONE - beta2, scale, epsilon * root + epsilon_hat


class Optimizer(NamedTuple):
    """One record of the registry of optimisers.

    Attributes
    ----------
    name : str
    step : callable
        ``step(theta, g, *slots, rate, *coefficients) -> (theta, *slots)``.
    slots : tuple of str
        What is remembered of each parameter; 0 at the start.
    coefficients : callable
        ``coefficients(t, *settings)``: the scalars of step t = 1, 2, ... in float64.
    formula : str
        Of the new theta, with the slots already renewed.
    hyperparameters : tuple of Hyperparameter
    weight_decay : float
        The decoupled decay if none is asked for; it is taken off theta before.
    slot_formulas : tuple of str
        Of each renewed slot, in which its own name means what it was; where there are none, a trace names
        what is remembered and no more.
    """

    name: str
    step: Callable[..., tuple[Any, ...]]
    slots: tuple[str, ...]
    coefficients: Callable[..., tuple[Any, ...]]
    formula: str
    hyperparameters: tuple[Hyperparameter, ...] = ()
    weight_decay: float = 0.0
    slot_formulas: tuple[str, ...] = ()

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        settings = tuple(h.name for h in self.hyperparameters)
        return {"coefficients": ("t", *settings)}


ALMOST_ONE = 0.999999  # a mean that never takes in anything new cannot be made up for
TINY = 1e-37  # the least a float32 can well be divided by
MU = Hyperparameter("mu", 0.9, 0.0, 1.0)
SPARSE_EPSILON = Hyperparameter("epsilon", 1e-10, TINY)
EPSILON = Hyperparameter("epsilon", 1e-8, TINY)
RHO = Hyperparameter("rho", 0.99, 0.0, ALMOST_ONE)
ADAM = (
    Hyperparameter("beta1", 0.9, 0.0, ALMOST_ONE),
    Hyperparameter("beta2", 0.999, 0.0, ALMOST_ONE),
    Hyperparameter("epsilon", 1e-8, 0.0),
    Hyperparameter("epsilon_hat", 0.0, 0.0),
)

VELOCITY = ("mu velocity - rate g",)
ADAM_MOMENTS = ("beta1 m + rest1 g", "beta2 v + rest2 g^2")

# fmt: off
OPTIMIZERS: Registry[Optimizer] = Registry(
    "optimizer",
    Optimizer("gradient_descent", gradient_descent, (),            gradient_descent_coefficients, "theta - rate g"),
    Optimizer("momentum",         momentum,         ("velocity",), momentum_coefficients,         "theta + velocity",                           (MU,), slot_formulas=VELOCITY),
    Optimizer("nesterov",         nesterov,         ("velocity",), momentum_coefficients,         "theta + mu velocity - rate g",               (MU,), slot_formulas=VELOCITY),
    Optimizer("adagrad",          adagrad,          ("squares",),  adagrad_coefficients,          "theta - rate g / (sqrt(squares) + epsilon)", (SPARSE_EPSILON,), slot_formulas=("squares + g^2",)),
    Optimizer("rmsprop",          rmsprop,          ("squares",),  rmsprop_coefficients,          "theta - rate g / (sqrt(squares) + epsilon)", (RHO, EPSILON), slot_formulas=("rho squares + rest g^2",)),
    Optimizer("adam",             adam,             ("m", "v"),    adam_coefficients,             "theta - rate scale m / (sqrt(v) + damping)", ADAM, slot_formulas=ADAM_MOMENTS),
    Optimizer("adamw",            adam,             ("m", "v"),    adam_coefficients,             "theta - rate scale m / (sqrt(v) + damping)", ADAM, 0.01, ADAM_MOMENTS),
)
# fmt: on
