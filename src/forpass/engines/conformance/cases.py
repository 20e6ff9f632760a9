"""The networks, examples and plans on which engines are tried: small, and nowhere special.

`cases` has every record of every registry and every layer at least once; `everything` is one network of all
kinds of layers; `training_cases` varies what a training may ask for. All of it is drawn from fixed keys,
when a check first asks for it: the names of all checks are known without a network being made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forpass.engines.plans import PlanWriter, StepPlan
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.maths.losses import LOSSES
from forpass.maths.philox import uniforms
from forpass.sampling.initial import initial_values
from forpass.sampling.order import permutation
from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import (
    INPUT_LAYERS,
    LAYERS,
    Activation,
    BatchNorm,
    Columnwise,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Periodic,
    Piecewise,
    Residual,
    Sum,
    ValueStatistics,
)
from forpass.spec.network import Head, NetworkSpec, Penalty
from forpass.spec.optimizer import OptimizerSpec, RoleFactors
from forpass.spec.program import Program, lower
from forpass.spec.training import TrainingSpec

__all__ = [
    "BATCH",
    "KEY",
    "STEPS",
    "Case",
    "averaged_by_batch",
    "MakeCase",
    "cases",
    "everything",
    "make_case",
    "optimised_by",
    "plan_of",
    "training_cases",
]

KEY = (20, 24)  # of the examples below; any will do
ROWS = 24
BATCH = 7  # does not divide ROWS: every epoch ends with a smaller batch
STEPS = 20
FIRST = 3  # steps are global numbers: a plan need not begin with 0


@dataclass(frozen=True, eq=False)
class Case:
    """A small network with examples for it, and where to start: nowhere special."""

    name: str
    program: Program
    data: Data
    training: TrainingSpec
    parameters: NDArray[np.float64]


MakeCase = Callable[[], Case]
"""Makes a case when a check asks for it."""


def cases() -> dict[str, MakeCase]:
    """Return what makes the small programs, by name: every record of every registry, and every layer.

    Of the registries as they are now, so one's own formulas are tried like the others.
    """
    activations = tuple(a.name for a in ACTIVATIONS.values() if a.trainable)
    return _cases(activations, tuple(COLUMNWISE), tuple(LOSSES))


@cache
def _cases(
    activations: tuple[str, ...], columnwise: tuple[str, ...], losses: tuple[str, ...]
) -> dict[str, MakeCase]:
    relu, tanh, softmax = Activation("relu"), Activation("tanh"), Head("softmax_cross_entropy")
    smoothed = Head("softmax_cross_entropy", {"smoothing": 0.2})
    averaged = Head("squared", over_outputs="mean")
    tangent = Dense(19, weights="normal", multiplier="neural_tangent")
    on_biases = Penalty(l2=0.1, roles=("weight", "bias"))
    per_weight = Penalty(l1=0.1, l2=0.5, per="batch_weight")
    found = [described(f"activation {name}", (Dense(5), Activation(name), Dense(2))) for name in activations]
    found += [described(f"columnwise {name}", (Dense(17), Columnwise(name), Dense(2))) for name in columnwise]
    found += [described(f"loss {loss}", (Dense(4), tanh, Dense(3)), Head(loss)) for loss in losses]
    below = Dense(6, bias=False)  # a normalisation would leave of the bias's gradient nothing but rounding
    found += [
        described(f"layer {layer.__name__}", (below, example, tanh, Dense(2)))
        for layer, example in LAYERS.items()
        if layer not in INPUT_LAYERS
    ]
    found += [
        described(f"layer {layer.__name__}", (example, Dense(5), tanh, Dense(3)), inputs=_inputs(layer))
        for layer, example in INPUT_LAYERS.items()
    ]
    found += [
        described("slope of leaky relu", (Dense(5), Activation("leaky_relu", {"slope": 0.2}), Dense(2))),
        described("activation of an activation", (Dense(5), tanh, Activation("sigmoid"), Dense(2))),
        described("alpha of elu", (Dense(5), Activation("elu", {"alpha": 0.5}), Dense(2))),
        described("level of quantile", (Dense(4), tanh, Dense(2)), Head("quantile", {"level": 0.8})),
        described("delta of huber", (Dense(4), tanh, Dense(2)), Head("huber", {"delta": 0.25})),
        described("probabilities of classes", (Dense(4), tanh, Dense(3)), softmax, probabilities=True),
        described("label smoothing", (Dense(4), tanh, Dense(3)), smoothed),
        described("mean over outputs", (Dense(4), tanh, Dense(3)), averaged, weighted=True),
        described("a single layer", (Dense(2),)),
        described("scale of the inputs", (Columnwise("scale"), Dense(5), tanh, Dense(2))),
        described("neural tangent", (tangent, tanh, Dense(4, multiplier=0.5), relu, Dense(2))),
        described("multiplier of the inputs without bias", (Dense(2, bias=False, multiplier=2.0),)),
        described("no bias", (Dense(5, bias=False), relu, Dense(2, bias=False))),
        described(
            "batch norm of the inputs", (BatchNorm(momentum=0.3, epsilon=1e-3), Dense(5), tanh, Dense(2))
        ),
        described("dropout of the inputs", (Dropout(0.3), Dense(8), tanh, Dropout(0.6), Dense(2))),
        described("embedding", (Embedding(3), Dense(5), tanh, Dense(2)), code_sizes=(4, 6)),
        described("sizes of bins", (Piecewise(17, 0.5, scaled=False), tanh, Dense(2)), inputs=BINNED),
        described(
            "bins beside the numbers",
            (Sum(((Dense(20),), (Piecewise(20, "neural_tangent"),))), tanh, Dense(2)),
            inputs=BINNED,
            penalty=Penalty(l2=0.1, roles=("weight", "scale")),
        ),
        described("sines", (Periodic(3, 17, 0.5, phases=False), Dense(5), tanh, Dense(2)), inputs=BINNED),
        described("cosines beside the numbers", (Concatenate(((Periodic(1, 2),), ())), Dense(2))),
        described("embedding alone", (Embedding(2), Dense(5), tanh, Dense(2)), code_sizes=(5,), n_features=0),
        described("penalty l1", (Dense(4), tanh, Dense(2)), penalty=Penalty(l1=0.02)),
        described("penalty l2", (Dense(4), tanh, Dense(2)), penalty=on_biases),
        described("penalty per batch weight", (Dense(4), tanh, Dense(2)), penalty=per_weight, weighted=True),
        described("weights", (Dense(4), tanh, Dense(3)), softmax, weighted=True),
        described(
            "weights of each batch", (Dense(4), tanh, Dense(2)), weighted=True, batch_mean="batch_weight"
        ),
        described("sparse", (Dense(5), relu, Dense(2)), sparse=True),
        *_graphs(),
        *_of_members(),
        ("everything", everything),
    ]
    return dict(found)


def _graphs() -> list[tuple[str, MakeCase]]:
    """Return networks in which some buffer is read more than once, where two might share memory wrongly."""
    relu, tanh, gelu = Activation("relu"), Activation("tanh"), Activation("gelu")
    deep = (BatchNorm(), tanh, Residual((LayerNorm(), gelu, Dense(4))), Dropout(0.3))
    return [
        described("residual", (Dense(4), Residual((Dense(4), tanh)), Dense(2))),
        described("residual of the inputs", (Residual((Dense(3), relu)), Dense(2)), penalty=Penalty(l2=0.1)),
        described("residual of a dense layer", (Dense(4), Residual((LayerNorm(), Dense(4))), Dense(2))),
        # it could write over what is added
        described("residual of an activation", (Dense(4), Residual((relu,)), Dense(2))),
        # where nothing is learnt, dropout hands its input on
        described("residual of dropout", (Dense(4), tanh, Residual((Dropout(0.4), relu)), Dense(2))),
        described("residual of nothing", (Dense(4), Residual((Dropout(0.0),)), relu, Dense(2))),
        described("residuals in residuals", (Dense(4), Residual(deep), relu, Dense(2)), weighted=True),
        described("sum", (Dense(4), Sum(((Dense(4), tanh), (relu,), ())), Dense(2)), weighted=True),
        described("sum with itself", (Dense(4), Sum(((), (), ())), tanh, Dense(2))),
        described("sum of the inputs", (Sum(((Dense(3), relu), ())), Dense(2))),
        # three readers of one buffer, one of which could write over it
        described("concatenate", (Dense(4), Concatenate(((), (Dense(17), tanh), (relu,))), Dense(2))),
        described("concatenate with itself", (Dense(3), relu, Concatenate(((), ())), tanh, Dense(2))),
        described("branches of the inputs", (Concatenate(((Dense(5), relu), (Dense(3),))), Dense(2))),
        described(
            "embeddings in branches",
            (Concatenate(((Embedding(2),), (), (Embedding(3), Dense(4), tanh))), Dense(2)),
            code_sizes=(4, 2),
        ),
    ]


def _of_members() -> list[tuple[str, MakeCase]]:
    """Return networks of several members, whose number divides no batch and no line of the processor's."""
    own, tanh, relu = Columnwise("scale", by_member=True), Activation("tanh"), Activation("relu")
    softmax, heads = Head("softmax_cross_entropy"), Dense(3, by_member=True)
    shifted = Dense(17, bias=False), own, Columnwise("shift", by_member=True)
    sigmoid, bare = Head("sigmoid_cross_entropy"), Dense(1, bias=False, by_member=True)
    within = Residual((own, Dense(4), relu))
    inputs = Columnwise("scale", initializer="normal", by_member=True, alike="features")
    return [
        described("member of one", (Dense(4, by_member=True), tanh, own, Dense(2))),
        described("members by their first scale", (own, Dense(5), tanh, Dense(2)), members=3),
        described("members by their last layer", (Dense(5), tanh, heads), softmax, members=3, weighted=True),
        described(
            "batch ensemble",
            (inputs, *shifted, relu, Dropout(0.3), own, *shifted, tanh, heads),
            softmax,
            members=5,
            weighted=True,
            penalty=Penalty(l2=0.1, roles=("weight", "scale")),
        ),
        described("members of two classes", (Dense(18), own, relu, bare), sigmoid, members=2),
        described(
            "members with shares", (Dense(4), Columnwise("parametric_relu", by_member=True), bare), members=3
        ),
        described("members in a residual", (Dense(4), within, Dense(2)), members=3, weighted=True),
        described(
            "members of an embedding",
            (Embedding(3), inputs, Dense(5), tanh, Dense(2)),
            code_sizes=(4, 6),
            members=3,
        ),
        described("members of sparse rows", (own, Dense(5), relu, heads), members=3, sparse=True),
    ]


