"""Whether a table fits what was learnt: columns that are gone, what kinds find new, gaps that are."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from forpass.errors import TableError
from forpass.names import nearest_names
from forpass.preprocessing.kinds import ColumnSpec
from forpass.preprocessing.table import Column, Table
from forpass.shown import counted
from forpass.told import warn_the_caller

__all__ = ["Seen", "named_with_nearest", "require_columns", "seen_in", "warn_of"]

NAMED = 4  # the most columns that are named in a warning


def require_columns(specs: Sequence[ColumnSpec], table: Table) -> None:
    """Name the columns that are needed and not there, each with the name nearest to it.

    Raises
    ------
    TableError
    """
    missing = [spec.name for spec in specs if spec.name not in table.columns and spec.groups]
    if missing:
        further = [name for name in table.names if name not in {spec.name for spec in specs}]
        raise TableError(
            f"the table lacks {named_with_nearest(missing, further)}; add or rename what is missing"
        )


def named_with_nearest(missing: Sequence[str], further: Sequence[str]) -> str:
    """Name the columns that are missing, each with the nearest of those there that were not asked for.

    Examples
    --------
    >>> named_with_nearest(["town", "size"], ["Town"])
    "the columns 'town' (perhaps 'Town'), 'size'"
    """
    shown = []
    for name in missing[:8]:
        near = nearest_names(name, further, limit=1)
        shown.append(repr(name) + (f" (perhaps {near[0]!r})" if near else ""))
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    return f"the column{'s' * (len(missing) > 1)} {', '.join(shown)}{more}"


class Seen(NamedTuple):
    """What is to be said of a column.

    Attributes
    ----------
    name : str
    what, which : str
        What is new in it: see `ColumnSpec.news`.
    gaps : int
        Rows without a value, where training rows had none.
    """

    name: str
    what: str = ""
    which: str = ""
    gaps: int = 0


def seen_in(spec: ColumnSpec, column: Column) -> Seen:
    """Look for what is new in a column, as its kind sees it, and for gaps where training rows had none.

    Raises
    ------
    TableError
        When a column of text has become one of numbers, none of which the training rows had.
    """
    gaps = int(spec.gaps(column).sum()) if spec.share_missing == 0.0 else 0
    return Seen(spec.name, *spec.news(column), gaps)


def warn_of(columns: Iterable[Seen]) -> None:
    """Name, in one warning each, the columns in which the same is new, and those with gaps that are new."""
    new: dict[str, list[str]] = {}
    gaps = []
    for name, what, which, missing in columns:
        if what:
            new.setdefault(what, []).append(f"{name!r} ({which})")
        if missing:
            gaps.append(f"{name!r} ({counted(missing, 'row')})")
    for what, named in new.items():
        _warn(what, named)
    if gaps:
        _warn("have missing values, which no training row had; a middling value stands in", gaps)


def _warn(what: str, columns: Sequence[str]) -> None:
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    warn_the_caller(f"columns {what}: {', '.join(columns[:NAMED])}{more}")
