"""Cross-validation: each row is a test row once, of a network that has learnt from the others.

The folds share nothing: in each the columns are looked at anew, and what becomes of them, the network, its
number of epochs and the baselines are learnt from that fold's training rows alone. Only what is to be
predicted is decided by all rows. The interval of the difference between network and baseline is that of a
t-test on the differences of the folds, corrected for the training rows that folds have in common (Nadeau &
Bengio 2003):

    mean d  +-  t sqrt((1 / J + n_test / n_learnt) var d)        over J folds, with J - 1 degrees of freedom
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from forpass.api.clock import Clock
from forpass.api.learning import train_parts
from forpass.api.options import OPTIONS, TrainingOptions, described_option, require_options, setup_for
from forpass.api.road import Examples, Parts, Rows, encode, fold
from forpass.api.setup import Setup, into
from forpass.api.signatures import with_keywords
from forpass.api.tables import looked_at
from forpass.api.values import number, whole
from forpass.errors import ForpassWarning, SpecError, warn_the_caller
from forpass.model import Scores, TrainedModel
from forpass.model.comparison import Comparison, best_baseline
from forpass.model.figures import HEADINGS, WAYS, column
from forpass.preprocessing import Reading, TargetSpec
from forpass.shown import aligned
from forpass.spec.training import TrainingSpec
from forpass.training.events import Listener

__all__ = ["CrossValidation", "cross_validate"]

FoldFigures = Mapping[str, Mapping[str, Sequence[float]]]
"""For each way to predict, what each figure was in the folds."""

LOSS_OF = {"regression": "mean_absolute_error", "classification": "log_loss", "multilabel": "log_loss"}
"""A figure of each task that is always measured, and defined unless a network overflows."""


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What came of a cross-validation.

    Attributes
    ----------
    target : TargetSpec
        What was predicted.
    models : tuple of TrainedModel
        One of each fold, repeat by repeat; what each was measured to be stands in its provenance.
    test_rows : tuple of int64 arrays
        The rows of the table, counted from 0, that each of them was measured on.
    rows : array of int64 (n,)
        The rows that were predicted, in ascending order: those that have a target.
    predictions : array (n,) or (n, k)
        Of each of these rows, by the network of which it was a test row; the mean of several repeats, or
        what their mean probabilities decide.
    probabilities : array (n, classes) or None
        Of a classification or of labels.
    planned : int
        How many folds there were to be, in all repeats.
    ended : str
        ``"done"``; or ``"max_seconds"`` or ``"interrupted"``, and then there may be fewer of them.
    """

    target: TargetSpec
    models: tuple[TrainedModel, ...]
    test_rows: tuple[NDArray[np.int64], ...]
    rows: NDArray[np.int64]
    predictions: NDArray[Any]
    probabilities: NDArray[Any] | None
    planned: int
    ended: str = "done"
    figures: FoldFigures = field(init=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, dict[str, list[float]]] = {}
        for model in self.models:
            evaluation = model.provenance.evaluation
            assert evaluation is not None
            for way, figures in evaluation.figures.items():
                for name, value in figures.items():
                    found.setdefault(way, {}).setdefault(name, []).append(value)
        object.__setattr__(self, "figures", found)

    @property
    def mean(self) -> dict[str, dict[str, float]]:
        """The mean of each figure over the folds, of each way to predict."""
        return self._each(lambda values: float(np.mean(values)))

    @property
    def spread(self) -> dict[str, dict[str, float]]:
        """The standard deviation of each figure over the folds; NaN for a single fold."""
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
        evaluation = self.models[0].provenance.evaluation
        assert evaluation is not None and evaluation.comparison is not None
        metric, higher, mean = evaluation.comparison.metric, evaluation.comparison.higher_is_better, self.mean
        in_all = [way for way in mean if len(self.figures[way][metric]) == len(self.models)]
        best = best_baseline({way: mean[way][metric] for way in in_all}, higher)
        ours, theirs = (np.array(self.figures[way][metric]) for way in ("network", best))
        always = np.array(self.figures["network"][LOSS_OF[self.target.task]])
        counted = ~np.isnan(ours - theirs) | ~np.isfinite(always)
        ours, theirs = (ours[counted], theirs[counted]) if counted.any() else (ours, theirs)
        low, high = _corrected_interval(ours - theirs, self._ratio)
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
        )

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
        """Sentences about what was cut short."""
        said = []
        if self.ended != "done":
            why = "the time was up" if self.ended == "max_seconds" else "interrupted"
            said.append(f"Cut short: {len(self.models)} of {self.planned} folds were done ({why}).")
        cut = sum(bool(model.provenance.cut_short) for model in self.models)
        if cut:
            said.append(f"In {cut} of the {len(self.models)} folds training ended before it was done.")
        return tuple(said)

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
            "mean": self.mean,
            "spread": self.spread,
            "comparison": dataclasses.asdict(self.comparison),
            "verdict": self.verdict,
            "remarks": list(self.remarks),
        }

    def table(self) -> str:
        """Lay out one line for each way to predict: mean and spread of each figure."""
        mean, spread = self.mean, self.spread
        ways = [way for way in WAYS if way in mean]
        cells = [["", *ways]]
        for name in (
            name for name in dict.fromkeys([*HEADINGS, *mean["network"]]) if name in mean["network"]
        ):
            means, spreads = ([of[way].get(name) for way in ways] for of in (mean, spread))
            written = column([*means, *spreads])
            pairs = zip(written[: len(ways)], written[len(ways) :], strict=True)
            cells.append([HEADINGS.get(name, name), *(f"{m} ± {s}" if m else "" for m, s in pairs)])
        return aligned(list(zip(*cells, strict=True)), range(1, len(cells)))

    def __str__(self) -> str:
        """The table, and the verdict below it."""
        return "\n".join([self.table(), "", self.verdict, *self.remarks])

    __repr__ = __str__