BINNED = (
    FeatureGroup("a", "number", 1, edges=(-1.25, -0.5, 0.0, 0.125, 1.0), centres=(0.75, 0.5, 0.375, 0.25)),
    FeatureGroup("b", "number", 1),
    FeatureGroup("c", "number", 1, edges=(-1.0, 0.25, 1.25), centres=(0.5, 0.25)),
)
"""Three numbers, of which two have bins; examples lie in each of these and on both sides of all."""
VALUES = FeatureGroup("b", "value", 0, 5)


def _inputs(layer: type[Layer]) -> tuple[FeatureGroup, ...]:
    """Return the inputs on which an input layer is tried."""
    codes = {Embedding: (FeatureGroup("d", "code", 0, 4),), ValueStatistics: (VALUES,)}
    return *BINNED, *codes.get(layer, ())


@cache
def everything() -> Case:
    """Return a network of all kinds of layers with weights and a penalty: laws are tried on this one."""
    first = Concatenate(tuple((example,) for example in INPUT_LAYERS.values()))
    # of what is added to all rows alike batch normalisation would leave nothing but rounding
    others = (example for layer, example in LAYERS.items() if layer not in INPUT_LAYERS)
    layers = first, Activation("tanh"), *others, Dense(3)
    price = Penalty(l1=0.001, l2=0.01, roles=("weight", "embedding"))
    head = Head("softmax_cross_entropy", {"smoothing": 0.1})
    inputs = *BINNED, FeatureGroup("d", "code", 0, 4), VALUES
    return make_case("everything", layers, head, inputs=inputs, penalty=price, weighted=True)


