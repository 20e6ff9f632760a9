"""The layers of a network, each beside what it becomes.

A layer is a frozen dataclass of plain values. Its ``lower(draft, x)`` writes down the operations that it
stands for, reading buffer `x`, and returns the number of the buffer that holds its output. Here stand Dense
and what layers are put together by; the others in `input_layers`, `elementwise` and `normalisation`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from forpass.errors import SpecError, UnknownNameError
from forpass.spec.draft import Draft
from forpass.spec.elementwise import Activation, Columnwise, Dropout
from forpass.spec.initializer import ZEROS, Initializer, initializer_of, require_initializers
from forpass.spec.input_layers import NEURAL_TANGENT, Embedding, Periodic, Piecewise, ValueStatistics
from forpass.spec.normalisation import BatchNorm, LayerNorm
from forpass.spec.require import require_count, require_instance, require_name, require_number, several

__all__ = [
    "INPUT_LAYERS",
    "LAYERS",
    "Activation",
    "BatchNorm",
    "Columnwise",
    "Concatenate",
    "Dense",
    "Dropout",
    "Embedding",
    "Layer",
    "LayerNorm",
    "Periodic",
    "Piecewise",
    "Residual",
    "Sum",
    "ValueStatistics",
    "walk",
]

GLOROT = Initializer("glorot_uniform")


@dataclass(frozen=True)
class Dense:
    """Fully connected: z = x (m W) + b, with W (inputs, units), b (units,) and a fixed m, mostly 1.

    Parameters
    ----------
    units : int
        Number of neurons.
    bias : bool
        Whether there is a b.
    weights, biases : Initializer or str
        How W and b begin.
    multiplier : float or "neural_tangent"
        The m; ``"neural_tangent"`` is 1 / sqrt(inputs), for weights that begin with variance 1.
    weight_role, bias_role : str
        By what trainings and penalties tell W and b from other parameters.
    by_member : bool
        Whether each member of the network (see `NetworkSpec`) has a W and b of its own: z = x W[m] + b[m] for
        member m, with W (members, inputs, units) and b (members, units).

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> neuron = fp.NetworkSpec(2, [fp.Dense(1)], fp.Head("squared"))
    >>> model = fp.TrainedModel(neuron, np.array([2.0, 3.0, 1.0]), np.empty(0))
    >>> model.predict([[10.0, 100.0]]).tolist()  # 2 * 10 + 3 * 100 + 1
    [321.0]
    """

    units: int
    bias: bool = True
    weights: Initializer | str = GLOROT
    biases: Initializer | str = ZEROS
    multiplier: float | str = 1.0
    weight_role: str = "weight"
    bias_role: str = "bias"
    by_member: bool = False

    def __post_init__(self) -> None:
        require_count(self, "units")
        require_instance("bias of Dense", self.bias, bool)
        require_instance("by_member of Dense", self.by_member, bool)
        if self.by_member:
            require_initializers(self, weights="", biases="")
            if self.multiplier != 1.0:
                raise SpecError(
                    f"multiplier of Dense is {self.multiplier!r}; with by_member=True it must be 1"
                )
        else:
            require_initializers(self, weights="weights", biases="biases")
        if self.multiplier != NEURAL_TANGENT:
            if isinstance(self.multiplier, str):
                raise UnknownNameError("multiplier of Dense", self.multiplier, [NEURAL_TANGENT])
            require_number(self, "multiplier", above=0.0)
        require_name(self, "weight_role")
        require_name(self, "bias_role")

    def lower(self, draft: Draft, x: int) -> int:
        """One ``affine``: Z1 = X W1 + b1; by member one ``member_affine``: Z1 = X W1[m] + b1[m]."""
        draft.depth += 1
        d_in, d_out = draft.widths[x], self.units
        weights, biases = initializer_of(self.weights), initializer_of(self.biases)
        shape = d_in, d_out
        if self.by_member:
            k = draft.members
            names = [draft.block(f"W{draft.depth}", self.weight_role, (k, *shape), weights, *shape)]
            if self.bias:
                names.append(draft.block(f"b{draft.depth}", self.bias_role, (k, d_out), biases, *shape))
            formula = "{0} " + " + ".join(f"{name}[m]" for name in names)
            return draft.add("member_affine", "Z", [x], d_out, formula, parameters=names)
        names = [draft.block(f"W{draft.depth}", self.weight_role, shape, weights, *shape, matrix=True)]
        if self.bias:
            names.append(draft.block(f"b{draft.depth}", self.bias_role, (d_out,), biases, *shape))
        m = 1.0 / math.sqrt(d_in) if isinstance(self.multiplier, str) else self.multiplier
        settings = () if m == 1.0 else (m,)
        W = f"({m:g} {names[0]})" if settings else names[0]
        formula = "{0} " + " + ".join([W, *names[1:]])
        return draft.add("affine", "Z", [x], d_out, formula, parameters=names, settings=settings)


@dataclass(frozen=True)
class Residual:
    """Add to x what some layers make of it: x + f(x), so that they learn the difference (He et al. 2016).

    Parameters
    ----------
    layers : sequence of Layer
        At least one, from bottom to top; what they make is as wide as x.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(2, [fp.Residual([fp.Dense(2)])], fp.Head("squared"))
    >>> W_b = np.array([1.0, 0.0, 0.0, 1.0, 5.0, 7.0])
    >>> fp.TrainedModel(spec, W_b, np.empty(0)).predict([[10.0, 20.0]]).tolist()  # 10 + 10 + 5, 20 + 20 + 7
    [[25.0, 47.0]]
    >>> fp.NetworkSpec(3, [fp.Residual([fp.Dense(2)])], fp.Head("squared"))
    Traceback (most recent call last):
      ...
    forpass.errors.SpecError: layer 1 is a Residual whose layers make 2 columns of 3; the sum needs as many, \
