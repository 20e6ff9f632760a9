"""Scores: the one place where raw scores become answers, and are measured against targets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.select import select_engine
from forpass.errors import DataError, SpecError
from forpass.forks import imported
from forpass.maths.links import LINKS, log_logistic, log_softmax
from forpass.maths.losses import LOSSES
from forpass.maths.means import mean_score
from forpass.shown import counted
from forpass.spec.data import require_unmasked
from forpass.spec.network import Head

if TYPE_CHECKING:  # what measures is imported when something is measured
    from forpass.maths.classwise import ClassFigures
    from forpass.maths.metrics import Metric

__all__ = ["Scores", "default_metric", "gives_probabilities", "head_for", "require_metric", "task_of"]

DECIDED = ("class", "label", "probability")
"""Kinds of target that are decided rather than estimated."""

SAFE = 1e-15  # keeps the score of a probability 0 or 1 finite


@dataclass(frozen=True, eq=False)
class Scores:
    """Raw scores of examples, and what they mean.

    Parameters
    ----------
    head : Head
        The loss, its link and its settings.
    raw : array of shape (n, k)
        What the network's last layer gives, before any link.
    engine : str
        The engine that carries out the link's formula.
    threshold : float, or array of shape (n, 1)
        Of two classes, the probability above which the second is decided, of all rows or of each.
    decision_weights : sequence of float
        How much the probability of each class counts where one is decided for, or the odds of each label; may
        be empty.

    Examples
    --------
    >>> from forpass.spec.network import Head
    >>> scores = Scores(Head("sigmoid_cross_entropy"), np.array([[0.0], [-2.0]]))
    >>> scores.decisions.tolist(), scores.probabilities.round(3).tolist()
    ([[0], [0]], [[0.5, 0.5], [0.881, 0.119]])
    """

    head: Head
    raw: NDArray[Any]
    engine: str = "auto"
    threshold: float | NDArray[np.float64] = 0.5
    decision_weights: Sequence[float] = ()

    def __repr__(self) -> str:
        n, k = self.raw.shape
        return f"<Scores of {counted(n, 'row')}, {counted(k, 'output')}, {self.head.loss}>"

    @classmethod
    def of_predictions(cls, head: Head, P: NDArray[Any]) -> Scores:
        """Return the scores whose predictions are `P` (n, k): the link turned round, in float64.

        A probability of 0 or 1 is moved by 1e-15, so that its score is finite.
        """
        P = np.asarray(P, np.float64)
        if head.link in ("logistic", "softmax"):
            P = np.clip(P, SAFE, 1.0 - SAFE)
        elif head.link == "exponential":
            P = np.maximum(P, SAFE)
        return cls(head, np.asarray(LINKS[head.link].inverse(P)))

    @classmethod
    def mean(
        cls,
        head: Head,
        raws: Sequence[NDArray[np.float64]] | NDArray[np.float64],
        weights: Sequence[float],
        engine: str = "auto",
    ) -> Scores:
        """Return the scores whose predictions are the mean of what several raw scores (n, k) predict.

        Probabilities and rates are added up by their logarithms, log sum_m w_m exp(log p_m), so that
        nothing is lost where one rounds to 0 or 1. `weights` add up to 1.
        """
        return cls(head, mean_score(head.link, raws, weights), engine)

    @property
    def n_rows(self) -> int:
        """Number of examples, n."""
        return len(self.raw)

    @property
    def predictions(self) -> NDArray[Any]:
        """After the head's link: probabilities, rates or values (n, k)."""
        return select_engine(self.engine).linked(self.head.link, self.raw)

    @property
    def decisions(self) -> NDArray[Any]:
        """The class number (n,), a 0 or 1 for each label (n, k), or the predicted values (n, k).

        The second of two classes is decided above the threshold; a label is 1 where the raw score is
        above 0, which is a probability above one half. With weights w of decisions it is the class of the
        largest w_k p_k, and a label is 1 where w p > 1 - p.
        """
        kind, raw = LOSSES[self.head.loss].targets, self.raw
        if kind not in DECIDED:
            return self.predictions
        if len(self.decision_weights):
            raw = raw + np.log(self.decision_weights)
        if kind == "class":
            return np.asarray(np.argmax(raw, axis=1))
        p = self.threshold
        above: Any = np.log(p / (1.0 - p)) if isinstance(p, np.ndarray) else 0.0
        if isinstance(p, float) and p != 0.5:
            above = math.log(p / (1.0 - p))
        return np.asarray(raw > above, np.int64)

    @property
    def probabilities(self) -> NDArray[Any]:
        """Probabilities (n, classes), both columns for two classes; or (n, labels) of several labels.

        Raises
        ------
        DataError
            When the head gives none.
        """
        self._require_probabilities()
        P = self.predictions
        return np.concatenate([1 - P, P], axis=1) if P.shape[1] == 1 else P

    @property
    def log_probabilities(self) -> NDArray[Any]:
        """Their logarithms, from the raw scores, so that none is lost where a probability rounds to 0.

        Raises
        ------
        DataError
            When the head gives no probabilities.
        """
        self._require_probabilities()
        Z = self.raw
        if self.head.link == "softmax":
            return np.asarray(log_softmax(Z))
        return np.asarray(log_logistic(np.concatenate([-Z, Z], axis=1) if Z.shape[1] == 1 else Z))

    def losses(self, targets: NDArray[Any]) -> NDArray[np.float64]:
        """Return the loss of each example (n,) against targets, without any penalty, in float64."""
        require_unmasked("targets", targets)
        Z = self.raw.astype(np.float64, copy=False)
        T: Any = targets
        if T.ndim == 1:
            T = (T[:, None] == np.arange(Z.shape[1])).astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            L = LOSSES[self.head.loss].function(Z, T, *self.head.settings.values())
            return np.asarray(np.sum(L, axis=1) / (Z.shape[1] if self.head.over_outputs == "mean" else 1))

    def loss(self, targets: NDArray[Any], weights: NDArray[Any] | None = None) -> float:
        """Return the weighted mean loss against targets, without any penalty, in float64."""
        require_unmasked("weights", weights)
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.average(self.losses(targets), weights=weights))

    def metric(
        self, metric: str | Metric, targets: NDArray[Any], weights: NDArray[Any] | None = None
    ) -> float:
        """Measure against targets with a metric of the registry METRICS, or one of one's own.

        Probabilities as targets are decided like predictions: the likeliest class, or above one half.

        Returns
        -------
        float
            NaN where the metric is undefined, or a score is no finite number.

        Raises
        ------
        UnknownNameError
            When there is no such metric.
        SpecError
            When the metric does not fit what is predicted.
        """
        imported("forpass.maths.metrics")  # a fork waits for it
        from forpass.maths.metrics import find_metric

        require_unmasked("weights", weights)
        record = find_metric(metric) if isinstance(metric, str) else metric
        require_metric(record, self.head, self.raw.shape[1])
        if not np.isfinite(self.raw).all():
            return float("nan")
        return record.function(self.truth(targets), self.read(record.reads), weights)

    def of_each_class(
        self, targets: NDArray[Any], weights: NDArray[Any] | None = None
    ) -> tuple[ClassFigures, ...]:
        """Measure the decisions for each class, or for each of several labels, by itself; see `ClassFigures`.

        Raises
        ------
        SpecError
            When values are predicted.
        """
        imported("forpass.maths.classwise")  # a fork waits for it
        from forpass.maths.classwise import figures_of_classes

        require_unmasked("weights", weights)
        task, truth, decided = task_of(self.head, self.raw.shape[1]), self.truth(targets), self.decisions
        if task == "regression":
            raise SpecError(f"the loss {self.head.loss} predicts values, which are of no classes")
        if task == "classification":
            return figures_of_classes(truth, decided, weights, max(2, self.raw.shape[1]))
        columns = zip(truth.T, decided.T, strict=True)
        return tuple(figures_of_classes(t, d, weights, 2)[1] for t, d in columns)

    def truth(self, targets: NDArray[Any]) -> NDArray[Any]:
        """Return targets as metrics take them: class numbers (n,), 0 or 1 (n, k), or values."""
        require_unmasked("targets", targets)
        kind = LOSSES[self.head.loss].targets
        if kind not in DECIDED or targets.ndim == 1:
            return targets
        return np.asarray(np.argmax(targets, axis=1) if kind == "class" else (targets > 0.5).astype(np.int64))

    def read(self, what: str) -> NDArray[Any]:
        """Return what a metric takes for the prediction; see `Metric.reads`."""
        if what == "scores":
            return self.raw.astype(np.float64, copy=False)
        if what == "answers":
            return np.column_stack([self.predictions, self.decisions])
        return self.predictions if what == "probabilities" else self.decisions

    def _require_probabilities(self) -> None:
        head = self.head
        if not gives_probabilities(head):
            raise DataError(f"the loss {head.loss} with link {head.link} gives no probabilities; use predict")


