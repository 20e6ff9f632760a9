"""Can the probabilities be believed; of values, how far off a prediction may be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forpass import charts
from forpass.model import Ensemble
from forpass.model.encoded import Encoded
from forpass.model.figures import column
from forpass.model.intervals import Intervals, Sets
from forpass.model.reliability import OF, reliability_of
from forpass.report.blocks import Block, Paragraph, Section
from forpass.report.given import Given

__all__ = ["belief"]

COVERAGE = 0.9
MOST_OUTPUTS = 3
GOOD, FAIR = 0.02, 0.06
"""Up to such an expected calibration error probabilities are as good, or nearly as good, as their word."""


def belief(given: Given) -> Section:
    """Show probabilities beside frequencies; of values, intervals."""
    values = given.target.task == "regression"
    title = given.words("belief.title_values" if values else "belief.title")
    return Section("belief", title, list(_of_values(given) if values else _of_probabilities(given)))


def _of_probabilities(given: Given) -> Iterator[Block]:
    say, answers = given.words, given.answers
    found = reliability_of(answers.scores, answers.targets, answers.weights) if len(answers.rows) else None
    if found is None and given.facts.evaluation is not None:
        found = given.facts.evaluation.reliability
    if found is not None:
        error = column([found.error])[0]
        # a frequency of one half, on n rows, is 0.4 / sqrt(n) off on average
        by_chance = 0.4 * float(np.mean(1.0 / np.sqrt(np.maximum(found.rows, 1.0))))
        bounds = {"good": GOOD, "chance": by_chance, "fair": FAIR, "poor": np.inf}
        how = next(word for word, bound in bounds.items() if found.error <= bound)
        n = say.count(sum(found.rows), "label" if found.of == OF[2] else "row")
        yield Paragraph(f"{say('belief.error', error=error, n=n)} {say(f'belief.{how}')}")
        kind = ("two", "likeliest", "labels")[OF.index(found.of)]
        of = say(f"belief.of.{kind}", name=given.names[-1])
        note = say("belief.of", of=of)
        yield given.pictures.of_chart(charts.reliability_diagram(found), say("belief.diagram"), note)
    model = given.model
    if isinstance(model, Ensemble) and model.calibration is not None:
        yield Paragraph(say("belief.calibrated"))
    sets = model.intervals if isinstance(model, Ensemble) else None
    if isinstance(sets, Sets) and len(answers.rows) and sets.quantiles.max_coverage >= COVERAGE:
        sizes = sets.members(answers.scores.probabilities, COVERAGE).sum(axis=1)
        yield Paragraph(say("belief.sets", n=f"{np.mean(sizes):.2f}"))


def _of_values(given: Given) -> Iterator[Block]:
    say, answers, model = given.words, given.answers, given.model
    if not isinstance(model, Ensemble) or not isinstance(model.intervals, Intervals):
        yield Paragraph(say("belief.no_intervals"))
        return
    if not len(answers.rows):
        return
    if model.intervals.quantiles.max_coverage < COVERAGE:
        yield Paragraph(say("belief.too_few", rows=f"{model.intervals.quantiles.rows:.3g}"))
        return
    part = answers.asked.rows.parts[0] if isinstance(answers.asked.rows, Encoded) else answers.asked.rows
    lows, highs = map(given.target.unit.in_unit, model.intervals.around(answers.scores.raw, part, COVERAGE))
    fresh = answers.fresh
    for j, name in enumerate(given.names[:MOST_OUTPUTS]):
        below, above = answers.decided[:, j] - lows[:, j], highs[:, j] - answers.decided[:, j]
        sizes = column([float(np.median(below)), float(np.median(above))])
        yield Paragraph(say("belief.width", name=name, low=sizes[0], high=sizes[1]))
        if not fresh.any():
            continue
        truth, low, high = (values[fresh, j] for values in (answers.truth, lows, highs))
        held, n = np.mean((truth >= low) & (truth <= high)), say.count(len(truth), "row")
        yield Paragraph(
            say(
                "belief.measured" if fresh.all() else "belief.fresh",
                name=name,
                n=n,
                share=f"{100 * held:.1f} %",
            )
        )
        chart = charts.intervals(truth, low, high, coverage=COVERAGE)
        yield given.pictures.of_chart(chart, say("belief.intervals", name=name))
    if not fresh.all():
        yield Paragraph(say("belief.by_design"))
