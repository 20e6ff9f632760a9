"""Whether a table fits what was learnt: columns that are gone, words never seen, gaps that are new."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from forpass.errors import TableError, nearest_names, warn_the_caller
from forpass.preprocessing.kinds import ColumnSpec, DateColumn
from forpass.preprocessing.table import Column, Table

__all__ = ["Seen", "require_columns", "seen_in", "warn_of"]

NAMED = 4  # so many columns are named in a warning


def require_columns(specs: Sequence[ColumnSpec], table: Table) -> None:
    """Name the columns that are needed and not there, each with the name nearest to it.

    Raises
    ------
    TableError
    """
    missing = [spec.name for spec in specs if spec.name not in table.columns and spec.groups]
    if missing:
        further = [name for name in table.names if name not in {spec.name for spec in specs}]
        shown = []
        for name in missing[:8]:
            near = nearest_names(name, further, limit=1)
            shown.append(repr(name) + (f" (perhaps {near[0]!r})" if near else ""))
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise TableError(f"the table lacks the columns {', '.join(shown)}{more}; add or rename them")


class Seen(NamedTuple):
    """What is to be said of a column: rows with words never seen, the first of these, rows with new gaps.

    And how its dates differ in having a time zone.
    """

    name: str
    unseen: int
    example: str
    gaps: int
    zones: str = ""


def seen_in(spec: ColumnSpec, column: Column) -> Seen:
    """Look for words never seen, and for gaps where training rows had none.

    Raises
    ------
    TableError
        When a column of text has become one of numbers, none of which the training rows had.
    """
    count, example = spec.unseen(column)
    gaps = int(spec.gaps(column).sum()) if spec.share_missing == 0.0 else 0
    zones = spec.other_zones(column) if isinstance(spec, DateColumn) else ""
    return Seen(spec.name, count, example, gaps, zones)


def warn_of(columns: Iterable[Seen]) -> None:
    """Count, in one warning each, the rows with words never seen and those with gaps that are new."""
    unseen, gaps, zones = [], [], []
    for name, count, example, missing, other in columns:
        if count:
            unseen.append(f"{name!r} ({_rows(count)}, for instance {example!r})")
        if missing:
            gaps.append(f"{name!r} ({_rows(missing)})")
        if other:
            zones.append(f"{name!r} ({other})")
    if unseen:
        _warn("hold words never seen in training, of which the network knows nothing", unseen)
    if gaps:
        _warn("have missing values, which no training row had; a middling value stands in", gaps)
    if zones:
        _warn(
            "hold dates that mean another time than those learnt from; one without a zone is taken for UTC",
            zones,
        )


def _warn(what: str, columns: Sequence[str]) -> None:
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    warn_the_caller(f"columns {what}: {', '.join(columns[:NAMED])}{more}")


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count > 1 else ''}"
