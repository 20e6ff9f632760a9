"""The history of a run: one record for each epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forpass.spec.stored import rebuilt

__all__ = ["EpochRecord"]


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch came to.

    Attributes
    ----------
    epoch, step : int
        Epochs completed and steps taken by then, both counted from 1.
    training_loss : float
        Weighted mean loss of the examples as they came by in this epoch, without any penalty: the same
        kind of figure as `validation_loss`.
    penalty : float or None
        What the penalty added to it, averaged likewise. None in runs of an old file that did not tell
        the two apart, where `training_loss` holds both.
    learning_rate : float
        Of the last step; 0 where there are no steps (lbfgs).
    seconds : float
        Since the run began, earlier calls included.
    metric : str or None
        Name of the metric that was measured; None where nobody looked after this epoch.
    validation_loss, validation_metric, training_metric : float or None
        On the validation rows, and on all training rows, in inference mode.
    """

    epoch: int
    step: int
    training_loss: float
    penalty: float | None
    learning_rate: float
    seconds: float
    metric: str | None = None
    validation_loss: float | None = None
    validation_metric: float | None = None
    training_metric: float | None = None

    @property
    def objective(self) -> float:
        """What the steps descend: training loss and penalty together."""
        return self.training_loss + (self.penalty or 0.0)

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what was not measured is left out."""
        fields = dataclasses.asdict(self)
        return {name: value for name, value in fields.items() if value is not None or name == "penalty"}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> EpochRecord:
        """Return the record that `to_json` wrote.

        Raises
        ------
        SpecError
            When it is no such record.
        """
        # figures of rows may be infinite, or none
        return rebuilt(cls, plain, finite=False)
