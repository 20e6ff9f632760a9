"""How the first values of a parameter are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forpass.errors import SpecError
from forpass.maths.initializers import INITIALIZERS
from forpass.spec.require import require_instance
from forpass.spec.settings import Settings

__all__ = ["ONES", "ZEROS", "Initializer", "initializer_of", "require_initializers"]


@dataclass(frozen=True)
class Initializer:
    """How the first values of a parameter are drawn: a name of the registry INITIALIZERS and its settings.

    Parameters
    ----------
    name : str
    settings : mapping
        What is left out takes its default.

    Raises
    ------
    UnknownNameError
        For a name or a setting that there is not.
    SpecError
        For a setting out of its range.

    Examples
    --------
    >>> import forpass as fp
    >>> halves = fp.Dense(1, weights=fp.Initializer("constant", {"value": 0.5}), biases="zeros")
    >>> model = fp.train(
    ...     fp.NetworkSpec(2, [halves], fp.Head("squared")),
    ...     fp.TrainingSpec(epochs=1),
    ...     fp.Data([[0.0, 0.0]], targets=[0.0]),
    ... )
    >>> model.weights["W1"].tolist()
    [[0.5], [0.5]]
    """

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(INITIALIZERS.settings(self.name, self.settings)))


ZEROS, ONES = Initializer("zeros"), Initializer("constant", {"value": 1.0})


def initializer_of(value: Initializer | str) -> Initializer:
    """Return an initialiser, of a name the one with its default settings."""
    return Initializer(value) if isinstance(value, str) else value


def require_initializers(layer: Any, **fields: str) -> None:
    """Turn names of initialisers into initialisers; refuse what is neither, or looks at rows for another use.

    By each field what of a Dense layer it is: ``"weights"``, ``"biases"``, or ``""`` for neither.
    """
    for field_name, use in fields.items():
        what = f"{field_name} of {type(layer).__name__}"
        value = initializer_of(getattr(layer, field_name))
        require_instance(what, value, Initializer)
        adjusts = INITIALIZERS[value.name].adjusts
        if adjusts not in ("", use):
            raise SpecError(f"{what} cannot begin as {value.name!r}, which is for the {adjusts} of Dense")
        object.__setattr__(layer, field_name, value)
