"""``forpass predict --keep``: columns of the table that stand beside what was predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from forpass.cli.tables import Source, columns_named
from forpass.errors import InputError
from forpass.model import Ensemble, TrainedModel
from forpass.model.digits import shortest
from forpass.preprocessing import Column, Preprocessing, read_columns
from forpass.preprocessing.kinds import DroppedColumn
from forpass.preprocessing.words import levels_of

__all__ = ["kept_columns", "left_as_they_stand"]


def _preprocessings(model: TrainedModel | Ensemble) -> list[Preprocessing]:
    members = model.members if isinstance(model, Ensemble) else (model,)
    return [m.preprocessing for m in members if isinstance(m.preprocessing, Preprocessing)]


def identifiers(model: TrainedModel | Ensemble) -> list[str]:
    """Name the columns that training left out as names or identifiers."""
    first = _preprocessings(model)[0]
    return [spec.name for spec in first.columns if isinstance(spec, DroppedColumn) and spec.names_rows]


def left_as_they_stand(model: TrainedModel | Ensemble, keep: str | None) -> set[str]:
    """Name the columns of a text file that are kept, and that no network reads as numbers: 007 stays 007."""
    wanted = set(identifiers(model)) if keep is None else {keep, *(name.strip() for name in keep.split(","))}
    read = {spec.name for p in _preprocessings(model) for spec in p.columns if spec.kind != "dropped"}
    return wanted - read


def kept_columns(
    model: TrainedModel | Ensemble, source: Source, keep: str | None, predicted: Iterable[str]
) -> dict[str, list[Any]]:
    """Return the columns that stand before the predictions, in the order in which they were said.

    Parameters
    ----------
    keep : str or None
        Names by commas; None: those that training left out as names or identifiers, where the table has them.
    predicted : iterable of str
        What the columns of the predictions are called.

    Raises
    ------
    TableError
        When the table has no such column.
    InputError
        When a column of the predictions has the same name.
    """
    table, predicted = read_columns(source.frame), set(predicted)
    if keep is None:
        names = [name for name in identifiers(model) if name in table.names and name not in predicted]
    else:
        names = list(dict.fromkeys(columns_named(keep, table.names)))
    for name in names:
        if name in predicted:
            raise InputError(
                f"column {name!r} cannot be kept, for what is predicted is called so too; leave it out of "
                "--keep, or give it another name in the table"
            )
    return {name: cells(table.columns[name]) for name in names}


def cells(column: Column) -> list[Any]:
    """Return what stands in a column: text, dates as ISO dates, numbers with their digits; None: missing."""
    if column.kind == "date":
        words, codes = levels_of(column)
        return [None if code < 0 else words[code] for code in codes.tolist()]
    if column.is_text:
        return column.cells()
    values = shortest(column.values)
    if values.dtype.kind != "f":
        return list(values.tolist())
    whole: Mapping[str, Any] = {"integer": int, "boolean": bool}
    kind = whole.get(column.kind, float)
    return [
        None if gone else kind(value) for value, gone in zip(values.tolist(), np.isnan(values), strict=True)
    ]
