"""``forpass evaluate TABLE --folds``: how good networks are that learn from a table, with no model kept."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from forpass.api.cross_validation import cross_validate
from forpass.api.folds import CrossValidation
from forpass.api.values import whole
from forpass.cli.figures import paragraph, target_text
from forpass.cli.options import said_of
from forpass.cli.output import Reporter
from forpass.cli.tables import column_said, open_to_learn, share_said
from forpass.errors import InputError
from forpass.model import Ensemble, TrainedModel
from forpass.preprocessing import Reading
from forpass.shown import as_shown, counted
from forpass.training.progress import ProgressReporter

__all__ = ["run", "text_of"]


def run(
    table: str,
    second: str,
    folds: int,
    words: Mapping[str, Any],
    options: Mapping[str, Any],
    max_bytes: int | None,
    reporter: Reporter,
) -> None:
    """Train and measure in folds, and tell; `words` are what was said, None where nothing was."""
    if second:
        raise InputError(f"--folds measures networks that learn from one table; got {table} and {second}")
    said, repeats = said_of(options), 1 if words["repeats"] is None else words["repeats"]
    whole(2)("--folds", folds)
    whole()("--repeats", repeats)
    named = words["target"] or "", words["schema"] or (), words["drop"] or ""
    source, target, schema = open_to_learn(table, reporter, *named, max_bytes, said.get("missing"))
    by_time = column_said("time", words["time"] or "", source)
    found = cross_validate(
        source.frame,
        target,
        folds=folds,
        repeats=repeats,
        task=words["task"] or (None if words["target"] else source.task),
        schema=schema,
        weight=column_said("weight", words["weight"] or "", source),
        group=column_said("group", words["group"] or "", source),
        time=by_time,
        validation=share_said("validation", words["validation"]) if words["validation"] else None,
        reading=Reading(source.decimal_comma),
        listener=None if reporter.as_json else ProgressReporter(stream=sys.stderr),
        **said,
    )
    value = {"table": source.name, "target": target, **found.to_json()}
    reporter.result(text_of(source.name, found, folds, by_time), value)


def text_of(name: str, found: CrossValidation, folds: int, by_time: str | None) -> str:
    """Lay out what folds of a table came to; `by_time` names the column by which they go on in time."""
    target = found.target
    trained = _trained(found.models)
    sizes = sorted({len(rows) for rows in found.test_rows})
    each = counted(sizes[0], "test row") if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,} test rows"
    past = f", of a network of the past by {by_time}" if by_time else ""
    done, repeats = len(found.models), found.planned // folds
    if done < found.planned:
        rows = f"{len(found.rows):,} rows were test rows{past}: {done} of {counted(found.planned, 'fold')},"
    else:
        often = "once" if repeats == 1 else f"{repeats} times"
        rows = f"{len(found.rows):,} rows, each a test row {often}{past}: {counted(done, 'fold')}"
    lines = [
        f"{name}: predicting {', '.join(map(as_shown, target.names))} ({target.task})",
        *target_text(target),
        f"{rows} of {each}",
        f"{trained}; mean and standard deviation of the folds",
        "",
        found.table(),
        *map(paragraph, (found.verdict, *found.remarks)),
    ]
    return "\n".join(lines)


def _trained(models: Sequence[TrainedModel | Ensemble]) -> str:
    """Say what was trained in each fold."""
    if isinstance(models[0], Ensemble):
        kept = [len(model.members) for model in models if isinstance(model, Ensemble)]
        name = models[0].provenance.recipe["recipe"]["name"]
        return f"recipe {name}: {min(kept)} to {counted(max(kept), 'network')} that predict together"
    epochs = [model.provenance.ended.best_epoch or model.provenance.ended.epoch for model in models]
    return f"{min(epochs)} to {counted(max(epochs), 'epoch')}"
