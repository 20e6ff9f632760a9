"""``forpass evaluate``, ``inspect`` and ``data``: what one does with models and data sets."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Mapping
from typing import Any

from forpass.api.evaluation import evaluate as evaluate_model
from forpass.api.loading import load
from forpass.api.options import OPTIONS
from forpass.cli.figures import decision_text, evaluation_text, paragraph, threshold_of, tried_text
from forpass.cli.options import option_called
from forpass.cli.output import Reporter, as_typed
from forpass.cli.tables import (
    Source,
    max_memory_said,
    open_table,
    require_table_place,
    write_table,
)
from forpass.datasets import DATASETS, LongTable, load_dataset
from forpass.errors import InputError, TableError, UnknownNameError
from forpass.model import Ensemble, TrainedModel
from forpass.model.candidates import told_of
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.recipes import Recipe
from forpass.shown import aligned, counted
from forpass.spec.plain import to_plain

__all__ = [
    "data",
    "evaluate",
    "inspect",
    "loaded",
    "require_order",
    "source_for",
    "target_of",
]

ENDING = ".forpass"


def evaluate(
    model_file: str,
    table: str,
    said: Mapping[str, Any],
    max_bytes: int | None,
    reporter: Reporter,
    max_memory: int | None = None,
) -> None:
    """Measure a model on a table; what was said of folds has no place there."""
    if not table:
        raise InputError(
            f"say what {model_file} is to be measured on: forpass evaluate MODEL TABLE; or have networks "
            "learn from a table and measure them: forpass evaluate TABLE --target COLUMN --folds 5"
        )
    for name, value in said.items():
        if value is not None and name != "threads":
            raise InputError(
                f"{option_called(name)} is for networks that are trained in folds; "
                "say --folds too, or leave it out"
            )
    require_order(model_file, table)
    model = loaded(model_file, said["threads"])
    target_of(model, model_file)
    frame = source_for(model, table, max_bytes, reporter, max_memory=max_memory_said(max_memory)).frame
    with frame if isinstance(frame, LongTable) else contextlib.nullcontext():
        found = evaluate_model(model, frame)
    parts = f"{model_file} on {counted(found.rows, 'row')}", evaluation_text(found), decision_text(model)
    text = "\n\n".join(part for part in parts if part)
    reporter.result(text, {"model": model_file, **threshold_of(model), **found.to_json()})


def loaded(model_file: str, threads: int | None) -> TrainedModel | Ensemble:
    """Read a model that predicts with at most a given number of threads."""
    OPTIONS["threads"].check("--threads", threads)
    return load(model_file, threads=threads)


def inspect(model_file: str, reporter: Reporter) -> None:
    """Show what is in a model file."""
    model = load(model_file)
    value: dict[str, Any] = {"model": model_file, "fingerprint": model.fingerprint()}
    if isinstance(model, Ensemble):
        value |= {"weights": model.weights, "provenance": model.provenance.to_json()}
        value |= {"members": [_facts(member) for member in model.members]}
    else:
        value |= _facts(model)
    reporter.result(_described(model_file, model), value)


def data(name: str, out: str, reporter: Reporter) -> None:
    """List the named data sets, describe one, or write it to a file."""
    if not name:
        head = ("name", "rows", "columns", "task", "what it is")
        rows = [
            head,
            *((d.name, f"{d.rows:,}", str(d.columns), d.task, d.description) for d in DATASETS.values()),
        ]
        value = {d.name: {"rows": d.rows, "columns": d.columns, "task": d.task} for d in DATASETS.values()}
        reporter.result(aligned(rows, right=(1, 2), indent=""), {"datasets": value})
        return
    if name not in DATASETS:
        raise UnknownNameError("data set", name, DATASETS)
    record = DATASETS[name]
    if out:
        require_table_place(out)
        write_table(out, load_dataset(name).frame)
    fields = [
        ("rows", f"{record.rows:,}"),
        ("columns", str(record.columns)),
        ("task", record.task),
        ("target", ", ".join(record.target)),
        ("source", record.source),
        ("licence", record.licence),
        *([("written", out)] if out else []),
    ]
    text = (
        f"{record.name}: {record.description}\n{aligned(fields)}\n"
        f"train with: forpass train {as_typed(out or name)}"
        + (f" --target {','.join(record.target)}" if out else "")
    )
    reporter.result(text, {"name": record.name, "description": record.description, **dict(fields)})


def require_order(model_file: str, table: str) -> None:
    """Refuse a table where a model is meant, and a model where a table is."""
    if table.endswith(ENDING) and not model_file.endswith(ENDING):
        raise InputError(
            f"the model comes first, then the table: write {as_typed(table)} {as_typed(model_file)}"
        )


def target_of(model: TrainedModel | Ensemble, model_file: str) -> TargetSpec:
    """Return the target of a model; refuse one that was trained on arrays."""
    preprocessing = model.preprocessing
    if not isinstance(preprocessing, Preprocessing) or preprocessing.target is None:
        raise TableError(f"{model_file} was trained on arrays and takes no tables; use it from Python")
    return preprocessing.target


def source_for(
    model: TrainedModel | Ensemble,
    table: str,
    max_bytes: int | None,
    reporter: Reporter,
    also_text: Collection[str] = (),
    max_memory: float = math.inf,
) -> Source:
    """Read a table as the model's own was read; of an ensemble, as the tables of all its members were."""
    members = model.members if isinstance(model, Ensemble) else (model,)
    readings = [m.preprocessing.reading for m in members if isinstance(m.preprocessing, Preprocessing)]
    as_text = {name for reading in readings for name in reading.text_columns} | set(also_text)
    missing = next((reading.missing for reading in readings if reading.missing is not None), None)
    commas = any(reading.decimal_comma for reading in readings)
    return open_table(table, reporter, as_text, commas, max_bytes, missing, max_memory)


