"""The layers of a network, each beside what it becomes.

A layer is a frozen dataclass of plain values. Its ``lower(draft, x)`` writes down the operations that it
stands for, reading buffer `x`, and returns the number of the buffer that holds its output. Those that
normalise stand in `normalisation`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from forpass.errors import SpecError, UnknownNameError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.draft import Draft
from forpass.spec.initializer import ZEROS, Initializer, initializer_of, require_initializers
from forpass.spec.normalisation import BatchNorm, LayerNorm
from forpass.spec.require import (
    require_count,
    require_fraction,
    require_instance,
    require_name,
    require_number,
    several,
)
from forpass.spec.settings import Settings

__all__ = [
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
    "Residual",
    "walk",
]

NEURAL_TANGENT = "neural_tangent"
GLOROT, STANDARD_NORMAL = Initializer("glorot_uniform"), Initializer("normal", {"std": 1.0})


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

    def __post_init__(self) -> None:
        require_count(self, "units")
        require_instance("bias of Dense", self.bias, bool)
        require_initializers(self, weights="weights", biases="biases")
        if self.multiplier != NEURAL_TANGENT:
            if isinstance(self.multiplier, str):
                raise UnknownNameError("multiplier of Dense", self.multiplier, [NEURAL_TANGENT])
            require_number(self, "multiplier", above=0.0)
        require_name(self, "weight_role")
        require_name(self, "bias_role")

    def lower(self, draft: Draft, x: int) -> int:
        """One ``affine``: Z1 = X W1 + b1."""
        draft.depth += 1
        d_in, d_out = draft.widths[x], self.units
        weights, biases = initializer_of(self.weights), initializer_of(self.biases)
        shape = d_in, d_out
        names = [draft.block(f"W{draft.depth}", self.weight_role, shape, weights, *shape, matrix=True)]
        if self.bias:
            names.append(draft.block(f"b{draft.depth}", self.bias_role, (d_out,), biases, *shape))
        m = 1.0 / math.sqrt(d_in) if isinstance(self.multiplier, str) else self.multiplier
        settings = () if m == 1.0 else (m,)
        W = f"({m:g} {names[0]})" if settings else names[0]
        formula = "{0} " + " + ".join([W, *names[1:]])
        return draft.add("affine", "Z", [x], d_out, formula, parameters=names, settings=settings)


@dataclass(frozen=True)
class Activation:
    """An elementwise function of the registry ACTIVATIONS and its settings: a = f(z).

    Parameters
    ----------
    name : str
    settings : mapping
        What is left out takes its default.

    Examples
    --------
    >>> Activation("leaky_relu"), Activation("elu", {"alpha": 0.5}).settings
    (Activation(name='leaky_relu', settings={'slope': 0.01}), {'alpha': 0.5})
    """

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(ACTIVATIONS.settings(self.name, self.settings)))

    def lower(self, draft: Draft, x: int) -> int:
        """One ``activation``: A1 = tanh(Z1)."""
        settings = tuple(self.settings.values())
        arguments = ", ".join(["{0}", *(f"{value:g}" for value in settings)])
        formula = f"{self.name}({arguments})"
        return draft.add(
            "activation", "A", [x], draft.widths[x], formula, function=self.name, settings=settings
        )


@dataclass(frozen=True)
class Columnwise:
    """An elementwise function with trained numbers of each column, for instance a size or a share.

    Parameters
    ----------
    name : str
        A name of the registry COLUMNWISE.
    settings : mapping
        The function's hyperparameters; what is left out takes its default.
    initializer : Initializer or str, optional
        How the trained numbers begin; by default as belongs to the function.
    role : str, optional
        By what trainings and penalties tell them from other parameters; by default as belongs to the
        function.

    Examples
    --------
    >>> Columnwise("parametric_mish", role="share").role
    'share'
    """

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)
    initializer: Initializer | str | None = None
    role: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(COLUMNWISE.settings(self.name, self.settings)))
        if self.initializer is not None:
            require_initializers(self, initializer="")
        if self.role is not None:
            require_name(self, "role")

    def lower(self, draft: Draft, x: int) -> int:
        """One ``columnwise``: S1 = scale(Z1, scale1)."""
        d, settings = draft.widths[x], tuple(self.settings.values())
        names = []
        for trained in COLUMNWISE[self.name].trained:
            own = Initializer(trained.initializer, dict(trained.settings))
            initializer = own if self.initializer is None else initializer_of(self.initializer)
            name = f"{trained.name}{draft.depth}"
            names.append(draft.block(name, self.role or trained.role, (d,), initializer, d, d))
        arguments = ", ".join(["{0}", *names, *(f"{value:g}" for value in settings)])
        formula = f"{self.name}({arguments})"
        return draft.add(
            "columnwise", "S", [x], d, formula, parameters=names, function=self.name, settings=settings
        )


@dataclass(frozen=True)
class Dropout:
    """Set a share `rate` of the values to 0 at random while training, and scale up the others.

    The scale 1 / (1 - rate) keeps the expected value, so at prediction nothing is done (Srivastava et al.
    2014). The rate is at least 0 and below 1.

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(8, [fp.Dropout(0.5), fp.Dense(1)], fp.Head("squared"))
    >>> model = fp.TrainedModel(spec, np.ones(9), np.empty(0))
    >>> sorted({*model.trace(fp.Data(np.ones((3, 8)), targets=np.ones(3)))["D0"].ravel().tolist()})
    [0.0, 2.0]
    >>> model.predict(np.ones((1, 8))).tolist()
    [9.0]
    """

    rate: float

    def __post_init__(self) -> None:
        require_fraction(self, "rate", below_one=True)

    def lower(self, draft: Draft, x: int) -> int:
        """One ``dropout``: D1 = dropout(A1); nothing for the rate 0, which would copy its input."""
        if self.rate == 0.0:
            return x
        return draft.add("dropout", "D", [x], draft.widths[x], "dropout({0})", settings=[self.rate])


@dataclass(frozen=True)
class Embedding:
    """Replace each categorical code by a learnt row of `dimension` numbers.

    Of a column whose code 0 stands for the unknown, that row begins at 0.

    It can only be the first layer, since it reads the codes. Its output is the numerical features followed
    by one row for each categorical column (Bengio et al. 2003).

    Examples
    --------
    >>> import numpy as np, forpass as fp
    >>> spec = fp.NetworkSpec(1, [fp.Embedding(2), fp.Dense(1)], fp.Head("squared"), code_sizes=[3])
    >>> model = fp.TrainedModel(spec, np.array([0, 0, 1, 2, 3, 4, 1, 1, 1, 0.0]), np.empty(0))
    >>> model.weights["E1"].tolist()
    [[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]
    >>> model.predict(fp.Data([[10.0], [10.0]], codes=[[1], [2]])).tolist()  # 10 + 1 + 2, 10 + 3 + 4
    [13.0, 17.0]
    """

    dimension: int
    weights: Initializer | str = STANDARD_NORMAL

    def __post_init__(self) -> None:
        require_count(self, "dimension")
        require_initializers(self, weights="")

    def lower(self, draft: Draft, x: int) -> int:
        """One ``embed``: X0 = [X, E1[codes], E2[codes]]."""
        if x != 0:
            draft.refuse("is an Embedding; it can only be the first layer")
        weights, d = initializer_of(self.weights), self.dimension
        names = [
            draft.block(
                f"E{column}", "embedding", (group.codes, d), weights, group.codes, d, zero_first=group.unknown
            )
            for column, group in enumerate(draft.codes, start=1)
        ]
        d_out = draft.widths[x] + len(names) * self.dimension
        formula = "[" + ", ".join(["{0}", *(f"{name}[codes]" for name in names)]) + "]"
        return draft.add("embed", "X", [x], d_out, formula, parameters=names)


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
        branches = several("branches of Concatenate", self.branches)
        branches = tuple(several("each branch of Concatenate", branch) for branch in branches)
        object.__setattr__(self, "branches", branches)
        if not self.branches:
            raise SpecError("Concatenate has no branches; give at least one, (()) for x as it is")

    def lower(self, draft: Draft, x: int) -> int:
        """The branches' own operations, one after the other, and one ``concatenate``: C2 = [X, Z2]."""
        sources = []
        for number, branch in enumerate(self.branches, start=1):
            draft.path.append(number)
            sources.append(walk(draft, branch, x))
            draft.path.pop()
        if len(sources) == 1:
            return sources[0]
        formula = "[" + ", ".join(f"{{{i}}}" for i in range(len(sources))) + "]"
        return draft.add("concatenate", "C", sources, sum(draft.widths[s] for s in sources), formula)


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
    Dense | Activation | Columnwise | Dropout | BatchNorm | LayerNorm | Embedding | Residual | Concatenate
)

LAYERS: dict[type[Any], Layer] = {
    Embedding: Embedding(2),
    Dense: Dense(6, bias=False),
    BatchNorm: BatchNorm(),
    Activation: Activation("gelu"),
    Residual: Residual((Dropout(0.25), Dense(6, multiplier=NEURAL_TANGENT))),
    Columnwise: Columnwise("parametric_mish"),
    LayerNorm: LayerNorm(),
    Concatenate: Concatenate(((Dense(5), Activation("relu")), ())),
    Dropout: Dropout(0.5),
}
"""Every layer, with an example: what a network may be made of and a file may name.

Engines are tried on each example between two Dense, and on all of them one upon another, in this order.
"""
