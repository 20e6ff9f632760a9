"""Answers as plain values of Python, which JSON can write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.model.scores import Scores, gives_probabilities, task_of

__all__ = ["answers_of"]


def answers_of(
    scores: Scores, decode: Callable[[NDArray[Any]], Any], names: Sequence[str], classes: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return an answer for each row.

    Parameters
    ----------
    scores : Scores
    decode : callable
        From decisions to values in the units of the target: (n,), or (n, k) of several.
    names, classes : sequences
        Of the target; empty where nothing is known of it: then labels and values are called by their numbers.

    Examples
    --------
    >>> from forpass.spec.network import Head
    >>> scores = Scores(Head("sigmoid_cross_entropy"), np.array([[0.0], [2.0]]))
    >>> answers_of(scores, np.asarray, ["fit"], ["no", "yes"])[0]
    {'label': 'no', 'probabilities': {'no': 0.5, 'yes': 0.5}}
    """
    k, decided = scores.raw.shape[1], scores.decisions
    task = task_of(scores.head, k)
    called: Sequence[Any]
    if task == "classification":
        called = classes or range(max(k, 2))
        answers = [{"label": called[number]} for number in decided.ravel().tolist()]
    else:
        called = names or [str(i) for i in range(k)]
        given = np.asarray(decode(decided)).tolist()
        if task == "regression" and k == 1:
            return [{"value": value} for value in given]
        several = "values" if task == "regression" else "labels"
        answers = [{several: dict(zip(called, row, strict=True))} for row in given]
    if gives_probabilities(scores.head):
        for answer, row in zip(answers, scores.probabilities.tolist(), strict=True):
            answer["probabilities"] = dict(zip(called, row, strict=True))
    return answers
