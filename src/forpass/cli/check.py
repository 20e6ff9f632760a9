"""``forpass check``: whether the derivatives are those of the function."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.learning import network_for
from forpass.api.loading import load
from forpass.api.options import setup_for
from forpass.api.road import encode, look, split
from forpass.checks import GradientReport, gradient_check
from forpass.cli.options import said_of
from forpass.cli.output import Reporter
from forpass.cli.tables import columns_named, open_table
from forpass.errors import InputError, TableError
from forpass.maths.losses import LOSSES
from forpass.maths.philox import uniforms
from forpass.model import Ensemble
from forpass.preprocessing import read_columns
from forpass.sampling.streams import stream_key
from forpass.spec.data import Data
from forpass.spec.network import NetworkSpec
from forpass.spec.require import whole_number
from forpass.spec.training import TrainingSpec

__all__ = ["made_up_examples", "run"]


def run(
    thing: str, target: str, hidden: str, activation: str, rows: int, seed: int, reporter: Reporter
) -> None:
    """Check a model file at its own parameters, or a table at initial ones."""
    whole_number("--rows", rows)
    whole_number("--seed", seed, at_least=0)
    if thing.endswith(".forpass"):
        model = load(thing)
        if isinstance(model, Ensemble):
            raise InputError(f"{thing} is an ensemble; check the file of one of its members")
        report = gradient_check(
            model.spec, made_up_examples(model.spec, rows, seed), parameters=model.parameters, seed=seed
        )
        what = f"{thing}, at its own parameters, on {rows} made-up examples"
    else:
        spec, data = _from_table(thing, target, hidden, activation, rows, reporter)
        report = gradient_check(spec, data, seed=seed)
        what = f"{thing}, at initial parameters, on {data.n_rows} of its rows"
    reporter.result(f"{what}\n\n{report}", _value(thing, report))
    if not report.passed:
        raise SystemExit(1)


def made_up_examples(spec: NetworkSpec, rows: int, seed: int) -> Data:
    """Draw examples that a network can take: for a check any will do."""
    key = stream_key(seed, "check")

    def drawn(number: int, *shape: int) -> NDArray[np.float64]:
        U: Any = uniforms(int(np.prod(shape)), key, (number, 0, 0))
        return np.asarray(U).reshape(shape)

    codes = None
    if spec.code_sizes:
        codes = (drawn(1, rows, len(spec.code_sizes)) * spec.code_sizes).astype(np.int32)
    kind, k = LOSSES[spec.head.loss].targets, spec.n_outputs
    if kind == "class":
        targets: NDArray[Any] = (drawn(2, rows) * k).astype(np.int64)
    elif kind in ("label", "probability"):
        targets = np.round(drawn(2, rows, k))
    else:
        targets = 3.0 * drawn(2, rows, k)
    return Data(2.0 * drawn(0, rows, spec.n_features) - 1.0, codes, targets)


def _from_table(
    thing: str, target: str, hidden: str, activation: str, rows: int, reporter: Reporter
) -> tuple[NetworkSpec, Data]:
    source = open_table(thing, reporter)
    names = columns_named(target, source.columns) or source.target
    if not names:
        raise TableError("which column is to be predicted? Say --target COLUMN")
    names = names[0] if len(names) == 1 and not isinstance(names, str) else names
    examples = look(read_columns(source.frame), names, task=None if target else source.task)
    said = said_of({"hidden": hidden, "activation": activation}) | {"dropout": 0.0}
    setup = setup_for(len(examples.rows), said, TrainingSpec(dtype="float64"))
    parts = encode(examples, split(examples, 0.0, 0.0, seed=0), setup)
    spec, data = network_for(parts.preprocessing, setup), parts.training
    # Rows from all over the table: in many tables the first ones are all of one class.
    return spec, data.rows(np.linspace(0, data.n_rows - 1, min(rows, data.n_rows)).astype(np.int64))


def _value(thing: str, report: GradientReport) -> dict[str, Any]:
    return {"checked": thing, **dataclasses.asdict(report), "passed": report.passed}
