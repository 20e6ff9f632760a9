"""What preprocessing made of the rows of a table, cell by cell: what the network is given for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from forpass.preprocessing import Preprocessing, read_columns
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import is_missing, levels_of
from forpass.shown import as_shown
from forpass.spec.data import Data

__all__ = ["EncodedColumn", "encoded_rows"]


class EncodedColumn(NamedTuple):
    """What one column of one row became.

    Attributes
    ----------
    column : str
    cell : str
        What stands in the table; "" where the value is missing.
    features : tuple of (str, float)
        The features that it became, by name, as they stand in X.
    codes : tuple of int
        The codes that it became, for embeddings and values that are looked up.
    how : str
        How cells of the column become features.
    """

    column: str
    cell: str
    features: tuple[tuple[str, float], ...]
    codes: tuple[int, ...]
    how: str

    def __str__(self) -> str:
        features = [f"{as_shown(name)} {value:.4g}" for name, value in self.features if value != 0.0]
        coded = [f"code {code}" for code in self.codes]
        zero = ["0"] if self.features and not features else []
        column, cell = as_shown(self.column), as_shown(self.cell) or "missing"
        return f"{column} {cell} -> {', '.join([*features, *zero, *coded])}"


def encoded_rows(
    preprocessing: Preprocessing, table: Any, rows: Sequence[int], data: Data
) -> list[list[EncodedColumn]]:
    """Say what became of the cells of some rows of a table.

    Parameters
    ----------
    preprocessing : Preprocessing
    table : DataFrame or anything a table can be made of
    rows : sequence of int
        Row numbers, counted from 0.
    data : Data
        What `preprocessing` made of these rows, in their order.

    Returns
    -------
    list of list of EncodedColumn
        For each row its columns, as far as they are used.

    Examples
    --------
    >>> table = {"size": [20.0, 30.0, 40.0, 50.0], "city": ["a", "b", "c", "a"], "y": [1.0, 2.0, 3.0, 4.0]}
    >>> preprocessing = Preprocessing.learn(table, "y")
    >>> [row] = encoded_rows(preprocessing, table, [2], preprocessing.encode(table, rows=[2]))
    >>> print(*row, sep="; ")
    size 40 -> size 0.3313; city c -> city=c 1
    """
    whole = read_columns(table)
    chosen = np.asarray(rows, np.int64)
    found: list[list[EncodedColumn]] = [[] for _ in chosen]
    for spec, numbers, codes in preprocessing.places:
        cells = _cells(whole.columns[spec.name].take(chosen))
        for i, (row, cell) in enumerate(zip(found, cells, strict=True)):
            values = np.asarray(data.numbers[i, numbers], np.float64).ravel().tolist()
            coded = [] if data.codes is None else data.codes[i, codes].tolist()
            features = tuple(zip(spec.features, values, strict=True))
            row.append(EncodedColumn(spec.name, cell, features, tuple(coded), spec.describe()))
    return found


def _cells(column: Column) -> list[str]:
    """What stands in the cells of a column, as words."""
    words, codes = levels_of(column)
    missing = is_missing(column)
    return ["" if gap else words[code] for code, gap in zip(codes.tolist(), missing.tolist(), strict=True)]
