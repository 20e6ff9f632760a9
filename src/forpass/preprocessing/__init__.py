"""A table goes in, arrays come out, and back. Everything is learnt on training rows only.

`read_columns` reads any table, `Preprocessing.learn` learns from its training rows, ``encode`` makes the
arrays an engine takes, ``decode`` turns predictions back into labels.

A map; a module imports only from those above it in this list:

- What stands in cells: `notation` (numbers as people write them), `times` (of day, with zones), `dates`,
  `text` (the words of a column), `table` (columns, which keep what is found out about them), `words` (from
  a cell to a word, a number, a date or a gap).
- From any make of table to columns: `missing` (what means that nothing is known), `objects` (cells of
  Python), `series` (those of libraries), `frames` (`read_columns`).
- What is no feature: `weights`, `labels` (the classes of a target), `target_columns`, `units` (in which
  values are learnt), `targets` (as arrays and back).
- `kinds`: what a column is and what it becomes, a file for each kind; also how a kind is found out.
- What is said and found out of a table: `reading` (how its file was read), `schema` (what its columns are
  said to be), `tasks` (what its targets ask for), `leakage` (columns that tell too much), `unseen` (what a
  later table has that it had not).
- All of it together: `learning` (from the training rows of a table), `migrate` (what was stored before),
  `single_row` (the short way for one row), `pipeline` (`Preprocessing`), `sparse` (the same for sparse
  matrices).
"""

from typing import TYPE_CHECKING

from forpass.forks import handed_out
from forpass.preprocessing.frames import are_records, read_columns
from forpass.preprocessing.kinds import (
    KINDS,
    Bins,
    ColumnOptions,
    ColumnSpec,
    date_notation,
    infer_kind,
    learn_column,
    left_as_text,
    require_kind,
)
from forpass.preprocessing.missing import missing_words, with_missing
from forpass.preprocessing.pipeline import ColumnRow, Preprocessing
from forpass.preprocessing.reading import Reading
from forpass.preprocessing.sparse import SparsePreprocessing, preprocessing_from_json
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.target_columns import rows_with_target, target_names, warn_of_missing_targets
from forpass.preprocessing.targets import TASKS, TargetSpec

if TYPE_CHECKING:  # what only learning needs is imported when it is first used
    from forpass.preprocessing.schema import require_schema, task_said
    from forpass.preprocessing.tasks import (
        learn_target,
        learn_target_again,
        warn_of_single_rows,
        without_dashes,
    )

__getattr__ = handed_out(
    __name__,
    {
        **dict.fromkeys(("require_schema", "task_said"), "forpass.preprocessing.schema"),
        **dict.fromkeys(
            ("learn_target", "learn_target_again", "warn_of_single_rows", "without_dashes"),
            "forpass.preprocessing.tasks",
        ),
    },
)

__all__ = [
    "KINDS",
    "TASKS",
    "Bins",
    "Column",
    "ColumnOptions",
    "ColumnRow",
    "ColumnSpec",
    "Preprocessing",
    "Reading",
    "SparsePreprocessing",
    "Table",
    "TargetSpec",
    "are_records",
    "date_notation",
    "infer_kind",
    "learn_column",
    "learn_target",
    "learn_target_again",
    "left_as_text",
    "missing_words",
    "preprocessing_from_json",
    "read_columns",
    "warn_of_single_rows",
    "require_kind",
    "require_schema",
    "rows_with_target",
    "target_names",
    "task_said",
    "warn_of_missing_targets",
    "with_missing",
    "without_dashes",
]
