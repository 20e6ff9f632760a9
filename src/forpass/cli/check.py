"""``forpass check``: whether the derivatives are those of the function."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.learning import network_for
from forpass.api.loading import load
from forpass.api.presets import setup_for
from forpass.api.road import encode, look, split
from forpass.checks import GradientReport, gradient_check
from forpass.cli.options import said_of
from forpass.cli.output import Reporter
from forpass.cli.tables import columns_named, open_table
from forpass.errors import TableError
from forpass.maths.losses import LOSSES
from forpass.maths.philox import uniforms
from forpass.model import Ensemble, TrainedModel
from forpass.preprocessing import read_columns
from forpass.sampling.evenly import evenly
from forpass.sampling.streams import stream_key
from forpass.shown import counted
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
        checked = _of_each_kind(model, rows, seed)
        what = f"{thing}, at its own parameters, on {rows} made-up examples"
    else:
        spec, data = _from_table(thing, target, hidden, activation, rows, reporter)
        checked = {"": gradient_check(spec, data, seed=seed)}
        what = f"{thing}, at initial parameters, on {data.n_rows} of its rows"
    text = "\n\n".join(f"{member}{report}" for member, report in checked.items())
    reporter.result(f"{what}\n\n{text}", _value(thing, list(checked.values())))
    if not all(report.passed for report in checked.values()):
        raise SystemExit(1)


def _of_each_kind(model: TrainedModel | Ensemble, rows: int, seed: int) -> dict[str, GradientReport]:
    """Check a model, or of an ensemble the first of all members that are built alike, by what heads it."""
    members = model.members if isinstance(model, Ensemble) else (model,)
    alike: dict[NetworkSpec, list[int]] = {}
    for number, member in enumerate(members, start=1):
        alike.setdefault(member.spec, []).append(number)
    found = {}
    for spec, numbers in alike.items():
        examples = made_up_examples(spec, rows, seed)
        parameters = members[numbers[0] - 1].parameters
        also = f", built like {counted(len(numbers) - 1, 'other')}" if len(numbers) > 1 else ""
        heading = f"member {numbers[0]}{also}: " if isinstance(model, Ensemble) else ""
        found[heading] = gradient_check(spec, examples, parameters=parameters, seed=seed)
    return found


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
    return spec, data.rows(evenly(data.n_rows, rows))


def _value(thing: str, reports: Sequence[GradientReport]) -> dict[str, Any]:
    each = [{**dataclasses.asdict(report), "passed": report.passed} for report in reports]
    return {"checked": thing, **each[0]} if len(each) == 1 else {"checked": thing, "members": each}
