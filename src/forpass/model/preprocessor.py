"""What a model asks of its preprocessing: a table goes in, labels and values come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from forpass.spec.data import Data
from forpass.spec.inputs import FeatureGroup

if TYPE_CHECKING:
    from forpass.preprocessing.units import Unit

__all__ = ["Preprocessor", "Target"]


class Target(Protocol):
    """What is predicted, in the words and the units of the table."""

    @property
    def task(self) -> str:
        """``"classification"``, ``"regression"`` or ``"multilabel"``."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """The target's columns."""
        ...

    @property
    def outputs(self) -> int:
        """How many raw scores a network needs."""
        ...

    @property
    def classes(self) -> tuple[Any, ...]:
        """Of a classification: the labels, in the order of the network's outputs."""
        ...

    @property
    def unit(self) -> Unit:
        """Of a regression: how values are learnt."""
        ...


@runtime_checkable
class Preprocessor(Protocol):
    """What turns a table into arrays for the network, and the network's output back."""

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """What the columns become: the inputs of a network."""
        ...

    @property
    def target(self) -> Target | None:
        """What is predicted; None where only features are encoded."""
        ...

    def encode(self, table: Any, with_targets: bool = False) -> Data:
        """Turn rows of a table into features, and their target into targets where that is asked for."""
        ...

    def decode(self, decided: NDArray[Any]) -> Any:
        """Turn decisions into labels or values as they stand in the table's target."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        ...
