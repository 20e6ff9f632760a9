"""forpass itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from forpass.bench.tables.systems.system import Learning, Predict, System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SYSTEMS", "with_options"]


def with_options(name: str, **options: Any) -> System:
    """Return the system that is forpass with some options of its estimators of tables."""

    def learn(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
        from forpass import TableClassifier, TableRegressor

        said = {"threads": learning.threads, "random_state": learning.seed, **options}
        predict: Predict
        if learning.classes:
            predict = TableClassifier(**said).fit(X, y).predict_proba
        else:
            predict = TableRegressor(**said).fit(X, y).predict
        return predict

    return System(name, (), learn)


SYSTEMS = (with_options("forpass"),)
