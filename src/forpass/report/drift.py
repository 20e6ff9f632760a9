"""Whether rows are still like those that were learnt from: medians, missing values, words.

What preprocessing has learnt about each column of the training rows is compared with the same of the rows
here. Said is what is both large and no chance: of n rows, a median is within 1.25 sigma / sqrt(n) and a share
p within sqrt(p (1 - p) / n) of that of all rows, in two of three tables; three times as much and more counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from forpass.preprocessing import ColumnSpec, Preprocessing, Table
from forpass.preprocessing.kinds.number import NumberColumn
from forpass.preprocessing.words import dates_of, numbers_of

__all__ = ["Drift", "drifts"]

FAR = 0.5
"""A median has moved where it is so many widths of the middle half away."""

MORE = 0.05
"""Missing values are more, or fewer, where their share differs by so much."""

TIMES = 3.0
"""And by so many times what chance does."""


class Drift(NamedTuple):
    """What is different in a column.

    Attributes
    ----------
    column : str
    kind : {"shift", "gaps", "words"}
    now, before : float
        The median, or the share of missing values; of words the number of rows.
    apart : float
        How many widths of the middle half of the training rows the medians are apart.
    """

    column: str
    kind: str
    now: float
    before: float = 0.0
    apart: float = 0.0


def drifts(preprocessing: Preprocessing, table: Table) -> Iterator[Drift]:
    """Compare the rows of a table with those that a preprocessing has learnt from, column by column."""
    for spec in preprocessing.columns:
        if spec.groups and spec.name in table.columns:
            yield from _in_column(spec, table)


def _in_column(spec: ColumnSpec, table: Table) -> Iterator[Drift]:
    column, n = table.columns[spec.name], len(table)
    gaps = float(np.mean(spec.gaps(column)))
    by_chance = np.sqrt(max(gaps * (1.0 - gaps), spec.share_missing * (1.0 - spec.share_missing)) / n)
    if abs(gaps - spec.share_missing) > max(MORE, TIMES * by_chance):
        yield Drift(spec.name, "gaps", gaps, spec.share_missing)
    if isinstance(spec, NumberColumn):
        days = spec.found == "date"
        values = (
            dates_of(spec.name, column) if days else numbers_of(spec.name, column, notation=spec.notation)
        )
        values = values[np.isfinite(values)]
        if len(values) and spec.scale:
            now = float(np.median(values))
            apart = abs(now - spec.centre) * spec.scale
            # the middle half of a normal distribution is 1.35 sigma wide
            if apart > max(FAR, TIMES * 1.25 / 1.35 / np.sqrt(len(values))):
                yield Drift(spec.name, "shift", now, spec.centre, apart)
    said, rows = spec.news(column)
    if said:
        yield Drift(spec.name, "words", float(rows.split(" ")[0].replace(",", "")))