def task_of(head: Head, n_outputs: int) -> str:
    """What a network predicts: ``"classification"``, ``"multilabel"`` or ``"regression"``."""
    kind = LOSSES[head.loss].targets
    if kind not in DECIDED:
        return "regression"
    return "classification" if kind == "class" or n_outputs == 1 else "multilabel"


def head_for(task: str, n_outputs: int) -> Head:
    """Return the usual loss for a task; `task_of` leads back."""
    if task == "regression":
        return Head("squared")
    several = task == "classification" and n_outputs > 1
    return Head("softmax_cross_entropy" if several else "sigmoid_cross_entropy")


def default_metric(head: Head) -> str:
    """Name of the metric people expect: accuracy of decisions, r2 of values."""
    return "accuracy" if LOSSES[head.loss].targets in DECIDED else "r2"


def require_metric(metric: Metric, head: Head, n_outputs: int) -> None:
    """Refuse a metric of another task, and one of probabilities for a loss that gives none."""
    from forpass.maths.metrics import METRICS

    task, gives = task_of(head, n_outputs), gives_probabilities(head)

    def fits(m: Metric) -> bool:
        return task in m.tasks and (gives or m.reads in ("values", "decisions"))

    if fits(metric):
        return
    this = {"multilabel": "multilabel task"}.get(task, task)
    why = f"measures {' and '.join(metric.tasks)}, and this is a {this}"
    if task in metric.tasks:
        why = f"needs probabilities, and the loss {head.loss} with link {head.link} gives none"
    fit = ", ".join(m.name for m in METRICS.values() if fits(m))
    raise SpecError(f"the metric {metric.name} {why}; use one of {fit}")


def gives_probabilities(head: Head) -> bool:
    """Whether the predictions are probabilities of classes or labels."""
    return LOSSES[head.loss].targets in ("class", "probability") and head.link in ("softmax", "logistic")
