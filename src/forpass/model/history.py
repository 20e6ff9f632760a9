"""The history of a run: one record for each epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex, overload

from forpass.above import drawn
from forpass.shown import aligned
from forpass.shown_html import block, in_notebook, table
from forpass.spec.stored import rebuilt

__all__ = ["EpochRecord", "History", "continued"]

MOST_KEPT = 100
"""So many records are kept of a network that is one of many."""

SHOWN = 5
"""Epochs of a long history that are shown, of its beginning and of its end."""


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
    objective : float
        Training loss and penalty together: what the steps descend.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> training = fp.TrainingSpec(epochs=30, batch_size=2)
    >>> first, *_, last = fp.train(fp.multilayer(1, [], 1, "squared"), training, data).history
    >>> last.epoch, last.step, last.training_loss < first.training_loss
    (30, 60, True)
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


class History(tuple[EpochRecord, ...]):
    """The records of a run, one for each epoch. Shown, they are a table: the first epochs and the last.

    Examples
    --------
    >>> History(EpochRecord(i, 3 * i, 1.0 / i, 0.0, 0.01, 0.1 * i) for i in range(1, 21))
    epoch  step  training_loss  learning_rate  seconds
        1     3              1           0.01      0.1
        2     6            0.5           0.01      0.2
        3     9         0.3333           0.01      0.3
        4    12           0.25           0.01      0.4
        5    15            0.2           0.01      0.5
      ...
       16    48         0.0625           0.01      1.6
       17    51        0.05882           0.01      1.7
       18    54        0.05556           0.01      1.8
       19    57        0.05263           0.01      1.9
       20    60           0.05           0.01        2
    """

    __slots__ = ()

    @overload
    def __getitem__(self, place: SupportsIndex) -> EpochRecord: ...

    @overload
    def __getitem__(self, place: slice) -> History: ...

    def __getitem__(self, place: SupportsIndex | slice) -> EpochRecord | History:
        found = super().__getitem__(place)
        return History(found) if isinstance(place, slice) else found  # type: ignore[arg-type, return-value]

    def plot(self, **told: Any) -> Any:
        """Draw the learning curve.

        It is `forpass.charts.learning_curve`, which may be told a `title`.

        Examples
        --------
        >>> history = History(EpochRecord(i, 3 * i, 1.0 / i, 0.0, 0.01, 0.1 * i) for i in range(1, 21))
        >>> history.plot().to_dict()["title"]["text"]
        'Learning curve'
        """
        return drawn("learning_curve", self, **told)

    def __repr__(self) -> str:
        if not self:
            return "()"
        rows = self._rows()
        return "\n".join([aligned(rows, range(len(rows[0])), indent=""), *self._metric()])

    def _repr_html_(self) -> str:
        rows = self._rows() if self else [["no epochs"]]
        return in_notebook(table(rows, right=range(len(rows[0]))), *map(block, self._metric()))

    def _rows(self) -> list[list[str]]:
        """The rows of the table, the first with its headings."""
        names = [name for name in _COLUMNS if any(getattr(record, name) for record in self)]
        rows = [[_cell(getattr(record, name)) for name in names] for record in self]
        if len(rows) > 2 * SHOWN:
            rows = [*rows[:SHOWN], ["...", *[""] * (len(names) - 1)], *rows[-SHOWN:]]
        return [names, *rows]

    def _metric(self) -> list[str]:
        """What the figures are, in a line, if anything was measured."""
        return [f"metric: {record.metric}" for record in self if record.metric][:1]


def continued(before: Sequence[EpochRecord], after: Sequence[EpochRecord]) -> History:
    """Return the history of a training that went on from another: its epochs, steps and seconds go on.

    Of more than `MOST_KEPT` records some are left out, evenly; the last is kept.

    Examples
    --------
    >>> first, second = (EpochRecord(i, 5 * i, 1.0 / i, 0.0, 0.1, 0.2 * i) for i in (1, 2))
    >>> [(record.epoch, record.step) for record in continued([first, second], [first])]
    [(1, 5), (2, 10), (3, 15)]
    """
    if before:
        end = before[-1]
        after = [
            dataclasses.replace(
                record,
                epoch=end.epoch + record.epoch,
                step=end.step + record.step,
                seconds=end.seconds + record.seconds,
            )
            for record in after
        ]
    records = [*before, *after]
    count = min(len(records), MOST_KEPT)
    return History(records[(i + 1) * len(records) // count - 1] for i in range(count))


_COLUMNS = (
    "epoch",
    "step",
    "training_loss",
    "penalty",
    "validation_loss",
    "training_metric",
    "validation_metric",
    "learning_rate",
    "seconds",
)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
