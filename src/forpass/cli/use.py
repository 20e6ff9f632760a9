"""``forpass predict``, ``evaluate``, ``inspect`` and ``data``: what one does with models and data sets."""

from __future__ import annotations

import csv
import sys
from typing import Any

import numpy as np

from forpass.api.evaluation import evaluate as evaluate_model
from forpass.api.training import load
from forpass.cli.figures import figures_table
from forpass.cli.output import Speaker, aligned
from forpass.cli.tables import open_table, refuse_to_replace, write_table
from forpass.datasets import DATASETS, load_dataset
from forpass.errors import InputError, TableError, UnknownNameError
from forpass.model import TrainedModel
from forpass.preprocessing import Preprocessing, TargetSpec
from forpass.spec.plain import to_plain

__all__ = ["data", "evaluate", "inspect", "predict"]


def predict(model_file: str, table: str, out: str, proba: bool, say: Speaker) -> None:
    """Predict every row of a table, as a table."""
    model = load(model_file)
    target = _target(model, model_file)
    if proba and target.task == "regression":
        raise InputError(f"{model_file} predicts numbers, which have no probabilities; leave --proba out")
    encoded = model.encode(_table_for(model, table, say))
    columns = _prediction_columns(model, target, encoded)
    if proba:
        names = target.names if target.task == "multilabel" else [str(c) for c in target.classes]
        P = model.predict_proba(encoded)
        columns |= {f"probability of {name}": P[:, j] for j, name in enumerate(names)}
    if out:
        refuse_to_replace(out, model_file, table)
        write_table(out, columns)
        say.note(f"{encoded.n_rows:,} predictions in {out}")
    if say.as_json:
        plain = {name: values.tolist() for name, values in columns.items()}
        say.result("", {"rows": encoded.n_rows, "predictions": plain, "out": out or None})
    elif not out:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))


def evaluate(model_file: str, table: str, say: Speaker) -> None:
    """Measure a model on a table."""
    model = load(model_file)
    _target(model, model_file)
    found = evaluate_model(model, _table_for(model, table, say))
    text = f"{model_file} on {found.rows:,} rows\n\n{figures_table(found.figures)}"
    say.result(text, {"model": model_file, **found.to_json()})


def inspect(model_file: str, say: Speaker) -> None:
    """Show what is in a model file."""
    model = load(model_file)
    say.result(_described(model_file, model), {
        "model": model_file,
        "fingerprint": model.fingerprint(),
        "spec": to_plain(model.spec),
        "training": to_plain(model.training),
        "schema": model.preprocessing.schema if isinstance(model.preprocessing, Preprocessing) else None,
        "preprocessing": None if model.preprocessing is None else model.preprocessing.to_json(),
        "provenance": model.provenance.to_json(),
        "history": [record.to_json() for record in model.history],
    })  # fmt: skip


def data(name: str, out: str, say: Speaker) -> None:
    """List the named data sets, describe one, or write it to a file."""
    if not name:
        head = ("name", "rows", "columns", "task", "what it is")
        rows = [
            head,
            *((d.name, f"{d.rows:,}", str(d.columns), d.task, d.description) for d in DATASETS.values()),
        ]
        value = {d.name: {"rows": d.rows, "columns": d.columns, "task": d.task} for d in DATASETS.values()}
        say.result(aligned(rows, right=(1, 2), indent=""), {"datasets": value})
        return
    if name not in DATASETS:
        raise UnknownNameError("data set", name, DATASETS)
    record = DATASETS[name]
    if out:
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
        f"{record.name}: {record.description}\n{aligned(fields)}\ntrain with: forpass train {out or name}"
        + (f" --target {','.join(record.target)}" if out else "")
    )
    say.result(text, {"name": record.name, "description": record.description, **dict(fields)})


def _target(model: TrainedModel, model_file: str) -> TargetSpec:
    preprocessing = model.preprocessing
    if not isinstance(preprocessing, Preprocessing) or preprocessing.target is None:
        raise TableError(f"{model_file} was trained on arrays and takes no tables; use it from Python")
    return preprocessing.target


def _table_for(model: TrainedModel, table: str, say: Speaker) -> Any:
    """Read a table as the model's own was read."""
    preprocessing = model.preprocessing
    as_text = preprocessing.reading.text_columns if isinstance(preprocessing, Preprocessing) else ()
    return open_table(table, say, as_text, model.provenance.decimal_comma).frame


def _prediction_columns(model: TrainedModel, target: TargetSpec, encoded: Any) -> dict[str, Any]:
    predicted = np.asarray(model.predict(encoded))
    if predicted.ndim == 1:
        return {"prediction" if target.one_hot else target.names[0]: predicted}
    return {name: predicted[:, j] for j, name in enumerate(target.names)}


def _described(model_file: str, model: TrainedModel) -> str:
    lines = [f"{model_file}  {model.fingerprint()[:16]}", "", model.summary()]
    if isinstance(model.preprocessing, Preprocessing):
        head = ("column", "kind", "type", "missing", "becomes")
        rows = [
            (r.column, r.kind, r.type, _share(r.missing), r.becomes) for r in model.preprocessing.describe()
        ]
        lines += ["", aligned([head, *rows], right=(3,))]
    if model.training is not None:
        how, optimizer = model.training, model.training.optimizer
        by = f"{optimizer.name}, learning rate {optimizer.learning_rate:g}, batches of "
        by = by + f"{how.batch_size or 'all rows'}" if how.by_steps else "lbfgs"
        lines += ["", f"trained with {by}, seed {how.seed}, in {how.dtype}"]
    facts = model.provenance
    if facts.created:
        ended = facts.ended
        took = f"{ended.epoch} epochs, {ended.step:,} steps, {ended.seconds:.1f} s"
        lines.append(f"{took}, on {facts.created}")
    if facts.evaluation is not None:
        lines += ["", "on rows held back:", figures_table(facts.evaluation.figures)]
    return "\n".join(lines)


def _share(missing: float) -> str:
    """Write a share of rows; nothing for none."""
    return f"{missing:.1%}" if missing else ""
