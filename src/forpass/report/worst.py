"""The rows that are predicted worst, each with the columns that moved its prediction."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from forpass.api.explain import explain
from forpass.api.moving import columns_of, names_of
from forpass.api.shapley import FEWEST_ROUNDS
from forpass.model.explanation import Explanation
from forpass.model.figures import column
from forpass.report.blocks import Block, Paragraph, Table
from forpass.report.budget import rows_within
from forpass.report.given import Given, shown
from forpass.sampling.evenly import evenly
from forpass.shown import shorter_number

__all__ = ["worst_rows"]

WORST = 5
"""So many rows are shown."""

MOVING = 3
"""So many columns are named of each."""

BACKGROUND, FEWEST = 50, 10
"""With so many rows each is compared; of many columns with fewer, which takes as much less."""

SHARE = 0.25
"""Of what a report may predict, for all explanations; up to twice as much where it takes so much at least."""


def worst_rows(given: Given) -> Iterator[Block]:
    """Lay out the rows with the greatest losses: the truth, what was predicted, and why."""
    say, answers = given.words, given.answers
    losses = answers.scores.losses(answers.targets)
    if answers.weights is not None:
        losses = losses * (np.asarray(answers.weights) > 0)
    order = np.argsort(-losses, kind="stable")[:WORST]
    places = [int(place) for place in order if losses[place] > 0.0]
    if not places:
        yield Paragraph(say("errors.none"))
        return
    against = _background(given)
    rows = [_row(given, place, against) for place in places]
    sure = {"classification": "sure", "multilabel": "sure_label", "regression": "error"}[given.target.task]
    head = [say(f"errors.{key}") for key in ("row", "truth", "decided", sure, *["why"] * (against > 0))]
    yield Table(say("errors.worst" if against else "errors.worst_only"), head, rows, (0, 3))
    background = say.count(min(against, len(answers.table)), "row")
    note = say("errors.worst_note", n=background) if against else say("errors.unexplained")
    yield Paragraph(f"{say('errors.counted')} {note}")


def _background(given: Given) -> int:
    """Return with how many rows each is compared, so that all of it takes its share; 0 where it cannot."""
    least = FEWEST_ROUNDS * 2 * len(columns_of([given.answers.asked]))  # rows asked about, for each of them
    if WORST * FEWEST * least > rows_within(given.cost, 2.0 * SHARE):
        return 0
    return max(FEWEST, min(BACKGROUND, _most(given) // max(1, least)))


def _most(given: Given) -> int:
    return rows_within(given.cost, SHARE / WORST, least=1_000)


def _row(given: Given, place: int, against: int) -> list[Any]:
    answers, target = given.answers, given.target
    output = _output(given, place)
    name, number = names_of(target)[output], str(int(answers.numbers[answers.rows[place]]))
    if target.task == "regression":
        truth, predicted = answers.truth[place, output], answers.decided[place, output]
        cells = column([float(truth), float(predicted), float(predicted - truth)])
        cells[:2] = [f"{shown(name)} {cell}" if len(target.names) > 1 else cell for cell in cells[:2]]
    elif target.task == "multilabel":
        P = answers.scores.probabilities[place]
        truth = answers.scores.truth(answers.targets)[place]
        decided = answers.scores.decisions[place]
        named = [", ".join(itertools.compress(given.names, of)) for of in (truth, decided)]
        cells = [*(said or "-" for said in named), f"{shown(name)} {P[output]:.3g}"]
    else:
        true_class = int(np.ravel(answers.scores.truth(answers.targets))[place])
        sure = answers.scores.probabilities[place, true_class]
        cells = [given.names[true_class], shown(answers.decided[place]), f"{sure:.2g}"]
    return [number, *cells, *([_why(given, place, name, against)] if against else [])]


def _output(given: Given, place: int) -> int:
    """Return which output is explained: the class that is predicted, the label or the value furthest off."""
    answers, task = given.answers, given.target.task
    if task == "classification":
        return int(np.ravel(answers.scores.decisions)[place])
    if task == "multilabel":
        off = np.abs(answers.scores.probabilities - answers.scores.truth(answers.targets))
    else:
        off = np.abs(answers.decided - answers.truth) / np.maximum(answers.truth.std(axis=0), 1e-300)
    return int(np.argmax(off[place]))


def _why(given: Given, place: int, of: str, against: int) -> list[str]:
    """Say which columns moved the prediction most, each in a line."""
    answers = given.answers
    judge = answers.judge_of(place)
    background = answers.table.take(evenly(len(answers.table), against))
    found = explain(
        judge,
        answers.table,
        int(answers.rows[place]),
        of=of if len(names_of(given.target)) > 1 else None,
        background=background,
        background_rows=against,
        tolerance=0.05,
        max_evaluations=_most(given),
    )
    return [_line(given, found, i) for i in range(min(MOVING, len(found.columns))) if found.contributions[i]]


def _line(given: Given, found: Explanation, i: int) -> str:
    value = found.values[i]
    cell = given.words("errors.missing") if value is None else shown(shorter_number(value))
    size = column([abs(c) for c in found.contributions])[i]
    return f"{shown(found.columns[i])} = {cell}: {'+' if found.contributions[i] > 0 else '-'}{size}"