def _facts(model: TrainedModel) -> dict[str, Any]:
    """All that is known of a model but its parameters."""
    return {
        "spec": to_plain(model.spec),
        "training": to_plain(model.training),
        "schema": model.preprocessing.schema if isinstance(model.preprocessing, Preprocessing) else None,
        "preprocessing": None if model.preprocessing is None else model.preprocessing.to_json(),
        "provenance": model.provenance.to_json(),
        "history": [record.to_json() for record in model.history],
    }


def _described(model_file: str, model: TrainedModel | Ensemble) -> str:
    lines = [f"{model_file}  {model.fingerprint()[:16]}", "", model.summary()]
    if isinstance(model.preprocessing, Preprocessing):
        head = ("column", "kind", "type", "missing", "becomes")
        rows = [
            (r.column, r.kind, r.type, _share(r.missing), r.becomes) for r in model.preprocessing.describe()
        ]
        lines += ["", aligned([head, *rows], right=(3,))]
    if isinstance(model, Ensemble) and model.provenance.recipe:
        lines += ["", *_of_recipe(model)]
    elif isinstance(model, Ensemble):
        for number, member in enumerate(model.members, start=1):
            lines += ["", f"member {number}", *_trained(member)]
    else:
        lines += ["", *_trained(model)]
    if model.provenance.importance is not None:
        lines += ["", repr(model.provenance.importance)]
    return "\n".join(lines).rstrip()


def _trained(model: TrainedModel) -> list[str]:
    """How a model was trained, how that ended, and how good it was."""
    lines, facts = [], model.provenance
    if model.training is not None:
        how, optimizer = model.training, model.training.optimizer
        by = f"{optimizer.name}, learning rate {optimizer.learning_rate:g}, batches of "
        by = by + f"{how.batch_size or 'all rows'}" if how.by_steps else "lbfgs"
        lines.append(f"trained with {by}, seed {how.seed}, in {how.dtype}")
    if facts.created:
        ended = facts.ended
        took = f"{counted(ended.epoch, 'epoch')}, {counted(ended.step, 'step')}, {ended.seconds:.1f} s"
        lines.append(f"{took}, on {facts.created}")
    if facts.evaluation is not None:
        lines += ["", "on test rows:", evaluation_text(facts.evaluation)]
        if decided := decision_text(model):
            lines += ["", decided]
    lines += map(paragraph, facts.remarks)
    return lines


def _of_recipe(model: Ensemble) -> list[str]:
    """The recipe, what was tried, and how good it was."""
    facts = model.provenance
    target = None if model.preprocessing is None else model.preprocessing.target
    tried = tried_text(facts.recipe, target.task if isinstance(target, TargetSpec) else "")
    lines = [f"{told_of(facts.recipe, facts.ended.seconds)}, on {facts.created}", "", tried]
    for where, evaluation in (("out of fold", facts.evaluation), ("on test rows", facts.on_test)):
        if evaluation is not None:
            lines += ["", f"{where}, {counted(evaluation.rows, 'row')}:", evaluation_text(evaluation)]
    if decided := decision_text(model):
        lines += ["", decided]
    return [*lines, *map(paragraph, facts.remarks), "", repr(Recipe.from_json(facts.recipe["recipe"]))]


def _share(missing: float) -> str:
    """Write a share of rows; nothing for none."""
    return f"{missing:.1%}" if missing else ""