@with_keywords("**options", [described_option(name) for name in OPTIONS if name != "refit"])
def cross_validate(
    table: Any,
    target: str | Sequence[str],
    *,
    folds: int = 5,
    repeats: int = 1,
    task: str | None = None,
    schema: Mapping[str, str] | None = None,
    weight: str | None = None,
    group: str | None = None,
    validation: float = 0.1,
    reading: Reading | None = None,
    training: TrainingSpec | None = None,
    listener: Listener | None = None,
    began: float | None = None,
    **options: Unpack[TrainingOptions],
) -> CrossValidation:
    """Measure how good networks are that learn from a table, with each row as a test row once.

    The rows are divided into folds; for each fold a network learns from the others, and is measured on it,
    beside a linear model and a dummy that learnt from the same rows. Classes are divided evenly, rows of one
    group stay together. Nothing is shared between folds.

    Parameters
    ----------
    table, target, task, schema, weight, reading, training, listener, began
        As of `train_table`. The listener is told of all runs, one after the other.
    folds : int
        At least 2.
    repeats : int
        How often all of it is done, divided and begun anew: the seed grows by 1 each time.
    group : str, optional
        A column that says which rows belong together: they are in one fold. It is no feature.
    validation : float
        Of the rows of the other folds, the share that only says when to stop; 0: none.
    **options
        See `forpass.api.options`.

    Returns
    -------
    CrossValidation
        Interrupted with Ctrl-C, or out of time, it is of the folds that are done, and says so.

    Raises
    ------
    TableError, DataError
        When the table cannot be used, or has too few rows.

    Examples
    --------
    >>> import forpass as fp
    >>> found = cross_validate(fp.load_dataset("iris").frame, "species", folds=3, epochs=20, hidden=8)
    >>> len(found.models), found.predictions[:2].tolist(), found.comparison.unit
    (3, ['setosa', 'setosa'], 'folds')
    """
    require_options(options, lambda name: f"{name} of cross_validate")
    whole(2)("folds of cross_validate", folds)
    whole()("repeats of cross_validate", repeats)
    number(at_least=0.0, below=1.0)("validation of cross_validate", validation)
    if options.get("refit"):
        raise SpecError(
            "cross_validate measures networks and keeps one of each fold; refit is of train_table"
        )
    if not validation:
        options = {"patience": math.inf, **options}
    words = options.get("missing", (reading or Reading()).missing)
    how = {"task": task, "schema": schema, "weight": weight, "group": group}
    examples = looked_at(table, target, words, how, divided=True)
    setup = setup_for(len(examples.table), options, training)
    clock = Clock(setup.training.stopping.max_seconds, began)
    turns = [turn for repeat in range(repeats) for turn in _turns(examples, folds, validation, setup, repeat)]
    models, test_rows, ended = list[TrainedModel](), list[NDArray[np.int64]](), "done"
    answers, told = _Answers(examples.target, len(examples.table)), set[str]()
    try:
        for number_of, (own, rows) in enumerate(turns):
            if models and not clock.left:
                ended = "max_seconds"
                break
            parts = _encoded(examples, rows, own, reading, told)
            model = train_parts(parts, own, listener, clock.part(1 / (len(turns) - number_of)))
            if model.provenance.ended.reason == "interrupted":
                raise KeyboardInterrupt
            answers.add(model, rows.test, model.scores(parts.test))
            models.append(model)
            test_rows.append(rows.test)
    except KeyboardInterrupt:
        if not models:
            raise
        ended = "interrupted"
    found = examples.target, tuple(models), tuple(test_rows), *answers.means()
    return CrossValidation(*found, len(turns), ended)


