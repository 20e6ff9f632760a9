"""How good a model is on rows it has not learnt from, beside what one gets without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.bootstrap import compared
from forpass.errors import TableError
from forpass.maths.metrics import METRICS
from forpass.model import Ensemble, Evaluation, Scores, TrainedModel
from forpass.model.ensemble import Encoded
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.spec.data import Data
from forpass.spec.network import Head

__all__ = ["evaluate", "figures_of", "measured"]


def evaluate(model: TrainedModel | Ensemble, table: Any) -> Evaluation:
    """Measure a model on a table that holds its target.

    Classification: accuracy, balanced accuracy, log loss; with two classes also precision, recall,
    f1 and the area under the ROC curve, of the class that sorts last. Several labels: accuracy (all
    labels of a row right), f1 averaged over labels, log loss. Regression: r2, and root mean squared
    and mean absolute error in the target's unit. Of a model trained with a weight column, rows count as
    that says, where the table has it.

    Parameters
    ----------
    model : TrainedModel or Ensemble
        With preprocessing.
    table : DataFrame, or anything a table can be made of

    Returns
    -------
    Evaluation
        Figures of the network alone: the baselines are measured where it was trained, by `train_table`.

    Raises
    ------
    TableError
        When the model was trained on arrays, or the table does not fit it.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=5)
    >>> found = evaluate(model, iris.frame)
    >>> found.rows, list(found.figures["network"])[:2]
    (150, ['accuracy', 'balanced_accuracy'])
    """
    preprocessing = model.preprocessing
    if not isinstance(preprocessing, Preprocessing) or preprocessing.target is None:
        raise TableError(
            "the model was trained on arrays and knows no table; measure its predictions yourself"
        )
    data = model.encode(table, with_targets=True)
    return Evaluation(data.n_rows, {"network": figures_of(preprocessing.target, data, model.scores(data))})


def figures_of(target: TargetSpec, data: Data | Encoded, scores: Scores) -> dict[str, float]:
    """Measure scores of encoded rows against their targets; what is measured stands at `evaluate`."""
    truth: Any = data.targets
    w, decided = data.weights, scores.decisions
    if target.task == "regression":
        truth, decided = target.decode(truth), target.decode(decided)
        names = ("r2", "root_mean_squared_error", "mean_absolute_error")
        return {name: METRICS[name].function(truth, decided, w) for name in names}
    if truth.ndim == 2:
        truth = truth.astype(np.int64)
    figures = {"accuracy": METRICS["accuracy"].function(truth, decided, w)}
    if target.task == "multilabel":
        figures["f1"] = _mean_f1(truth, decided, w)
    else:
        figures["balanced_accuracy"] = METRICS["balanced_accuracy"].function(truth, decided, w)
        if truth.ndim == 2:
            figures |= _two_classes(truth[:, 0], decided[:, 0], scores.predictions[:, 0], w)
    assert data.targets is not None
    plain = Scores(Head(scores.head.loss), scores.raw)  # of the targets as they are, without any smoothing
    return figures | {"log_loss": plain.loss(data.targets, w)}


def measured(
    target: TargetSpec,
    test: Data,
    ways: Mapping[str, Scores],
    seed: int,
    groups: NDArray[Any] | None = None,
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
    """
    figures = {way: figures_of(target, test, scores) for way, scores in ways.items()}
    return Evaluation(test.n_rows, figures, compared(target, test, ways, figures, seed, groups))


def _two_classes(
    truth: NDArray[Any], decided: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None
) -> dict[str, float]:
    """Measure decisions on two classes, and the probability P of the second."""
    from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, decided, average="binary", zero_division=0.0, sample_weight=weights
    )
    figures = {"precision": float(precision), "recall": float(recall), "f1": float(f1)}
    if truth.min() != truth.max():
        figures["roc_auc"] = float(roc_auc_score(truth, P, sample_weight=weights))
    return figures


def _mean_f1(truth: NDArray[Any], decided: NDArray[Any], weights: NDArray[Any] | None) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(truth, decided, average="macro", zero_division=0.0, sample_weight=weights))
