"""How the first values of a parameter are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forpass.maths.initializers import INITIALIZERS
from forpass.spec.settings import Settings

__all__ = ["Initializer"]


@dataclass(frozen=True)
class Initializer:
    """How the first values of a parameter are drawn: a name of the registry INITIALIZERS and its settings."""

    name: str
    settings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", Settings(INITIALIZERS.settings(self.name, self.settings)))
