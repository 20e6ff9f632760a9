"""A schema: what the columns of a table are said to be, ``{column: kind}``."""

from collections.abc import Mapping, Sequence

from forpass.errors import TableError
from forpass.preprocessing.kinds import KINDS, require_kind
from forpass.preprocessing.table import Table

__all__ = ["require_schema"]


def require_schema(
    schema: Mapping[str, str] | None, table: Table, targets: Sequence[str] = (), weight: str | None = None
) -> dict[str, str]:
    """Return a schema whose columns are in the table, whose kinds exist, and which leaves the target alone.

    Raises
    ------
    TableError
        For an unknown column, the target, or something that is no mapping.
    UnknownNameError
        For an unknown kind.
    """
    if schema is not None and not isinstance(schema, Mapping):
        raise TableError(
            f"schema is a mapping from column to kind ({', '.join(KINDS)}), "
            f"for instance {{'zip': 'category'}}; got a {type(schema).__name__}"
        )
    if weight is not None:
        table.column(weight, "weight column")
        if weight in targets:
            raise TableError(f"column {weight!r} is the target and cannot weigh the rows; name another one")
    kinds = {str(name): kind for name, kind in (schema or {}).items()}
    for name, kind in kinds.items():
        table.column(name)
        require_kind(name, kind)
        if name in targets:
            raise TableError(f"column {name!r} is the target, which has a task instead of a kind")
        if name == weight and kind != "drop":
            raise TableError(f"column {name!r} weighs the rows and is no feature; leave it out of the schema")
    return kinds