@cache
def averaged_by_batch() -> Case:
    """Return the same network with losses averaged over each batch's own weights."""
    case = everything()
    return replace(case, training=replace(case.training, batch_mean="batch_weight"))


def training_cases() -> dict[str, MakeCase]:
    """Return what makes the same network with what else a training may ask for, by name."""
    deviations = {
        "bias": RoleFactors(2.0, 0.0),
        "embedding": RoleFactors(0.1),
        "slope": RoleFactors(0.5),
        "gain": RoleFactors(0.0, 3.0),
    }

    def trained(name: str, optimizer_name: str = "momentum", **settings: Any) -> tuple[str, MakeCase]:
        optimizer = OptimizerSpec(optimizer_name, 0.02, **settings)
        return name, lambda: _trained_by(everything(), optimizer, name)

    found = (
        trained("clip by value", clip_value=0.02),
        trained("clip by norm", clip_norm=0.1),
        trained("clip by both", clip_value=0.05, clip_norm=0.1),
        trained("weight decay", weight_decay=0.5),
        trained("factors by role", weight_decay=0.5, by_role=deviations),
        trained("adamw by role", "adamw", weight_decay=0.1, by_role=deviations),
        trained(
            "settings of optimisers",
            "adam",
            settings={"beta1": 0.5, "epsilon": 0.0, "epsilon_hat": 1e-3},
        ),
        trained("no momentum", settings={"mu": 0.0}),
    )
    return dict(found)


def described(name: str, *description: Any, **more: Any) -> tuple[str, MakeCase]:
    """Return a name and what makes its case, once, from the arguments of `make_case`."""
    return name, cache(partial(make_case, name, *description, **more))


