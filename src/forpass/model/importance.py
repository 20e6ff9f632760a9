"""What is known of how much a model needs each column."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from forpass.above import drawn
from forpass.model.figures import column as figures_column
from forpass.shown import aligned, as_shown, counted
from forpass.shown_html import block, in_notebook, table
from forpass.spec.stored import rebuilt

__all__ = ["Importance"]

MOST_SHOWN = 30
"""So many columns are shown, the most needed ones."""


@dataclass(frozen=True, repr=False)
class Importance:
    """How much worse a model predicts where a column says nothing any more, from the most needed one down.

    Attributes
    ----------
    metric : str
        By which it is measured.
    before : float
        What the metric is with all columns as they are.
    columns : tuple of str
        Those that the model makes use of.
    mean, spread : tuple of float
        For each column by how much the metric gets worse, the mean over the repeats, and their standard
        deviation. Around 0 and below, it does as well without.
    rows, repeats : int
    unmeasured : int
        The number of columns for which there was no time.

    Examples
    --------
    >>> Importance("r2", 0.91, ("size", "town"), (0.75, 0.25), (0.125, 0.0625), rows=40, repeats=5)
    Importance on 40 rows, 5 repeats: r2 0.91, and worse by
              mean  spread
      size  0.7500  0.1250
      town  0.2500  0.0625
    """

    metric: str
    before: float
    columns: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    rows: int
    repeats: int
    unmeasured: int = 0

    def __repr__(self) -> str:
        return "\n".join([self._title(), aligned(self._rows()), *(f"  {more}" for more in self._more())])

    def _repr_html_(self) -> str:
        return in_notebook(self.to_html())

    def to_html(self) -> str:
        """Return the same table as HTML, with bars."""
        largest = max((abs(mean) for mean in self.mean if math.isfinite(mean)), default=0.0) or 1.0
        shown = [mean / largest if math.isfinite(mean) else 0.0 for mean in self.mean[:MOST_SHOWN]]
        rows = table(self._rows(), right=(1, 2), bars=shown)
        return "".join([block(self._title(), head=True), rows, *map(block, self._more())])

    def _title(self) -> str:
        repeats, rows = counted(self.repeats, "repeat"), counted(self.rows, "row")
        return f"Importance on {rows}, {repeats}: {self.metric} {self.before:.4g}, and worse by"

    def _rows(self) -> list[list[str]]:
        shown = zip(
            map(as_shown, self.columns),
            figures_column(list(self.mean)),
            figures_column(list(self.spread)),
            strict=True,
        )
        return [["", "mean", "spread"], *map(list, [*shown][:MOST_SHOWN])]

    def _more(self) -> list[str]:
        """What is said of columns that are not shown."""
        others = len(self.columns) - MOST_SHOWN
        more = [f"and {counted(others, 'column')} that it needs less"] * (others > 0)
        late = [f"and {counted(self.unmeasured, 'column')} for which there was no time"]
        return more + late * (self.unmeasured > 0)

    def plot(self, **told: Any) -> Any:
        """Draw a bar for each column.

        It is `forpass.charts.importance`, which may be told a `title`.

        Examples
        --------
        >>> found = Importance(
        ...     "r2", 0.91, ("size", "town"), (0.75, 0.25), (0.125, 0.0625), rows=40, repeats=5
        ... )
        >>> found.plot().to_dict()["title"]["text"]
        'Importance of columns'
        """
        return drawn("importance", self, **told)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        plain = asdict(self)
        return plain if self.unmeasured else {k: v for k, v in plain.items() if k != "unmeasured"}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Importance:
        """Return what `to_json` wrote.

        Raises
        ------
        SpecError
            When it is something else.
        """
        return rebuilt(cls, plain, finite=False)
