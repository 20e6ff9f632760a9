"""How good a model is on rows it has not learnt from, beside what one gets without a network."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from forpass.above import drawn
from forpass.errors import SpecError
from forpass.maths.metrics import METRICS
from forpass.model.comparison import Comparison
from forpass.model.figures import (
    HEADINGS,
    Figures,
    classes_rows,
    classes_table,
    column,
    figures_rows,
    figures_table,
)
from forpass.model.reliability import Reliability
from forpass.shown import as_shown, counted
from forpass.shown_html import block, in_notebook, table
from forpass.spec.require import require_count, require_instance
from forpass.spec.settings import Settings
from forpass.spec.stored import rebuilt, typed

__all__ = ["Evaluation"]

OF_CLASS = {"rows", "precision", "recall", "f1"}
"""The figures of a class."""


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Figures of several ways to predict the same rows.

    Attributes
    ----------
    rows : int
    figures : mapping
        For each way to predict its figures by name: ``"network"``; ``"dummy"``, which always says the
        shares of the classes or the mean; and ``"linear"``. What is undefined is NaN.
    comparison : Comparison or None
        The network beside the best baseline, and how far chance reaches; None where only it was measured.
    classes : mapping
        For each class or label how well the network tells it from the others: its ``rows``, ``precision``,
        ``recall`` and ``f1``. Empty where values are predicted.
    positive : str
        Of two classes, the one whose precision, recall and f1 stand among the figures.
    metric : str
        The figure that was asked for, which is shown first; "" where none was.
    reliability : Reliability or None
        Of probabilities: how well they are calibrated.

    Examples
    --------
    >>> Evaluation(40, {"network": {"r2": 0.91}, "dummy": {"r2": -0.02}})
    Evaluation on 40 rows
                    r2
      network   0.9100
      dummy    -0.0200
    """

    rows: int
    figures: Figures
    comparison: Comparison | None = None
    classes: Figures = field(default_factory=dict)
    positive: str = ""
    metric: str = ""
    reliability: Reliability | None = None

    def __post_init__(self) -> None:
        require_count(self, "rows", at_least=0)
        for name in ("positive", "metric"):
            require_instance(f"{name} of Evaluation", getattr(self, name), str)
        for attribute in ("figures", "classes"):
            kept = {}
            for of, figures in getattr(self, attribute).items():
                # what is undefined becomes one and the same NaN, so that equal evaluations are equal
                numbers = {name: float(value) for name, value in figures.items()}
                kept[of] = Settings({name: v if v == v else math.nan for name, v in numbers.items()})
            object.__setattr__(self, attribute, Settings(kept))
        if "network" not in self.figures:
            raise SpecError(f"figures of Evaluation need those of the network; got {', '.join(self.figures)}")
        for name, found in self.classes.items():
            if found.keys() != OF_CLASS:
                needed = ", ".join(sorted(OF_CLASS))
                raise SpecError(f"figures of the class {name} must be {needed}; got {', '.join(found)}")
        if self.comparison is not None:
            require_instance("comparison of Evaluation", self.comparison, Comparison)
        if self.reliability is not None:
            require_instance("reliability of Evaluation", self.reliability, Reliability)

    @property
    def verdict(self) -> str:
        """Whether the network earns its place beside the baselines, in a sentence; "" if none was measured.

        It rests on one figure; where another one, of those that decide, says the opposite, it says that too.
        """
        found = self.comparison
        if found is None:
            return ""
        return f"{found}{_but(self.figures, found)}"

    def __repr__(self) -> str:
        verdict = textwrap.wrap(self.verdict, 104)
        classes = [classes_table(self.classes)] if self.classes else []
        figures = figures_table(self.figures, self.metric)
        return "\n".join([self._title(), figures, *verdict, *classes, *self._beside()])

    def _repr_html_(self) -> str:
        return in_notebook(self.to_html())

    def to_html(self) -> str:
        """Return the same tables and sentences as HTML."""
        figures = figures_rows(self.figures, self.metric)
        classes = table(classes_rows(self.classes), right=range(1, 5)) if self.classes else ""
        return "".join(
            [
                block(self._title(), head=True),
                table(figures, right=range(1, len(figures[0]))),
                block(self.verdict),
                classes,
                *map(block, self._beside()),
            ]
        )

    def _title(self) -> str:
        return f"Evaluation on {counted(self.rows, 'row')}"

    def _beside(self) -> list[str]:
        """What is said below the tables."""
        said = [f"positive class: {as_shown(self.positive)}"] if self.positive else []
        if self.reliability is not None:
            said.append(f"expected calibration error: {self.reliability.error:.4f}")
        return said

    def plot(self, **told: Any) -> Any:
        """Draw its figures, and how reliable probabilities are.

        It is `forpass.charts.report`, which may be told a `title`.

        Examples
        --------
        >>> found = Evaluation(40, {"network": {"r2": 0.91}, "dummy": {"r2": -0.02}})
        >>> found.plot().to_dict()["title"]["text"]
        'Evaluation'
        """
        return drawn("report", self, **told)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        figures = {way: dict(figures) for way, figures in self.figures.items()}
        compared = {} if self.comparison is None else {"comparison": self.comparison.to_json()}
        classes = [{"class": name, **figures} for name, figures in self.classes.items()]
        told: dict[str, Any] = {"classes": classes, "positive": self.positive, "metric": self.metric}
        told = {name: value for name, value in told.items() if value}
        if self.reliability is not None:
            told["reliability"] = {"error": self.reliability.error, **asdict(self.reliability)}
        return {"rows": self.rows, "figures": figures, **compared, **told}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Evaluation:
        """Return what `to_json` wrote."""
        classes = [dict(found) for found in plain.get("classes", ())]  # in a list, which keeps their order
        tables = {
            "figures": plain["figures"],
            "classes": {typed("a class", str, found.pop("class")): found for found in classes},
        }
        figures = {
            table: {
                of: {name: typed(f"{name} of {of}", float, v, finite=False) for name, v in found.items()}
                for of, found in measured.items()
            }
            for table, measured in tables.items()
        }
        comparison = plain.get("comparison")
        if comparison is not None:
            comparison = rebuilt(Comparison, comparison, finite=False)
        reliability = plain.get("reliability")
        if reliability is not None:
            kept = {name: value for name, value in dict(reliability).items() if name != "error"}
            reliability = rebuilt(Reliability, kept)
        return cls(**{**plain, **figures, "comparison": comparison, "reliability": reliability})


SECOND_OPINIONS = ("accuracy", "log_loss", "mean_absolute_error", "r2")
"""Figures that people judge by."""


def _but(figures: Figures, found: Comparison) -> str:
    """Name a figure that says the opposite of what was found; "" if there is none."""
    if found.outcome not in ("better", "worse"):
        return ""
    for name in SECOND_OPINIONS:
        network, other = (figures.get(way, {}).get(name) for way in ("network", found.baseline))
        if network is None or other is None or network == other or math.isnan(network + other):
            continue
        if ((network > other) == METRICS[name].higher_is_better) != (found.outcome == "better"):
            values = " against ".join(column([network, other]))
            how = "worse" if found.outcome == "better" else "better"
            return f" But its {HEADINGS[name]} is {how}: {values}."
    return ""
