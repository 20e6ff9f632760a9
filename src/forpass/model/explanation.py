"""Why a model predicts for a row what it predicts: what each column adds to the mean prediction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from forpass.above import drawn
from forpass.model.figures import column as figures_column
from forpass.shown import Text, aligned, as_shown, counted, shorter_number
from forpass.shown_html import block, in_notebook, table

__all__ = ["Explanation"]

MOST_SHOWN = 30
"""So many columns are shown, those that add or take away the most."""

MOST_SAID = 3
"""So many columns are named in the sentence."""

BAR = 20


@dataclass(frozen=True, repr=False)
class Explanation:
    """What each column adds to the prediction for a row, from the largest contribution down.

    Contributions add up to the prediction less the base. They say what the model does with the cells, not
    what would happen if somebody changed them in the world.

    Attributes
    ----------
    row : int
        Its number in the table, counted from 0.
    of : str
        What is explained: the class or label of which the probability is, or the column of values.
    is_probability : bool
    prediction, base : float
        What is predicted for the row, and in the mean for the background rows: a probability, or a value in
        the table's unit.
    columns : tuple of str
        Those that the model makes use of.
    values : tuple of str or None
        What the table has in them in this row; None where the value is missing.
    contributions : tuple of float
        The Shapley value of each column.
    standard_errors : tuple of float
        How far off each contribution may be because not all orders of the columns were tried; all 0 where
        they are exact.
    rounds : int
        So many orders, each with its reverse, were tried against each background row; 0 where the
        contributions are exact.
    background_rows : int
        With so many rows this one is compared.
    evaluations : int
        So many rows were predicted.

    Examples
    --------
    >>> cells, shares = ("95", None), (52.5, -12.5)
    >>> how = {"rounds": 0, "background_rows": 40, "evaluations": 121}
    >>> found = Explanation(7, "price", False, 250.5, 210.5, ("size", "town"), cells, shares, (0, 0), **how)
    >>> found
    Explanation of row 7: price 250.5; mean over 40 background rows 210.5
              value  contribution
      size       95        +52.50  ++++++++++++++++++++
      town  missing        -12.50  -----
    >>> print(found.sentence)
    The model predicts 250.5 for price, 40.00 above the mean of 210.5, because size = 95 raises it by 52.50
    and the missing town lowers it by 12.50.
    """

    row: int
    of: str
    is_probability: bool
    prediction: float
    base: float
    columns: tuple[str, ...]
    values: tuple[str | None, ...]
    contributions: tuple[float, ...]
    standard_errors: tuple[float, ...]
    rounds: int
    background_rows: int
    evaluations: int

    @property
    def is_exact(self) -> bool:
        """Whether contributions are those of all orders of the columns, not of some by chance."""
        return self.rounds == 0

    @property
    def sentence(self) -> Text:
        """The same in a sentence, with the columns that add or take away the most."""
        prediction, base, apart, *sizes = self._figures(
            [abs(self.prediction - self.base), *map(abs, self.contributions)]
        )
        name = as_shown(self.of)
        what = (
            f"gives {name} a probability of {prediction}"
            if self.is_probability
            else f"predicts {prediction} for {name}"
        )
        side = "above" if self.prediction >= self.base else "below"
        moving = [i for i, contribution in enumerate(self.contributions) if contribution]
        named = [
            f"{_named(self.columns[i], self.values[i])} {_verb(self.contributions[i])} it by {sizes[i]}"
            for i in moving[:MOST_SAID]
        ]
        if others := moving[MOST_SAID:]:
            together = sum(self.contributions[i] for i in others)
            size = self._figures([abs(together)])[2]
            them = "the other column" if len(others) == 1 else f"the other {len(others)} columns together"
            named.append(f"{them} {_verb(together, len(others) > 1)} it by {size}")
        why = f", because {_listed(named)}" if named else "; no column changes it"
        return Text(f"The model {what}, {apart} {side} the mean of {base}{why}.")

    def __repr__(self) -> str:
        head, *rows = self._rows()
        signs = ("-" if contribution < 0 else "+" for contribution in self.contributions)
        bars = [sign * round(abs(share) * BAR) for sign, share in zip(signs, self._shares(), strict=False)]
        lines = [[*head, ""], *([*row, bar] for row, bar in zip(rows, bars, strict=True))]
        table = aligned(lines, right=range(1, len(head)))
        return "\n".join([self._title(), table, *(f"  {more}" for more in self._more())])

    def _repr_html_(self) -> str:
        return in_notebook(self.to_html())

    def to_html(self) -> str:
        """Return the same table as HTML, with bars, and the sentence below it."""
        rows = self._rows()
        figures = table(rows, right=range(1, len(rows[0])), bars=self._shares())
        said = [*self._more(), str(self.sentence)]
        return "".join([block(self._title(), head=True), figures, *map(block, said)])

    def _title(self) -> str:
        prediction, base = self._figures([])
        what = f"probability of {as_shown(self.of)}" if self.is_probability else as_shown(self.of)
        rows = counted(self.background_rows, "background row")
        return f"Explanation of row {self.row}: {what} {prediction}; mean over {rows} {base}"

    def _shares(self) -> list[float]:
        """The contributions that are shown, divided by the largest of all."""
        largest = max(map(abs, self.contributions), default=0.0) or 1.0
        return [contribution / largest for contribution in self.contributions[:MOST_SHOWN]]

    def _rows(self) -> list[list[str]]:
        figures = self._figures([abs(c) for c in self.contributions])[2:]
        lines = [["", "value", "contribution", *["standard error"] * (not self.is_exact)]]
        errors = figures_column(list(self.standard_errors))
        cells = zip(self.columns, self.values, self.contributions, figures, errors, strict=True)
        for name, value, contribution, figure, error in [*cells][:MOST_SHOWN]:
            sign = "-" if contribution < 0 else "+"
            shown = "missing" if value is None else as_shown(shorter_number(value), 40)
            signed = f"{sign}{figure}" if contribution else figure
            lines.append([as_shown(name), shown, signed, *[error] * (not self.is_exact)])
        return lines

    def _more(self) -> list[str]:
        """What is said of columns that are not shown."""
        others = self.contributions[MOST_SHOWN:]
        together = self._figures([sum(others)])[2]
        return [f"and {counted(len(others), 'column')} that together make {together}"] * bool(others)

    def plot(self, **told: Any) -> Any:
        """Draw it as a waterfall.

        It is `forpass.charts.waterfall`, which may be told a `unit` and a `title`.

        Examples
        --------
        >>> cells, shares = ("95", None), (52.5, -12.5)
        >>> how = {"rounds": 0, "background_rows": 40, "evaluations": 121}
        >>> found = Explanation(
        ...     7, "price", False, 250.5, 210.5, ("size", "town"), cells, shares, (0, 0), **how
        ... )
        >>> found.plot().to_dict()["title"]["text"]
        'Explanation of row 7'
        """
        return drawn("waterfall", self, **told)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {**asdict(self), "sentence": str(self.sentence)}

    def _figures(self, others: list[float]) -> list[str]:
        """Write prediction, base and others with digits that suit contributions and each other."""
        sized = figures_column([*others, *map(abs, self.contributions)])
        return [*figures_column([self.prediction, self.base]), *sized[: len(others)]]


def _named(column: str, value: str | None) -> str:
    if value is None:
        return f"the missing {as_shown(column)}"
    return f"{as_shown(column)} = {as_shown(shorter_number(value), 40)}"


def _verb(contribution: float, of_several: bool = False) -> str:
    return ("raise" if contribution >= 0 else "lower") + "s" * (not of_several)


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
