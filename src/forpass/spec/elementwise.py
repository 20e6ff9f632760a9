"""Layers that go number by number: activations, functions with trained numbers of each column, dropout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.draft import Draft
from forpass.spec.initializer import Initializer, initializer_of, require_initializers
from forpass.spec.require import require_fraction, require_name
from forpass.spec.settings import Settings

__all__ = ["Activation", "Columnwise", "Dropout"]


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
