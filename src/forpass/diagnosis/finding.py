"""What a finding is, and what the finders are given to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from forpass.engines.reference import Tape
from forpass.model import TrainedModel
from forpass.spec.data import Data

__all__ = ["KINDS", "Case", "Finding", "others_first"]

KINDS = (
    "large_features",
    "unscaled_target",
    "dead_units",
    "saturated_units",
    "vanishing_gradient",
    "exploding_gradient",
    "learning_rate_too_high",
    "learning_rate_too_low",
    "constant_predictions",
    "no_better_than_guess",
)
"""All kinds of finding, in the order in which they are reported."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a network or with its training.

    Attributes
    ----------
    kind : str
        One of KINDS.
    layer : str
        Where: the label of an operation, or ``input``, ``target``, ``training``, ``output``.
    value : float
        The figure that was judged: a share of units, a ratio, a size.
    message : str
        What was seen.
    remedy : str
        What to try.

    Examples
    --------
    >>> print(Finding("dead_units", "layer 2 (relu, 4 -> 4)", 0.5, "2 of 4 units always give 0", "use elu"))
    layer 2 (relu, 4 -> 4): 2 of 4 units always give 0; use elu.
    """

    kind: str
    layer: str
    value: float
    message: str
    remedy: str

    def __str__(self) -> str:
        """Return all of it as one sentence."""
        return f"{self.layer}: {self.message}; {self.remedy}."

    def __repr__(self) -> str:
        return f"<Finding {self.kind}, {self}>"


@dataclass(frozen=True, eq=False)
class Case:
    """What a finder looks at.

    Attributes
    ----------
    model : TrainedModel
    data : Data
        The examples looked at, with targets.
    tape : Tape
        Every intermediate of one pass over them, in training mode.
    """

    model: TrainedModel
    data: Data
    tape: Tape


def others_first(found: Sequence[Finding]) -> list[Finding]:
    """Say of a network that is no better than a guess, if more was found, to mend that first."""
    first = "mend what else was found first; otherwise " if len(found) > 1 else ""
    return [
        replace(finding, remedy=first + finding.remedy) if finding.kind == "no_better_than_guess" else finding
        for finding in found
    ]
