"""What a network computes: inputs, layers from bottom to top, then a head that says how wrong it is.

Every description is a frozen dataclass of plain values. Nothing here computes; `program.lower`
turns a description into the list of operations that an engine carries out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from forpass.errors import SpecError
from forpass.maths.losses import LOSSES
from forpass.spec.draft import Draft
from forpass.spec.inputs import FeatureGroup
from forpass.spec.layers import (
    Activation,
    Dense,
    Dropout,
    Layer,
    walk,
)
from forpass.spec.layout import ROLES
from forpass.spec.require import (
    require_choice,
    require_count,
    require_instance,
    require_names,
    require_number,
    require_roles,
    several,
    whole_number,
)
from forpass.spec.settings import Settings

__all__ = ["Head", "NetworkSpec", "Penalty", "multilayer", "multilayer_layers"]

AFFINE = "affine", "member_affine"
BY_MEMBER = "memberwise", "member_affine"
"""Opcodes of what a Dense becomes, and of what tells members apart."""


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

    Raises
    ------
    UnknownNameError
        For a loss or a setting that there is not.
    SpecError
        For a setting out of its range, and for the mean over outputs of a loss that takes them together.

    Examples
    --------
    >>> head = Head("huber", {"delta": 2.0})
    >>> head.settings, head.link, Head("softmax_cross_entropy").link
    ({'delta': 2.0}, 'identity', 'softmax')
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
    """A price on large parameters: l1 |w| + l2/2 w^2, added up over all blocks of some roles.

    Parameters
    ----------
    l1, l2 : float
        The prices.
    per : {"objective", "batch_weight"}
        ``"objective"`` adds the penalty to the mean loss, whatever the batch size. ``"batch_weight"``
        divides it by the sum of the batch's weights first, as scikit-learn does.
    roles : tuple of str
        Roles of the parameters that pay: ``"weight"``, ``"bias"``, ``"gain"``, ``"shift"``,
        ``"embedding"``, ..., or those that the network's layers were told to use.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> exactly = fp.TrainingSpec(method="lbfgs", dtype="float64")
    >>> for l2 in (0.0, 1.0, 10.0):
    ...     line = fp.multilayer(1, [], 1, "squared", penalty=fp.Penalty(l2=l2))
    ...     print(fp.train(line, exactly, data).weights["W1"].round(2).tolist())
    [[1.0]]
    [[0.4]]
    [[0.06]]
    """

    l1: float = 0.0
    l2: float = 0.0
    per: str = "objective"
    roles: tuple[str, ...] = ("weight",)

    def __post_init__(self) -> None:
        require_number(self, "l1", at_least=0.0)
        require_number(self, "l2", at_least=0.0)
        require_choice(self, "per", ("objective", "batch_weight"))
        object.__setattr__(self, "roles", several("roles of Penalty", self.roles))
        require_names(self, "roles")


@dataclass(frozen=True, init=False)
class NetworkSpec:
    """A whole network: what comes in, its layers, its head and the penalty on its parameters.

    Parameters
    ----------
    n_features : int, optional
        Number of numerical inputs, where no more is known of them.
    layers : sequence of Layer
        From bottom to top. The width of the last one is the number of outputs.
    head : Head
    code_sizes : sequence of int
        With `n_features`: for each categorical column the number of its codes; needs an Embedding.
    penalty : Penalty
    inputs : sequence of FeatureGroup, optional
        What comes in, group by group, instead of `n_features` and `code_sizes`.
    members : int
        So many networks in one, m = 0 .. members - 1, that share all parameters but those of layers that are
        `by_member` (BatchEnsemble, Wen et al. 2020; TabM, Gorishniy et al. 2025). What is predicted is the
        mean of their predictions; what is minimised is the mean of their losses, each with an order of the
        examples of its own.

    Attributes
    ----------
    inputs, layers, head, penalty, members
        As given; of `n_features` and `code_sizes` groups without a name have become.
    n_features, n_outputs : int
        Number of numerical inputs, d, and of raw scores per example, k.
    code_sizes : tuple of int
        For each column of codes or values the number of them.

    Raises
    ------
    SpecError
        When the layers do not fit together; the message names the layer.

    Examples
    --------
    >>> spec = NetworkSpec(2, (Dense(4), Activation("tanh"), Dense(1)), Head("sigmoid_cross_entropy"))
    >>> spec.n_outputs, spec.inputs
    (1, (FeatureGroup(name='', kind='number', width=2, codes=0, unknown=False),))
    """

    inputs: tuple[FeatureGroup, ...]
    layers: tuple[Layer, ...]
    head: Head
    penalty: Penalty = field(default_factory=Penalty)
    members: int = 1
    n_features: int = field(init=False, repr=False, compare=False)
    code_sizes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    n_outputs: int = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        n_features: int | None = None,
        layers: Sequence[Layer] = (),
        head: Head | None = None,
        code_sizes: Sequence[int] = (),
        penalty: Penalty | None = None,
        *,
        inputs: Sequence[FeatureGroup] | None = None,
        members: int = 1,
    ) -> None:
        require_instance("head of NetworkSpec", head, Head)
        penalty = Penalty() if penalty is None else penalty
        require_instance("penalty of NetworkSpec", penalty, Penalty)
        if inputs is None:
            groups = _unnamed(n_features, code_sizes)
        elif n_features is not None or code_sizes:
            raise SpecError("the network has inputs, and n_features or code_sizes as well; give only inputs")
        else:
            groups = several("inputs of NetworkSpec", inputs)
        for group in groups:
            require_instance("each of inputs of NetworkSpec", group, FeatureGroup)
        for name, value in (
            ("inputs", groups),
            ("layers", several("layers of NetworkSpec", layers)),
            ("head", head),
            ("penalty", penalty),
            ("members", members),
            ("n_features", sum(group.width for group in groups)),
            ("code_sizes", tuple(group.codes for group in groups if group.is_coded)),
        ):
            object.__setattr__(self, name, value)
        self._require_whole()

    def __hash__(self) -> int:
        """Hash it once: a fit asks several times what belongs to its network."""
        kept: int | None = vars(self).get("_hash")
        if kept is None:
            kept = vars(self)["_hash"] = hash(
                (self.inputs, self.layers, self.head, self.penalty, self.members)
            )
        return kept

    def __getstate__(self) -> dict[str, Any]:
        """Leave the hash out: in another process text has another one."""
        return {name: value for name, value in vars(self).items() if name != "_hash"}

    def _require_whole(self) -> None:
        """Walk the layers once, to see that they fit together and onto the inputs."""
        if not self.inputs:
            raise SpecError("the network has no inputs: n_features is 0 and code_sizes is empty")
        require_count(self, "members")
        draft = self.draft()
        object.__setattr__(self, "n_outputs", draft.widths[-1])
        opcodes = {op.opcode for op in draft.operations}
        embeds, sizes = (
            "embed" in opcodes,
            tuple(group.codes for group in draft.inputs if group.kind == "code"),
        )
        if embeds != bool(sizes):
            raise SpecError(
                f"code_sizes is {sizes} and there is {'an' if embeds else 'no'} Embedding; "
                "each needs the other"
            )
        require_roles("the penalty", self.penalty.roles, [*ROLES, *(b.role for b in draft.parameters)])
        self._require_members(opcodes)
        if opcodes.isdisjoint(AFFINE):
            raise SpecError(
                "the network has no Dense layer, so nothing gives it outputs; end with Dense(n_outputs)"
            )
        if LOSSES[self.head.loss].over == "rows" and self.n_outputs < 2:
            raise SpecError(
                f"{self.head.loss} compares at least 2 outputs but the network has {self.n_outputs}; "
                "for two classes with one output use sigmoid_cross_entropy"
            )

    def _require_members(self, opcodes: set[str]) -> None:
        """Refuse members that would all be the same network, or have moments in common."""
        if self.members == 1:
            return
        if opcodes.isdisjoint(BY_MEMBER):
            raise SpecError(
                f"the network has {self.members} members, and no layer is by_member, so they would all be "
                "the same; give a Columnwise or Dense with by_member=True"
            )
        if "batch_norm" in opcodes:
            raise SpecError(
                f"the network has {self.members} members and a BatchNorm, whose moments would be of all of "
                "them together; take LayerNorm"
            )

    def draft(self) -> Draft:
        """Return the layers as operations: the beginning of a `Program`."""
        draft = Draft(self.inputs, self.members)
        walk(draft, self.layers, 0)
        return draft


def _unnamed(n_features: Any, code_sizes: Sequence[int]) -> tuple[FeatureGroup, ...]:
    """Return the groups of a network of which only numbers of inputs are known."""
    d = whole_number("n_features of NetworkSpec", n_features, at_least=0)
    sizes = [whole_number("each of code_sizes", size) for size in several("code_sizes", code_sizes)]
    return (
        *([FeatureGroup("", "number", d)] if d else []),
        *(FeatureGroup("", "code", 0, size) for size in sizes),
    )


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

    Returns
    -------
    NetworkSpec

    Raises
    ------
    SpecError
        For widths below 1, or a loss, activation or penalty that there is not.

    Examples
    --------
    >>> [type(layer).__name__ for layer in multilayer(64, [100], 10, "softmax_cross_entropy").layers]
    ['Dense', 'Activation', 'Dense']
    """
    layers = multilayer_layers(hidden, n_outputs, activation, dropout)
    return NetworkSpec(n_features, layers, Head(loss), penalty=penalty or Penalty())


def multilayer_layers(
    hidden: Sequence[int] | int, n_outputs: int, activation: str = "relu", dropout: float = 0.0
) -> tuple[Layer, ...]:
    """Return the layers of a plain multi-layer perceptron; see `multilayer`."""
    layers: list[Layer] = []
    for units in _widths(hidden):
        layers += [Dense(units, weights=_initializer_for(activation)), Activation(activation)]
        if dropout:
            layers.append(Dropout(dropout))
    return (*layers, Dense(n_outputs))


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
