"""Candidates: a chain at one of its rungs, as the networks (or linear models) that were trained of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from forpass.model.provenance import Ended
from forpass.recipes.members import Part
from forpass.recipes.records import Chain
from forpass.recipes.risk import Judgement, Seen
from forpass.spec.network import NetworkSpec
from forpass.spec.training import TrainingSpec

__all__ = ["Candidate", "Trained"]


@dataclass(frozen=True, eq=False)
class Trained:
    """One member of a candidate, trained.

    Attributes
    ----------
    spec : NetworkSpec
    parameters, buffers : arrays
    training : TrainingSpec or None
        None for a linear model.
    ended : Ended or None
    part : Part
        What it has learnt from, and what it left out.
    seen : Seen
        Its raw scores of what it left out.
    seconds : float
    """

    spec: NetworkSpec
    parameters: NDArray[Any]
    buffers: NDArray[Any]
    training: TrainingSpec | None
    ended: Ended | None
    part: Part
    seen: Seen
    seconds: float


@dataclass(frozen=True, eq=False)
class Candidate:
    """A chain at one of its rungs.

    Attributes
    ----------
    chain : Chain
    rung : int
        From 0.
    members : tuple of Trained
    judgement : Judgement
    share : float
        Of its epochs, where there was no time for all of them.
    racing_loss : float
        The out-of-fold loss of its first members, by which candidates are dropped early.
    """

    chain: Chain
    rung: int
    members: tuple[Trained, ...]
    judgement: Judgement
    share: float = 1.0
    racing_loss: float = math.nan

    @property
    def epochs(self) -> int:
        """Epochs of a middling table, of all rungs so far; 0 for a linear model."""
        return sum(self.chain.epochs[: self.rung + 1])

    @property
    def seconds(self) -> float:
        """What its members took, one after the other."""
        return sum(member.seconds for member in self.members)

    def __repr__(self) -> str:
        judgement = self.judgement
        return (
            f"<Candidate {self.chain.name}, {self.epochs} epochs, {len(self.members)} members, "
            f"loss {judgement.loss:.4g}, expected of all {judgement.expected_loss:.4g}>"
        )
