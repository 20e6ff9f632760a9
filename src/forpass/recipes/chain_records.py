"""Chains: one kind of network, its member, trained for longer and longer; or a linear model."""

from __future__ import annotations

from dataclasses import dataclass

from forpass.errors import SpecError, UnknownNameError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.require import (
    require_choice,
    require_fraction,
    require_instance,
    require_name,
    require_number,
    several,
    whole_number,
)

__all__ = ["NUMBERS", "Chain", "LinearMember", "Member"]

NUMBERS = ("piecewise", "periodic")
"""Embeddings of numeric features, beside the features themselves."""

TRANSFORMS = ("", "log")
"""What may be done to values before they are learnt; "" is nothing."""


@dataclass(frozen=True)
class Member:
    """One network of a chain, and how it is trained: all hyperparameters but the number of epochs.

    Parameters
    ----------
    hidden : sequence of int
        Width of each hidden layer.
    activation : str
        A name of the registry ACTIVATIONS or COLUMNWISE.
    numbers : sequence of {"piecewise", "periodic"}
        Embeddings of numeric features, beside the features themselves (`Piecewise`, `Periodic`).
    statistics : bool
        Whether numbers whose values occur repeatedly also bring the mean of the target at their value
        (`ValueStatistics`); for two classes, labels and values.
    learning_rate, dropout, weight_decay : float
        Of AdamW: the peak learning rate, and decoupled weight decay; the dropout rate of hidden layers.
    transform : {"", "log"}
        With ``"log"`` values are learnt by their logarithm. The chain is for targets of which few are very
        large: for others it is left out (see `forpass.recipes.logarithms`).

    Raises
    ------
    SpecError, UnknownNameError
        For values that make no sense.

    Examples
    --------
    >>> Member(hidden=[64, 64]).hidden
    (64, 64)
    """

    hidden: tuple[int, ...] = (128, 128, 128)
    activation: str = "parametric_mish"
    numbers: tuple[str, ...] = ()
    statistics: bool = False
    learning_rate: float = 0.04
    dropout: float = 0.15
    weight_decay: float = 0.02
    transform: str = ""

    def __post_init__(self) -> None:
        hidden = several("hidden of Member", self.hidden)
        object.__setattr__(self, "hidden", tuple(whole_number("each of hidden", width) for width in hidden))
        object.__setattr__(self, "numbers", several("numbers of Member", self.numbers))
        for name in self.numbers:
            if name not in NUMBERS:
                raise UnknownNameError("way to show numbers", name, NUMBERS)
        if self.activation not in COLUMNWISE and self.activation not in ACTIVATIONS:
            raise UnknownNameError("activation of Member", self.activation, [*ACTIVATIONS, *COLUMNWISE])
        require_instance("statistics of Member", self.statistics, bool)
        require_number(self, "learning_rate", above=0.0)
        require_fraction(self, "dropout", below_one=True)
        require_number(self, "weight_decay", at_least=0.0)
        require_choice(self, "transform", TRANSFORMS)


@dataclass(frozen=True)
class LinearMember:
    """A linear model in place of a network: ridge or logistic regression, fitted by L-BFGS.

    Parameters
    ----------
    penalty : float
        Strength of the L2 penalty on the weights W: penalty |W|^2 / (2 n), with n rows. Scikit-learn's C is
        1 / penalty, its alpha is penalty.

    Raises
    ------
    SpecError
        For a penalty below 0.

    Examples
    --------
    >>> LinearMember(), Chain("ridge", LinearMember(penalty=1.0)).rungs
    (LinearMember(penalty=33.0), 1)
    """

    penalty: float = 33.0

    def __post_init__(self) -> None:
        require_number(self, "penalty", at_least=0.0)


@dataclass(frozen=True)
class Chain:
    """One kind of network, trained for longer and longer, rung by rung.

    Parameters
    ----------
    name : str
        Its name in reports. The seeds of its networks follow from it.
    member : Member or LinearMember
    epochs : sequence of int
        The epochs that each rung adds, for the reference table (see `Recipe`); none for a linear model.

    Raises
    ------
    SpecError
        Without a name, a member, or epochs that suit it.

    Examples
    --------
    >>> Chain("A", Member(), [12, 24, 60]).rungs, Chain("linear", LinearMember()).rungs
    (3, 1)
    """

    name: str
    member: Member | LinearMember
    epochs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_name(self, "name")
        if not isinstance(self.member, Member | LinearMember):
            raise SpecError(
                f"member of chain {self.name} must be a Member or a LinearMember; got {self.member!r}"
            )
        epochs = several("epochs of Chain", self.epochs)
        object.__setattr__(self, "epochs", tuple(whole_number("each of epochs", added) for added in epochs))
        if isinstance(self.member, LinearMember) and self.epochs:
            raise SpecError(f"chain {self.name} is linear, which knows no epochs; leave them out")
        if isinstance(self.member, Member) and not self.epochs:
            raise SpecError(
                f"chain {self.name} has no epochs; say for how long it is trained, as in [12, 24]"
            )

    @property
    def rungs(self) -> int:
        """The number of rungs; 1 for a linear model."""
        return max(1, len(self.epochs))
