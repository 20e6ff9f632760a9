"""From a member to what is trained: its network, and how it learns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from forpass.maths.columnwise import COLUMNWISE
from forpass.recipes.records import Member, Recipe, step_of
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import Activation, Columnwise, Dense, Dropout, Embedding, Layer
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.program import lower
from forpass.spec.training import OptimizerSpec, RoleFactors, ScheduleSpec, TrainingSpec

__all__ = ["EMBEDDING", "epochs_of", "network_of", "training_of"]

EMBEDDING = 8
"""So many numbers stand for a code of a category that has too many values for columns of their own."""

ROLES = {
    "bias": RoleFactors(learning_rate=0.1, decay=0.0),
    "scale": RoleFactors(learning_rate=6.0, decay=6.0),
    "slope": RoleFactors(learning_rate=0.1, decay=0.1),
    "periodic": RoleFactors(learning_rate=0.1, decay=0.1),
}
"""Rates and decays by role, as RealMLP has them (Holzmueller et al. 2024, arXiv 2407.04491, table A.1)."""

WARMUP = 0.1
"""The share of the steps over which the rate rises."""


def network_of(member: Member, inputs: Sequence[FeatureGroup], head: Head, outputs: int) -> NetworkSpec:
    """Return the network of a member on features: scale layer, hidden layers in neural-tangent form, head.

    Every Dense is z = x W / sqrt(inputs) + b, with W of variance 1 and b as RealMLP begins (Holzmueller et
    al. 2024): so one learning rate suits all widths.

    Examples
    --------
    >>> spec = network_of(Member(hidden=(8,)), [FeatureGroup("x", "number", 3)], Head("squared"), 1)
    >>> [type(layer).__name__ for layer in spec.layers]
    ['Columnwise', 'Dense', 'Columnwise', 'Dropout', 'Dense']
    """
    layers: list[Layer] = []
    if any(group.kind == "code" for group in inputs):
        layers.append(Embedding(EMBEDDING))
    layers.append(Columnwise("scale"))
    for units in member.hidden:
        layers += [_dense(units), _activation(member.activation), Dropout(member.dropout)]
    return NetworkSpec(inputs=inputs, layers=[*layers, _dense(outputs)], head=head)


def _dense(units: int) -> Dense:
    return Dense(units, weights="unit_variance", biases="through_rows", multiplier="neural_tangent")


def _activation(name: str) -> Layer:
    return Columnwise(name) if name in COLUMNWISE else Activation(name)


def epochs_of(recipe: Recipe, epochs: int, n: int) -> int:
    """Return for how many epochs n rows are learnt from where those of a middling table take `epochs`.

    Examples
    --------
    >>> from forpass.recipes.presets import PRESETS
    >>> [epochs_of(PRESETS["fast"], 12, n) for n in (20, 6000, 24_000, 200_000)]
    [48, 12, 9, 5]
    """
    rows, least, most = recipe.epochs_at
    factor = min(max(math.sqrt(rows / n), least), most) * step_of(recipe.thinner, n)[1]
    return max(1, int(epochs * factor + 0.5))


def training_of(
    recipe: Recipe, member: Member, spec: NetworkSpec, epochs: int, n: int, seed: int
) -> TrainingSpec:
    """Return how a member learns from n rows, for a rung of so many epochs of a middling table.

    AdamW with betas .9 and .95 (Loshchilov & Hutter 2019); the rate rises over a tenth of the steps and falls
    along half a cosine wave; dropout and decay fall in the second half. The last epoch is taken, and nothing
    is watched.
    """
    roles = {block.role for block in lower(spec).parameters.blocks}
    return TrainingSpec(
        epochs=epochs_of(recipe, epochs, n),
        batch_size=step_of(recipe.batch, n)[1],
        last_batch="drop",
        optimizer=OptimizerSpec(
            "adamw",
            member.learning_rate,
            {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8},
            weight_decay=member.weight_decay,
            by_role={role: factors for role, factors in ROLES.items() if role in roles},
        ),
        schedule=ScheduleSpec("one_cycle", {"warmup": WARMUP, "start": 0.0, "final": 0.0}),
        decay_schedule=ScheduleSpec("flat_cosine"),
        dropout_schedule=ScheduleSpec("flat_cosine"),
        seed=seed,
    )
