"""From a member to what is trained: its network, and its training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from forpass.maths.columnwise import COLUMNWISE
from forpass.model.scores import task_of
from forpass.recipes.records import Member, Recipe, step_of
from forpass.spec.input_layers import Embedding, Periodic, Piecewise, ValueStatistics
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import Activation, Columnwise, Concatenate, Dense, Dropout, Layer, Sum
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.optimizer import OptimizerSpec, RoleFactors
from forpass.spec.program import lower
from forpass.spec.training import ScheduleSpec, TrainingSpec

__all__ = [
    "EMBEDDING",
    "epochs_of",
    "for_users",
    "network_of",
    "optimizer_of",
    "shows_statistics",
    "training_of",
]

EMBEDDING = 8
"""The embedding dimension of categories with too many values for one-hot columns."""

ROLES = {
    "bias": RoleFactors(learning_rate=0.1, decay=0.0),
    "scale": RoleFactors(learning_rate=6.0, decay=6.0),
    "slope": RoleFactors(learning_rate=0.1, decay=0.1),
    "periodic": RoleFactors(learning_rate=0.1, decay=0.1),
}
"""Factors of learning rate and weight decay by role, those of RealMLP (Holzmueller et al. 2024, arXiv
2407.04491, table A.1)."""

WARMUP = 0.1
"""The share of the steps over which the learning rate rises."""


def network_of(
    recipe: Recipe, member: Member, inputs: Sequence[FeatureGroup], head: Head, outputs: int
) -> NetworkSpec:
    """Return the network of a member on features: scale layer, hidden layers in neural-tangent form, head.

    Every Dense is z = m x W + b with m = 1 / sqrt(inputs), W of variance 1 and b initialised as in RealMLP
    (Holzmueller et al. 2024), so that one learning rate suits all widths. Binned numbers enter the first
    hidden layer beside the features, all with the same m, as if they were columns of the same matrix.

    Examples
    --------
    >>> from forpass.recipes.presets import PRESETS
    >>> inputs = [FeatureGroup("x", "number", 3)]
    >>> spec = network_of(PRESETS["fast"], Member(hidden=(8,)), inputs, Head("squared"), 1)
    >>> [type(layer).__name__ for layer in spec.layers]
    ['Columnwise', 'Dense', 'Columnwise', 'Dropout', 'Dense']
    """
    branches, width = _branches(recipe, member, inputs, head, outputs)
    bins = _bins(member, inputs)
    first: list[Layer] = [*_side_by_side(branches), Columnwise("scale")]
    rest: list[Layer] = []
    for number, units in enumerate(member.hidden):
        if number:
            rest.append(_dense(units))
        elif not bins:
            rest += [*first, _dense(units)]
        else:
            m = 1.0 / math.sqrt(width + bins)
            binned = Piecewise(units, multiplier=m, weights="unit_variance")
            rest.append(Sum(((*first, _dense(units, m)), (binned,))))
        rest += [_activation(member.activation), Dropout(member.dropout)]
    if not member.hidden:
        rest = first
    return NetworkSpec(inputs=inputs, layers=[*rest, _dense(outputs)], head=head)


def for_users(spec: NetworkSpec, buffers: NDArray[Any]) -> tuple[NetworkSpec, NDArray[Any]]:
    """Return the network and its buffers without the out-of-fold statistics that training rows look up.

    A row that is predicted looks up the statistics of all training rows, which come first.
    """
    program = lower(spec)
    if not program.uses("lookup"):
        return spec, buffers
    plain = NetworkSpec(
        inputs=spec.inputs, layers=_without_folds(spec.layers), head=spec.head, penalty=spec.penalty
    )
    views, kept = program.buffers.views(buffers), lower(plain).buffers
    arrays = {block.name: views[block.name][: block.shape[0]] for block in kept.blocks}
    return plain, kept.flatten(arrays, buffers.dtype)


def shows_statistics(member: Member, inputs: Sequence[FeatureGroup], head: Head, outputs: int) -> bool:
    """Whether a member looks up statistics: not with more than two classes, where they did not help."""
    several = task_of(head, outputs) == "classification" and outputs > 1
    return member.statistics and not several and any(group.kind == "value" for group in inputs)


def _branches(
    recipe: Recipe, member: Member, inputs: Sequence[FeatureGroup], head: Head, outputs: int
) -> tuple[list[tuple[Layer, ...]], int]:
    """Return the branches in front of the scale layer, and their total width."""
    codes = sum(group.kind == "code" for group in inputs)
    numbers = sum(group.width for group in inputs if group.kind == "number")
    values = sum(group.kind == "value" for group in inputs)
    width = sum(group.width for group in inputs) + codes * EMBEDDING
    branches: list[tuple[Layer, ...]] = [(Embedding(EMBEDDING),) if codes else ()]
    if shows_statistics(member, inputs, head, outputs):
        branches.append((ValueStatistics(outputs=outputs),))
        width += values * outputs
    if "periodic" in member.numbers and 0 < numbers <= recipe.max_periodic:
        branches.append((Periodic(),))
        width += numbers * Periodic().dimension
    return branches, width


def _side_by_side(branches: Sequence[tuple[Layer, ...]]) -> tuple[Layer, ...]:
    return branches[0] if len(branches) == 1 else (Concatenate(tuple(branches)),)


def _bins(member: Member, inputs: Sequence[FeatureGroup]) -> int:
    """Return the number of bins of all columns together; 0 for a member that uses none."""
    return sum(group.bins for group in inputs) if "piecewise" in member.numbers else 0


def _without_folds(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    found: list[Layer] = []
    for layer in layers:
        if isinstance(layer, ValueStatistics):
            layer = replace(layer, folds=0)
        elif isinstance(layer, Concatenate | Sum):
            layer = replace(layer, branches=tuple(_without_folds(branch) for branch in layer.branches))
        found.append(layer)
    return tuple(found)


def _dense(units: int, multiplier: float | str = "neural_tangent") -> Dense:
    return Dense(units, weights="unit_variance", biases="through_rows", multiplier=multiplier)


def _activation(name: str) -> Layer:
    return Columnwise(name) if name in COLUMNWISE else Activation(name)


def epochs_of(recipe: Recipe, epochs: int, n: int) -> int:
    """Return the epochs for n rows, where the reference table takes `epochs` (see `Recipe`).

    Examples
    --------
    >>> from forpass.recipes.presets import PRESETS
    >>> [epochs_of(PRESETS["fast"], 12, n) for n in (20, 6000, 24_000, 200_000)]
    [48, 12, 9, 5]
    """
    rows, least, most = recipe.epoch_scaling
    factor = min(max(math.sqrt(rows / n), least), most) * step_of(recipe.epoch_fractions, n)[1]
    return max(1, int(epochs * factor + 0.5))


def training_of(
    recipe: Recipe, member: Member, spec: NetworkSpec, epochs: int, n: int, seed: int
) -> TrainingSpec:
    """Return how a member is trained on n rows, for a rung of so many epochs of the reference table.

    AdamW with betas .9 and .95 (Loshchilov & Hutter 2019); the learning rate warms up over a tenth of the
    steps and decays along half a cosine; dropout and weight decay fall in the second half. There is no early
    stopping: the parameters of the last epoch are kept.
    """
    return TrainingSpec(
        epochs=epochs_of(recipe, epochs, n),
        batch_size=step_of(recipe.batch_sizes, n)[1],
        last_batch="drop",
        optimizer=optimizer_of(member, spec),
        schedule=ScheduleSpec("warmup_cosine", {"warmup": WARMUP}),
        decay_schedule=ScheduleSpec("flat_cosine"),
        dropout_schedule=ScheduleSpec("flat_cosine"),
        seed=seed,
    )


def optimizer_of(member: Member, spec: NetworkSpec) -> OptimizerSpec:
    """Return AdamW for the network of a member, with factors for the roles its parameters have."""
    roles = {block.role for block in lower(spec).parameters.blocks}
    return OptimizerSpec(
        "adamw",
        member.learning_rate,
        {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8},
        weight_decay=member.weight_decay,
        by_role={role: factors for role, factors in ROLES.items() if role in roles},
    )
