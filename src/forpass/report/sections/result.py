"""What was asked, and what came out: figures beside baselines, and whether the network earns its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forpass.api.bootstrap import deciding_metric, interval_of
from forpass.api.evaluation import figures_of
from forpass.api.thresholds import positive_threshold
from forpass.model import Ensemble, Evaluation
from forpass.model.encoded import Encoded
from forpass.model.figures import HEADINGS, column
from forpass.report.blocks import Block, Listing, Paragraph, Section, Table
from forpass.report.given import Given, has_layers, shown

__all__ = ["result", "which_rows"]

WAYS = ("network", "linear", "dummy")
MOST_NAMED = 6


def result(given: Given) -> Section:
    """Say what the model is for, how good it is, and on which rows the rest of the page rests."""
    return Section("result", given.words("result.title"), list(_blocks(given)))


def _blocks(given: Given) -> Iterator[Block]:
    say, facts = given.words, given.facts
    yield Paragraph(_asked(given))
    evaluation = facts.evaluation
    if evaluation is None:
        yield Paragraph(say("result.unmeasured"))
        if len(given.answers.rows):
            yield _laid_out(given, say("result.only_here"), {say("result.here"): _here(given)}, "")
    else:
        outcome = "" if evaluation.comparison is None else evaluation.comparison.outcome
        if verdict := say.verdict(evaluation):
            yield Paragraph(verdict, outcome, "leading")
        yield _figures(given, evaluation, "out_of_fold" if facts.recipe else "on_test", last=True)
        if facts.on_test is not None:
            if verdict := say.verdict(facts.on_test):
                yield Paragraph(verdict)
            yield _figures(given, facts.on_test, "on_test", last=False)
    if len(given.target.classes) == 2:
        name = shown(given.target.classes[given.target.positive_number])
        at = f"{positive_threshold(given.target, given.model.threshold):.3g}"
        yield Paragraph(say("result.positive", name=name, threshold=at))
    if remarks := say.remarks(facts):
        yield Listing(list(remarks))
    yield Paragraph(which_rows(given))
    if (reach := _reach(given)) is not None:
        yield Paragraph(reach)


def _asked(given: Given) -> str:
    say, facts, target = given.words, given.facts, given.target
    groups = {group.name for group in given.answers.preprocessing.groups}
    if isinstance(given.model, Ensemble) and facts.recipe:
        recipe = shown(facts.recipe["recipe"]["name"])
        how = say("result.together", models=_models(given), recipe=recipe)
    else:
        how = say("result.single") if len(given.members) == 1 else _models(given)
    learnt = facts.rows.training + (0 if facts.recipe else facts.rows.validation)
    return say(
        "result.asked",
        target=", ".join(shown(name) for name in target.names[:MOST_NAMED]),
        task=_task(given),
        columns=say.count(len(groups), "column"),
        learnt=say("result.learnt", rows=say.count(learnt, "row"))
        if learnt
        else say("result.learnt_unknown"),
        how=how,
    )


def _models(given: Given) -> str:
    """Count networks, and linear models, which have no epochs."""
    linear = sum(not member.history and not has_layers(member) for member, _ in given.members)
    networks = len(given.members) - linear
    say = given.words
    parts = [say.count(networks, "network")] * bool(networks) + [say.count(linear, "linear")] * bool(linear)
    return say("result.and").join(parts)


def _task(given: Given) -> str:
    say, target = given.words, given.target
    listed = ", ".join(given.names[:MOST_NAMED]) + (" ..." if len(given.names) > MOST_NAMED else "")
    if target.task == "classification":
        return say("result.task.classification", classes=f"{say.count(len(given.names), 'class')}: {listed}")
    if target.task == "multilabel":
        return say("result.task.multilabel", labels=f"{say.count(len(given.names), 'label')}: {listed}")
    return say("result.task.regressions" if len(target.names) > 1 else "result.task.regression")


def _figures(given: Given, found: Evaluation, on: str, last: bool) -> Table:
    """Lay out the figures of each way to predict, and `last` those on which the rest of the page rests."""
    say, ways = given.words, [way for way in WAYS if way in found.figures]
    linear = found.comparison is not None and found.comparison.subject == "linear"
    called = {way: f"result.{way}" for way in ways} | ({"network": "result.linear_model"} if linear else {})
    lines = {say(called[way]): dict(found.figures[way]) for way in ways}
    if last and len(given.answers.rows):
        lines[say("result.here")] = _here(given)
    return _laid_out(given, say(f"result.{on}", rows=say.count(found.rows, "row")), lines, found.metric)


def _here(given: Given) -> dict[str, float]:
    answers = given.answers
    return dict(figures_of(answers.target, answers.asked.rows, answers.scores))


def _laid_out(given: Given, caption: str, lines: Mapping[str, Mapping[str, float]], metric: str) -> Table:
    """Lay out figures, a line for each way to predict; those of the first say which there are."""
    first = next(iter(lines.values()))
    names = [name for name in dict.fromkeys([metric, *HEADINGS, *first]) if name in first]
    cells = [column([figures.get(name) for figures in lines.values()]) for name in names]
    rows = [[way, *figures] for way, *figures in zip(lines, *cells, strict=True)]
    head = [given.words("result.way"), *(HEADINGS.get(name, name.replace("_", " ")) for name in names)]
    return Table(caption, head, rows, range(1, len(head)))


def _reach(given: Given) -> str | None:
    """Say how far chance reaches in the deciding figure on the rows that the page rests on."""
    answers, rows = given.answers, given.answers.asked.rows
    first = rows.parts[0] if isinstance(rows, Encoded) else rows
    evaluation = given.facts.evaluation
    found = None if evaluation is None else evaluation.comparison
    if not len(answers.rows) or (found is not None and found.unit.startswith("groups")):
        return None  # rows that belong together are no chances of their own, and which do is not known here
    name = deciding_metric(answers.target)
    figure = answers.scores.metric(name, answers.targets, answers.weights)
    value, low, high = column([figure, *interval_of(answers.target, first, answers.scores)])
    if "undefined" in (value, low, high):
        return None
    return given.words("result.reach", metric=HEADINGS[name], value=value, low=low, high=high)


def which_rows(given: Given) -> str:
    """Say which rows figures, pictures and worst rows are made of."""
    say, answers = given.words, given.answers
    if not answers.with_target:
        return say("rows.no_target")
    if not len(answers.rows):
        return say("rows.nobody")
    fresh, several = int(answers.fresh.sum()), isinstance(given.model, Ensemble)
    if not answers.are_known:
        kind = "unknown"
    elif several:
        kind = "new" if fresh == len(answers.rows) else "learnt"
    else:
        kind = "learnt_single" if answers.learnt else "new"
    said = say(f"rows.{kind}", n=say.count(len(answers.rows), "row"))
    if kind == "learnt" and fresh:
        said = f"{said} {say('rows.fresh', n=say.count(fresh, 'row'))}"
    if answers.left_aside and several:
        said = f"{said} {say('rows.twins', n=say.count(answers.left_aside, 'row'))}"
    if answers.looked_at < answers.with_target or len(answers.table) < answers.in_all:
        numbers = {"all": max(answers.with_target, answers.in_all), "some": answers.looked_at}
        sampled = {name: say.count(n, "row") for name, n in numbers.items()}
        said = f"{said} {say('rows.sampled', **sampled)}"
    return said
