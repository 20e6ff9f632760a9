"""The road of a table: it is looked at once, its rows are split, and the parts are encoded.

    examples = look(table, "income", group="household")
    rows = split(examples, validation=0.1, test=0.2, seed=0)
    parts = encode(examples, rows, setup)

Whoever trains on a table goes this way: `train_table`, the estimators of tables, the command. What kind of
target it is, is decided by all rows, which says nothing about any of them; all else is learnt from the
training rows alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.api.setup import Setup
from forpass.errors import TableError
from forpass.preprocessing import (
    Column,
    ColumnOptions,
    Preprocessing,
    Reading,
    SparsePreprocessing,
    Table,
    TargetSpec,
    date_notation,
    infer_kind,
    learn_target,
    learn_target_again,
    read_columns,
    require_kind,
    require_schema,
    rows_with_target,
    target_names,
    task_said,
    warn_of_missing_targets,
    without_dashes,
)
from forpass.preprocessing.dates import guess_notations, notations_said
from forpass.preprocessing.table import ROWS_AT_ONCE
from forpass.preprocessing.words import dates_of, levels_of, numbers_of
from forpass.sampling.splits import dealt_out, one_after_another, other_rows, split_off
from forpass.shown import counted
from forpass.spec.data import Data
from forpass.told import called

__all__ = [
    "AnyPreprocessing",
    "Examples",
    "Parts",
    "Rows",
    "all_training",
    "encode",
    "encoded",
    "fold",
    "keys_of",
    "learnt_again",
    "learnt_columns",
    "look",
    "split",
]

Numbers = NDArray[np.int64]
AnyPreprocessing = Preprocessing | SparsePreprocessing


@dataclass(frozen=True, eq=False)
class Examples:
    """A table that was looked at: what is to be predicted, and which of its rows can be used.

    Attributes
    ----------
    table : Table
        Of a sparse matrix the targets alone.
    target : TargetSpec
        Learnt from all rows that can be used.
    rows : array of int64
        The rows that can be used, in ascending order.
    keys : mapping
        By what the rows are split: the argument of `split_off` and its values, or nothing.
    schema : mapping
        What columns are, as far as it is said.
    weight : str or None
        The column that says how much each row counts.
    weights : array of float or None
        How much each row of the table counts, where no column says it.
    matrix : sparse matrix or None
        The features, where they are none of the table's.
    """

    table: Table
    target: TargetSpec
    rows: Numbers
    keys: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    schema: Mapping[str, str] = field(default_factory=dict)
    weight: str | None = None
    weights: NDArray[np.float64] | None = None
    matrix: Any = None

    def only(self, rows: Numbers) -> Examples:
        """Return some of the rows as examples of their own; of a table, not of a sparse matrix."""
        return dataclasses.replace(
            self,
            table=self.table.take(rows),
            rows=np.arange(len(rows)),
            keys={},
            weights=None if self.weights is None else self.weights[rows],
        )


class Rows(NamedTuple):
    """Which rows of a table are for what, in ascending order; none where there are none."""

    training: Numbers
    validation: Numbers
    test: Numbers


class Parts(NamedTuple):
    """The rows as arrays, and how they were encoded.

    Attributes
    ----------
    training : Data
    validation, test : Data or None
    preprocessing : Preprocessing or SparsePreprocessing
    test_groups : array or None
        Which of the test rows belong together.
    keys : mapping
        By what the training rows may be split further: the keys of `Examples`.
    """

    training: Data
    validation: Data | None
    test: Data | None
    preprocessing: AnyPreprocessing
    test_groups: NDArray[Any] | None = None
    keys: Mapping[str, NDArray[Any]] = {}


def look(
    table: Table,
    target: str | Sequence[str],
    *,
    task: str | None = None,
    schema: Mapping[str, str] | None = None,
    weight: str | NDArray[np.float64] | None = None,
    group: Any = None,
    time: str | None = None,
    matrix: Any = None,
    fewest: int = 1,
) -> Examples:
    """Look at a table: what is to be predicted, which rows can be used, what they are split by.

    Parameters
    ----------
    table : Table
        Of a sparse matrix the targets alone.
    target : str or sequence of str
    task, schema, time
        See `train_table`.
    weight : str or array, optional
        A column of the table, or how much each row counts: then a row of weight 0 is as if it were not there.
    group : str or array-like, optional
        A column of the table, or the group of each row.
    matrix : sparse matrix, optional
        The features, where they are none of the table's.
    fewest : int
        So many rows there must be.

    Raises
    ------
    TableError
        When the table, or a column that was named, cannot be used.
    """
    names = target_names(target, table.names)
    column = weight if isinstance(weight, str) else None
    if matrix is not None and schema:
        raise TableError("a sparse matrix has no schema, for all its columns are numbers; leave it out")
    kinds, task = task_said(require_schema(schema, table, names, column), names, task)
    table = without_dashes(table, names, task)
    rows = rows_with_target(table, names)
    if len(rows):  # otherwise learning the target says more
        _refuse_few_rows(len(rows), fewest)
        warn_of_missing_targets(table, names, other_rows(len(table), rows))
    spec = learn_target(table, names, task)
    if group is not None and time is not None:
        both = f"{called('group')} and {called('time')}"
        raise TableError(f"{both} split the rows in different ways; give one of them")
    for use, name in (("group", group), ("time", time)):
        if isinstance(name, str) and name in names:
            raise TableError(f"column {name!r} is the target and cannot be the {use} too; name another one")
    weights = None if column is not None or weight is None else np.asarray(weight)
    rows = rows if weights is None else rows[weights[rows] > 0]
    keys: dict[str, NDArray[Any]] = {}
    if group is not None:
        keys["groups"] = levels_of(_groups(group, table)).codes[rows]
    elif time is not None:
        keys["times"] = _times(time, table.column(time, "time column").take(rows), kinds)
    elif spec.task == "classification":
        keys["labels"] = spec.numbers(table.only(names, rows))
    if isinstance(group, str):
        kinds = {group: "drop", **kinds}
    if time is not None and table.columns[time].kind in ("integer", "float"):
        kinds = {time: "number", **kinds}  # it may well count the rows
    return Examples(table, spec, rows, keys, kinds, column, weights, matrix)


def _refuse_few_rows(count: int, fewest: int) -> None:
    if count < fewest:
        have = f"{count} rows have" if count > 1 else "1 row has"
        raise TableError(
            f"{have} a target, and at least {fewest} are needed, to learn from some and to measure on "
            "others; add rows"
        )


def _groups(group: Any, table: Table) -> Column:
    """Return the column that says which rows belong together."""
    if isinstance(group, str):
        return table.column(group, "group column")
    column = read_columns({"groups": group}).columns["groups"]
    if len(column) != len(table):
        raise TableError(
            f"groups has {counted(len(column), 'value')}; give one for each of the {len(table)} rows"
        )
    return column


def _times(name: str, column: Column, schema: Mapping[str, str]) -> NDArray[np.float64]:
    """Return when the rows were: dates, as the schema says they are written, or numbers."""
    _, notation = require_kind(name, schema.get(name, "number"))
    if not notation and column.is_text:
        notation = date_notation(column) or ""
    if notation or infer_kind(column) == "date":
        times = dates_of(name, column, notation, "time column")
    elif guessed := guess_notations(levels_of(column).words if column.is_text else []):
        raise TableError(
            f"time column {name!r} holds text like {column.cell(0)!r}; say in the schema how its dates are "
            f"written: kind {notations_said(guessed)}"
        )
    else:
        times = numbers_of(name, column, "time column")
    if np.isnan(times).any():
        raise TableError(f"the time column {name!r} has missing values; fill them in or leave the rows out")
    return times


def split(examples: Examples, validation: float, test: float, seed: int) -> Rows:
    """Split the rows that can be used.

    Parameters
    ----------
    examples : Examples
    validation, test : float
        The share of test rows, and that of validation rows among the others; 0: none.
    seed : int

    Raises
    ------
    DataError
        When there are too few to split.
    """
    others, test_rows = _places_split_off(np.arange(len(examples.rows)), examples, test, seed, "test")
    training, validation_rows = _places_split_off(others, examples, validation, seed, "validation")
    return Rows(examples.rows[training], examples.rows[validation_rows], examples.rows[test_rows])


def fold(examples: Examples, folds: int, validation: float, seed: int) -> list[Rows]:
    """Split the rows that can be used as often as there are folds: each row is a test row once.

    Where they are split by time, a fold learns from what is earlier than its test rows, and the earliest rows
    are no test rows.

    Parameters
    ----------
    examples : Examples
    folds : int
    validation : float
        The share of validation rows among those that are no test rows; 0: none.
    seed : int

    Raises
    ------
    DataError
        When there are too few to split.
    """
    times = examples.keys.get("times")
    if times is None:
        number = dealt_out(len(examples.rows), folds, seed, **examples.keys)
    else:
        number = one_after_another(times, folds)
    found = []
    for test in range(folds):
        learnt = number != test if times is None else number < test
        others, test_rows = np.flatnonzero(learnt), np.flatnonzero(number == test)
        training, validation_rows = _places_split_off(others, examples, validation, seed, "validation")
        found.append(Rows(*(examples.rows[part] for part in (training, validation_rows, test_rows))))
    return found


def _places_split_off(
    places: Numbers, examples: Examples, share: float, seed: int, stream: str
) -> tuple[Numbers, Numbers]:
    """Return which places among the rows remain, and which are split off."""
    if share == 0:
        return places, places[:0]
    keys = {name: key[places] for name, key in examples.keys.items()}
    rest, apart = split_off(len(places), share, seed, stream=stream, **keys)
    return places[rest], places[apart]


def encode(examples: Examples, rows: Rows, setup: Setup, reading: Reading | None = None) -> Parts:
    """Learn from the training rows how columns become features, and encode all rows.

    Raises
    ------
    TableError
        When a column cannot be used, or no row of a part counts.
    """
    whole, chosen = examples, rows.training
    if len(chosen) <= ROWS_AT_ONCE and examples.matrix is None:
        # of a short table the training rows become one of their own, which keeps what is found out about it
        examples, chosen = whole.only(chosen), np.arange(len(chosen))
    target = learnt_again(examples, chosen, setup)
    preprocessing: AnyPreprocessing
    if examples.matrix is not None:
        preprocessing = SparsePreprocessing.learn(examples.matrix, target, chosen)
    else:
        preprocessing = learnt_columns(examples.table, chosen, target, examples, setup, reading)
    training = encoded(preprocessing, examples, chosen, setup)
    validation, test = (
        encoded(preprocessing, whole, part, setup) if len(part) else None
        for part in (rows.validation, rows.test)
    )
    groups = keys_of(whole, rows.test).get("groups")
    return Parts(training, validation, test, preprocessing, groups, keys_of(whole, rows.training))


def learnt_again(examples: Examples, rows: Numbers, setup: Setup) -> TargetSpec:
    """Learn from the training rows what is to be predicted; that it is, all rows have said."""
    target = learn_target_again(examples.target, examples.table, rows)
    return target if setup.judging.positive is None else target.with_positive(setup.judging.positive)


def learnt_columns(
    table: Table, rows: Numbers, target: TargetSpec, examples: Examples, setup: Setup, reading: Reading | None
) -> Preprocessing:
    """Learn from rows of a table how its columns become features, as setup and examples say."""
    given = dict(setup.columns)
    missing, options = given.pop("missing", None), ColumnOptions(**given)
    if setup.recipe is not None:
        options = setup.recipe.columns_for(options, target.task, target.outputs)
    return Preprocessing.learn(
        table,
        target,
        schema=examples.schema,
        weight=examples.weight,
        rows=rows,
        missing=missing,
        reading=reading or Reading(),
        options=options,
    )


def keys_of(examples: Examples, rows: Numbers) -> dict[str, NDArray[Any]]:
    """Return by what some of the rows are split."""
    places = np.searchsorted(examples.rows, rows)
    return {name: key[places] for name, key in examples.keys.items()}


def all_training(examples: Examples) -> Rows:
    """Return all rows that can be used, as training rows."""
    return Rows(examples.rows, examples.rows[:0], examples.rows[:0])


def encoded(preprocessing: AnyPreprocessing, examples: Examples, rows: Numbers, setup: Setup) -> Data:
    """Return some of the rows as arrays."""
    dtype = setup.training.dtype
    if isinstance(preprocessing, Preprocessing):
        data = preprocessing.encode(examples.table, with_targets=True, dtype=dtype, rows=rows, aloud=False)
        targets = data.targets
    else:
        data = preprocessing.encode(examples.matrix[rows], dtype=dtype)
        targets = preprocessing.target.encode(examples.table.only(preprocessing.target.names, rows), dtype)
    weights = data.weights if examples.weights is None else examples.weights[rows]
    if targets is data.targets and weights is data.weights:
        return data
    return Data(data.numbers, data.codes, targets, weights)
