"""Export a model of each table as an ONNX and a Python file, with what it answers, for `run_exports.py`.

path/to/environment/bin/python .ci/make_exports.py FOLDER

Tables are those that come with scikit-learn, and where FORPASS_DATA names a folder, those in it.
"""

import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import forpass as fp
from forpass.exports.trial_rows import cells_of
from forpass.exports.walk import graph_of

IN_THE_FOLDER = ("abalone", "pulsar", "steel")
LEARNT, GIVEN = 1500, 300
"""Rows that are learnt from, at most, and rows on which exports are tried elsewhere."""


def tables() -> Iterator[tuple[str, Any, Any]]:
    """Yield names, tables and targets."""
    data = os.environ.get("FORPASS_DATA")
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits", *IN_THE_FOLDER * bool(data)):
        found = fp.load_dataset(name)
        yield name, found.frame, found.target
    if data:
        folder = Path(data) / "tables"
        for name, entry in json.loads((folder / "tables.json").read_text()).items():
            yield name, fp.read_table(folder / entry["file"]), entry["target"]


def export(table: Any, target: Any, place: Path) -> None:
    """Train on a part of a table, and write what is needed to try exports elsewhere."""
    columns = {
        name: np.asarray(table[name]) for name in (table if isinstance(table, dict) else table.columns)
    }
    rows = np.random.default_rng(0).permutation(len(next(iter(columns.values()))))
    learnt, given = (
        {name: cells[part] for name, cells in columns.items()} for part in (rows[:LEARNT], rows[-GIVEN:])
    )
    model = fp.train_table(learnt, target, preset="fast")
    for file in ("model.onnx", "model.py"):
        fp.export(model, place / file)
    cells = cells_of(graph_of(model), model, given)
    task = model.preprocessing.target.task
    answers = {
        "value" if task == "regression" else "labels" if task == "multilabel" else "label": model.predict(
            given
        )
    }
    if task != "regression":
        answers["probabilities"] = model.predict_proba(given)
    found = {"cells": cells, "answers": answers}
    plain = {
        of: {name: np.asarray(array).tolist() for name, array in one.items()} for of, one in found.items()
    }
    (place / "rows.json").write_text(json.dumps(plain))


def main(folder: Path) -> None:
    """Write a folder for each table."""
    warnings.simplefilter("ignore", fp.ForpassWarning)
    for name, table, target in tables():
        place = folder / name
        place.mkdir(parents=True)
        export(table, target, place)
        print(f"exported {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
