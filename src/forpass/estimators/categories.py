"""Categories that NumPy has a type for and a network's target has not: dates and durations."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

from forpass.preprocessing.words import word_of

__all__ = ["values_of_words"]

ONLY_DATES = {datetime.date}
DAYS, MICROSECONDS = "datetime64[D]", "[us]"  # which Python's dates, times and durations fit into


def values_of_words(y: Any) -> Mapping[str, Any]:
    """Return what the words of a column's categories stand for, where these are dates or durations.

    Of anything else, a zone of time included, which NumPy does not hold, nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> y = pd.Series([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)], dtype="category")
    >>> values_of_words(y)
    {'2024-01-01': np.datetime64('2024-01-01'), '2024-01-02': np.datetime64('2024-01-02')}
    >>> values_of_words(pd.Series(["a", "b"], dtype="category"))
    {}
    """
    column = y.iloc[:, 0] if getattr(y, "ndim", 1) == 2 and hasattr(y, "iloc") else y
    categories = getattr(getattr(column, "cat", None), "categories", None)  # of pandas
    if categories is None:
        return {}
    values = np.asarray(categories)
    if values.dtype.kind in "mM":
        values = values.astype(values.dtype.kind + "8" + MICROSECONDS)
    elif {type(value) for value in values} == ONLY_DATES:
        values = values.astype(DAYS)
    else:
        return {}
    return dict(zip(map(word_of, categories.tolist()), values, strict=True))
