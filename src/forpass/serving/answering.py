"""Answers as plain values of Python, which JSON can write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["answers_of"]


def answers_of(
    task: str,
    decided: Sequence[Any],
    probabilities: Sequence[Sequence[float]] | None,
    names: Sequence[str],
    classes: Sequence[Any] = (),
    words: Sequence[Any] = (),
) -> list[dict[str, Any]]:
    """Return an answer for each row.

    Parameters
    ----------
    task : {"classification", "multilabel", "regression"}
    decided : sequence
        Of classes their numbers, of a single value the value; of several values or labels a list each.
    probabilities : sequence of sequences, optional
        Of each class or label; none where they are not known.
    names : sequence of str
        Of the values or labels.
    classes, words : sequences
        The classes as labels, and what each is called among the probabilities.

    Examples
    --------
    >>> answers_of("classification", [1], [[0.25, 0.75]], ["fit"], [False, True], ["no", "yes"])
    [{'label': True, 'probabilities': {'no': 0.25, 'yes': 0.75}}]
    >>> answers_of("regression", [[1.0, 2.0]], None, ["length", "width"])
    [{'values': {'length': 1.0, 'width': 2.0}}]
    """
    called: Sequence[Any] = names
    if task == "classification":
        called, answers = words, [{"label": classes[number]} for number in decided]
    elif task == "regression" and len(names) == 1:
        answers = [{"value": value} for value in decided]
    else:
        several = "values" if task == "regression" else "labels"
        answers = [{several: dict(zip(names, row, strict=True))} for row in decided]
    if probabilities is not None:
        for answer, row in zip(answers, probabilities, strict=True):
            answer["probabilities"] = dict(zip(called, row, strict=True))
    return answers
