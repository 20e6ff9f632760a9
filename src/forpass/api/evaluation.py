"""Measuring: figures of a model on rows it has not learnt from, and of what one gets without a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.bootstrap import compared
from forpass.api.metrics import TargetMeaning, metric_for, metric_name
from forpass.api.portions import numbered_portions
from forpass.clock import Clock
from forpass.datasets.long import LongTable
from forpass.errors import TableError
from forpass.maths.metrics import METRICS
from forpass.model import Ensemble, Evaluation, Scores, TrainedModel
from forpass.model.encoded import Encoded
from forpass.model.given import given_model
from forpass.model.reliability import reliability_of
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.preprocessing.words import word_of
from forpass.spec.data import Data
from forpass.told import each_told_once

__all__ = ["evaluate", "figures_by_class", "figures_of", "measured", "positive_of"]


def evaluate(model: Any, table: Any) -> Evaluation:
    """Measure a model on a table that holds its target.

    Classification: accuracy, balanced accuracy, log loss; with two classes also precision, recall, f1 and
    the area under the ROC curve, of the positive class: the one that sorts last, unless ``positive=`` named
    the other. Several labels: accuracy (all labels of a row right), f1 averaged over labels, log loss.
    Regression: r2, and root mean squared and mean absolute error in the target's unit. A metric with which
    the model was trained comes first, unless it was a function. What is undefined, such as the precision of
    a class that is never predicted, is NaN; R2 of values that are all alike is 1 where they are met exactly,
    otherwise 0, as scikit-learn has it. Each class is measured by itself, too. Of a model trained with a
    weight column, rows count as that says, where the table has it.

    Parameters
    ----------
    model : TrainedModel, Ensemble, or fitted TableClassifier or TableRegressor
        With preprocessing. An estimator finds its target by the name that y had in `fit`, ``"target"`` where
        it had none.
    table : DataFrame, LongTable, or anything a table can be made of

    Returns
    -------
    Evaluation
        Figures of the network alone: the baselines are measured where it was trained, by `train_table`.

    Raises
    ------
    TableError
        When the model was trained on arrays, or the table does not fit it.
    DataError
        When there is no model.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=5)
    >>> found = evaluate(model, iris.frame)
    >>> found.rows, list(found.figures["network"])[:2]
    (150, ['accuracy', 'balanced_accuracy'])
    """
    model = given_model("evaluate", model)
    preprocessing = model.preprocessing
    if not isinstance(preprocessing, Preprocessing) or preprocessing.target is None:
        raise TableError(
            "the model was trained on arrays and knows no table; measure its predictions yourself"
        )
    if isinstance(table, LongTable):
        data, scores = _in_portions(model, table)
    else:
        data = model.encode(table, with_targets=True)
        scores = model.scores(data)
    target = preprocessing.target
    if not data.n_rows:
        raise TableError(
            f"no row of the table has a value of the target {', '.join(map(repr, target.names))}, and "
            "without one nothing can be measured; fill it in, or predict, which does without"
        )
    return Evaluation(
        data.n_rows,
        {"network": figures_of(target, data, scores, _metric_of(model))},
        classes=figures_by_class(target, data, scores),
        positive=positive_of(target),
        metric=_metric_of(model) or "",
        reliability=reliability_of(scores, data.targets, data.weights) if data.targets is not None else None,
    )


def _in_portions(model: TrainedModel | Ensemble, table: LongTable) -> tuple[Data | Encoded, Scores]:
    """Return targets and weights of a table that need not fit into memory, and what a model says of it."""
    truths, raws = list[Data](), list[NDArray[Any]]()
    with each_told_once():
        for portion in numbered_portions(table):
            encoded = model.encode(portion, with_targets=True)
            scores = model.scores(encoded)
            raws.append(scores.raw)
            first = encoded.parts[0] if isinstance(encoded, Encoded) else encoded
            truths.append(first.truth(slice(None)))
    scores = dataclasses.replace(scores, raw=np.concatenate(raws))
    targets = np.concatenate([truth.targets for truth in truths if truth.targets is not None])
    weights = [truth.weights for truth in truths if truth.weights is not None]
    features = np.empty((len(targets), 0), np.float32)
    return Data(features, None, targets, np.concatenate(weights) if weights else None), scores


def _metric_of(model: TrainedModel | Ensemble) -> str | None:
    """Name the metric with which a model was trained; None for the usual one, and for a function."""
    history = (model.members[0] if isinstance(model, Ensemble) else model).history
    name = next((record.metric for record in reversed(history) if record.metric), None)
    evaluation = model.provenance.evaluation
    if name is None and evaluation is not None:
        name = evaluation.metric or None
    return name if name is not None and name.partition(":")[0] in METRICS else None


def positive_of(target: TargetSpec) -> str:
    """Name the positive one of two classes; "" where there are not two."""
    return word_of(target.classes[target.positive_number]) if len(target.classes) == 2 else ""


def figures_of(
    target: TargetSpec, data: Data | Encoded, scores: Scores, metric: Any = None
) -> dict[str, float]:
    """Measure scores of encoded rows against their targets; what is measured stands at `evaluate`.

    A `metric` that was asked for (see `metric_for`) comes first.
    """
    assert data.targets is not None
    meaning, two = TargetMeaning.of_target(target, target.task), positive_of(target)
    figures = dict[str, float]()
    for of in (metric, *FIGURES["two classes" if two else target.task]):
        if of in ("precision", "recall"):
            positive = scores.of_each_class(data.targets, data.weights)[target.positive_number]
            figures[of] = getattr(positive, of)
        elif (meant := metric_for(of, meaning)) is not None and meant.name not in figures:
            figures[meant.name] = scores.metric(meant, data.targets, data.weights)
    return figures


OF_THE_POSITIVE = ("precision", "recall", "f1", "roc_auc")

FIGURES = {
    "regression": ("r2", "root_mean_squared_error", "mean_absolute_error"),
    "classification": ("accuracy", "balanced_accuracy", "log_loss"),
    "two classes": ("accuracy", "balanced_accuracy", *OF_THE_POSITIVE, "log_loss"),
    "multilabel": ("accuracy", "f1", "log_loss"),
}
"""What is always measured."""


def figures_by_class(target: TargetSpec, data: Data | Encoded, scores: Scores) -> dict[str, dict[str, float]]:
    """Measure each class or label by itself: its rows, and precision, recall and F1; nothing of values."""
    if target.task == "regression":
        return {}
    assert data.targets is not None
    names = map(word_of, target.classes or target.names)
    found = scores.of_each_class(data.targets, data.weights)
    return {name: figures._asdict() for name, figures in zip(names, found, strict=True)}


def measured(
    target: TargetSpec,
    test: Data,
    ways: Mapping[str, Scores],
    seed: int,
    groups: NDArray[Any] | None = None,
    metric: Any = None,
    clock: Clock | None = None,
    out_of_fold: bool = False,
    subject: str = "network",
) -> Evaluation:
    """Measure several ways to predict the same rows, and compare the network with the best baseline.

    Parameters
    ----------
    target : TargetSpec
    test : Data
        Encoded rows with targets.
    ways : mapping
        The scores of ``"network"`` and of the baselines.
    seed : int
        Of the bootstrap.
    groups : array (n,), optional
        Which rows belong together.
    metric : str, Metric or callable, optional
        What was asked for; it comes first.
    clock : Clock, optional
        How much time there is for the comparison.
    out_of_fold : bool
        Whether these are no test rows, but rows out of fold.
    subject : {"network", "linear"}
        What predicts, whose scores are called ``"network"`` here.
    """
    figures = {way: figures_of(target, test, scores, metric) for way, scores in ways.items()}
    meant = metric_for(metric, TargetMeaning.of_target(target, target.task))
    return Evaluation(
        test.n_rows,
        figures,
        compared(target, test, ways, figures, seed, groups, meant, clock, out_of_fold, subject),
        figures_by_class(target, test, ways["network"]),
        positive_of(target),
        "" if metric is None else metric_name(metric),
        None if test.targets is None else reliability_of(ways["network"], test.targets, test.weights),
    )
