"""Weights: a column that says how much each row counts."""

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.preprocessing.table import Table
from forpass.preprocessing.words import is_missing, numbers_of, refuse
from forpass.told import warn_the_caller

__all__ = ["weights_of"]


def weights_of(name: str | None, table: Table, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Return the weights of some rows (n,); None where no column is named, or the table lacks it.

    Raises
    ------
    TableError
        For a weight that is missing, negative, infinite or no number, with row and value.

    Warns
    -----
    ForpassWarning
        When the table has no such column: then each row counts once.
    """
    if name is None:
        return None
    if name not in table.columns:
        warn_the_caller(
            f"the table has no weight column {name!r}, so each of its rows counts once; add it to weigh them",
        )
        return None
    column = table.columns[name].take(rows)
    gone = np.flatnonzero(is_missing(column))
    if len(gone):
        raise TableError(
            f"weight column {name!r} is missing in {column.row_name(int(gone[0]))}; fill it in, "
            "with 0 for rows that are not to count"
        )
    weights = numbers_of(name, column, "weight column")
    if (weights < 0).any():
        refuse(name, column, weights < 0, "where a weight of at least 0 is meant", "weight column")
    return weights
