"""Dividing a table: rows to learn from, to watch and to hold back, each encoded by what the first teach."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.api.options import Setup
from forpass.errors import ForpassWarning, TableError
from forpass.preprocessing import (
    Preprocessing,
    Table,
    TargetSpec,
    infer_kind,
    learn_target,
    refuse_single_rows,
    require_kind,
    require_schema,
    rows_with_target,
    target_names,
    warn_of_missing_targets,
)
from forpass.preprocessing.dates import guess_notations
from forpass.preprocessing.words import dates_of, levels_of, numbers_of
from forpass.sampling.splits import hold_back
from forpass.spec.data import Data

__all__ = ["Columns", "Division", "Parts", "divide"]

WATCHED_SHARE = 0.1  # of the rows to learn from: they say when to stop
FEWEST_ROWS = 5

Rows = NDArray[np.int64]


class Columns(NamedTuple):
    """What the columns of a table are for: see `train_table`."""

    target: str | Sequence[str]
    task: str | None
    schema: Mapping[str, str] | None
    weight: str | None


class Division(NamedTuple):
    """How rows are divided: see `train_table`."""

    held_back: Any
    group: str | None
    time: str | None
    seed: int


class Parts(NamedTuple):
    """The encoded parts of a table, and how they were encoded."""

    learn: Data
    watch: Data
    held: Data
    preprocessing: Preprocessing


def divide(whole: Table, columns: Columns, division: Division, setup: Setup) -> Parts:
    """Divide the rows that have a target, learn the preprocessing from the learnt part, encode all parts.

    What kind of target it is, is decided by all rows; that says nothing about any of them.

    Raises
    ------
    TableError
        When the table, or a column that was named, cannot be used.
    """
    names = target_names(columns.target, whole.names)
    schema = require_schema(columns.schema, whole, names, columns.weight)
    rows = _usable_rows(whole, names)
    spec = learn_target(whole, names, columns.task)
    refuse_single_rows(whole.only(names, rows), spec)
    learn, watched, held = _divided(rows, _keys(spec, whole, rows, schema, division), division)
    task = columns.task
    if learn_target(whole, names, task, learn).task != spec.task:
        task = spec.task  # the learnt rows by themselves look like something else
    preprocessing = Preprocessing.learn(
        whole,
        names,
        task=task,
        schema=_completed(schema, whole, division),
        weight=columns.weight,
        rows=learn,
        **setup.columns,
    )
    dtype = setup.training.dtype
    _warn_of_few_rows(preprocessing, len(learn))

    def encoded(part: Rows) -> Data:
        return preprocessing.encode(whole, with_targets=True, dtype=dtype, rows=part, aloud=False)

    apart = encoded(held) if len(held) else preprocessing.encode(division.held_back, True, dtype)
    parts = Parts(encoded(learn), encoded(watched), apart, preprocessing)
    for use, data in zip(("learnt from", "watched", "held back"), parts[:3], strict=True):
        if data.weights is not None and not data.weights.any():
            raise TableError(
                f"the weight column {columns.weight!r} is 0 in all {data.n_rows} rows that are {use}; "
                "give some of them a weight, or leave such rows out"
            )
    return parts


def _usable_rows(whole: Table, names: Sequence[str]) -> Rows:
    """Return the rows that have a target; refuse too few of them."""
    rows = rows_with_target(whole, names)
    if 0 < len(rows) < FEWEST_ROWS:
        have = f"{len(rows)} rows have" if len(rows) > 1 else "1 row has"
        raise TableError(
            f"{have} a target, and at least {FEWEST_ROWS} are needed, to learn from, to watch and to hold "
            "back; add rows"
        )
    if len(rows):  # otherwise learning the target says more
        warn_of_missing_targets(len(whole) - len(rows), names)
    return rows


def _divided(rows: Rows, keys: Mapping[str, Any], division: Division) -> tuple[Rows, Rows, Rows]:
    """Return which rows are learnt from, watched and held back; none of the last where a table is given."""
    learn, held = np.arange(len(rows)), np.empty(0, np.int64)
    if isinstance(division.held_back, numbers.Real):
        learn, held = hold_back(len(rows), float(division.held_back), division.seed, **keys)
    of_learn = {name: key[learn] for name, key in keys.items()}
    inner, watched = hold_back(len(learn), WATCHED_SHARE, division.seed, stream="watch", **of_learn)
    return rows[learn[inner]], rows[learn[watched]], rows[held]


def _completed(schema: Mapping[str, str], whole: Table, division: Division) -> dict[str, str]:
    """Leave the group out, and take a time of numbers as that: it may well count the rows."""
    if division.group is not None:
        return {division.group: "drop", **schema}
    if division.time is not None and whole.columns[division.time].kind in ("integer", "float"):
        return {division.time: "number", **schema}
    return dict(schema)


def _warn_of_few_rows(preprocessing: Preprocessing, rows: int) -> None:
    features = len(preprocessing.feature_names)
    if features > rows:
        warnings.warn(
            f"{features} features are learnt from {rows} rows, which a network can learn by heart; "
            "add rows, or drop columns",
            ForpassWarning,
            stacklevel=4,
        )


def _keys(
    spec: TargetSpec, whole: Table, rows: Rows, schema: Mapping[str, str], division: Division
) -> dict[str, Any]:
    """By what the rows are divided: the argument of `hold_back` and its values, or nothing."""
    group, time = division.group, division.time
    if group is not None and time is not None:
        raise TableError("group and time divide the rows in different ways; give one of them")
    for use, name in (("group", group), ("time", time)):
        if name in spec.names:
            raise TableError(f"column {name!r} is the target and cannot be the {use} too; name another one")
    if group is not None:
        return {"groups": levels_of(whole.column(group, "group column").take(rows)).codes}
    if time is not None:
        times = _times(time, whole, rows, schema)
        if np.isnan(times).any():
            raise TableError(
                f"the time column {time!r} has missing values; fill them in or leave the rows out"
            )
        return {"times": times}
    if spec.task != "classification":
        return {}
    return {"labels": spec.numbers(whole.only(spec.names, rows))}


def _times(name: str, whole: Table, rows: Rows, schema: Mapping[str, str]) -> NDArray[np.float64]:
    """Return when the rows were: dates, as the schema says they are written, or numbers."""
    column, role = whole.column(name, "time column").take(rows), "time column"
    _, notation = require_kind(name, schema.get(name, "number"))
    if notation or infer_kind(column) == "date":
        return dates_of(name, column, notation, role)
    if guessed := guess_notations(levels_of(column).words if column.is_text else []):
        raise TableError(
            f"time column {name!r} holds text like {column.cell(0)!r}; say in the schema how its dates are "
            f"written, for instance date:{guessed[0]}"
        )
    return numbers_of(name, column, role)
