"""What is done to a table for those who do not do it themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Prepared"]

MISSING = "missing"
MOST_OTHERS = 0.1
"""Share of the words of a column of dates that may be none."""


class Prepared:
    """Dates become numbers, words become categories; learnt from the rows it is made with.

    Parameters
    ----------
    X : DataFrame
        Rows to learn from.
    fill : bool
        Whether missing numbers become the median, with a column beside that says which were missing.

    Attributes
    ----------
    numbers, words : list of str
        Names of the columns that ``__call__`` gives.
    """

    def __init__(self, X: pd.DataFrame, fill: bool = False) -> None:
        import pandas as pd

        numeric = [name for name in X.columns if pd.api.types.is_numeric_dtype(X[name])]
        self._dates = [name for name in X.columns if name not in numeric and _is_dates(X[name])]
        self.words = [name for name in X.columns if name not in numeric and name not in self._dates]
        self._categories = {name: sorted(X[name].dropna().astype(str).unique()) for name in self.words}
        dated = self._with_dates(X)
        self.numbers = [name for name in dated.columns if name not in self.words]
        self._medians: dict[str, float] = {}
        if fill:
            gaps = [name for name in self.numbers if dated[name].isna().any()]
            self._medians = {name: float(dated[name].median()) for name in gaps}
            self.words += [f"{name} {MISSING}" for name in gaps]
            self._categories |= {f"{name} {MISSING}": ["False", "True"] for name in gaps}

    def __call__(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return rows with numbers as float64 and words as categories (those not seen before: missing)."""
        import pandas as pd

        X = self._with_dates(X)
        for name, median in self._medians.items():
            X[f"{name} {MISSING}"] = X[name].isna()
            X[name] = X[name].fillna(median)
        for name in self.words:
            words = X[name].astype(object).map(str, na_action="ignore")
            known = words.where(words.isin(self._categories[name]), None)
            X[name] = pd.Categorical(known, categories=self._categories[name])
        return X[[*self.numbers, *self.words]]

    def filled(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the same with missing words as a word of their own, as text."""
        X = self(X)
        for name in self.words:
            X[name] = X[name].astype(object).where(X[name].notna(), MISSING)
        return X

    def _with_dates(self, X: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        X = X.copy()
        for name in self._dates:
            times = pd.to_datetime(X.pop(name), format="ISO8601", errors="coerce")
            days = (times - pd.Timestamp(0)) / pd.Timedelta(days=1)
            parts = {
                "day": days,
                "month": times.dt.month,
                "weekday": times.dt.day_of_week,
                "hour": times.dt.hour,
            }
            X = X.assign(**{f"{name} {part}": values.astype(float) for part, values in parts.items()})
        return X.astype({name: np.float64 for name in X.columns if pd.api.types.is_numeric_dtype(X[name])})


def _is_dates(column: Any) -> bool:
    import pandas as pd

    words = column.dropna()
    if words.empty:
        return False
    times = pd.to_datetime(words, format="ISO8601", errors="coerce")
    return bool(times.isna().mean() <= MOST_OTHERS)
