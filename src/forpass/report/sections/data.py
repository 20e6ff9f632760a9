"""The data: what the columns are and become, what looks like a leak, and what has drifted since training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forpass.preprocessing import rows_with_target
from forpass.preprocessing.leakage import FEWEST_ROWS, leakage_found, rows_counted, truths_of
from forpass.report.blocks import Block, Listing, Paragraph, Section, Table
from forpass.report.drift import Drift, drifts
from forpass.report.given import Given, shown
from forpass.shown import as_shown

__all__ = ["data"]

OPEN_COLUMNS = 25
"""A table of more columns is opened only by who wants it."""


def data(given: Given) -> Section:
    """Lay out the columns, and say what is suspicious in them."""
    return Section("data", given.words("data.title"), list(_blocks(given)))


def _blocks(given: Given) -> Iterator[Block]:
    say, answers = given.words, given.answers
    name = as_shown(given.table_name, 60) if given.table_name else say("data.this")
    rows = {"rows": say.count(answers.in_all, "row"), "known": f"{answers.with_target:,}"}
    kind = "rows" if answers.with_target == len(answers.table) else "some_rows"
    kind = kind if len(answers.table) == answers.in_all else "sampled"
    yield Paragraph(say(f"data.{kind}", table=name, **rows))
    if answers.preprocessing.weight:
        yield Paragraph(say("data.weight", name=shown(answers.preprocessing.weight)))
    notes = list(_suspicions(given))
    drifted = [] if answers.are_learnt else list(drifts(answers.preprocessing, answers.table))
    notes += [_said(given, one) for one in drifted]
    enough = answers.with_target >= FEWEST_ROWS
    yield Listing(notes) if notes else Paragraph(say("data.good" if enough else "data.few"))
    if answers.are_learnt:
        learnt, looked_at = f"{answers.learnt:,}", say.count(answers.looked_at, "row")
        yield Paragraph(say("data.same", n=learnt, all=looked_at))
    elif not drifted:
        yield Paragraph(say("data.no_drift"))
    yield _columns(given)


def _columns(given: Given) -> Table:
    say, preprocessing = given.words, given.answers.preprocessing
    described = [
        [shown(row.column), row.kind, row.type, _share(row.missing), as_shown(row.becomes, 90)]
        for row in preprocessing.describe()
    ]
    return Table(
        say("data.columns"),
        say.heads("data.head"),
        described,
        (3,),
        folded=len(described) > OPEN_COLUMNS,
    )


def _share(missing: float) -> str:
    return f"{100.0 * missing:.1f} %" if missing else ""


def _suspicions(given: Given) -> Iterator[str]:
    """Name columns that determine the target, and columns that number the rows."""
    say, answers = given.words, given.answers
    if not answers.with_target:
        return
    # all of them, in the table's order: those that are judged need not show that a column counts the rows
    known = answers.table.take(rows_with_target(answers.table, given.target.names, needed=True))
    truths = truths_of(given.target, known.only(given.target.names, np.arange(len(known))))
    for spec in answers.preprocessing.columns:
        if spec.groups and spec.name in known.columns:
            if rows_counted(spec, known.columns[spec.name]):
                yield say("data.counts", name=shown(spec.name))
            if leakage_found(spec, known.columns[spec.name], truths):
                yield say("data.leak", name=shown(spec.name))


def _said(given: Given, found: Drift) -> str:
    say, name = given.words, shown(found.column)
    if found.kind == "words":
        return say("data.words", name=name, n=say.count(found.now, "row"))
    if found.kind == "gaps":
        shares = {"share": f"{100 * found.now:.1f} %", "before": f"{100 * found.before:.1f} %"}
        return say("data.gaps", name=name, **shares)
    figures = {"now": f"{found.now:.4g}", "before": f"{found.before:.4g}", "apart": f"{found.apart:.2g}"}
    return say("data.shift", name=name, **figures)