def make_case(
    name: str,
    layers: Sequence[Layer],
    head: Head | None = None,
    *,
    n_features: int = 3,
    code_sizes: tuple[int, ...] = (),
    inputs: tuple[FeatureGroup, ...] | None = None,
    penalty: Penalty | None = None,
    batch_mean: str = "mean_weight",
    members: int = 1,
    **kinds: bool,
) -> Case:
    """Describe a network and draw its examples and first parameters."""
    given: dict[str, Any] = {"n_features": n_features, "code_sizes": code_sizes}
    given = given if inputs is None else {"inputs": inputs}
    spec = NetworkSpec(
        layers=tuple(layers),
        head=head or Head("squared"),
        penalty=penalty or Penalty(),
        members=members,
        **given,
    )
    program, training = lower(spec), TrainingSpec(seed=5, batch_mean=batch_mean)
    # away from special values: no bias is 0, no gamma 1
    shifts = 0.1 * (uniforms(program.parameters.size, KEY, (9, 0, 0)) - 0.5)
    parameters = initial_values(program.parameters, training.seed) + shifts
    return Case(name, program, _examples(spec, **kinds), training, parameters)


def _examples(
    spec: NetworkSpec, *, weighted: bool = False, sparse: bool = False, probabilities: bool = False
) -> Data:
    """Draw examples whose numbers float32 can hold, so that both types compute from the same."""

    def drawn(number: int, *shape: int, low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
        U = uniforms(int(np.prod(shape)), KEY, (number, 0, 0))
        return (low + (high - low) * U).astype(np.float32).astype(np.float64).reshape(shape)

    numbers: Any = drawn(0, ROWS, spec.n_features, low=-1.5, high=1.5)
    if sparse:
        numbers = scipy.sparse.csr_array(numbers * (drawn(1, ROWS, spec.n_features) < 0.5))
    # a value comes with the fold of its row, which is learnt from
    ends = [(group.codes if group.kind == "value" else 0, limit) for group, limit in _limited(spec)]
    lows, highs = np.array(ends).reshape(-1, 2).T
    codes = np.floor(lows + drawn(2, ROWS, len(ends)) * (highs - lows)).astype(np.int32)
    kind, k = LOSSES[spec.head.loss].targets, spec.n_outputs
    U = drawn(3, ROWS, k)
    targets: Any
    if kind == "class" and not probabilities:
        targets = np.argmax(U, axis=1)
    elif kind == "class":
        # eighths that sum to 1 are exact in both types
        targets = np.diff(np.sort(np.floor(8.0 * U[:, 1:]) / 8.0), axis=1, prepend=0.0, append=1.0)
    elif kind in ("real", "probability"):
        targets = U
    else:  # labels; counts may as well be 0 or 1
        targets = np.round(U)
    weights = None
    if weighted:
        weights = drawn(4, ROWS, low=0.5, high=2.5)
        weights[::5] = 0.0
    return Data(numbers, codes if spec.code_sizes else None, targets, weights)


def _limited(spec: NetworkSpec) -> list[tuple[FeatureGroup, int | None]]:
    """Return the groups of codes and values, and how many may come in for each."""
    coded = [group for group in spec.inputs if group.is_coded]
    return list(zip(coded, lower(spec).code_limits, strict=True))


def optimised_by(case: Case, optimizer: str) -> Case:
    """Return the case with another optimiser."""
    return _trained_by(case, OptimizerSpec(optimizer, 0.01), case.name)


def _trained_by(case: Case, optimizer: OptimizerSpec, name: str) -> Case:
    return replace(case, name=name, training=replace(case.training, optimizer=optimizer))


def plan_of(case: Case, begin: int = 0, end: int = STEPS, first: int = FIRST) -> StepPlan:
    """Plan the steps begin .. end - 1 of some epochs in which rate, decay and dropout change all the time.

    The plan is written anew for each part: what a step computes may not depend on the plan it is part of.
    """
    n, members = case.data.n_rows, range(case.program.members)
    pieces: list[NDArray[np.int64]] = []
    for epoch in range(STEPS):
        # each member has an order of its own
        order = np.stack([permutation(n, KEY, epoch * len(members) + m) for m in members], axis=1)
        pieces += [order[k : k + BATCH].ravel() for k in range(0, n, BATCH)]
    pieces, steps = pieces[begin:end], np.arange(begin, end)
    optimizer = case.training.optimizer
    return PlanWriter(case.program, case.training, case.data).steps(
        first + begin,
        np.concatenate(pieces),
        np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]),
        np.asarray(optimizer.learning_rate * (1.0 + 0.5 * (steps % 3)), np.float64),
        np.asarray((optimizer.weight_decay or 0.0) * (1.0 + steps % 2), np.float64),
        np.array([1.0, 0.5, 0.75, 1.25, 0.0])[steps % 5],
    )
