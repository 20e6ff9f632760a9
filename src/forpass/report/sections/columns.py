"""What the model looks at: how much it needs each column, and what it predicts along those it needs most."""

from __future__ import annotations

from collections.abc import Iterator

from forpass import charts
from forpass.api.exchanging import REPEATS, exchanged
from forpass.api.moving import columns_of, places_of
from forpass.api.partial_dependence import partial_dependence
from forpass.api.unseen import judged
from forpass.model.figures import HEADINGS
from forpass.model.importance import Importance
from forpass.report.blocks import Block, Paragraph, Section
from forpass.report.budget import rows_within
from forpass.report.given import Given, shown
from forpass.sampling.evenly import evenly

__all__ = ["columns"]

IMPORTANCE, DEPENDENCE = 0.45, 0.3
"""Their shares of what a report may have predicted."""

FEWEST, MOST = 100, 2_000
"""Rows on which the need of a column is measured."""

NEEDED, POINTS = 3, 12
"""Of so many columns the dependence is shown, at so many values."""


def columns(given: Given) -> Section:
    """Show which columns the model needs, and how its predictions go along with them."""
    return Section("columns", given.words("columns.title"), list(_blocks(given)))


def _blocks(given: Given) -> Iterator[Block]:
    say = given.words
    found = given.facts.importance or _measured(given)
    if found is None:
        n = len(columns_of([given.answers.asked]))
        yield Paragraph(
            say("columns.too_many", columns=say.count(n, "column"))
            if len(given.answers.rows)
            else say("columns.nothing")
        )
        return
    if not found.columns:
        yield Paragraph(say("columns.nothing"))
        return
    metric = HEADINGS.get(found.metric, found.metric.replace("_", " "))
    counted = {"n": say.count(found.rows, "row"), "repeats": say.count(found.repeats, "order")}
    note = say("columns.importance_note", metric=metric, **counted)
    if found.unmeasured:
        note = f"{note} {say('columns.unmeasured', columns=say.count(found.unmeasured, 'column'))}"
    yield given.pictures.of_chart(charts.importance(found), say("columns.importance"), note)
    yield from _dependences(given, found)


def _measured(given: Given) -> Importance | None:
    """Measure it on as many rows, and as often, as the budget allows; None where that is too few."""
    answers = given.answers
    n, width = len(answers.rows), len(columns_of([answers.asked]))
    if not n or not width:
        return None
    each = rows_within(given.cost, IMPORTANCE) // width
    if each < min(n, FEWEST):
        return None
    rows = min(n, MOST, each)
    repeats = max(1, min(REPEATS, each // rows))
    if rows == n:
        return exchanged([answers.asked], repeats=repeats)
    some = judged(given.model, answers.asked.rows, answers.unseen, evenly(n, rows))
    return exchanged([some], repeats=repeats)


def _dependences(given: Given, found: Importance) -> Iterator[Block]:
    say, answers = given.words, given.answers
    rows = min(MOST, rows_within(given.cost, DEPENDENCE, least=NEEDED * POINTS * 50) // (NEEDED * POINTS))
    rows -= rows % 100 if rows > 100 else 0
    table = answers.table.take(evenly(len(answers.table), rows))
    used = places_of(answers.preprocessing.groups)
    needed = [
        name for name, mean in zip(found.columns, found.mean, strict=True) if mean > 0.0 and name in used
    ]
    for name in needed[:NEEDED]:
        dependence = partial_dependence(given.model, table, name, points=POINTS)
        if len(dependence.values) > 1:
            note = say("columns.dependence_note", n=say.count(dependence.rows, "row"))
            chart = charts.partial_dependence(dependence)
            title = say("columns.dependence", name=shown(name))
            yield given.pictures.of_chart(chart, title, note, theirs=("x",))
