"""A table goes in, arrays come out, and back. Everything is learnt on training rows only.

`read_columns` reads any table, `Preprocessing.learn` learns from its training rows, ``encode`` makes the
arrays an engine takes, ``decode`` turns predictions back into labels.
"""

from forpass.preprocessing.frames import are_records, read_columns
from forpass.preprocessing.kinds import (
    KINDS,
    ColumnSpec,
    infer_kind,
    learn_column,
    left_as_text,
    require_kind,
)
from forpass.preprocessing.missing import missing_words, with_missing
from forpass.preprocessing.pipeline import ColumnRow, Preprocessing
from forpass.preprocessing.reading import Reading
from forpass.preprocessing.schema import require_schema, task_said
from forpass.preprocessing.sparse import SparsePreprocessing, preprocessing_from_json
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.targets import (
    TASKS,
    TargetSpec,
    rows_with_target,
    target_names,
    warn_of_missing_targets,
)
from forpass.preprocessing.tasks import (
    learn_target,
    learn_target_again,
    refuse_single_rows,
    without_dashes,
)

__all__ = [
    "KINDS",
    "TASKS",
    "Column",
    "ColumnRow",
    "ColumnSpec",
    "Preprocessing",
    "Reading",
    "SparsePreprocessing",
    "Table",
    "TargetSpec",
    "are_records",
    "infer_kind",
    "learn_column",
    "learn_target",
    "learn_target_again",
    "left_as_text",
    "missing_words",
    "preprocessing_from_json",
    "read_columns",
    "refuse_single_rows",
    "require_kind",
    "require_schema",
    "rows_with_target",
    "target_names",
    "task_said",
    "warn_of_missing_targets",
    "with_missing",
    "without_dashes",
]