def _encoded(examples: Examples, rows: Rows, setup: Setup, reading: Reading | None, told: set[str]) -> Parts:
    """Encode a fold; what was told of another fold is not told again."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always", ForpassWarning)
        parts = encode(examples, rows, setup, reading)
    for warning in found:
        text = str(warning.message)
        if not issubclass(warning.category, ForpassWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        elif text not in told:
            told.add(text)
            warn_the_caller(text)
    return parts


def _turns(
    examples: Examples, folds: int, validation: float, setup: Setup, repeat: int
) -> list[tuple[Setup, Rows]]:
    """The rows of each fold of one repeat, and the setup with which it is trained."""
    seed = (setup.training.seed + repeat) % 2**64
    own = into("training.seed")(setup, seed)
    return [(own, rows) for rows in fold(examples, folds, validation, seed)]


class _Answers:
    """What was predicted of each row, added up over repeats."""

    def __init__(self, target: TargetSpec, n: int) -> None:
        self.target = target
        self.sums: NDArray[Any] | None = None
        self.counts, self.thresholds = np.zeros(n, np.int64), np.zeros(n)

    def add(self, model: TrainedModel, rows: NDArray[np.int64], scores: Scores) -> None:
        """Take in what a model says of its test rows: probabilities, or values in the target's unit."""
        if self.target.task == "regression":
            found = np.asarray(model.decode(scores.decisions), np.float64).reshape(len(rows), -1)
        else:
            found = scores.probabilities.astype(np.float64)
        if self.sums is None:
            self.sums = np.zeros((len(self.counts), found.shape[1]))
        self.sums[rows] += found
        self.counts[rows] += 1
        self.thresholds[rows] += model.threshold

    def means(self) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any] | None]:
        """Return the rows that were predicted, the predictions, and probabilities if there are any."""
        assert self.sums is not None
        rows = np.flatnonzero(self.counts)
        means = self.sums[rows] / self.counts[rows, None]
        if self.target.task == "regression":
            return rows, means[:, 0] if means.shape[1] == 1 else means, None
        if self.target.task == "multilabel":
            decided = (means > 0.5).astype(np.int64)
        elif means.shape[1] == 2:
            decided = (means[:, 1] > self.thresholds[rows] / self.counts[rows]).astype(np.int64)
        else:
            decided = means.argmax(axis=1)
        return rows, np.asarray(self.target.decode(decided)), means


def _corrected_interval(differences: NDArray[np.float64], ratio: float) -> tuple[float, float]:
    """Return the interval of the mean of differences; see the head of this module."""
    from scipy.stats import t

    n = len(differences)
    if n < 2:
        return math.nan, math.nan
    half = float(t.ppf(0.975, n - 1) * np.sqrt((1 / n + ratio) * np.var(differences, ddof=1)))
    mean = float(np.mean(differences))
    return mean - half, mean + half
