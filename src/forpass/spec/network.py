"""What a network computes: layers from bottom to top, then a head that says how wrong it is.

Every description is a frozen dataclass of plain values. Nothing here computes; `program.lower`
turns a description into the list of operations that an engine carries out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, TypeAlias

from forpass.errors import SpecError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.initializers import INITIALIZERS
from forpass.maths.losses import LOSSES
from forpass.spec.require import (
    require_choice,
    require_count,
    require_fraction,
    require_instance,
    require_kinds,
    require_number,
    whole_number,
)
from forpass.spec.settings import Settings

__all__ = [
    "Activation",
    "BatchNorm",
    "Dense",
    "Dropout",
    "Embedding",
    "Head",
    "Initializer",
    "Layer",
    "LayerNorm",
    "NetworkSpec",
    "Penalty",
    "multilayer",
]


@dataclass(frozen=True)
class Initializer:
    """How the first values of a parameter are drawn: a name of the registry INITIALIZERS and its settings."""

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(INITIALIZERS.settings(self.name, self.settings)))


@dataclass(frozen=True)
class Dense:
    """Fully connected: z = x W + b, with W (inputs, units) and b (units,).

    Parameters
    ----------
    units : int
        Number of neurons.
    bias : bool
        Whether there is a b.
    weights, biases : Initializer or str
        How W and b begin.
    """

    units: int
    bias: bool = True
    weights: Initializer | str = "glorot_uniform"
    biases: Initializer | str = "zeros"

    def __post_init__(self) -> None:
        require_count(self, "units")
        for name in ("weights", "biases"):
            value = getattr(self, name)
            if isinstance(value, str):
                object.__setattr__(self, name, Initializer(value))


@dataclass(frozen=True)
class Activation:
    """An elementwise function of the registry ACTIVATIONS and its settings."""

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(ACTIVATIONS.settings(self.name, self.settings)))


@dataclass(frozen=True)
class Dropout:
    """Set a share `rate` of the values to 0 at random while training, and scale up the others.

    The scale 1 / (1 - rate) keeps the expected value, so at prediction nothing is done.
    """

    rate: float

    def __post_init__(self) -> None:
        require_fraction(self, "rate", below_one=True)


@dataclass(frozen=True)
class BatchNorm:
    """Give each column of a batch mean 0 and variance 1, then scale by gamma and shift by beta.

    At prediction the running averages stand in for the batch's mean and variance:
    running = (1 - momentum) running + momentum batch. The batch's statistics take no weights.
    """

    momentum: float = 0.1
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        require_fraction(self, "momentum")
        require_number(self, "epsilon", above=0.0)


@dataclass(frozen=True)
class LayerNorm:
    """Give each row mean 0 and variance 1, then scale by gamma and shift by beta."""

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        require_number(self, "epsilon", above=0.0)


@dataclass(frozen=True)
class Embedding:
    """Replace each categorical code by a learnt row of `dimension` numbers.

    It can only be the first layer. Its output is the numerical features followed by one row for
    each categorical column.
    """

    dimension: int
    weights: Initializer | str = field(default_factory=lambda: Initializer("normal", {"std": 1.0}))

    def __post_init__(self) -> None:
        require_count(self, "dimension")
        if isinstance(self.weights, str):
            object.__setattr__(self, "weights", Initializer(self.weights))


Layer: TypeAlias = Dense | Activation | Dropout | BatchNorm | LayerNorm | Embedding


@dataclass(frozen=True)
class Head:
    """How wrong the raw scores are, and how they become predictions.

    Parameters
    ----------
    loss : str
        A name of the registry LOSSES.
    settings : mapping
        The loss's settings; what is left out takes its default.
    over_outputs : {"sum", "mean"}
        How the losses of several outputs make one loss per example.
    """

    loss: str
    settings: Mapping[str, float] = field(default_factory=dict)
    over_outputs: str = "sum"

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(LOSSES.settings(self.loss, self.settings)))
        require_choice(self, "over_outputs", ("sum", "mean"))
        if LOSSES[self.loss].over == "rows" and self.over_outputs != "sum":
            raise SpecError(
                f"over_outputs={self.over_outputs!r} has no meaning for {self.loss}, which is one number "
                "per example already; leave it out"
            )

    @property
    def link(self) -> str:
        """Name of the link that turns raw scores into predictions: the one that belongs to the loss."""
        return LOSSES[self.loss].link


@dataclass(frozen=True)
class Penalty:
    """A price on large parameters: l1 |w| + l2/2 w^2, added up over all blocks of the given kinds.

    Parameters
    ----------
    l1, l2 : float
        The prices.
    per : {"objective", "batch_weight"}
        ``"objective"`` adds the penalty to the mean loss, whatever the batch size. ``"batch_weight"``
        divides it by the sum of the batch's weights first, as scikit-learn does.
    kinds : tuple of str
        Kinds of parameter that pay: ``"W"``, ``"b"``, ``"gamma"``, ``"beta"``, ``"E"``.
    """

    l1: float = 0.0
    l2: float = 0.0
    per: str = "objective"
    kinds: tuple[str, ...] = ("W",)

    def __post_init__(self) -> None:
        require_number(self, "l1", at_least=0.0)
        require_number(self, "l2", at_least=0.0)
        require_choice(self, "per", ("objective", "batch_weight"))
        object.__setattr__(self, "kinds", tuple(self.kinds))
        require_kinds(self.kinds)


@dataclass(frozen=True)
class NetworkSpec:
    """A whole network: what comes in, its layers, its head and the penalty on its parameters.

    Parameters
    ----------
    n_features : int
        Number of numerical inputs.
    layers : sequence of Layer
        From bottom to top. The width of the last one is the number of outputs.
    head : Head
    code_sizes : tuple of int
        For each categorical column the number of its codes; needs an Embedding.
    penalty : Penalty

    Raises
    ------
    SpecError
        When the layers do not fit together; the message names the layer.

    Examples
    --------
    >>> spec = NetworkSpec(2, (Dense(4), Activation("tanh"), Dense(1)), Head("sigmoid_cross_entropy"))
    >>> spec.n_outputs
    1
    """

    n_features: int
    layers: tuple[Layer, ...]
    head: Head
    code_sizes: tuple[int, ...] = ()
    penalty: Penalty = field(default_factory=Penalty)

    def __post_init__(self) -> None:
        require_count(self, "n_features", at_least=0)
        require_instance("head of NetworkSpec", self.head, Head)
        require_instance("penalty of NetworkSpec", self.penalty, Penalty)
        object.__setattr__(self, "layers", tuple(self.layers))
        sizes = tuple(whole_number("each of code_sizes", size) for size in self.code_sizes)
        object.__setattr__(self, "code_sizes", sizes)
        for number, layer in enumerate(self.layers, start=1):
            if not isinstance(layer, Layer):
                raise SpecError(
                    f"layer {number} is {layer!r}; a layer is one of Dense, Activation, Dropout, ..."
                )
            if isinstance(layer, Embedding) and number > 1:
                raise SpecError(f"layer {number} is an Embedding; it can only be the first layer")
        has_embedding = bool(self.layers) and isinstance(self.layers[0], Embedding)
        if has_embedding != bool(self.code_sizes):
            raise SpecError(
                f"code_sizes is {self.code_sizes} and there is {'an' if has_embedding else 'no'} Embedding; "
                "each needs the other"
            )
        if self.n_features == 0 and not self.code_sizes:
            raise SpecError("the network has no inputs: n_features is 0 and code_sizes is empty")
        if not any(isinstance(layer, Dense) for layer in self.layers):
            raise SpecError(
                "the network has no Dense layer, so nothing gives it outputs; end with Dense(n_outputs)"
            )
        if LOSSES[self.head.loss].over == "rows" and self.n_outputs < 2:
            raise SpecError(
                f"{self.head.loss} compares at least 2 outputs but the last Dense has {self.n_outputs}; "
                "for two classes with one output use sigmoid_cross_entropy"
            )

    @property
    def n_outputs(self) -> int:
        """Number of raw scores per example, k."""
        return next(layer.units for layer in reversed(self.layers) if isinstance(layer, Dense))


def multilayer(
    n_features: int,
    hidden: Sequence[int] | int,
    n_outputs: int,
    loss: str,
    *,
    activation: str = "relu",
    dropout: float = 0.0,
    penalty: Penalty | None = None,
) -> NetworkSpec:
    """Describe a plain multi-layer perceptron: Dense, activation, dropout, ..., Dense.

    Parameters
    ----------
    n_features, n_outputs : int
    hidden : sequence of int, or int
        Number of neurons of each hidden layer; empty for a single layer, a number for one hidden layer.
    loss : str
        A name of the registry LOSSES.
    activation : str
        A name of the registry ACTIVATIONS. Weights begin as suits it: LeCun for selu, Glorot for
        sigmoid, tanh and identity, He for those that cut off or bend the negative.
    dropout : float
        Share of hidden activations dropped while training.
    penalty : Penalty, optional

    Examples
    --------
    >>> [type(layer).__name__ for layer in multilayer(64, [100], 10, "softmax_cross_entropy").layers]
    ['Dense', 'Activation', 'Dense']
    """
    layers: list[Layer] = []
    for units in _widths(hidden):
        layers += [Dense(units, weights=_initializer_for(activation)), Activation(activation)]
        if dropout:
            layers.append(Dropout(dropout))
    layers.append(Dense(n_outputs))
    return NetworkSpec(n_features, tuple(layers), Head(loss), penalty=penalty or Penalty())


def _widths(hidden: Any) -> list[Any]:
    """Return the neurons of each hidden layer; a number is one layer."""
    if isinstance(hidden, Integral):
        return [hidden]
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise SpecError(f"hidden takes the neurons of each layer, for instance [128, 64]; got {hidden!r}")
    return list(hidden)


def _initializer_for(activation: str) -> str:
    if activation == "selu":
        return "lecun_normal"
    return "glorot_uniform" if activation in ("step", "identity", "sigmoid", "tanh") else "he_normal"
