"""What a caller says for ``metric=``, as a record that a run can measure with.

A run sees targets as a network learns them: class numbers, values with mean 0 and standard deviation 1. A
figure is one of the words and units of the table. So each function is wrapped in what turns them back; the
wrappers are plain records, which can be pickled with a job.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.errors import DataError, SpecError
from forpass.maths.metrics import METRICS, Metric, find_metric

if TYPE_CHECKING:
    from forpass.preprocessing.units import Unit

__all__ = ["TargetMeaning", "higher_is_better", "metric_for", "metric_name", "same_metric"]

Array = NDArray[Any]


class TargetMeaning(NamedTuple):
    """What encoded targets stand for.

    Attributes
    ----------
    task : str
        ``"classification"``, ``"regression"`` or ``"multilabel"``.
    labels : array of shape (classes,) or None
        The classes by their numbers; None: the numbers themselves.
    unit : Unit or None
        How values of the table are learnt; None where they are as they are.
    positive : int
        Of two classes, which one precision, recall and F1 are of.

    Examples
    --------
    >>> TargetMeaning("classification", np.array(["no", "yes"])).decode(np.array([1, 0])).tolist()
    ['yes', 'no']
    >>> from forpass.preprocessing.units import Unit
    >>> TargetMeaning("regression", unit=Unit((10.0,), (2.0,))).decode(np.array([[0.0], [1.5]])).tolist()
    [10.0, 13.0]
    """

    task: str
    labels: Array | None = None
    unit: Unit | None = None
    positive: int = 1

    @classmethod
    def of_target(cls, target: Any, task: str) -> TargetMeaning:
        """Return what a table's target says; without one, numbers are what they are."""
        if target is None:
            return cls(task)
        labels = target.labels() if target.classes else None
        return cls(task, labels, target.unit if target.unit.mean else None, target.positive_number)

    def decode(self, encoded: Array, predicted: bool = False) -> Array:
        """Turn encoded targets, or decisions, into labels (n,), labels of 0 and 1 (n, k), or values."""
        if self.task == "regression":
            values = encoded if self.unit is None else self.unit.in_unit(encoded)
            if predicted and self.unit is not None:
                values = self.unit.predicted(encoded)
            return np.asarray(values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values)
        if self.task == "multilabel":
            return encoded
        numbers = encoded[:, 0] if encoded.ndim == 2 else encoded
        return numbers if self.labels is None else np.asarray(self.labels[numbers])


@dataclass(frozen=True)
class InUnit:
    """A metric of values, in the unit of the table."""

    function: Callable[..., float]
    unit: Unit

    def __call__(self, truth: Array, prediction: Array, weights: Array | None) -> float:
        """Measure values that are still as they are learnt."""
        return self.function(self.unit.in_unit(truth), self.unit.predicted(prediction), weights)


@dataclass(frozen=True)
class OfFirstClass:
    """A metric of two classes of which the first is the positive one."""

    function: Callable[..., float]
    reads: str

    def __call__(self, truth: Array, prediction: Array, weights: Array | None) -> float:
        """Measure with yes and no exchanged."""
        turned = -prediction if self.reads == "scores" else 1 - prediction
        return self.function(1 - truth, turned, weights)


@dataclass(frozen=True)
class OfCaller:
    """A caller's function ``f(truth, predicted)``, with ``sample_weight=`` if rows have weights."""

    function: Callable[..., Any]
    name: str
    meaning: TargetMeaning

    def __call__(self, truth: Array, prediction: Array, weights: Array | None) -> float:
        """Measure labels and values as the caller knows them."""
        named = _as_weights(weights)
        if named and not _takes_weights(self.function):
            raise SpecError(
                f"rows have weights here, and the metric {self.name} takes none; "
                "give it an argument sample_weight, or train without weights"
            )
        predicted = self.meaning.decode(prediction, predicted=True)
        found = self.function(self.meaning.decode(truth), predicted, **named)
        return _number(self.name, found)


@dataclass(frozen=True)
class OfScorer:
    """A scorer of scikit-learn, which asks an estimator: here one that has answered already."""

    scorer: Callable[..., Any]
    name: str
    meaning: TargetMeaning

    def __call__(self, truth: Array, prediction: Array, weights: Array | None) -> float:
        """Let the scorer ask for probabilities, and for what was decided."""
        kind, several = _estimator_of_answers(self.meaning.task), self.meaning.task == "multilabel"
        probabilities = prediction.shape[-1] // 2 if several else prediction.shape[-1] - 1
        classes = max(2, probabilities)
        labels: Any = np.arange(classes) if self.meaning.labels is None else self.meaning.labels
        if several:  # by which scikit-learn tells two labels from two classes
            labels = [np.array([0, 1])] * probabilities
        answered = kind(self.meaning, prediction, labels, probabilities)
        named = _as_weights(weights)
        y = self.meaning.decode(truth)
        return _number(self.name, self.scorer(answered, np.zeros((len(truth), 1)), y, **named))


