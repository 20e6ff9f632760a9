"""Answers as plain values of Python, which JSON can write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from forpass.model.scores import Scores, gives_probabilities, task_of

__all__ = ["answers_of"]


def answers_of(
    scores: Scores, decoded: NDArray[Any], names: Sequence[str], classes: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return an answer for each row.

    Parameters
    ----------
    scores : Scores
    decoded : array
        What is predicted, in the words and units of the target: (n,), or (n, k) of several labels or values.
    names, classes : sequences
        Of the target; empty where nothing is known of it: then labels and values are called by their numbers.

    Examples
    --------
    >>> from forpass.spec.network import Head
    >>> scores = Scores(Head("sigmoid_cross_entropy"), np.array([[0.0], [2.0]]))
    >>> answers_of(scores, np.array(["no", "yes"]), ["fit"], ["no", "yes"])[0]
    {'label': 'no', 'probabilities': {'no': 0.5, 'yes': 0.5}}
    """
    k = scores.raw.shape[1]
    task, given = task_of(scores.head, k), decoded.tolist()
    if task == "classification":
        answers = [{"label": label} for label in given]
        called: Sequence[Any] = classes or range(max(k, 2))
    else:
        called = names or [str(i) for i in range(k)]
        one, several = ("value", "values") if task == "regression" else ("labels", "labels")
        if task == "regression" and k == 1:
            return [{one: value} for value in given]
        answers = [{several: dict(zip(called, row, strict=True))} for row in given]
    if gives_probabilities(scores.head):
        for answer, row in zip(answers, scores.probabilities.tolist(), strict=True):
            answer["probabilities"] = dict(zip(called, row, strict=True))
    return answers
