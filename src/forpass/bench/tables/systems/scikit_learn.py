"""scikit-learn: its network in the pipeline that a network needs, and its gradient boosting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from forpass.bench.tables.systems.prepared import Prepared
from forpass.bench.tables.systems.system import Learning, Predict, System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SYSTEMS"]

MOST_ONE_HOT = 64
MOST_EPOCHS = 500
MOST_CATEGORIES = 255
"""More the gradient boosting does not take as categories."""


def _network(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    prepared = Prepared(X)
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_ONE_HOT, sparse_output=False
    )
    columns = make_column_transformer((numbers, prepared.numbers), (words, prepared.words))
    said: dict[str, Any] = {
        "early_stopping": True,
        "max_iter": MOST_EPOCHS,
        "random_state": learning.seed,
    }
    if learning.classes:
        classifier = make_pipeline(columns, MLPClassifier(**said)).fit(prepared.filled(X), y)
        return lambda rows: classifier.predict_proba(prepared.filled(rows))
    scaled = TransformedTargetRegressor(MLPRegressor(**said), transformer=StandardScaler())
    regressor = make_pipeline(columns, scaled).fit(prepared.filled(X), y)
    return lambda rows: regressor.predict(prepared.filled(rows))


def _boosting(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    prepared = Prepared(X)

    def rows_of(X: pd.DataFrame) -> pd.DataFrame:
        rows = prepared(X)
        for name in prepared.words:  # categories beyond the most that it takes: their numbers
            if len(rows[name].cat.categories) > MOST_CATEGORIES:
                rows[name] = rows[name].cat.codes.astype(float)
        return rows

    kind = HistGradientBoostingClassifier if learning.classes else HistGradientBoostingRegressor
    model = kind(categorical_features="from_dtype", random_state=learning.seed).fit(rows_of(X), y)
    answer = model.predict_proba if learning.classes else model.predict
    return lambda rows: answer(rows_of(rows))


SYSTEMS = (
    System("scikit-learn MLP", "scikit-learn", ("sklearn.neural_network",), _network),
    System("HistGradientBoosting", "scikit-learn", ("sklearn.ensemble",), _boosting),
)
