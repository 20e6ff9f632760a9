"""Layers that go number by number: activations, functions with trained numbers of each column, dropout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forpass.errors import SpecError
from forpass.maths.activations import ACTIVATIONS
from forpass.maths.columnwise import COLUMNWISE
from forpass.spec.draft import Draft
from forpass.spec.initializer import Initializer, initializer_of, require_initializers
from forpass.spec.require import require_choice, require_fraction, require_instance, require_name
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
    by_member : bool
        Whether each member of the network (see `NetworkSpec`) has such numbers of its own:
        a = f(z, p[m]) for member m, with p (members, columns).
    alike : {"", "members", "features"}
        Where each member has its own, what begins alike: nothing, all members, or all columns that show the
        same feature.

    Examples
    --------
    >>> Columnwise("parametric_mish", role="share").role
    'share'
    >>> import numpy as np, forpass as fp
    >>> layers = [fp.Columnwise("scale", by_member=True), fp.Dense(1)]
    >>> spec = fp.NetworkSpec(1, layers, fp.Head("squared"), members=2)
    >>> model = fp.TrainedModel(spec, np.array([1.0, 3.0, 10.0, 0.0]), np.empty(0))
    >>> model.predict([[1.0], [2.0]]).tolist()  # the mean of 10 x and 30 x
    [20.0, 40.0]
    """

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)
    initializer: Initializer | str | None = None
    role: str | None = None
    by_member: bool = False
    alike: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(COLUMNWISE.settings(self.name, self.settings)))
        if self.initializer is not None:
            require_initializers(self, initializer="")
        if self.role is not None:
            require_name(self, "role")
        require_instance("by_member of Columnwise", self.by_member, bool)
        require_choice(self, "alike", ("", "members", "features"))
        if self.alike and not self.by_member:
            raise SpecError(
                f"alike={self.alike!r} says how members begin; give by_member=True, or leave it out"
            )

    def lower(self, draft: Draft, x: int) -> int:
        """One ``columnwise``: S1 = scale(Z1, scale1); by member a ``memberwise``: scale(Z1, scale1[m])."""
        if self.alike == "features" and not draft.features[x]:
            draft.refuse('has alike="features", and what it reads shows no features; let it read the inputs')
        d, settings = draft.widths[x], tuple(self.settings.values())
        names = []
        for trained in COLUMNWISE[self.name].trained:
            own = Initializer(trained.initializer, dict(trained.settings))
            initializer = own if self.initializer is None else initializer_of(self.initializer)
            name, role = f"{trained.name}{draft.depth}", self.role or trained.role
            if not self.by_member:
                names.append(draft.block(name, role, (d,), initializer, d, d))
                continue
            alike = draft.features[x] if self.alike == "features" else ()
            shape, same = (draft.members, d), self.alike == "members"
            more: dict[str, Any] = {"matrix": True, "alike_rows": same, "alike_columns": alike}
            names.append(draft.block(name, role, shape, initializer, d, d, **more))
        whose = "[m]" if self.by_member else ""
        read = [f"{name}{whose}" for name in names]
        arguments = ", ".join(["{0}", *read, *(f"{value:g}" for value in settings)])
        formula, opcode = f"{self.name}({arguments})", "memberwise" if self.by_member else "columnwise"
        return draft.add(
            opcode, "S", [x], d, formula, parameters=names, function=self.name, settings=settings
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
