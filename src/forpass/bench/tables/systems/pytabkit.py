"""pytabkit: RealMLP and TabM with their tuned defaults, on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from forpass.bench.tables.systems.prepared import Prepared
from forpass.bench.tables.systems.system import Learning, Predict, System

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SYSTEMS"]


def _with(kind: str, name: str) -> System:
    """Return the system of one of its pairs of estimators."""

    def learn(X: pd.DataFrame, y: NDArray[Any], learning: Learning) -> Predict:
        import pytabkit

        prepared = Prepared(X, fill=True)  # missing numbers are refused
        estimator = getattr(pytabkit, f"{kind}_{'Classifier' if learning.classes else 'Regressor'}")
        said = {"device": "cpu", "n_threads": learning.threads, "random_state": learning.seed}
        model = estimator(**said).fit(prepared(X), y, cat_col_names=prepared.words)
        answer = model.predict_proba if learning.classes else model.predict
        return lambda rows: answer(prepared(rows))

    return System(name, "pytabkit", ("pytabkit", "torch"), learn)


SYSTEMS = (
    _with("RealMLP_TD", "RealMLP-TD"),
    _with("RealMLP_TD_S", "RealMLP-TD-S"),
    _with("TabM_D", "TabM-D"),
)
