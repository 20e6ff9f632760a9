"""A schema: what the columns of a table are said to be, ``{column: kind}``."""

from collections.abc import Mapping, Sequence

from forpass.errors import TableError
from forpass.preprocessing.kinds import kinds_said, require_kind, task_of
from forpass.preprocessing.table import Table
from forpass.shown import one

__all__ = ["require_schema", "task_said"]


def require_schema(
    schema: Mapping[str, str] | None, table: Table, targets: Sequence[str] = (), weight: str | None = None
) -> dict[str, str]:
    """Return a schema whose columns are in the table and whose kinds exist; of a target, one to predict.

    Raises
    ------
    TableError
        For an unknown column, a target that is dropped or a date, or something that is no mapping.
    UnknownNameError
        For an unknown kind.
    """
    if schema is not None and not isinstance(schema, Mapping):
        raise TableError(
            f"schema is a mapping from column to kind ({', '.join(kinds_said())}), "
            f"for instance {{'zip': 'category'}}; got {one(type(schema).__name__)}"
        )
    if weight is not None:
        table.column(weight, "weight column")
        if weight in targets:
            raise TableError(f"column {weight!r} is the target and cannot weigh the rows; name another one")
    kinds = {str(name): kind for name, kind in (schema or {}).items()}
    for name, kind in kinds.items():
        table.column(name)
        require_kind(name, kind)
        if name in targets and not task_of(kind):
            raise TableError(
                f"column {name!r} is the target and cannot be of the kind {kind!r}; say number to predict a "
                "number, or category to predict a class"
            )
        if name == weight and kind != "drop":
            raise TableError(f"column {name!r} weighs the rows and is no feature; leave it out of the schema")
    return kinds


def task_said(
    kinds: Mapping[str, str], targets: Sequence[str], task: str | None
) -> tuple[dict[str, str], str | None]:
    """Divide a schema into the kinds of features, and the task that the kinds of the targets come to.

    Raises
    ------
    TableError
        For a kind that contradicts the task, or others of the kinds.
    """
    features = {name: kind for name, kind in kinds.items() if name not in targets}
    for name in targets:
        if name not in kinds:
            continue
        meant = task_of(kinds[name])
        if len(targets) > 1 and meant == "classification":  # one column each, and all of them say which it is
            if task == "regression":
                raise TableError(
                    f"column {name!r} is of kind {kinds[name]}, and the task regression; say one of them"
                )
            continue
        if task not in (None, meant):
            raise TableError(
                f"column {name!r} is of the kind {kinds[name]!r}, to predict by {meant}, and the task is "
                f"{task}; say one of them"
            )
        task = meant
    return features, task
