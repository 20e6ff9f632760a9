"""What to try, of each kind of finding: with all of the library, or with options of training alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from forpass.model.target_scale import SCALE_BY_ITSELF

__all__ = ["REMEDIES", "Remedy", "remedy", "remedy_by_options"]


class Remedy(NamedTuple):
    """What to try.

    ``{rate}`` stands for the learning rate that was used.

    Attributes
    ----------
    library : str
        For those who build networks: layers, initial weights and optimisers are at hand.
    options : str
        For those who train on a table: ``{hidden}`` and the like stand for what options are called there.
    """

    library: str
    options: str


REMEDIES = {
    "large_features": Remedy(
        "scale the features to a few units",
        "look for values far from all others; mend them, or {drop} the column",
    ),
    "unscaled_target": Remedy(
        "give (y - mean) / standard deviation, put TransformedTargetRegressor around an MLPRegressor, or use "
        f"{SCALE_BY_ITSELF}",
        "look for values of the target far from all others, and mend them",
    ),
    "dead_units": Remedy(
        "lower the learning rate, scale the features, or use leaky_relu or elu",
        "try a lower {learning_rate} (it was {rate:g}), or {activation} leaky_relu or elu",
    ),
    "saturated_units": Remedy(
        "scale the features, begin with smaller weights, lower the learning rate, or use BatchNorm",
        "try a lower {learning_rate} (it was {rate:g}), or {activation} relu",
    ),
    "vanishing_gradient": Remedy(
        "use fewer layers, relu or selu instead of sigmoid or tanh, weights that suit the activation, or "
        "BatchNorm",
        "try fewer layers ({hidden}), or {activation} relu or selu",
    ),
    "exploding_gradient": Remedy(
        "begin with smaller weights, set clip_norm in OptimizerSpec, or put BatchNorm between the layers",
        "try a lower {learning_rate} (it was {rate:g}), or fewer layers ({hidden})",
    ),
    "learning_rate_too_high": Remedy(
        "lower the learning rate (it was {rate:g})",
        "try a lower {learning_rate} (it was {rate:g})",
    ),
    "learning_rate_too_low": Remedy(
        "raise the learning rate (it was {rate:g}) or train longer",
        "try a higher {learning_rate} (it was {rate:g}), or more {epochs}",
    ),
    "constant_predictions": Remedy(
        "look for dead or saturated units, a learning rate that is too high, or features all alike",
        "try a lower {learning_rate} (it was {rate:g}), or see whether columns are alike",
    ),
    "no_better_than_guess": Remedy(
        "train longer, with more units or other features",
        "try more {epochs}, larger layers ({hidden}) or other columns",
    ),
}
"""By the kind of finding."""

OPTIONS = ("learning_rate", "activation", "hidden", "epochs", "drop")


def remedy(kind: str, rate: float = math.nan) -> str:
    """Return what to try, for those who build networks; `rate` is the learning rate, where that is named."""
    return REMEDIES[kind].library.format(rate=rate)


def remedy_by_options(kind: str, rate: float, called: Callable[[str], str]) -> str:
    """Return what to try by options of training, which are `called` so."""
    return REMEDIES[kind].options.format(rate=rate, **{option: called(option) for option in OPTIONS})
