"""Networks that have learnt nothing: predictions that do not change, or are no better than a guess."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.diagnosis.finding import Case, Finding
from forpass.diagnosis.remedies import remedy
from forpass.maths.losses import LOSSES
from forpass.maths.metrics import METRICS
from forpass.model.scores import Scores

__all__ = ["constant_predictions", "losses_of_guess", "no_better_than_guess"]

CONSTANT = 0.01
"""Standard deviation of the predictions over that of the targets. A network that explains only a hundredth of
the variance still reaches 0.1."""

EXPLAINED = 0.01
"""Share of the guess's loss. What takes away less has learnt nothing worth a network."""


def constant_predictions(case: Case) -> Iterator[Finding]:
    """Report when all examples get nearly the same prediction though their targets differ."""
    head, T = case.model.spec.head, _target_columns(case)
    scores = case.model.scores(case.data)
    P = scores.decisions if LOSSES[head.loss].targets == "label" else scores.predictions
    varied = T.std(axis=0) > 0
    if not varied.any():
        return
    spread = float(np.max(P.std(axis=0, dtype=np.float64)[varied] / T.std(axis=0)[varied]))
    if spread < CONSTANT:
        yield Finding(
            "constant_predictions",
            "output",
            spread,
            f"the predictions vary {spread:.1e} times as much as the targets: every example gets the same",
            remedy("constant_predictions"),
        )


def no_better_than_guess(case: Case) -> Iterator[Finding]:
    """Report when one constant for all examples, the mean or the commonest class, does as well."""
    head, w = case.model.spec.head, case.data.weights
    scores, T = case.model.scores(case.data), _target_columns(case)
    loss = LOSSES[head.loss]
    if loss.targets == "label":  # a loss of labels by itself may be 0 for a score of 0
        got, guessed = _label_errors(scores.decisions, T, w)
        what, guess = "share of wrong labels", "the commonest label"
    else:
        got, guessed = losses_of_guess(case)
        what = "mean loss"
        guess = "the mean of the targets" if loss.targets in ("real", "count") else "the share of each class"
    if guessed > 0 and not got < (1 - EXPLAINED) * guessed:
        yield Finding(
            "no_better_than_guess",
            "output",
            got / guessed,
            f"the {what} is {got:.4g}; always guessing {guess} gives {guessed:.4g}",
            remedy("no_better_than_guess"),
        )


def losses_of_guess(case: Case) -> tuple[float, float]:
    """Mean loss of the network, and of always guessing the mean of the targets (the shares of classes)."""
    head, w, scores = case.model.spec.head, case.data.weights, case.model.scores(case.data)
    mean = np.average(_target_columns(case), axis=0, weights=w)
    constant = Scores.of_predictions(head, np.broadcast_to(mean, scores.raw.shape))
    assert case.data.targets is not None
    return scores.loss(case.data.targets, w), constant.loss(case.data.targets, w)


def _target_columns(case: Case) -> NDArray[np.float64]:
    """Return the targets (n, k), a class number as a row with a single 1."""
    T: Any = case.data.targets
    if T.ndim == 1:
        T = T[:, None] == np.arange(case.model.program.n_outputs)
    return np.asarray(T, np.float64)


def _label_errors(decided: NDArray[Any], T: NDArray[Any], w: NDArray[Any] | None) -> tuple[float, float]:
    """Share of wrong labels, of decisions (n, k) and of the commonest value of each column."""
    commonest = np.broadcast_to(np.average(T, axis=0, weights=w) > 0.5, T.shape).astype(np.int64)
    accuracy = METRICS["accuracy"].function
    truth, columns = T.astype(np.int64), range(T.shape[1])
    got, guessed = (
        float(np.mean([1.0 - accuracy(truth[:, j], labels[:, j], w) for j in columns]))
        for labels in (decided, commonest)
    )
    return got, guessed
