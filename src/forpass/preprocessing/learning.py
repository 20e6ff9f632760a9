"""Learning from the training rows of a table: first what is to be predicted, then what each column is."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forpass.errors import TableError
from forpass.preprocessing.kinds import ColumnOptions, ColumnSpec, DroppedColumn, has_bins, learn_column
from forpass.preprocessing.leakage import Truths, leakage_found, rows_counted, truths_of
from forpass.preprocessing.schema import require_schema, task_said
from forpass.preprocessing.table import Column, Table, part_of, row_numbers
from forpass.preprocessing.target_columns import has_target, target_names, warn_of_missing_targets
from forpass.preprocessing.targets import TargetSpec
from forpass.preprocessing.tasks import known_targets, learn_task, warn_of_blanks, without_dashes
from forpass.told import warn_the_caller

__all__ = ["TrainingRows", "learn_columns", "training_rows"]


class TrainingRows(NamedTuple):
    """The rows to learn from, and what is known of them before their columns are looked at.

    Attributes
    ----------
    table : Table
    rows : ndarray of int64
        Those whose target is known, rising.
    kinds : mapping
        What the columns of features are said to be.
    target : TargetSpec or None
    truths : Truths or None
        What is to be predicted, on a sample.
    """

    table: Table
    rows: NDArray[np.int64]
    kinds: Mapping[str, str]
    target: TargetSpec | None = None
    truths: Truths | None = None

    def column(self, name: str) -> Column:
        """Return the training rows of a column."""
        return part_of(self.table.columns[name], self.rows)


def training_rows(
    table: Table,
    target: str | Sequence[str] | TargetSpec | None,
    task: str | None,
    schema: Mapping[str, str] | None,
    weight: str | None,
    rows: ArrayLike | None,
) -> TrainingRows:
    """Find out what is to be predicted, unless it is known, and which rows can be learnt from.

    The arguments are those of `Preprocessing.learn`.
    """
    chosen = row_numbers(rows, len(table))
    learnt = target if isinstance(target, TargetSpec) else None
    names: object = target if learnt is None else learnt.names
    targets = () if names is None else target_names(names, table.names)
    task = task if learnt is None else learnt.task
    kinds, task = task_said(require_schema(schema, table, targets, weight), targets, task)
    if not targets:
        return TrainingRows(table, chosen, kinds)
    table = without_dashes(table, targets, task)
    truth = known_targets(table, targets, task, chosen)
    if learnt is None:
        learnt = learn_task(truth, task)
        warn_of_blanks(truth, learnt)
    known = has_target(table, targets)[chosen]
    warn_of_missing_targets(table, targets, chosen[~known])
    return TrainingRows(table, chosen[known], kinds, learnt, truths_of(learnt, truth))


def learn_columns(found: TrainingRows, weight: str | None, options: ColumnOptions) -> tuple[ColumnSpec, ...]:
    """Learn all columns but targets and weight.

    Raises
    ------
    TableError
        When no column is left to learn from.

    Warns
    -----
    ForpassWarning
        For columns that count the rows or leak the target, and what `learn_column` warns of.
    """
    apart = {weight, *(found.target.names if found.target else ())}
    names = [name for name in found.table.names if name not in apart]
    beside = _in_bins(found, names) if options.bins is not None else 1
    specs, counting, leaking = [], [], []
    for name in names:
        column, kind = found.column(name), found.kinds.get(name)
        spec = learn_column(name, column, kind=kind, options=options, beside=beside)
        specs.append(spec)
        counting.append("" if kind is not None else rows_counted(spec, column))
        leaking.append("" if found.truths is None else leakage_found(spec, column, found.truths))
    _require_features(specs)
    for message in filter(None, [*counting, *leaking]):
        warn_the_caller(message)
    return tuple(specs)


def _in_bins(found: TrainingRows, names: Sequence[str]) -> int:
    """Count the columns that share the bins."""
    return sum(has_bins(name, found.column(name), found.kinds.get(name)) for name in names)


def _require_features(specs: Sequence[ColumnSpec]) -> None:
    if not any(spec.groups for spec in specs):
        dropped = [spec for spec in specs if isinstance(spec, DroppedColumn)]
        reasons = "; ".join(f"{spec.name!r} {spec.reason}" for spec in dropped[:4])
        raise TableError(
            f"no column is left to learn from ({reasons or 'there is no other'}); add columns, or give "
            "some of them a kind"
        )
