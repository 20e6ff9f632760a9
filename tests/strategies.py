"""Hypothesis strategies: random networks, data that fit them, and ways to train them.

Shapes, layers and settings are drawn by Hypothesis, so that a failure shrinks to a small network.
The numbers inside the arrays come from a generator with a drawn seed: they are nowhere special, while
Hypothesis loves zeros, where every second function has its kink.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from hypothesis import strategies as st

from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.losses import LOSSES
from forpass.maths.optimizers import OPTIMIZERS
from forpass.maths.schedules import SCHEDULES
from forpass.spec.data import Data
from forpass.spec.initializer import Initializer
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import (
    Activation,
    BatchNorm,
    Columnwise,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    LayerNorm,
    Periodic,
    Piecewise,
    Residual,
    Sum,
)
from forpass.spec.layout import ROLES
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.optimizer import OptimizerSpec, RoleFactors
from forpass.spec.training import ScheduleSpec, StoppingSpec, TrainingSpec

TRAINABLE = tuple(a.name for a in ACTIVATIONS.values() if a.trainable)
SPREADING = ("uniform_fan_in", "lecun_uniform", "lecun_normal", "he_uniform", "he_normal", "glorot_uniform")

UP_TO_FIVE = st.integers(1, 5)

settings_of_activations = {"leaky_relu": {"slope": (0.05, 0.5)}, "elu": {"alpha": (0.3, 2.0)}}
settings_of_losses = {
    "quantile": {"level": (0.1, 0.9)},
    "huber": {"delta": (0.2, 1.5)},
    "softmax_cross_entropy": {"smoothing": (0.0, 0.4)},
}


class Problem(NamedTuple):
    """A network, examples for it, and a seed for its parameters."""

    spec: NetworkSpec
    data: Data
    seed: int


def seeds() -> st.SearchStrategy[int]:
    return st.integers(0, 2**32 - 1)


def settings_within(ranges: dict[str, tuple[float, float]]) -> st.SearchStrategy[dict[str, float]]:
    """Draw some of the settings, each within its range; the others keep their defaults."""
    values = {name: st.floats(low, high) for name, (low, high) in ranges.items()}
    return st.fixed_dictionaries({}, optional=values)


def activations() -> st.SearchStrategy[Activation]:
    return st.sampled_from(TRAINABLE).flatmap(
        lambda name: st.builds(
            Activation, st.just(name), settings_within(settings_of_activations.get(name, {}))
        )
    )


def initializers(names: tuple[str, ...] = SPREADING) -> st.SearchStrategy[Initializer]:
    return st.sampled_from(names).map(Initializer)


def dense_layers(units: st.SearchStrategy[int] = UP_TO_FIVE) -> st.SearchStrategy[Dense]:
    biases = st.just(Initializer("uniform", {"low": -0.5, "high": 0.5}))
    multipliers = st.sampled_from([1.0, 1.0, 0.5, "neural_tangent"])
    return st.builds(Dense, units, st.booleans(), initializers(), biases, multipliers)


def normalisations() -> st.SearchStrategy[BatchNorm | LayerNorm]:
    epsilons = st.floats(1e-3, 1e-1)
    return st.builds(BatchNorm, st.floats(0.0, 1.0), epsilons) | st.builds(LayerNorm, epsilons)


def columnwise_layers() -> st.SearchStrategy[Columnwise]:
    around_one = st.just(Initializer("uniform", {"low": 0.5, "high": 1.5}))
    return st.builds(Columnwise, st.sampled_from(list(COLUMNWISE)), initializer=st.none() | around_one)


def member_layers() -> st.SearchStrategy[Columnwise | Dense]:
    """Layers of which each member has one of its own."""
    scales = st.builds(Columnwise, st.sampled_from(list(COLUMNWISE)), by_member=st.just(True))
    biases = st.just(Initializer("uniform", {"low": -0.5, "high": 0.5}))
    affine = st.builds(Dense, UP_TO_FIVE, st.booleans(), initializers(), biases, by_member=st.just(True))
    return scales | affine


def hidden_layers() -> st.SearchStrategy[Any]:
    dropouts = st.builds(Dropout, st.floats(0.0, 0.6))
    others = activations() | columnwise_layers() | normalisations() | dropouts
    return dense_layers() | others | member_layers()


def penalties() -> st.SearchStrategy[Penalty]:
    prices = st.just(0.0) | st.floats(1e-3, 0.5)
    roles = st.lists(st.sampled_from(ROLES), unique=True, min_size=1).map(tuple)
    return st.builds(Penalty, prices, prices, st.sampled_from(["objective", "batch_weight"]), roles)


@st.composite
def heads(draw: st.DrawFn, losses: tuple[str, ...] = tuple(LOSSES)) -> Head:
    loss = draw(st.sampled_from(losses))
    settings = draw(settings_within(settings_of_losses.get(loss, {})))
    over = draw(st.sampled_from(["sum", "mean"])) if LOSSES[loss].over == "elements" else "sum"
    return Head(loss, settings, over)


@st.composite
def stacks(
    draw: st.DrawFn, layers: st.SearchStrategy[Any], width: int, most: int, depth: int = 2
) -> tuple[list[Any], int]:
    """Draw layers for inputs of a width, now and then with layers in layers; return them and their width."""
    stack: list[Any] = []
    for _ in range(draw(st.integers(0, most))):
        kinds = ["layer"] * 8 + ["residual", "concatenate", "sum"] * (depth > 0)
        kind = draw(st.sampled_from(kinds))
        if kind == "layer":
            stack.append(draw(layers))
            width = stack[-1].units if isinstance(stack[-1], Dense) else width
        elif kind == "residual":
            inner, made = draw(stacks(layers, width, 2, depth - 1))
            inner += [draw(dense_layers(st.just(width)))] if made != width or not inner else []
            stack.append(Residual(tuple(inner)))
        elif kind == "sum":
            branches = draw(st.lists(stacks(layers, width, 2, depth - 1), min_size=1, max_size=3))
            as_wide = [
                [*branch, draw(dense_layers(st.just(width)))] if made != width else branch
                for branch, made in branches
            ]
            stack.append(Sum(as_wide))
        else:
            branches = draw(st.lists(stacks(layers, width, 2, depth - 1), min_size=1, max_size=3))
            stack.append(Concatenate(tuple(tuple(branch) for branch, _ in branches)))
            width = sum(made for _, made in branches)
    return stack, width


@st.composite
def number_groups(draw: st.DrawFn) -> FeatureGroup:
    """Draw a single number, now and then with bins."""
    edges = sorted(draw(st.sets(st.integers(-8, 8), min_size=3, max_size=6))) if draw(st.booleans()) else ()
    centres = [draw(st.floats(0.0, 1.0)) for _ in edges[1:]]
    return FeatureGroup("", "number", 1, edges=[edge / 4.0 for edge in edges], centres=centres)


@st.composite
def first_layers(draw: st.DrawFn, inputs: list[FeatureGroup]) -> tuple[list[Any], int]:
    """Draw what stands on the inputs: codes looked up, and now and then what is made of numbers beside."""
    n_features, n_codes = sum(group.width for group in inputs), sum(group.is_coded for group in inputs)
    made: list[tuple[Any, int]] = []
    if n_codes:
        dimension = draw(st.integers(1, 3))
        made.append((Embedding(dimension), n_features + n_codes * dimension))
    if n_features and draw(st.integers(0, 3)) == 0:
        layer = draw(st.builds(Periodic, UP_TO_FIVE, UP_TO_FIVE, st.floats(0.05, 0.5), st.booleans()))
        made.append((layer, n_features * layer.dimension))
    if any(group.bins for group in inputs) and draw(st.booleans()):
        multipliers = st.sampled_from([1.0, 0.5, "neural_tangent"])
        layer = draw(st.builds(Piecewise, UP_TO_FIVE, multipliers, scaled=st.booleans()))
        made.append((layer, layer.units))
    if len(made) < 2:
        return [layer for layer, _ in made], sum(width for _, width in made) or n_features
    return [Concatenate([[layer] for layer, _ in made])], sum(width for _, width in made)


@st.composite
def network_specs(
    draw: st.DrawFn, hidden: st.SearchStrategy[Any] | None = None, losses: tuple[str, ...] = tuple(LOSSES)
) -> NetworkSpec:
    """Draw a network of all kinds of layers, in any order and in each other, that ends with a Dense."""
    head = draw(heads(losses))
    code_sizes = tuple(draw(st.lists(st.integers(1, 4), max_size=2)))
    numbers = draw(st.lists(number_groups(), min_size=0 if code_sizes else 1, max_size=4))
    inputs = [*numbers, *(FeatureGroup("", "code", 0, size) for size in code_sizes)]
    layers, width = draw(first_layers(inputs))
    layers += draw(stacks(hidden_layers() if hidden is None else hidden, width, most=5))[0]
    k = draw(st.integers(2 if LOSSES[head.loss].over == "rows" else 1, 3))
    layers.append(draw(dense_layers(st.just(k))))
    spec = NetworkSpec(layers=tuple(layers), head=head, inputs=inputs, penalty=draw(penalties()))
    opcodes = {op.opcode for op in spec.draft().operations}
    if "batch_norm" in opcodes or opcodes.isdisjoint({"memberwise", "member_affine"}):
        return spec
    members = draw(st.integers(1, 3))
    return NetworkSpec(layers=spec.layers, head=head, inputs=inputs, penalty=spec.penalty, members=members)


@st.composite
def data_for(
    draw: st.DrawFn, spec: NetworkSpec, min_rows: int = 2, max_rows: int = 8, sparse: bool | None = None
) -> Data:
    """Draw examples that a network can take, with or without weights, dense or sparse."""
    n, k = draw(st.integers(min_rows, max_rows)), spec.n_outputs
    rng = np.random.default_rng(draw(seeds()))
    numbers: Any = rng.normal(size=(n, spec.n_features))
    if draw(st.booleans()) if sparse is None else sparse:
        numbers = scipy.sparse.csr_array(np.where(rng.random(numbers.shape) < 0.5, numbers, 0.0))
    codes = None
    if spec.code_sizes:
        codes = rng.integers(0, spec.code_sizes, size=(n, len(spec.code_sizes))).astype(np.int32)
    weights = None
    if draw(st.booleans()):
        weights = rng.uniform(0.2, 3.0, n)
        weights[1:] *= rng.random(n - 1) < 0.8  # some count nothing, the first always something
    kind = LOSSES[spec.head.loss].targets
    targets: Any
    if kind == "class" and draw(st.booleans()):
        targets = rng.integers(0, k, n)
    elif kind == "class":
        targets = rng.dirichlet(np.ones(k), n)
    elif kind == "probability":
        targets = rng.random((n, k))
    elif kind == "label":
        targets = rng.integers(0, 2, (n, k)).astype(np.float64)
    elif kind == "count":
        targets = rng.poisson(2.0, (n, k)).astype(np.float64)
    else:
        targets = rng.normal(size=(n, k))
    return Data(numbers, codes, targets, weights)


@st.composite
def problems(draw: st.DrawFn, **restrictions: Any) -> Problem:
    """Draw a network with data for it."""
    spec = draw(network_specs(**restrictions))
    return Problem(spec, draw(data_for(spec)), draw(seeds()))


def schedule_specs() -> st.SearchStrategy[ScheduleSpec]:
    clocks = st.sampled_from(["step", "epoch", "example"])
    return st.builds(ScheduleSpec, st.sampled_from(list(SCHEDULES)), st.just({}), clocks)


def optimizer_specs(names: tuple[str, ...] = tuple(OPTIMIZERS)) -> st.SearchStrategy[OptimizerSpec]:
    limits = st.none() | st.floats(0.01, 10.0)
    factors = st.builds(RoleFactors, st.floats(0.0, 3.0), st.floats(0.0, 3.0))
    return st.builds(
        OptimizerSpec,
        st.sampled_from(names),
        st.floats(1e-4, 0.1),
        weight_decay=st.none() | st.floats(0.0, 0.5),
        clip_value=limits,
        clip_norm=limits,
        by_role=st.dictionaries(st.sampled_from(ROLES), factors),
    )


def training_specs() -> st.SearchStrategy[TrainingSpec]:
    """Draw a way to train; nothing in it takes long."""
    stopping = st.builds(
        StoppingSpec,
        st.sampled_from(["auto", "objective", "training_loss"]),
        st.none() | st.integers(0, 5),
        st.floats(0.0, 0.1),
        st.booleans(),
        st.sampled_from(["stop", "divide_rate"]),
        st.none() | st.integers(1, 50),
    )
    return st.builds(
        TrainingSpec,
        st.integers(1, 4),
        st.none() | st.integers(1, 12),
        st.sampled_from(["keep", "drop"]),
        st.booleans(),
        st.booleans(),
        optimizer_specs(),
        st.lists(schedule_specs(), max_size=2).map(tuple),
        schedule_specs(),
        st.just(ScheduleSpec()),
        stopping,
        st.sampled_from(["mean_weight", "batch_weight"]),
        st.integers(1, 3),
        st.booleans(),
        st.sampled_from(["float32", "float64"]),
        st.integers(0, 2**64 - 1),
    )


def any_initializers() -> st.SearchStrategy[Initializer]:
    """Draw from the whole table, constants included: for what is stored, not for what is learnt."""
    return initializers(tuple(INITIALIZERS))
