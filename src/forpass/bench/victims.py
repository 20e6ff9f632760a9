"""Trainings that are killed: each is begun in a process of its own, and prints what it has come to.

    python -m forpass.bench.victims NAME FOLDER FAULT

prints ``begun`` before it trains, and in the end a digest of all that is known of its models, but for times.
FOLDER remembers its networks, "" is none. FAULT, one of FAULTS or "", is what goes wrong meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import io
import json
import os
import runpy
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from forpass.api.cross_validation import cross_validate
from forpass.api.loading import load
from forpass.api.many import train_many
from forpass.api.tables import train_table
from forpass.model import Ensemble, TrainedModel
from forpass.spec.data import Data
from forpass.spec.layers import Dropout
from forpass.spec.network import NetworkSpec, multilayer
from forpass.spec.normalisation import LayerNorm
from forpass.spec.optimizer import LBFGSSpec, OptimizerSpec
from forpass.spec.training import ScheduleSpec, StoppingSpec, TrainingSpec
from forpass.training import loop
from forpass.training.job import Job

__all__ = ["COMMAND", "FAULTS", "VICTIMS"]

ROWS = 400
SECONDS_BETWEEN = 0.03
"""Networks are written down more often than usual, for they are small."""

COMMAND = "forpass train and resume"
TIMES = "seconds", "created"
Models = Iterable[TrainedModel | Ensemble]


# -- networks by themselves ----------------------------------------------------------------------
@functools.cache
def _data() -> Data:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 6))
    return Data(X, targets=(X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(np.int64))


def _network(*layers: Any) -> NetworkSpec:
    """A network of two layers with others between them."""
    plain = multilayer(6, [24], 2, "softmax_cross_entropy", activation="tanh")
    return NetworkSpec(6, (*plain.layers[:1], *layers, *plain.layers[1:]), plain.head)


def _several(count: int, spec: NetworkSpec, folder: str, how: Mapping[str, Any], **more: Any) -> Models:
    """Train so many networks that differ in their seeds."""
    rows, validated = np.arange(ROWS * 3 // 4), np.arange(ROWS * 3 // 4, ROWS)
    each = {"rows": rows, "validation_rows": validated, **more}
    jobs = [Job(spec, TrainingSpec(**how, seed=seed), _data(), **each) for seed in range(count)]
    return train_many(jobs, checkpoint=folder or None)


def _dropout(folder: str) -> Models:
    return _several(2, _network(LayerNorm(), Dropout(0.3)), folder, {"epochs": 1200, "batch_size": 16})


def _early_stopping(folder: str) -> Models:
    how = {
        "optimizer": OptimizerSpec("nesterov", 0.01),
        "stopping": StoppingSpec(patience=1500),
        "epochs": 4000,
    }
    return _several(2, _network(), folder, how)


def _numpy(folder: str) -> Models:
    return _several(2, _network(Dropout(0.1)), folder, {"epochs": 150}, engine="numpy")


def _two_threads(folder: str) -> Models:
    how = {"epochs": 1500, "optimizer": OptimizerSpec("adamw", 0.01), "schedule": ScheduleSpec("one_cycle")}
    return _several(1, _network(LayerNorm()), folder, how, threads=2)


def _lbfgs(folder: str) -> Models:
    how = {"method": "lbfgs", "epochs": 4000, "lbfgs": LBFGSSpec(value_tolerance=1e-7)}
    return _several(6, _network(), folder, how)


def _many(folder: str) -> Models:
    return _several(24, _network(), folder, {"epochs": 200, "optimizer": OptimizerSpec("rmsprop")})


# -- tables --------------------------------------------------------------------------------------
@functools.cache
def _columns() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(2, ROWS))
    word = rng.choice(["red", "green", "blue"], ROWS)
    return {
        "x": x,
        "z": z,
        "word": word,
        "value": x * z + (word == "red"),
        "kind": np.where(x * z > 0, "a", "b"),
    }


def _table(target: str, rows: int = ROWS, **how: Any) -> Callable[[str], Models]:
    """Return a training on the table, by which a column is predicted."""

    def train(folder: str) -> Models:
        table = {name: _columns()[name][:rows] for name in ("x", "z", "word", target)}
        return [train_table(table, target, checkpoint=folder or None, **how)]

    return train


def _folds(folder: str) -> Models:
    table = {name: _columns()[name] for name in ("x", "z", "word", "kind")}
    found = cross_validate(table, "kind", folds=4, epochs=150, patience=150, checkpoint=folder or None)
    return found.models


def _table_file() -> Path:
    """Write the table to this folder, unless it is there."""
    table = Path("table.csv").absolute()
    if not table.exists():
        rows = zip(*(_columns()[name] for name in ("x", "word", "kind")), strict=True)
        table.write_text("x,word,kind\n" + "".join(f"{x},{word},{kind}\n" for x, word, kind in rows))
    return table


def _command(folder: str) -> Models:
    """``forpass train --checkpoint FOLDER``, and ``forpass resume FOLDER`` where that is begun."""
    model = Path("model.forpass").absolute()
    words = ["train", str(_table_file()), "-t", "kind", "--preset", "fast", "--out", str(model)]
    if folder:
        begun = (Path(folder) / "run.json").exists()
        words = ["resume", folder] if begun else [*words, "--checkpoint", folder]
    sys.argv = ["forpass", *words]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            runpy.run_module("forpass", run_name="__main__")  # the command stands above this package
        except SystemExit as ended:
            if ended.code:
                raise
    return [load(model)]


VICTIMS: dict[str, Callable[[str], Models]] = {
    "dropout and layer normalisation": _dropout,
    "early stopping": _early_stopping,
    "the NumPy engine": _numpy,
    "one cycle on two threads": _two_threads,
    "L-BFGS": _lbfgs,
    "24 networks": _many,
    "a single network and its refit": _table("kind", epochs=600, patience=600, refit=True),
    "tabm": _table("kind", 60, preset="tabm"),
    "preset fast": _table("kind", preset="fast"),
    "preset default, values with intervals": _table("value", preset="default"),
    "four folds": _folds,
    COMMAND: _command,
}
"""What is trained, by its name."""


# -- faults --------------------------------------------------------------------------------------
def _refusing(number: int) -> None:
    """Let every second writer of a file be told that something is wrong."""
    opening, count = os.open, [0]

    def open_(path: Any, *how: Any, **more: Any) -> int:
        if str(path).endswith(".part") and "run.json" not in str(path):
            count[0] += 1
            if count[0] % 2:
                raise OSError(number, os.strerror(number), path)
        return opening(path, *how, **more)

    os.open = open_


def _small_files() -> None:
    """Let the system cut every file at a few kilobytes, which is in the middle of a checkpoint."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


