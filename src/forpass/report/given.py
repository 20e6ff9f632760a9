"""What every section of a report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forpass.api.moving import Model
from forpass.model import Ensemble, TrainedModel
from forpass.model.encoded import Encoded
from forpass.model.provenance import Provenance
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.words import word_of
from forpass.report.answers import Answers
from forpass.report.pictures import Pictures
from forpass.report.words import Words
from forpass.shown import as_shown

__all__ = ["Given", "has_layers", "shown"]

CELL = 60
"""Putting a number into a row takes as long as so many multiplications of a network."""


@dataclass(frozen=True, eq=False)
class Given:
    """A model, what it says of the rows of a table, and how it is told.

    Attributes
    ----------
    answers : Answers
    words : Words
    pictures : Pictures
    model_file, table_name, table_file : str
        What they are called and where the table is, as far as it is known.
    """

    answers: Answers
    words: Words
    pictures: Pictures
    model_file: str = ""
    table_name: str = ""
    table_file: str = ""

    @property
    def model(self) -> Model:
        """The model."""
        return self.answers.model

    @property
    def members(self) -> list[tuple[TrainedModel, float]]:
        """Networks with their weights, the largest first; a single one has the weight 1."""
        if not isinstance(self.model, Ensemble):
            return [(self.model, 1.0)]
        both = zip(self.model.members, self.model.weights, strict=True)
        return sorted(both, key=lambda pair: -pair[1])

    @property
    def shown_member(self) -> TrainedModel:
        """The network that is shown: of those with layers, if there are any, that with the largest weight."""
        members = [member for member, _ in self.members]
        return next((member for member in members if has_layers(member)), members[0])

    @property
    def facts(self) -> Provenance:
        """Where the model comes from."""
        return self.model.provenance

    @property
    def target(self) -> TargetSpec:
        """What is predicted."""
        return self.answers.target

    @property
    def names(self) -> list[str]:
        """The names of classes, labels or predicted columns, as they are shown."""
        return [shown(name) for name in self.target.classes or self.target.names]

    @property
    def parameters(self) -> int:
        """How many parameters all networks have."""
        return sum(member.parameters.size for member, _ in self.members)

    @property
    def cost(self) -> int:
        """How many multiplications take as long as writing down a row and predicting it."""
        rows = self.answers.asked.rows
        parts = rows.parts if isinstance(rows, Encoded) else (rows,)
        return self.parameters + CELL * sum(part.n_features for part in parts)


def has_layers(member: TrainedModel) -> bool:
    """Whether a network is more than a linear model."""
    return sum(op.opcode in ("affine", "member_affine") for op in member.program.operations) > 1


def shown(value: Any) -> str:
    """Write a name or a cell as a page shows it: in one line, and not too long."""
    return as_shown(word_of(value), 60)
