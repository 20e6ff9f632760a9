"""How it learned: what a recipe tried, the learning curves, and what is wrong with a single network."""

from __future__ import annotations

from collections.abc import Iterator

from forpass import charts
from forpass.diagnosis import diagnose
from forpass.model import TrainedModel
from forpass.model.figures import column
from forpass.model.tried import Tried, require_account
from forpass.report.blocks import Block, Listing, Paragraph, Section, Table
from forpass.report.given import Given, shown
from forpass.sampling.evenly import evenly

__all__ = ["learning"]

MOST_CURVES = 12
"""So many networks have a learning curve, those with the largest weights."""

DIAGNOSED = 1_000
"""So many rows show what is wrong with a network."""

OPEN_ROWS = 12


def learning(given: Given) -> Section:
    """Show how the networks learnt."""
    blocks = list(_of_recipe(given) if given.facts.recipe else _of_networks(given))
    return Section("learning", given.words("learning.title"), blocks)


def _of_recipe(given: Given) -> Iterator[Block]:
    say, facts, account = given.words, given.facts, given.facts.recipe
    tried = require_account(account)
    words = {
        "recipe": shown(account["recipe"]["name"]),
        "candidates": say.count(len(tried), "candidate"),
        "seconds": f"{facts.ended.seconds:.1f}",
    }
    yield Paragraph(say("learning.recipe", **words))
    if len(tried) > 1:
        yield given.pictures.of_chart(charts.candidates(tried), say("learning.candidates"))
    yield from _curves(given, say("learning.curve_note"))
    yield _candidates(given, tried)


def _candidates(given: Given, tried: tuple[Tried, ...]) -> Table:
    say = given.words
    losses = iter(column([one.expected_loss for one in tried if not one.dropped]))
    rows = [
        [
            shown(one.chain),
            shown(one.network),
            f"{one.epochs:,}" if one.epochs else "",
            f"{one.members:,}",
            "" if one.dropped else next(losses),
            say("learning.dropped") if one.dropped else f"{one.weight:.2f}" if one.weight else "-",
            f"{one.seconds:.1f}",
        ]
        for one in tried
    ]
    loss = say("learning.loss", loss=say(f"learning.loss.{given.target.task}"))
    return Table(
        f"{say('learning.candidates')}. {loss}",
        say.heads("learning.head"),
        rows,
        range(2, 7),
        folded=len(rows) > OPEN_ROWS,
    )


def _curves(given: Given, note: str) -> Iterator[Block]:
    histories = [member.history for member, weight in given.members if len(member.history) > 1 and weight]
    if histories:
        chart = charts.learning_curve(histories[:MOST_CURVES] if len(histories) > 1 else histories[0])
        yield given.pictures.of_chart(chart, given.words("learning.curve"), note)
    elif given.facts.recipe:
        yield Paragraph(given.words("learning.linear"))


def _of_networks(given: Given) -> Iterator[Block]:
    say, ended = given.words, given.facts.ended
    if not isinstance(given.model, TrainedModel):
        yield from _curves(given, say("learning.curve_note"))
        return
    if ended.reason == "untrained":
        yield Paragraph(say("learning.none"))
        return
    known = f"reason.{ended.reason}"
    words = {
        "epochs": say.count(ended.epoch, "epoch"),
        "seconds": f"{ended.seconds:.1f}",
        "reason": say(known) if known in say.texts else say("reason.other", reason=ended.reason),
        "kept": say("learning.kept", epoch=ended.best_epoch) if ended.best_epoch else "",
    }
    yield Paragraph(say("learning.single", **words))
    yield from _curves(given, say("learning.curve_single"))
    yield from _findings(given, given.model)


def _findings(given: Given, model: TrainedModel) -> Iterator[Block]:
    """Say what is wrong with a network, as rows of the table show it."""
    answers = given.answers
    if not len(answers.rows) or model.training is None:
        return
    rows = answers.rows[evenly(len(answers.rows), DIAGNOSED)]
    found = diagnose(model, answers.table.take(rows))
    yield (
        Listing([str(finding) for finding in found]) if found else Paragraph(given.words("learning.healthy"))
    )
