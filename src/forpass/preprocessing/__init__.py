"""A table goes in, arrays come out, and back. Everything is learnt on training rows only.

`read_columns` reads any table, `Preprocessing.learn` learns from its training rows, ``encode`` makes the
arrays an engine takes, ``decode`` turns predictions back into labels.
"""

from forpass.preprocessing.columns import KINDS, ColumnSpec, require_kind
from forpass.preprocessing.encoding import encode_column
from forpass.preprocessing.learning import learn_column
from forpass.preprocessing.pipeline import ColumnRow, Preprocessing
from forpass.preprocessing.schema import require_schema
from forpass.preprocessing.sparse import SparsePreprocessing, preprocessing_from_json
from forpass.preprocessing.table import Column, Table, read_columns
from forpass.preprocessing.targets import TargetSpec, rows_with_target, target_names, warn_of_missing_targets
from forpass.preprocessing.tasks import TASKS, learn_target, refuse_single_rows

__all__ = [
    "KINDS",
    "TASKS",
    "Column",
    "ColumnRow",
    "ColumnSpec",
    "Preprocessing",
    "SparsePreprocessing",
    "Table",
    "TargetSpec",
    "encode_column",
    "learn_column",
    "learn_target",
    "preprocessing_from_json",
    "read_columns",
    "refuse_single_rows",
    "require_kind",
    "require_schema",
    "rows_with_target",
    "target_names",
    "warn_of_missing_targets",
]