so end them with Dense(3)
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", several("layers of Residual", self.layers))
        if not self.layers:
            raise SpecError("Residual has no layers, so there is nothing to add; give at least one")

    def lower(self, draft: Draft, x: int) -> int:
        """The layers' own operations, and one ``add``: R2 = X + Z2."""
        y, d = walk(draft, self.layers, x), draft.widths[x]
        if draft.widths[y] != d and d > 0:
            draft.refuse(
                f"is a Residual whose layers make {draft.widths[y]} columns of {d}; "
                f"the sum needs as many, so end them with Dense({d})"
            )
        return draft.add("add", "R", [x, y], d, "{0} + {1}")


@dataclass(frozen=True)
class Concatenate:
    """Put what several branches make of x side by side: [f(x), g(x), ...].

    Parameters
    ----------
    branches : sequence of sequences of Layer
        At least one; an empty branch passes x through as it is.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> wide_and_deep = fp.Concatenate([[fp.Dense(3), fp.Activation("relu")], []])
    >>> spec = fp.NetworkSpec(2, [wide_and_deep, fp.Dense(1)], fp.Head("squared"))
    >>> fp.TrainedModel(spec, np.zeros(15), np.empty(0)).summary()
    #  layer        output  shape   parameters  computes
    0  input        X       (n, 2)
    1  affine       Z1      (n, 3)           9  X W1 + b1
    2  relu         A1      (n, 3)              relu(Z1)
    3  concatenate  C1      (n, 5)              [A1, X]
    4  affine       Z2      (n, 1)           6  C1 W2 + b2
    head: squared, link identity; 15 parameters
    """

    branches: tuple[tuple[Layer, ...], ...]

    def __post_init__(self) -> None:
        _require_branches(self)

    def lower(self, draft: Draft, x: int) -> int:
        """The branches' own operations, one after the other, and one ``concatenate``: C2 = [X, Z2]."""
        sources = _branches(draft, self.branches, x)
        if len(sources) == 1:
            return sources[0]
        formula = "[" + ", ".join(f"{{{i}}}" for i in range(len(sources))) + "]"
        return draft.add("concatenate", "C", sources, sum(draft.widths[s] for s in sources), formula)


