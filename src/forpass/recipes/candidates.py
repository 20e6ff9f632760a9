"""Candidates: a chain at one of its rungs, with the networks (or linear models) trained for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from forpass.model.history import History
from forpass.model.provenance import Ended
from forpass.recipes.members import Part
from forpass.recipes.records import Chain
from forpass.recipes.risk import Judgement, Seen
from forpass.spec.network import NetworkSpec
from forpass.spec.training import TrainingSpec
from forpass.training.loop import ENDED_FROM_OUTSIDE

__all__ = ["Candidate", "TrainedMember"]


@dataclass(frozen=True, eq=False)
class TrainedMember:
    """One member of a candidate, trained.

    Attributes
    ----------
    spec : NetworkSpec
    parameters, buffers : arrays
    training : TrainingSpec or None
        None for a linear model.
    ended : Ended or None
    part : Part
        The rows it was trained on, and those it left out.
    seen : Seen
        Its raw scores of those it left out.
    seconds : float
    learnt : array or None
        The parameters as training left them, where those of the network for users are others.
    history : History
        Of its training, with that of the rungs before; some of a long one. Members look at no rows, so it has
        training losses alone.
    """

    spec: NetworkSpec
    parameters: NDArray[Any]
    buffers: NDArray[Any]
    training: TrainingSpec | None
    ended: Ended | None
    part: Part
    seen: Seen
    seconds: float
    learnt: NDArray[Any] | None = None
    history: History = field(default_factory=History)

    @property
    def as_learnt(self) -> NDArray[Any]:
        """The parameters as training left them."""
        return self.parameters if self.learnt is None else self.learnt

    @property
    def whole(self) -> bool:
        """Whether it was trained to its end: neither a user nor a time limit cut it short."""
        return self.ended is None or self.ended.reason not in ENDED_FROM_OUTSIDE


@dataclass(frozen=True, eq=False)
class Candidate:
    """A chain at one of its rungs.

    Attributes
    ----------
    chain : Chain
    rung : int
        From 0.
    members : tuple of TrainedMember
    judgement : Judgement
    share : float
        The share of its epochs that it was trained for, below 1 where a time limit left no time for all.
    racing_loss : float
        The out-of-fold loss of its first members, by which candidates are dropped early.
    """

    chain: Chain
    rung: int
    members: tuple[TrainedMember, ...]
    judgement: Judgement
    share: float = 1.0
    racing_loss: float = math.nan

    @property
    def epochs(self) -> int:
        """Epochs of all rungs so far, for the reference table (see `Recipe`); 0 for a linear model."""
        return sum(self.chain.epochs[: self.rung + 1])

    @property
    def whole(self) -> bool:
        """Whether it was trained for all of its epochs."""
        return self.share == 1.0 and all(member.whole for member in self.members)

    @property
    def seconds(self) -> float:
        """The time its members took, added up."""
        return sum(member.seconds for member in self.members)

    def __repr__(self) -> str:
        judgement = self.judgement
        return (
            f"<Candidate {self.chain.name}, {self.epochs} epochs, {len(self.members)} members, "
            f"loss {judgement.loss:.4g}, expected of all {judgement.expected_loss:.4g}>"
        )
