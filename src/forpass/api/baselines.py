"""What a network is measured against: a dummy, and a linear model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from forpass.clock import OutOfTimeError
from forpass.model import Scores
from forpass.model.scores import head_for
from forpass.preprocessing import TargetSpec
from forpass.spec.data import Data
from forpass.training.linear import fit_linear, some_rows

__all__ = ["fit_baselines", "guess_of"]


def fit_baselines(
    target: TargetSpec,
    training: Data,
    validation: Data | None = None,
    note: Callable[[int], object] = lambda step: None,
) -> dict[str, Callable[[Data], Scores]]:
    """Fit what needs no network: a dummy, and a linear model.

    The dummy says the same of all rows: the shares of the classes or labels, or the mean. The linear
    model (logistic regression or ridge) gets the same encoded features, and beside them each as it was before
    it was clipped, for each code an indicator, and the penalty that does best on the validation rows. Rows
    count as their weights say.

    Parameters
    ----------
    target : TargetSpec
    training : Data
        Encoded rows with targets, which both learn from.
    validation : Data, optional
        Without them the penalty of the linear model is 1, as scikit-learn's.
    note : callable
        Is told the number of each step of fitting the linear model. With OutOfTimeError it ends that.

    Returns
    -------
    dict
        By the names ``"dummy"`` and ``"linear"`` functions from encoded rows to their scores; without the
        linear model if there was no time for it.
    """
    head, mean = head_for(target.task, target.outputs), guess_of(target, training)

    def dummy(data: Data) -> Scores:
        return Scores.of_predictions(head, np.broadcast_to(mean, (data.n_rows, target.outputs)))

    found: dict[str, Callable[[Data], Scores]] = {"dummy": dummy}
    with suppress(OutOfTimeError):
        rows = some_rows(training)
        model = fit_linear(head, target.outputs, rows, validation, note, unclipped=True)
        found["linear"] = model.scores
    return found


def guess_of(target: TargetSpec, training: Data) -> NDArray[np.float64]:
    """Return what a dummy says of every row: the shares of the classes or labels, or the mean, (k,)."""
    truth = training.targets
    assert truth is not None
    if truth.ndim == 1:
        counted = np.bincount(truth, training.weights, minlength=target.outputs)
        return np.asarray(counted / counted.sum())
    return np.asarray(np.average(truth.astype(np.float64), axis=0, weights=training.weights))
