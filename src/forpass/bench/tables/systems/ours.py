"""forpass itself: a system for each of its presets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from forpass.api.presets import SHARES
from forpass.bench.tables.systems.system import OURS, Learning, Predict, System
from forpass.recipes import PRESETS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SYSTEMS"]


def _with(preset: str) -> System:
    """Return the system that is forpass with a preset."""

    def learn(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
        from forpass import TableClassifier, TableRegressor

        said: Any = {"preset": preset, "threads": learning.threads, "random_state": learning.seed}
        predict: Predict
        if learning.classes:
            predict = TableClassifier(**said).fit(X, y).predict_proba
        else:
            predict = TableRegressor(**said).fit(X, y).predict
        return predict

    return System(f"{OURS} {preset}", OURS, ("forpass.estimators", "forpass.api.strong"), learn)


SYSTEMS = tuple(map(_with, (*PRESETS, *SHARES)))
"""The recipes, then the single networks."""