@dataclass(frozen=True)
class Sum:
    """Add up what several branches make of x: f(x) + g(x) + ...

    Parameters
    ----------
    branches : sequence of sequences of Layer
        At least one; all make as many columns. An empty branch passes x through as it is.

    Raises
    ------
    SpecError
        In a network, when branches make different numbers of columns.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> age = fp.FeatureGroup("age", "number", 1, edges=[0, 1, 3], centres=[0.5, 0.25])
    >>> layers = [Sum([[fp.Dense(4)], [fp.Piecewise(4)]]), fp.Activation("relu"), fp.Dense(1)]
    >>> spec = fp.NetworkSpec(layers=layers, head=fp.Head("squared"), inputs=[age])
    >>> fp.TrainedModel(spec, np.zeros(23), np.empty(0)).summary()
    #  layer      output  shape   parameters  computes
    0  input      X       (n, 1)
    1  affine     Z1      (n, 4)           8  X W1 + b1
    2  piecewise  P1      (n, 4)          10  ((p(X) - centres) scale1) V1
    3  add        Y1      (n, 4)              Z1 + P1
    4  relu       A1      (n, 4)              relu(Y1)
    5  affine     Z2      (n, 1)           5  A1 W2 + b2
    head: squared, link identity; 23 parameters
    """

    branches: tuple[tuple[Layer, ...], ...]

    def __post_init__(self) -> None:
        _require_branches(self)

    def lower(self, draft: Draft, x: int) -> int:
        """The branches' own operations, one after the other, and one ``add``: Y1 = Z1 + P1."""
        sources = _branches(draft, self.branches, x)
        widths = [draft.widths[source] for source in sources]
        if len(set(widths)) > 1:
            draft.refuse(
                f"is a Sum whose branches make {', '.join(map(str, widths))} columns; all must make as many, "
                "so end them with as many units"
            )
        if len(sources) == 1:
            return sources[0]
        return draft.add("add", "Y", sources, widths[0], " + ".join(f"{{{i}}}" for i in range(len(sources))))


def _require_branches(layer: Concatenate | Sum) -> None:
    """Require at least one branch, each a sequence of layers."""
    name = type(layer).__name__
    branches = several(f"branches of {name}", layer.branches)
    branches = tuple(several(f"each branch of {name}", branch) for branch in branches)
    object.__setattr__(layer, "branches", branches)
    if not branches:
        raise SpecError(f"{name} has no branches; give at least one, (()) for x as it is")


def _branches(draft: Draft, branches: Sequence[Sequence[Layer]], x: int) -> list[int]:
    """Lower branches onto buffer `x`; return the numbers of their last ones' buffers."""
    sources = []
    for number, branch in enumerate(branches, start=1):
        draft.path.append(number)
        sources.append(walk(draft, branch, x))
        draft.path.pop()
    return sources


MOST_NESTED = 50
"""So deep layers may stand in layers: what asks a description about itself goes in as deep."""


def walk(draft: Draft, layers: Sequence[Layer], x: int) -> int:
    """Lower layers from bottom to top onto buffer `x`; return the number of the last one's buffer.

    Raises
    ------
    SpecError
        Where a layer is none, or cannot stand where it stands; the message gives its place.
    """
    for number, layer in enumerate(layers, start=1):
        draft.path.append(number)
        if len(draft.path) > MOST_NESTED:
            raise SpecError(
                f"layers stand in layers more than {MOST_NESTED} deep; let them follow each other"
            )
        if not isinstance(layer, tuple(LAYERS)):
            names = ", ".join(cls.__name__ for cls in LAYERS)
            draft.refuse(f"is {layer!r}; a layer is one of {names}")
        x = layer.lower(draft, x)
        draft.path.pop()
    return x


Layer: TypeAlias = (
    Dense
    | Activation
    | Columnwise
    | Dropout
    | BatchNorm
    | LayerNorm
    | Embedding
    | Periodic
    | Piecewise
    | ValueStatistics
    | Residual
    | Concatenate
    | Sum
)

INPUT_LAYERS: dict[type[Any], Layer] = {
    Embedding: Embedding(2),
    Periodic: Periodic(2, frequencies=3),
    Piecewise: Piecewise(5),
    ValueStatistics: ValueStatistics(folds=2, outputs=3),
}
"""Layers that can only be the first, also of a branch, each with an example.

Engines are tried on each example below two Dense, and on all of them side by side.
"""

LAYERS: dict[type[Any], Layer] = {
    **INPUT_LAYERS,
    Dense: Dense(6, bias=False),
    BatchNorm: BatchNorm(),
    Activation: Activation("gelu"),
    Residual: Residual((Dropout(0.25), Dense(6, multiplier=NEURAL_TANGENT))),
    Sum: Sum(((Dense(6),), (Activation("tanh"),), ())),
    Columnwise: Columnwise("parametric_mish"),
    LayerNorm: LayerNorm(),
    Concatenate: Concatenate(((Dense(5), Activation("relu")), ())),
    Dropout: Dropout(0.5),
}
"""Every layer, with an example: what a network may be made of and a file may name.

Engines are tried on each other example between two Dense, and on these one upon another, in this order.
"""
