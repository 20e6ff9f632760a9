"""The result of a cross-validation: figures fold by fold, their mean and spread, and an interval.

The interval of the difference between network and baseline is that of a t-test on the differences of the
folds, corrected for the training rows that folds have in common (Nadeau & Bengio 2003):

    mean d  +-  t sqrt((1 / J + n_test / n_learnt) var d)        over J folds, with J - 1 degrees of freedom
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.model import Ensemble, Evaluation, TrainedModel
from forpass.model.comparison import Comparison, best_baseline
from forpass.model.figures import HEADINGS, WAYS, column
from forpass.preprocessing import TargetSpec
from forpass.shown import aligned, counted
from forpass.shown_html import block, in_notebook, table

__all__ = ["CrossValidation", "corrected_interval"]

FoldFigures = Mapping[str, Mapping[str, Sequence[float]]]
"""For each way to predict, what each figure was in the folds."""


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """The result of a cross-validation.

    Attributes
    ----------
    target : TargetSpec
        What was predicted.
    models : tuple of TrainedModel or Ensemble
        One of each fold, repeat by repeat; what each was measured to be stands in its provenance.
    test_rows : tuple of int64 arrays
        The rows of the table, counted from 0, that each of them was measured on.
    rows : array of int64 (n,)
        The rows that were predicted, in ascending order: those that have a target, by time without the first.
    predictions : array (n,) or (n, k)
        Of each of these rows, by the network of which it was a test row; the mean of several repeats, or
        what their mean probabilities decide.
    probabilities : array (n, classes) or None
        Of a classification or of labels.
    planned : int
        How many folds there were to be, in all repeats.
    ended : str
        ``"done"``; or ``"max_seconds"`` or ``"interrupted"``, and then there may be fewer of them.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> found = fp.cross_validate(iris.frame, iris.target, folds=3, epochs=5, hidden=8)
    >>> len(found.figures["network"]["accuracy"]), found.defined["network"]["accuracy"]
    (3, 3)
    >>> [len(rows) for rows in found.test_rows], found.comparison.unit
    ([50, 50, 50], 'folds')
    """

    target: TargetSpec
    models: tuple[TrainedModel | Ensemble, ...]
    test_rows: tuple[NDArray[np.int64], ...]
    rows: NDArray[np.int64]
    predictions: NDArray[Any]
    probabilities: NDArray[Any] | None
    planned: int
    ended: str = "done"
    figures: FoldFigures = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, dict[str, list[float]]] = {}
        for evaluation in self._evaluations:
            for way, figures in evaluation.figures.items():
                for name, value in figures.items():
                    found.setdefault(way, {}).setdefault(name, []).append(value)
        object.__setattr__(self, "figures", found)

    @property
    def defined(self) -> dict[str, dict[str, int]]:
        """In how many folds each figure is defined, of each way to predict."""
        return {
            way: {name: sum(value == value for value in values) for name, values in figures.items()}
            for way, figures in self.figures.items()
        }

    @property
    def mean(self) -> dict[str, dict[str, float]]:
        """The mean of each figure over the folds in which it is defined, of each way to predict."""
        return self._each(lambda values: float(np.mean(values)))

    @property
    def spread(self) -> dict[str, dict[str, float]]:
        """The standard deviation of each figure over these folds; NaN for a single one."""
        return self._each(lambda values: float(np.std(values, ddof=1)) if len(values) > 1 else math.nan)

    def _each(self, of: Callable[[Sequence[float]], float]) -> dict[str, dict[str, float]]:
        """Compute a number of what each figure was in the folds where it is defined."""
        found: dict[str, dict[str, float]] = {}
        for way, figures in self.figures.items():
            defined = {
                name: [value for value in values if value == value] for name, values in figures.items()
            }
            found[way] = {name: of(values) if values else math.nan for name, values in defined.items()}
        return found

    @property
    def comparison(self) -> Comparison:
        """The network beside the best baseline, in the folds where the figures of both are defined.

        A fold in which the network overflows counts, and makes it worse.
        """
        each = [comparison for found in self._evaluations if (comparison := found.comparison) is not None]
        metric, higher, mean = each[0].metric, each[0].higher_is_better, self.mean
        in_all = [way for way in mean if len(self.figures[way][metric]) == len(self.models)]
        subject = "linear" if all(one.subject == "linear" for one in each) else "network"
        best = best_baseline({way: mean[way][metric] for way in in_all}, higher, subject)
        ours, theirs = (np.array(self.figures[way][metric]) for way in ("network", best))
        overflowed = np.array([comparison.overflowed for comparison in each])
        counts = ~np.isnan(theirs) & (~np.isnan(ours) | overflowed)
        ours, theirs = (ours[counts], theirs[counts]) if counts.any() else (ours, theirs)
        low, high = corrected_interval(ours - theirs, self._ratio)
        return Comparison(
            best,
            metric,
            higher,
            float(np.mean(ours)),
            float(np.mean(theirs)),
            low,
            high,
            len(ours),
            "folds",
            bool(overflowed.any()),
            subject,
        )

    @property
    def _evaluations(self) -> list[Evaluation]:
        """How good each was on the rows of its fold."""
        each = (model.provenance.on_test or model.provenance.evaluation for model in self.models)
        return [found for found in each if found is not None]

    @property
    def _ratio(self) -> float:
        """How many test rows there are to each row that a network learnt from, or looked at."""
        counts = [model.provenance.rows for model in self.models]
        return float(np.mean([c.test / (c.training + c.validation) for c in counts]))

    @property
    def verdict(self) -> str:
        """Say in a sentence whether the network earns its place beside the baselines."""
        return str(self.comparison)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about what was cut short, and about figures that are not those of all folds."""
        said = []
        if self.ended != "done":
            why = "the time was up" if self.ended == "max_seconds" else "interrupted"
            were = "was" if len(self.models) == 1 else "were"
            said.append(
                f"Cut short: {len(self.models)} of {counted(self.planned, 'fold')} {were} done ({why})."
            )
        cut = sum(bool(model.provenance.cut_short) for model in self.models)
        if cut:
            of = "each fold" if cut == len(self.models) else f"{cut} of the {len(self.models)} folds"
            said.append(f"In {of} training ended before it was done.")
        return (*said, *self._undefined)

    @property
    def _undefined(self) -> list[str]:
        """Name the figures that some of the folds do not define, by the number of those folds."""
        named = defaultdict[int, list[str]](list)
        for name in self.figures["network"]:
            ways = defaultdict[int, list[str]](list)
            for way, figures in self.figures.items():
                ways[sum(value != value for value in figures[name])].append(way)
            for count, those in ways.items():
                of = "" if len(ways) == 1 else f" of {' and '.join(those)}"
                named[count].append(HEADINGS.get(name, name) + of)
        folds = len(self.models)
        return [
            f"Undefined in {count} of the {folds} folds, so that mean and deviation are of the others: "
            f"{', '.join(names)}."
            for count, names in sorted(named.items())
            if 0 < count < folds
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the figures, not the models, as plain JSON values."""
        return {
            "folds": len(self.models),
            "planned": self.planned,
            "ended": self.ended,
            "rows": len(self.rows),
            "figures": {
                way: {n: list(v) for n, v in figures.items()} for way, figures in self.figures.items()
            },
            "defined": self.defined,
            "mean": self.mean,
            "spread": self.spread,
            "comparison": self.comparison.to_json(),
            "verdict": self.verdict,
            "remarks": list(self.remarks),
        }

    def table(self) -> str:
        """Lay out one line for each way to predict: mean and spread of each figure."""
        rows = self._rows()
        return aligned(rows, range(1, len(rows[0])))

    def _repr_html_(self) -> str:
        rows = self._rows()
        title = f"{counted(len(self.models), 'fold')}: mean and standard deviation"
        said = map(block, (self.verdict, *self.remarks))
        return in_notebook(block(title, head=True), table(rows, range(1, len(rows[0]))), *said)

    def _rows(self) -> list[tuple[str, ...]]:
        """The rows of the table, the first with what figures are called."""
        mean, spread = self.mean, self.spread
        ways = [way for way in WAYS if way in mean]
        cells = [["", *ways]]
        for name in (
            name for name in dict.fromkeys([*HEADINGS, *mean["network"]]) if name in mean["network"]
        ):
            means, spreads = ([of[way].get(name) for way in ways] for of in (mean, spread))
            written = column([*means, *spreads])
            pairs = zip(written[: len(ways)], written[len(ways) :], strict=True)
            shown = (m if m in ("", "undefined") else f"{m} ± {s}" for m, s in pairs)
            cells.append([HEADINGS.get(name, name), *shown])
        return list(zip(*cells, strict=True))

    def __str__(self) -> str:
        """The table, and the verdict below it."""
        return "\n".join([self.table(), "", self.verdict, *self.remarks])

    __repr__ = __str__


def corrected_interval(differences: NDArray[np.float64], ratio: float) -> tuple[float, float]:
    """Return the interval of the mean of differences; see the head of this module."""
    from scipy.special import stdtrit  # scipy.stats has it too, and takes a second to load

    n = len(differences)
    if n < 2:
        return math.nan, math.nan
    half = float(stdtrit(n - 1, 0.975) * np.sqrt((1 / n + ratio) * np.var(differences, ddof=1)))
    mean = float(np.mean(differences))
    return mean - half, mean + half
