"""How a gradient becomes a step: by which rule, at which rate, with which deviations for roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forpass.errors import SpecError
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.require import (
    require_count,
    require_instance,
    require_names,
    require_number,
)
from forpass.spec.settings import Settings

__all__ = ["NO_DEVIATION", "LBFGSSpec", "OptimizerSpec", "RoleFactors"]


@dataclass(frozen=True)
class RoleFactors:
    """How parameters of a role deviate: factors on the learning rate and on the weight decay.

    Parameters
    ----------
    learning_rate, decay : float
        At least 0; with 0 for the learning rate they stay as they begin.

    Examples
    --------
    >>> import forpass as fp
    >>> steps = fp.OptimizerSpec("adam", by_role={"bias": fp.RoleFactors(learning_rate=0.0)})
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[5.0, 6.0, 7.0])
    >>> model = fp.train(fp.multilayer(1, [], 1, "squared"), fp.TrainingSpec(5, optimizer=steps), data)
    >>> model.weights["b1"].tolist()
    [0.0]
    """

    learning_rate: float = 1.0
    decay: float = 1.0

    def __post_init__(self) -> None:
        require_number(self, "learning_rate", at_least=0.0)
        require_number(self, "decay", at_least=0.0)


NO_DEVIATION = RoleFactors()


@dataclass(frozen=True)
class OptimizerSpec:
    """How a gradient becomes a step.

    Parameters
    ----------
    name : str
        A name of the registry OPTIMIZERS.
    learning_rate : float
    settings : mapping
        The optimiser's hyperparameters; what is left out takes its default.
    weight_decay : float, optional
        Decoupled decay: before each step theta loses learning_rate * weight_decay * theta. By default
        what belongs to the optimiser: 0.01 for adamw, otherwise 0.
    clip_value, clip_norm : float, optional
        Cut each entry of the gradient at +-clip_value; then shorten it to the length clip_norm.
    by_role : mapping from role of parameters to RoleFactors
        Deviations, for instance ``{"bias": RoleFactors(learning_rate=0.1, decay=0.0)}``.

    Raises
    ------
    UnknownNameError
        For an optimiser or a setting that there is not.
    SpecError
        For a number that makes no sense, and for ``"lbfgs"``, which is a method of `TrainingSpec`.

    Examples
    --------
    >>> optimizer = OptimizerSpec("adamw", learning_rate=0.01, settings={"beta2": 0.99}, clip_norm=1.0)
    >>> optimizer.settings, optimizer.weight_decay
    ({'beta1': 0.9, 'beta2': 0.99, 'epsilon': 1e-08, 'epsilon_hat': 0.0}, 0.01)
    """

    name: str = "adam"
    learning_rate: float = 1e-3
    settings: Mapping[str, float] = field(default_factory=dict)
    weight_decay: float | None = None
    clip_value: float | None = None
    clip_norm: float | None = None
    by_role: Mapping[str, RoleFactors] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_number(self, "learning_rate", above=0.0)
        if self.name == "lbfgs":
            raise SpecError('L-BFGS takes no steps along a gradient; say TrainingSpec(method="lbfgs")')
        object.__setattr__(self, "settings", Settings(OPTIMIZERS.settings(self.name, self.settings)))
        if self.settings.get("epsilon") == self.settings.get("epsilon_hat") == 0.0:
            raise SpecError(f"epsilon and epsilon_hat of {self.name} are both 0; one must be above 0")
        if self.weight_decay is None:
            object.__setattr__(self, "weight_decay", OPTIMIZERS[self.name].weight_decay)
        require_number(self, "weight_decay", at_least=0.0)
        for name in ("clip_value", "clip_norm"):
            if getattr(self, name) is not None:
                require_number(self, name, above=0.0)
        require_instance("by_role of OptimizerSpec", self.by_role, Mapping)
        object.__setattr__(self, "by_role", Settings(self.by_role))
        require_names(self, "by_role")
        for factors in self.by_role.values():
            require_instance("each value of by_role", factors, RoleFactors)


@dataclass(frozen=True)
class LBFGSSpec:
    """When L-BFGS has come to its end, as scipy's L-BFGS-B judges it.

    Parameters
    ----------
    value_tolerance : float
        It has converged when the objective falls by a smaller share of itself,
    gradient_tolerance : float
        or when no entry of the gradient is larger.
    evaluations : int
        The most evaluations of the objective, after which it ends.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[1.0, 3.0, 5.0])
    >>> line = fp.multilayer(1, [], 1, "squared")
    >>> for ends in (fp.LBFGSSpec(), fp.LBFGSSpec(evaluations=2)):
    ...     print(fp.train(line, fp.TrainingSpec(method="lbfgs", lbfgs=ends), data).provenance.ended.reason)
    converged
    evaluations
    """

    value_tolerance: float = 1e-12
    gradient_tolerance: float = 1e-6
    evaluations: int = 10**9

    def __post_init__(self) -> None:
        require_number(self, "value_tolerance", at_least=0.0)
        require_number(self, "gradient_tolerance", at_least=0.0)
        require_count(self, "evaluations")
