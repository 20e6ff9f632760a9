"""What a recipe tried: the account of it that an ensemble keeps, as plain JSON.

{"recipe": the record of the recipe, with its "name",
 "candidates": a list with the fields of `Tried` for each,
 "omissions": what was left out or shortened for want of time, a list of sentences}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forpass.errors import SpecError
from forpass.spec.require import require_count, require_instance, require_number
from forpass.spec.stored import rebuilt, typed

__all__ = ["Tried", "require_account"]


@dataclass(frozen=True)
class Tried:
    """A candidate of a recipe: one kind of network, trained for a number of epochs.

    Attributes
    ----------
    chain : str
        The name of its chain.
    network : str
        Its architecture, in a few words.
    rung : int
        From 1; each rung goes on from the one before.
    epochs : int
        Of all rungs, for the reference table (see `Recipe`); 0 for a linear model.
    members : int
        The number of its networks.
    loss : float
        The out-of-fold loss E_1, quadratic, of predictions by one or two of its networks.
    variance : float
        The variance V of a single network's prediction.
    expected_loss : float
        The expected loss E_m of the mean of all of its networks (see `forpass.recipes.risk`). For a dropped
        candidate it is that of its first networks, and not comparable with the others'.
    weight : float
        Its weight in the blend; 0 where it is left out.
    seconds : float
        The time its networks took, added up.
    dropped : bool
        Whether it was far behind after its first networks and not trained any further.
    """

    chain: str
    network: str
    rung: int
    epochs: int
    members: int
    loss: float
    variance: float
    expected_loss: float
    weight: float
    seconds: float
    dropped: bool = False

    def __post_init__(self) -> None:
        for name in ("rung", "members"):
            require_count(self, name)
        require_count(self, "epochs", at_least=0)
        for name in ("loss", "variance", "weight", "seconds"):
            require_number(self, name, at_least=0.0)
        require_number(self, "expected_loss")
        require_instance("dropped of Tried", self.dropped, bool)


def require_account(plain: Mapping[str, Any]) -> tuple[Tried, ...]:
    """Return the candidates of an account of a recipe; refuse what is not one.

    Raises
    ------
    SpecError
    """
    if not {"recipe", "candidates"} <= plain.keys() or not isinstance(plain["recipe"], Mapping):
        raise SpecError(
            f"the account of a recipe must have its record as recipe, and candidates; got {', '.join(plain)}"
        )
    typed("name of the recipe", str, plain["recipe"].get("name"))
    typed("omissions of the recipe", tuple[str, ...], plain.get("omissions", []))
    candidates = plain["candidates"]
    if not isinstance(candidates, list):
        raise SpecError(f"the candidates of a recipe must be a list; got {candidates!r}")
    return tuple(rebuilt(Tried, candidate) for candidate in candidates)
