"""The portions of a table that need not fit into memory, as tables that know where their rows lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from forpass.datasets.long import LongTable
from forpass.preprocessing import Table, read_columns, with_missing

__all__ = ["numbered_portions"]


def numbered_portions(
    table: LongTable, missing: Sequence[str] | None = None, begin: int = 0
) -> Iterator[Table]:
    """Yield the portions in their order; messages about a cell name its row in the whole table.

    Parameters
    ----------
    table : LongTable
    missing : sequence of str, optional
        Words that mean a missing value.
    begin : int
        Rows before this one are passed over.
    """
    for frame in table.portions(begin=begin):
        portion = with_missing(read_columns(frame), missing)
        rows = np.arange(begin, begin + len(portion))
        begin += len(portion)
        yield Table({name: column.lying_at(rows) for name, column in portion.columns.items()})
