"""Whether a table fits what was learnt: columns that are gone, words never seen, gaps that are new."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forpass.errors import ForpassWarning, TableError, nearest_names
from forpass.preprocessing.columns import ColumnSpec
from forpass.preprocessing.table import Column, Table
from forpass.preprocessing.words import is_missing, levels_of

__all__ = ["require_columns", "warn_of_strange_cells"]

NAMED = 4  # so many columns are named in a warning


def require_columns(specs: Sequence[ColumnSpec], table: Table) -> None:
    """Name the columns that are needed and not there, each with the name nearest to it.

    Raises
    ------
    TableError
    """
    missing = [s.name for s in specs if s.features and s.name not in table.columns]
    if missing:
        further = [name for name in table.names if name not in {s.name for s in specs}]
        shown = []
        for name in missing[:8]:
            near = nearest_names(name, further, limit=1)
            shown.append(repr(name) + (f" (perhaps {near[0]!r})" if near else ""))
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise TableError(f"the table lacks the columns {', '.join(shown)}{more}; add or rename them")


def warn_of_strange_cells(specs: Sequence[ColumnSpec], table: Table, rows: NDArray[np.int64]) -> None:
    """Count, in one warning each, the rows with words never seen and those with gaps that are new.

    Rare words were seen: a column with too many of them to keep by name (see `learning`) is not counted.

    Raises
    ------
    TableError
        When a column of text has become one of numbers, none of which the training rows had.
    """
    unseen, gaps = [], []
    for spec in specs:
        if not spec.features:
            continue
        column = table.columns[spec.name].take(rows)
        if spec.kind == "category":
            count, example = _unseen(spec, column)
            if count == len(rows):
                _require_text(spec, column, example)
            if count:
                unseen.append(f"{spec.name!r} ({_rows(count)}, for instance {example!r})")
        if spec.share_missing == 0.0 and (count := int(is_missing(column).sum())):
            gaps.append(f"{spec.name!r} ({_rows(count)})")
    if unseen:
        _warn("hold words never seen in training, of which the network knows nothing", unseen)
    if gaps:
        _warn("have missing values, which no training row had; a middling value stands in", gaps)


def _unseen(spec: ColumnSpec, column: Column) -> tuple[int, str]:
    """Return in how many rows a category has a word that training rows did not have, and one such word."""
    if spec.rare and not spec.rare_values:
        return 0, ""
    words, codes = levels_of(column)
    known = {*spec.values, *spec.rare_values}
    new = np.array([word not in known for word in words] + [False])[codes]
    return int(new.sum()), words[int(codes[np.argmax(new)])] if new.any() else ""


def _require_text(spec: ColumnSpec, column: Column, example: str) -> None:
    """Refuse numbers where there was text: 1234 is not 01234."""
    if spec.found in ("text", "category") and column.kind in ("integer", "float"):
        raise TableError(
            f"column {spec.name!r} held text in training, like {spec.values[0]!r}, and holds numbers now, "
            f"like {example}, none of which is known; give it as text"
        )


def _warn(what: str, columns: Sequence[str]) -> None:
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    warnings.warn(
        f"columns {what}: {', '.join(columns[:NAMED])}{more}",
        ForpassWarning,
        stacklevel=4,
    )


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count > 1 else ''}"
