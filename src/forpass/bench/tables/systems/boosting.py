"""CatBoost and LightGBM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from forpass.bench.tables.systems.prepared import Prepared
from forpass.bench.tables.systems.system import Learning, Predict, System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SYSTEMS"]


def _catboost(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
    from catboost import CatBoostClassifier, CatBoostRegressor

    prepared = Prepared(X)
    kind = CatBoostClassifier if learning.classes else CatBoostRegressor
    model = kind(
        cat_features=prepared.words,
        thread_count=learning.threads,
        random_seed=learning.seed,
        allow_writing_files=False,
        verbose=False,
    ).fit(prepared.filled(X), y)
    answer = model.predict_proba if learning.classes else model.predict
    return lambda rows: answer(prepared.filled(rows))


def _lightgbm(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
    from lightgbm import LGBMClassifier, LGBMRegressor

    prepared = Prepared(X)

    def rows_of(X: pd.DataFrame) -> pd.DataFrame:
        rows = prepared(X)  # names with brackets or colons are refused
        return rows.set_axis([f"column {number}" for number in range(rows.shape[1])], axis=1)

    kind = LGBMClassifier if learning.classes else LGBMRegressor
    model = kind(n_jobs=learning.threads, random_state=learning.seed, verbosity=-1).fit(rows_of(X), y)
    answer = model.predict_proba if learning.classes else model.predict
    return lambda rows: answer(rows_of(rows))


SYSTEMS = (
    System("CatBoost", "catboost", ("catboost",), _catboost),
    System("LightGBM", "lightgbm", ("lightgbm",), _lightgbm),
)
