"""Schedules: what the learning rate is multiplied with as training goes on. Sorted by increasing complexity.

``f(k, total, *settings) -> factor`` for the counter ``k = 0, 1, ...`` and the planned ``total``, both
in whatever unit training counts (steps or epochs). k may be a scalar or an array; factors are float64.
Schedules that need the total run over the share ``p = k / total`` and stay where they ended
when k goes on beyond the total. (scikit-learn's ``"adaptive"`` depends on progress, not on a
counter; training does it.)
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from forpass.maths import xp
from forpass.maths.constants import HALF, ONE, TWO, ZERO
from forpass.maths.registry import Hyperparameter, Registry

__all__ = ["SCHEDULES", "Schedule"]

PI = math.pi
FIFTEEN = 15.0  # log2(1 + 15 p) runs from 0 to 4: four cycles
TWO_PI_OVER_LOG_TWO = 2.0 * math.pi / math.log(2.0)
SMALLEST = 1e-300  # takes the place of a divisor 0 whose quotient is not used


def share_done(k: Any, total: Any) -> Any:
    """How much of the plan is done: p = k / total, at most 1."""
    return xp.minimum(k, total) / xp.maximum(total, ONE)


def glide(start: Any, end: Any, p: Any) -> Any:
    """Half a cosine wave from `start` at p = 0 to `end` at p = 1."""
    return start + (end - start) * (HALF - HALF * xp.cos(PI * p))


def constant(k: Any, total: Any) -> Any:
    """Keep the rate as given: 1."""
    return ONE + ZERO * k


def step(k: Any, total: Any, every: Any, factor: Any) -> Any:
    """Multiply by `factor` after every `every` counts: factor^floor(k / every)."""
    return xp.power(factor, xp.floor(k / every))


def exponential(k: Any, total: Any, decay: Any) -> Any:
    """Shrink by the same share each time: decay^k."""
    return xp.power(decay, k)


def inverse_scaling(k: Any, total: Any, power: Any) -> Any:
    """Shrink ever more slowly: 1 / (k + 1)^power (Robbins & Monro 1951 for powers in (1/2, 1]).

    As scikit-learn's ``"invscaling"``, which counts training examples.
    """
    return ONE / xp.power(k + ONE, power)


def linear_warmup(k: Any, total: Any, length: Any) -> Any:
    """Rise evenly to 1 within the first `length` counts: min(1, (k + 1) / length) (Goyal et al. 2017)."""
    return xp.minimum((k + ONE) / length, ONE)


def cosine(k: Any, total: Any, final: Any) -> Any:
    """Half a cosine wave down: final + (1 - final)(1 + cos(pi p)) / 2 (Loshchilov & Hutter 2017)."""
    return glide(ONE, final, share_done(k, total))


def flat_cosine(k: Any, total: Any) -> Any:
    """Keep the rate for the first half, then half a cosine wave to 0: (1 + cos(pi (2 p - 1))) / 2."""
    return glide(ONE, ZERO, xp.maximum(TWO * share_done(k, total) - ONE, ZERO))


def warmup_cosine(k: Any, total: Any, warmup: Any) -> Any:
    """Up straight, then half a cosine wave down to 0 (Goyal et al. 2017; Loshchilov & Hutter 2017).

    p / warmup over the share `warmup`, then (1 + cos(pi (p - warmup) / (1 - warmup))) / 2 over the rest.
    """
    p = share_done(k, total)
    up = p / xp.maximum(warmup, SMALLEST)
    down = glide(ONE, ZERO, xp.maximum(p - warmup, ZERO) / xp.maximum(ONE - warmup, SMALLEST))
    return xp.where(p < warmup, up, down)


def one_cycle(k: Any, total: Any, warmup: Any, start: Any, final: Any) -> Any:
    """Up, then down: one large wave over the whole plan (Smith & Topin 2018).

    Half a cosine wave from `start` to 1 over the share `warmup`, then one from 1 to `final` over the
    rest. (The paper's pieces are straight; cosines are what fastai and torch made of them. `start`
    and `final` are shares of the learning rate; torch's ``final_div_factor`` is start / final. The end
    is reached at k = total, in torch one earlier.)
    """
    p = share_done(k, total)
    up = glide(start, ONE, xp.minimum(p, warmup) / xp.maximum(warmup, SMALLEST))
    down = glide(ONE, final, xp.maximum(p - warmup, ZERO) / xp.maximum(ONE - warmup, SMALLEST))
    return xp.where(p < warmup, up, down)


def coslog4(k: Any, total: Any) -> Any:
    """Four ever longer waves: (1 - cos(2 pi log2(1 + 15 p))) / 2 (Holzmueller et al. 2024, RealMLP).

    It starts and ends with 0.
    """
    return HALF - HALF * xp.cos(TWO_PI_OVER_LOG_TWO * xp.log1p(FIFTEEN * share_done(k, total)))


class Schedule(NamedTuple):
    """One record of the registry of schedules.

    Attributes
    ----------
    name : str
    factor : callable
        ``factor(k, total, *settings)``.
    formula : str
        With the counter k and the share p = k / total, at most 1.
    hyperparameters : tuple of Hyperparameter
    needs_total : bool
        Whether the factor depends on the planned total.

    Examples
    --------
    >>> import numpy as np
    >>> SCHEDULES["cosine"].factor(np.arange(5), 4, 0.0).round(3).tolist()
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    name: str
    factor: Callable[..., Any]
    formula: str
    hyperparameters: tuple[Hyperparameter, ...]
    needs_total: bool

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return what each formula is called with."""
        settings = tuple(h.name for h in self.hyperparameters)
        return {"factor": ("k", "total", *settings)}


EVERY = Hyperparameter("every", 30.0, 1.0)
FACTOR = Hyperparameter("factor", 0.1, 0.0)
DECAY = Hyperparameter("decay", 0.99, 0.0, 1.0)
POWER = Hyperparameter("power", 0.5, 0.0)
LENGTH = Hyperparameter("length", 5.0, 1.0)
FINAL = Hyperparameter("final", 0.0, 0.0, 1.0)
WARMUP = Hyperparameter("warmup", 0.3, 0.0, 1.0)
SHORT_WARMUP = Hyperparameter("warmup", 0.1, 0.0, 1.0)
START = Hyperparameter("start", 1.0 / 25.0, 0.0, 1.0)
LOWEST = Hyperparameter("final", 1e-4, 0.0, 1.0)

# fmt: off
SCHEDULES: Registry[Schedule] = Registry(
    "schedule",
    Schedule("constant",        constant,        "1",                                                          (),                      False),
    Schedule("step",            step,            "factor^floor(k / every)",                                    (EVERY, FACTOR),         False),
    Schedule("exponential",     exponential,     "decay^k",                                                    (DECAY,),                False),
    Schedule("inverse_scaling", inverse_scaling, "1 / (k + 1)^power",                                          (POWER,),                False),
    Schedule("linear_warmup",   linear_warmup,   "min(1, (k + 1) / length)",                                   (LENGTH,),               False),
    Schedule("cosine",          cosine,          "final + (1 - final)(1 + cos(pi p)) / 2",                     (FINAL,),                True),
    Schedule("flat_cosine",     flat_cosine,     "1 if p < 1/2 else (1 + cos(pi (2 p - 1))) / 2",              (),                      True),
    Schedule("warmup_cosine",   warmup_cosine,   "p / warmup while p < warmup, then half a cosine from 1 to 0", (SHORT_WARMUP,),        True),
    Schedule("one_cycle",       one_cycle,       "cosine from start to 1 while p < warmup, then 1 to final",   (WARMUP, START, LOWEST), True),
    Schedule("coslog4",         coslog4,         "(1 - cos(2 pi log2(1 + 15 p))) / 2",                         (),                      True),
)
# fmt: on
