"""Whether a network does better than a baseline, or only seems to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from forpass.errors import SpecError
from forpass.maths.metrics import METRICS
from forpass.model.figures import HEADINGS, column
from forpass.spec.require import require_count, require_instance

__all__ = ["FEWEST", "Comparison", "best_baseline"]

FEWEST = {"rows": 30, "groups": 30, "rows out of fold": 30, "groups out of fold": 30, "folds": 2}
"""Of fewer the interval would say nothing: chance has too few ways to show what it can do."""


SUBJECTS = {"network": "the network", "linear": "the linear model that predicts"}
"""What predicts, as sentences call it."""


def best_baseline(figures: Mapping[str, float], higher_is_better: bool, subject: str = "network") -> str:
    """Name the baseline that does best by a figure of each way to predict; an undefined one is the worst.

    A linear model is not compared with itself: where it is what predicts, the baseline is the dummy.
    """

    def worth(way: str) -> float:
        value = figures[way] if higher_is_better else -figures[way]
        return -math.inf if math.isnan(value) else value

    return max((way for way in figures if way not in ("network", subject)), key=worth)


@dataclass(frozen=True)
class Comparison:
    """A figure of what predicts beside that of the best baseline, and how far chance reaches.

    Attributes
    ----------
    baseline : str
        ``"linear"`` or ``"dummy"``.
    metric : str
        The figure that is compared.
    higher_is_better : bool
    network, other : float
        The figure of the network, and of the baseline; NaN where it is undefined.
    low, high : float
        The 95 % interval of ``network - other``; NaN where there is none.
    units : int
        How many rows, groups of rows or folds it rests on, each for itself.
    unit : str
        ``"rows"``, ``"groups"`` or ``"folds"``; ``"rows out of fold"`` where each row was predicted by
        networks that have not seen it, and none was set apart for that.
    overflowed : bool
        Whether the network has answers that are no finite numbers, and therefore no figure.
    subject : str
        What predicts: ``"network"``, or ``"linear"`` where it is a linear model, or several of them.

    Examples
    --------
    >>> print(Comparison("linear", "log_loss", False, 0.1557, 0.158, -0.0251, 0.031, 359, "rows"))
    The network and the linear baseline cannot be told apart on 359 test rows: log loss 0.1557 against
    0.1580, difference -0.0023, 95 % interval -0.0251 to 0.0310.
    >>> Comparison("linear", "f1", True, math.nan, 0.0, math.nan, math.nan, 60, "rows").outcome
    'undefined'
    """

    baseline: str
    metric: str
    higher_is_better: bool
    network: float
    other: float
    low: float
    high: float
    units: int
    unit: str
    overflowed: bool = False
    subject: str = "network"

    def __post_init__(self) -> None:
        for name in ("baseline", "metric", "unit", "subject"):
            require_instance(f"{name} of Comparison", getattr(self, name), str)
        for name in ("higher_is_better", "overflowed"):
            require_instance(f"{name} of Comparison", getattr(self, name), bool)
        require_count(self, "units", at_least=0)
        for name in ("network", "other", "low", "high"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.unit not in FEWEST:
            raise SpecError(f"unit of Comparison must be one of {', '.join(FEWEST)}; got {self.unit!r}")
        if self.subject not in SUBJECTS:
            raise SpecError(
                f"subject of Comparison must be one of {', '.join(SUBJECTS)}; got {self.subject!r}"
            )

    @property
    def difference(self) -> float:
        """The network's figure less the baseline's."""
        return self.network - self.other

    @property
    def outcome(self) -> str:
        """``"better"``, ``"worse"``, ``"cannot be told apart"``, ``"undefined"`` or ``"too few"``.

        It is better or worse where the interval does not hold 0; worse, too, where the network overflowed
        and the baseline did not. A figure that is undefined decides nothing.
        """
        if math.isnan(self.other) or (math.isnan(self.network) and not self.overflowed):
            return "undefined"
        if math.isfinite(self.other) and not math.isfinite(self.network):
            return "worse"
        if self.units < FEWEST[self.unit]:
            return "too few"
        if self.low > 0.0 or self.high < 0.0:
            return "better" if (self.low > 0.0) == self.higher_is_better else "worse"
        return "cannot be told apart"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; what predicts is named where it is no network."""
        plain = asdict(self)
        if self.subject == "network":
            del plain["subject"]
        return plain

    def __str__(self) -> str:
        """Say it in a sentence."""
        subject = SUBJECTS[self.subject]
        what, against = SENTENCES[self.outcome], " against ".join(column([self.network, self.other]))
        on, one, several = UNITS[self.unit]
        are = f"1 {one} is" if self.units == 1 else f"{self.units:,} {several} are"
        units = f"{on} {self.units:,} {several}"
        said = what.format(subject=subject, baseline=self.baseline, units=units, are=are)
        said = said[0].upper() + said[1:]
        figure = f"{HEADINGS.get(self.metric, self.metric.replace('_', ' '))} {against}"
        if self.outcome == "undefined" and self.metric in METRICS:
            why = METRICS[self.metric].undefined
            return f"{said}: {figure}{f' ({why})' if why else ''}."
        if self.outcome == "too few" or not math.isfinite(self.low + self.high):
            spared = self.outcome == "too few" and self.unit in ("rows", "groups")
            advice = " Cross-validation measures on all rows." if spared else ""
            return f"{said}: {figure}.{advice}"
        difference, low, high = column([self.difference, self.low, self.high])
        return f"{said}: {figure}, difference {difference}, 95 % interval {low} to {high}."


SENTENCES = {
    "better": "{subject} does better than the {baseline} baseline",
    "worse": "{subject} does worse than the {baseline} baseline and does not earn its place",
    "cannot be told apart": "{subject} and the {baseline} baseline cannot be told apart {units}",
    "undefined": "{subject} and the {baseline} baseline cannot be compared {units}",
    "too few": "{are} too few to tell {subject} from the {baseline} baseline",
}
UNITS = {
    "rows": ("on", "test row", "test rows"),
    "groups": ("on", "group of test rows", "groups of test rows"),
    "rows out of fold": ("on", "row out of fold", "rows out of fold"),
    "groups out of fold": ("on", "group of rows out of fold", "groups of rows out of fold"),
    "folds": ("in", "fold", "folds"),
}
"""What one says of them: on which they were found, one and several of them."""