FAULTS: dict[str, Callable[[], None]] = {
    "full disk": lambda: _refusing(errno.ENOSPC),
    "read-only": lambda: _refusing(errno.EROFS),
    "files cut short": _small_files,
}
"""What goes wrong with files while networks train, by its name."""


# -- what is known -------------------------------------------------------------------------------
def _digest(models: Models) -> str:
    """SHA-256 of all that is known of some models but for times: of predictions, histories, figures."""
    total = hashlib.sha256()
    for model in models:
        members = model.members if isinstance(model, Ensemble) else (model,)
        histories = [[record.to_json() for record in member.history] for member in members]
        facts = [one.provenance.to_json() for one in (model, *members)]
        for fact in facts:
            fact.pop("origin", None)  # the command is another where it is resumed into another place
        told = json.dumps(_without_times([histories, facts]), sort_keys=True)
        total.update(f"{model.fingerprint()}{told}".encode())
    return total.hexdigest()


def _without_times(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {name: _without_times(value) for name, value in plain.items() if name not in TIMES}
    return [_without_times(one) for one in plain] if isinstance(plain, list) else plain


def _main(name: str, folder: str, fault: str) -> None:
    warnings.simplefilter("ignore")
    loop.SECONDS_BETWEEN, loop.SHARE_OF_WRITING = SECONDS_BETWEEN, 0.5
    _table_file()  # before anything is wrong with files
    print("begun", flush=True)
    if fault:
        FAULTS[fault]()
    found = VICTIMS[name](folder)
    print(_digest(found), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
