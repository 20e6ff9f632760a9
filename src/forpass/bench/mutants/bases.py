"""The good files that mutants are made of, and what is right of them."""

from __future__ import annotations

import dataclasses
import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import forpass as fp
from forpass.model import Ensemble, TrainedModel
from forpass.model.container import METADATA, arrays_in, header_of
from forpass.recipes import PRESETS, Chain, Folds, LinearMember, Member, Recipe

__all__ = ["CHECKPOINT", "MODELS", "TABLE", "Bases", "Said", "arrays", "ends_after", "make_bases", "resumed"]

MODELS = "classes", "values", "arrays", "ensemble"
CHECKPOINT, TABLE = "checkpoint", "table"
ROWS = 60


class Said(NamedTuple):
    """What a file says, as it stands there."""

    kind: str
    content: Any
    arrays: dict[str, NDArray[Any]]


class Bases(NamedTuple):
    """The good files by name: their bytes, and what those of models and checkpoints say."""

    blobs: dict[str, bytes]
    said: dict[str, Said]

    @classmethod
    def of(cls, folder: Path) -> Bases:
        """Return what `make_bases` wrote to a folder."""
        names = *MODELS, CHECKPOINT
        blobs = {name: (folder / f"{name}.forpass").read_bytes() for name in names}
        return cls(
            blobs | {TABLE: (folder / "table.csv").read_bytes()}, {n: said_by(blobs[n]) for n in names}
        )


def said_by(blob: bytes) -> Said:
    """Return what a file says."""
    header = header_of(blob)
    head = json.loads(header[METADATA]["forpass"])
    return Said(head["kind"], head["content"], arrays_in(blob, header))


def make_bases(folder: Path) -> None:
    """Write the good files to a folder."""
    (folder / "table.csv").write_text(text_of(rows()), encoding="utf-8", newline="")
    table = fp.read_table(folder / "table.csv")
    of_one: dict[str, Any] = {"epochs": 2, "hidden": (4,), "max_one_hot": 5, "seed": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fp.ForpassWarning)
        for name, target, how in (
            ("classes", "kind", of_one),
            ("values", "value", of_one),
            ("ensemble", "value", {"preset": small_recipe(), "seed": 1}),
        ):
            without = {"kind": "drop", "value": "drop", "always": "drop"}
            del without[target]
            fp.train_table(table, target, schema=without, **how).save(folder / f"{name}.forpass")
    spec, data = arrays()
    training = fp.TrainingSpec(
        epochs=4,
        optimizer=fp.OptimizerSpec("adamw", by_role={"bias": fp.RoleFactors(0.5)}),
        schedule=fp.ScheduleSpec("cosine"),
    )
    fp.train(spec, training, data, validation=data).save(folder / "arrays.forpass")
    path = folder / f"{CHECKPOINT}.forpass"
    fp.train(spec, training, data, validation=data, checkpoint=path, listener=ends_after(2))


def rows() -> dict[str, list[Any]]:
    """A table of every kind of column, with gaps, words that need quotes, and two targets."""
    rng = np.random.default_rng(0)
    size = rng.standard_normal(ROWS).round(3)
    return {
        "size": [None if i % 7 == 0 else x for i, x in enumerate(size.tolist())],
        "hours": rng.choice([8.0, 12.0, 20.0, 25.0, 30.0, 32.5, 35.0, 37.5, 40.0], ROWS).tolist(),
        "count": rng.integers(-5, 1000, ROWS).tolist(),
        "town": [("Ulm", "Köln, am Rhein", 'the "old" town', None)[i % 4] for i in range(ROWS)],
        "street": [f"w{i}" for i in rng.integers(0, 9, ROWS)],
        "sold": [("true", "false")[i % 3 > 0] for i in range(ROWS)],
        "day": [f"20{20 + i % 4}-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(ROWS)],
        "always": [1] * ROWS,
        "kind": [("no", "yes", "perhaps")[i % 3] for i in range(ROWS)],
        "value": (10.0 * size + rng.standard_normal(ROWS)).round(4).tolist(),
    }


def text_of(columns: dict[str, list[Any]]) -> str:
    """Write a table as CSV, the way most do."""
    lines = [columns, *zip(*columns.values(), strict=True)]
    return "".join(",".join(map(_cell, line)) + "\n" for line in lines)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",') else text


def small_recipe() -> Recipe:
    """Networks that take no time, of which an ensemble with intervals comes."""
    small = Member(hidden=(4,), numbers=("piecewise",), statistics=True, learning_rate=0.1)
    chains = Chain("A", small, (2,)), Chain("linear", LinearMember())
    kinds = dict.fromkeys(("two_classes", "classes", "labels", "values"), chains)
    of: dict[str, Any] = {"name": "small", "rungs": 1, "folds": (Folds(1, 2, 2, 1),), "racing_ratio": 100.0}
    return dataclasses.replace(PRESETS["fast"], **of | kinds)


def arrays() -> tuple[fp.NetworkSpec, fp.Data]:
    """A network that takes arrays, of many layers, and its data."""
    rng = np.random.default_rng(0)
    codes, X = rng.integers(0, 3, (20, 1), np.int32), rng.standard_normal((20, 3))
    layers = (
        fp.Embedding(2),
        fp.Dense(4),
        fp.BatchNorm(),
        fp.Activation("relu"),
        fp.Dropout(0.2),
        fp.Residual((fp.Dense(4), fp.LayerNorm())),
        fp.Dense(1),
    )
    head, penalty = fp.Head("huber", {"delta": 0.5}), fp.Penalty(l2=0.1)
    spec = fp.NetworkSpec(3, layers, head, code_sizes=[3], penalty=penalty)
    return spec, fp.Data(X, codes=codes, targets=rng.standard_normal(20))


def ends_after(epochs: int) -> Any:
    """Return a listener that ends a run after so many epochs."""
    seen: list[object] = []

    def listen(event: object) -> bool:
        seen.append(event)
        return len(seen) > epochs

    return listen


def resumed(path: Path, data: fp.Data) -> TrainedModel | Ensemble:
    """Go on with a checkpoint for a while."""
    return fp.resume(path, data, validation=data, listener=ends_after(2))
