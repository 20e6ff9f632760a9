"""Where it fails: what is taken for what, each class by itself, and the rows that are predicted worst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass import charts
from forpass.maths.curves import confusion_counts
from forpass.model.figures import column
from forpass.report.blocks import Block, Figure, Paragraph, Section, Table
from forpass.report.given import Given, shown
from forpass.report.worst import worst_rows

__all__ = ["errors"]

MOST_OUTPUTS = 3
"""So many predicted columns, or labels, have pictures of their own."""

MOST_PAIRS = 5
"""So many pairs of classes are named."""

MOST_CLASSES = 40
"""So many classes have a row and a column where it is shown which is taken for which."""

OPEN_CLASSES = 12
"""A table of more classes is opened only by who wants it."""


def errors(given: Given) -> Section:
    """Show what goes wrong, as suits what is predicted."""
    parts = {"regression": _of_values, "multilabel": _of_labels, "classification": _of_classes}
    blocks = list(parts[given.target.task](given)) if len(given.answers.rows) else []
    if blocks:
        blocks += worst_rows(given)
    return Section("errors", given.words("errors.title"), blocks)


def _of_classes(given: Given) -> Iterator[Block]:
    say, answers, draw = given.words, given.answers, given.pictures.of_chart
    truth, decided = answers.truth, answers.decided
    right = np.ravel(truth == decided)
    codes, _ = _class_numbers(given)
    counts = np.bincount(codes, weights=answers.weights)
    likeliest = given.names[int(np.argmax(counts))]
    yield Paragraph(
        f"{_right(given, 'right', right)} "
        f"{say('errors.dummy', name=likeliest, share=_percent(counts.max() / counts.sum()))}"
    )
    classes = list(given.target.classes)
    yield _confusion(given, truth, decided)
    if len(set(codes.tolist())) > 1:
        P = answers.scores.probabilities
        yield draw(charts.roc_curve(truth, P, classes=classes), say("errors.roc"))
        if len(given.names) == 2:
            chances = P[:, given.target.positive_number]
            order = classes if given.target.positive_number else classes[::-1]
            chart = charts.precision_recall_curve(truth, chances, classes=order)
            yield draw(chart, say("errors.recall"))
    if len(given.names) > 2 and not right.all():
        yield Paragraph(_confused(given))
    yield _by_class(given, "class")


def _confusion(given: Given, truth: NDArray[Any], decided: NDArray[Any]) -> Figure:
    """Draw what is taken for what; of very many classes those in which most goes wrong."""
    say, classes, note = given.words, list(given.target.classes), ""
    if len(classes) > MOST_CLASSES:
        T, D = _class_numbers(given)
        wrong = _mistakes(given)
        often = np.argsort(-(wrong.sum(axis=0) + wrong.sum(axis=1)), kind="stable")[:MOST_CLASSES]
        there = np.isin(T, often) & np.isin(D, often)
        note = say("errors.some_classes", some=MOST_CLASSES, all=len(classes))
        truth, decided, classes = truth[there], decided[there], [classes[i] for i in sorted(often)]
    return given.pictures.of_chart(
        charts.confusion_matrix(truth, decided, classes=classes), say("errors.confusion"), note
    )


def _confused(given: Given) -> str:
    """Name the pairs of classes of which one is taken for the other most often."""
    say, wrong = given.words, _mistakes(given)
    often = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [(*divmod(int(at), len(wrong)), int(wrong.flat[at])) for at in often if wrong.flat[at]]
    named = [say("errors.pair", true=given.names[i], decided=given.names[j], n=n) for i, j, n in pairs]
    return say("errors.pairs", pairs=", ".join(named))


def _class_numbers(given: Given) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of the true classes, and of those decided for, each (n,)."""
    answers = given.answers
    truth, decided = answers.scores.truth(answers.targets), answers.scores.decisions
    return np.ravel(truth).astype(np.int64), np.ravel(decided).astype(np.int64)


def _mistakes(given: Given) -> NDArray[np.float64]:
    """Count how often each class was taken for which other, (classes, classes)."""
    wrong = confusion_counts(*_class_numbers(given), len(given.names))
    np.fill_diagonal(wrong, 0)
    return wrong


def _of_labels(given: Given) -> Iterator[Block]:
    say, answers, draw = given.words, given.answers, given.pictures.of_chart
    truth = answers.scores.truth(answers.targets)
    yield Paragraph(_right(given, "label_rows", np.all(truth == answers.scores.decisions, axis=1)))
    yield _by_class(given, "label")
    P = answers.scores.probabilities
    asked = [j for j in range(P.shape[1]) if 0 < truth[:, j].sum() < len(truth)]
    for j in asked[:MOST_OUTPUTS]:
        chart = charts.precision_recall_curve(truth[:, j], P[:, j])
        yield draw(chart, f"{say('errors.recall')}: {given.names[j]}")


def _of_values(given: Given) -> Iterator[Block]:
    say, answers, draw = given.words, given.answers, given.pictures.of_chart
    for j, name in enumerate(given.names[:MOST_OUTPUTS]):
        truth, predicted = answers.truth[:, j], answers.decided[:, j]
        off, w = np.abs(predicted - truth), answers.weights
        sizes = column([*_parts_of(off, w), float(np.average(off, weights=w)), _spread(truth, w)])
        words = dict(zip(("half", "most", "mean", "spread"), sizes, strict=True))
        yield Paragraph(say("errors.off", name=name, **words))
        yield draw(charts.predicted_against_true(truth, predicted), say("errors.true", name=name))
        yield draw(charts.residuals(truth, predicted), say("errors.residuals", name=name))


def _parts_of(off: NDArray[Any], weights: NDArray[Any] | None) -> list[float]:
    """Return what half of the values stay below, and nine in ten; of rows with weights, by their weights."""
    if weights is None:
        return [float(value) for value in np.quantile(off, [0.5, 0.9])]
    order = np.argsort(off, kind="stable")
    shares = np.cumsum(np.asarray(weights, np.float64)[order])
    return [float(off[order][np.searchsorted(shares, q * shares[-1])]) for q in (0.5, 0.9)]


def _spread(truth: NDArray[Any], weights: NDArray[Any] | None) -> float:
    """Return the standard deviation, by weights."""
    away = truth - np.average(truth, weights=weights)
    return float(np.sqrt(np.average(away**2, weights=weights)))


def _right(given: Given, how: str, right: NDArray[np.bool_]) -> str:
    say, weights = given.words, given.answers.weights
    share = _percent(float(np.average(right, weights=weights)))
    share = share if weights is None else say("errors.weighed", share=share)
    return say(f"errors.{how}", n=say.count(len(right), "row"), right=f"{int(right.sum()):,}", share=share)


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def _by_class(given: Given, what: str) -> Table:
    say, answers = given.words, given.answers
    found = answers.scores.of_each_class(answers.targets, answers.weights)
    cells = [column([getattr(one, figure) for one in found]) for figure in ("precision", "recall", "f1")]
    rows = [
        [shown(name), f"{one.rows:,.0f}", *figures]
        for name, one, *figures in zip(given.names, found, *cells, strict=True)
    ]
    head = [say(f"errors.{key}") for key in (what, "rows", "precision", "recall_head", "f1")]
    caption = say("errors.classes" if what == "class" else "errors.labels")
    return Table(caption, head, rows, range(1, 5), folded=len(rows) > OPEN_CLASSES)
