"""TabM, one network as published (Gorishniy et al. 2025, arXiv 2410.24210): 32 members that share weights.

A member is a network of three hidden layers, z = ((x r) W) s + b, of which W is that of all members and r, s
and b are its own (BatchEnsemble, Wen et al. 2020); nothing is shared by the last layers. Members begin apart
by signs on what comes in, one for each feature. Each is judged by its own loss, and the mean of what they
predict is what the network predicts. Of TabM-mini members have only the signs and their last layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from forpass.recipes.networks import EMBEDDING
from forpass.spec.initializer import Initializer
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import Activation, Columnwise, Dense, Dropout, Embedding, Layer
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.optimizer import OptimizerSpec
from forpass.spec.training import TrainingSpec

__all__ = ["tabm_network", "tabm_training"]

MEMBERS, BLOCKS, UNITS, DROPOUT = 32, 3, 512, 0.1
PATIENCE, MOST_EPOCHS = 16, 1000
"""As published it goes on for as long as it gets better, which it has never done for a thousand epochs."""


def tabm_network(
    inputs: Sequence[FeatureGroup],
    head: Head,
    outputs: int,
    members: int | None = None,
    mini: bool = False,
) -> NetworkSpec:
    """Return the network: 3 x (r -> Dense 512 -> s -> b -> relu -> dropout) -> a Dense for each member.

    W, b and the last layers begin evenly within +-1 / sqrt(inputs of the layer), b alike for all members; r
    and s begin at 1, but the first r at -1 or 1. Two classes have one raw score, not two.

    Parameters
    ----------
    inputs : sequence of FeatureGroup
    head : Head
        The loss, as `head_for` names it.
    outputs : int
        Raw scores.
    members : int, optional
        32 when not given.
    mini : bool
        TabM-mini: members share r, s and b of all hidden layers, but for the first r.

    Examples
    --------
    >>> spec = tabm_network([FeatureGroup("x", "number", 2)], Head("squared"), 1)
    >>> [layer.name for layer in spec.layers[:4] if isinstance(layer, Columnwise)], spec.members
    (['scale', 'scale', 'shift'], 32)
    """
    codes = sum(group.kind == "code" for group in inputs)
    width = sum(group.width for group in inputs) + codes * EMBEDDING
    layers: list[Layer] = [Embedding(EMBEDDING)] if codes else []
    layers.append(Columnwise("scale", initializer="random_sign", by_member=True, alike="features"))
    for number in range(BLOCKS):
        even = Initializer("uniform", {"low": -1.0 / math.sqrt(width), "high": 1.0 / math.sqrt(width)})
        if mini:
            layers.append(Dense(UNITS, weights="uniform_fan_in", biases=even))
        else:
            layers += [Columnwise("scale", by_member=True)] if number else []
            layers.append(Dense(UNITS, bias=False, weights="uniform_fan_in"))
            layers.append(Columnwise("scale", by_member=True))
            layers.append(Columnwise("shift", initializer=even, by_member=True, alike="members"))
        layers += [Activation("relu"), Dropout(DROPOUT)]
        width = UNITS
    layers.append(Dense(outputs, weights="uniform_fan_in", biases="uniform_fan_in", by_member=True))
    return NetworkSpec(inputs=inputs, layers=layers, head=head, members=members or MEMBERS)


def tabm_training(base: TrainingSpec, validated: bool) -> TrainingSpec:
    """Return how it learns: AdamW at a rate of 0.002, in batches of 256 rows for each member.

    It ends when 16 epochs have brought no better one, at the latest after 1,000, and goes back to the best.

    Parameters
    ----------
    base : TrainingSpec
        Says the seed, the type of numbers and the limit of time.
    validated : bool
        Whether there are validation rows, whose metric says which epoch is better; otherwise that is the
        training loss.

    Examples
    --------
    >>> training = tabm_training(TrainingSpec(seed=3), validated=True)
    >>> training.batch_size, training.optimizer.learning_rate, training.stopping.patience, training.seed
    (256, 0.002, 16, 3)
    """
    return replace(
        base,
        epochs=MOST_EPOCHS,
        batch_size=256,
        optimizer=OptimizerSpec(
            "adamw",
            0.002,
            weight_decay=3e-4,
            clip_norm=1.0,
        ),
        stopping=replace(
            base.stopping, monitor="validation_metric" if validated else "auto", patience=PATIENCE
        ),
    )
