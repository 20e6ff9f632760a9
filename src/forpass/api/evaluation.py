"""How good a model is on rows it has not learnt from, beside what one gets without a network."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from forpass.api.bootstrap import compared
from forpass.errors import TableError
from forpass.maths.metrics import METRICS
from forpass.model import Ensemble, Evaluation, Scores, TrainedModel
from forpass.model.ensemble import Encoded
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.spec.data import Data
from forpass.spec.network import Head

__all__ = ["baselines", "evaluate", "figures_of", "measured"]

LINEAR_ROWS = 50_000  # the linear baseline learns from at most so many rows; more would change little


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


def baselines(target: TargetSpec, training: Data, test: Data) -> dict[str, Scores]:
    """Predict test rows with what needs no network: a dummy, and a linear model.

    The dummy says the same of all rows: the shares of the classes or labels, or the mean. The linear
    model (logistic regression or ridge, of scikit-learn, at its defaults) gets the same encoded features,
    and for each code an indicator. Rows count as their weights say.

    Parameters
    ----------
    target : TargetSpec
    training, test : Data
        Encoded rows with targets: what both learn from, and what they predict.

    Returns
    -------
    dict
        ``{"dummy": scores, "linear": scores}``
    """
    training, test = _with_indicators(training, test)
    if target.task == "regression":
        return _regression_baselines(target, training, test)
    return _class_baselines(target, training, test)


def _with_indicators(*parts: Data) -> tuple[Data, ...]:
    """Return the same rows with a 0/1 feature for each code: a linear model has no embedding."""
    if parts[0].codes is None:
        return parts
    codes = [np.asarray(part.codes) for part in parts]
    sizes = np.max([c.max(axis=0) for c in codes], axis=0) + 1
    places = [np.cumsum(sizes) - sizes + c for c in codes]
    ones = [
        scipy.sparse.csr_array(
            (np.ones(c.size), c.ravel(), np.arange(0, c.size + 1, c.shape[1])), shape=(len(c), sizes.sum())
        )
        for c in places
    ]
    return tuple(
        Data(
            scipy.sparse.hstack([scipy.sparse.csr_array(part.numbers), of], "csr"),
            targets=part.targets,
            weights=part.weights,
        )
        for part, of in zip(parts, ones, strict=True)
    )


def _regression_baselines(target: TargetSpec, training: Data, test: Data) -> dict[str, Scores]:
    from sklearn.linear_model import Ridge

    assert training.targets is not None
    middle = np.average(training.targets, axis=0, weights=training.weights)
    mean = np.broadcast_to(middle, (test.n_rows, target.outputs))
    some = _some_rows(training)
    linear = Ridge().fit(some.numbers.astype(np.float64), some.targets, some.weights)
    guessed = np.asarray(linear.predict(test.numbers.astype(np.float64))).reshape(test.n_rows, -1)
    ways = {"dummy": mean, "linear": guessed}
    return {way: Scores(Head("squared"), values) for way, values in ways.items()}


def _class_baselines(target: TargetSpec, training: Data, test: Data) -> dict[str, Scores]:
    truth: Any = training.targets
    k = target.outputs
    if truth.ndim == 1:
        counted = np.bincount(truth, training.weights, minlength=k)
        shares = counted / counted.sum()
    else:
        shares = np.average(truth.astype(np.float64), axis=0, weights=training.weights)
    head = Head("softmax_cross_entropy" if truth.ndim == 1 else "sigmoid_cross_entropy")
    ways = {
        "dummy": np.broadcast_to(shares, (test.n_rows, k)),
        "linear": _logistic(_some_rows(training), test, k),
    }
    return {way: Scores.of_predictions(head, P) for way, P in ways.items()}


def _logistic(training: Data, test: Data, k: int) -> NDArray[Any]:
    """Probabilities (n, k) of a logistic regression, one for each column of 0/1 targets."""
    truth: Any = training.targets
    if truth.ndim == 1:
        model = _fit_logistic(training.numbers, truth, training.weights)
        P = np.zeros((test.n_rows, k))
        P[:, model.classes_] = model.predict_proba(test.numbers.astype(np.float64))
        return P
    columns = []
    for column in truth.T:
        if column.min() == column.max():  # a label that all training rows share, or none of them
            columns.append(np.full(test.n_rows, float(column[0])))
        else:
            columns.append(
                _fit_logistic(training.numbers, column, training.weights).predict_proba(
                    test.numbers.astype(np.float64)
                )[:, 1]
            )
    return np.stack(columns, axis=1)


def _fit_logistic(numbers: NDArray[Any], truth: NDArray[Any], weights: NDArray[Any] | None) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # 300 iterations bring the figures of separable data close enough for a baseline.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=300).fit(numbers.astype(np.float64), truth, weights)


def _some_rows(data: Data) -> Data:
    if data.n_rows <= LINEAR_ROWS:
        return data
    return data.rows(np.linspace(0, data.n_rows - 1, LINEAR_ROWS).astype(np.int64))


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