def metric_for(asked: Any, meaning: TargetMeaning) -> Metric | None:
    """Return the metric that is asked for, to measure encoded targets with.

    Parameters
    ----------
    asked : str, Metric, callable or None
        A name of the registry METRICS, with its setting after a colon; a record; a scorer of scikit-learn; a
        function ``f(truth, predicted)`` or ``f(truth, predicted, sample_weight=...)`` of labels or values as
        the caller knows them, of which more is better.
    meaning : TargetMeaning

    Raises
    ------
    UnknownNameError
        When there is no metric of that name.
    SpecError
        For anything else, and for a function that has the name of another metric.
    """
    if asked is None:
        return None
    _refuse_known_name(asked)
    if isinstance(asked, str | Metric):
        metric = find_metric(asked) if isinstance(asked, str) else asked
        if meaning.unit is not None and metric.reads == "values":
            return metric._replace(function=InUnit(metric.function, meaning.unit))
        if meaning.task == "classification" and meaning.positive == 0 and metric.name != "accuracy":
            return metric._replace(function=OfFirstClass(metric.function, metric.reads))
        return metric
    if not callable(asked):
        raise SpecError(
            f"metric takes a name of {', '.join(METRICS)}, a scorer of scikit-learn, or a function "
            f"f(truth, predicted) of which more is better; got {asked!r}"
        )
    name, of_values = metric_name(asked), meaning.task == "regression"
    if _is_scorer(asked):
        function: Callable[..., float] = OfScorer(asked, name, meaning)
        return Metric(name, function, "", True, (meaning.task,), "values" if of_values else "answers")
    function = OfCaller(asked, name, meaning)
    return Metric(name, function, "", True, (meaning.task,), "values" if of_values else "decisions")


def _refuse_known_name(asked: Any) -> None:
    """Refuse what is called like a metric of the registry and is another: figures go by names."""
    name = metric_name(asked)
    if isinstance(asked, str) or name not in METRICS or asked is METRICS[name]:
        return
    raise SpecError(
        f"the metric {name} that was given is not the one of forpass that is called so; say {name!r}, as "
        "text, if that is meant, or give yours another name"
    )


def metric_name(asked: Any) -> str:
    """Return what histories and reports call a metric."""
    if isinstance(asked, str):
        return asked
    if isinstance(asked, Metric):
        return asked.name
    if _is_scorer(asked):
        return f"{'neg_' * (asked._sign < 0)}{asked._score_func.__name__}"
    return str(getattr(asked, "__name__", type(asked).__name__))


def same_metric(metric: Any, extra: Mapping[str, Any], guided: bool, path: str) -> Any:
    """Return the metric to go on with after a checkpoint; refuse another one where it says when to stop.

    Parameters
    ----------
    metric : str, Metric, callable or None
        What is given now.
    extra : mapping
        What the checkpoint remembers: the name of the metric, and whether it was more than a name.
    guided : bool
        Whether the metric says when to stop.
    path : str

    Raises
    ------
    SpecError
    """
    began = extra.get("metric")
    if metric is None and extra.get("metric_is_a_function"):
        raise SpecError(
            f"the run in {path} began with the metric {began}, a function, which a file cannot hold; "
            f"give it again: resume(..., metric={began})"
        )
    if metric is None:
        return began
    if guided and began is not None and metric_name(metric) != began:
        raise SpecError(
            f"the run in {path} is guided by the metric {began}, and now {metric_name(metric)} is given; "
            "leave it out, or begin anew with train(..., parameters=...)"
        )
    return metric


def higher_is_better(asked: Any) -> bool:
    """Whether more of a metric is better: of None, the usual one, and of scorers and functions it is."""
    metric = find_metric(asked) if isinstance(asked, str) else asked
    return metric.higher_is_better if isinstance(metric, Metric) else True


def _is_scorer(asked: Any) -> bool:
    """Whether it is one of scikit-learn's, which are called with an estimator."""
    return hasattr(asked, "_score_func") and hasattr(asked, "_sign")


def _as_weights(weights: Array | None) -> dict[str, Array]:
    """Name the weights of rows; where all are alike they say nothing."""
    return {} if weights is None or (weights == weights[0]).all() else {"sample_weight": weights}


def _takes_weights(function: Any) -> bool:
    try:
        taken = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a function of C tells nothing
        return True
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in taken)


def _number(name: str, found: Any) -> float:
    try:
        return float(found)
    except (TypeError, ValueError):
        raise DataError(f"the metric {name} must return a number; got {found!r}") from None


@functools.cache
def _estimator_of_answers(task: str) -> Any:
    """Return an estimator that knows its answers to the rows that it is asked about."""
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    class Regressor(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
        def __init__(
            self, meaning: TargetMeaning, prediction: Array, labels: Any, probabilities: int
        ) -> None:
            self.meaning, self.prediction = meaning, prediction

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: Any) -> Array:
            return self.meaning.decode(self.prediction, predicted=True)

    class Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
        def __init__(
            self, meaning: TargetMeaning, prediction: Array, labels: Any, probabilities: int
        ) -> None:
            self.meaning, self.classes_ = meaning, labels
            self.probabilities, self.decided = np.split(prediction, [probabilities], axis=1)

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, X: Any) -> Array:
            return self.meaning.decode(self.decided.astype(np.int64))

        def predict_proba(self, X: Any) -> Array:
            P = np.asarray(self.probabilities, np.float64)
            if self.meaning.task == "classification" and P.shape[1] == 1:
                return np.concatenate([1 - P, P], axis=1)
            return P

    return Regressor if task == "regression" else Classifier
