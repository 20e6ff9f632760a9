"""`TableRegressor`: networks that predict numbers from a table as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.estimators.constructors import takes
from forpass.estimators.frames import Joined, joined
from forpass.estimators.manners import require_fitted
from forpass.estimators.parameters import TABLE_REGRESSOR
from forpass.estimators.plots import PlotsOfValues, one_column
from forpass.estimators.scoring import ScoredRegressor
from forpass.estimators.table import TableEstimator
from forpass.preprocessing import TargetSpec
from forpass.preprocessing.target_columns import matrix_of

__all__ = ["TableRegressor"]


@takes(TABLE_REGRESSOR)
class TableRegressor(ScoredRegressor, PlotsOfValues, TableEstimator):
    """Networks that predict numbers from a table as it is: text, dates and missing values included.

    Columns are looked at, scaled and encoded by what the rows hold. By default the networks of a recipe are
    trained, each on a part of the rows, and the best blend of them predicts. With ``preset="plain"``, or
    where a parameter is given that only a single network has, such as its layers, it is one, and a tenth of
    the rows are validation rows, which say when to stop; ``preset="realmlp"`` and ``"tabm"`` are such as
    they are published. y may have several columns; networks learn them standardised and predict in their
    own units; those of a recipe stay within the values that they learnt.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    schema_ : dict
        What each column was taken for; it may be given back as `schema`, changed where it errs.
    model_ : Ensemble, or TrainedModel of a single network
        The networks with their preprocessing: to save, trace, evaluate and explain.
        ``model_.provenance.evaluation`` tells how good those of a recipe are, by rows that they left out.
    loss_curve_, validation_scores_ : list of float, or None
        Of a single network for each epoch the mean loss, penalty included, as of scikit-learn, and
        R2 of the validation rows, or their `metric` (None if there are none).
    best_validation_score_ : float or None
    n_iter_ : int
        Epochs; of several networks those of the one that was trained longest.
    seed_, n_features_in_ : int
    feature_names_in_ : array of str
        Where X has names.

    Examples
    --------
    >>> import forpass as fp
    >>> rooms = {
    ...     "size": [20, 35, None, 60, 80, 95] * 5,
    ...     "floor": ["low", "low", "top", "low", "top", "top"] * 5,
    ... }
    >>> rent = [200, 350, 900, 600, 950, 1100] * 5
    >>> regressor = fp.TableRegressor((32,), learning_rate_init=0.02, random_state=0).fit(rooms, rent)
    >>> regressor.predict({"size": [30, 90], "floor": ["low", "top"]}).round(-2).tolist()
    [300.0, 1100.0]
    """

    OF_NUMBERS = True

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the values of each row: (n,), or (n, k) where y had several columns."""
        require_fitted(self, "model_")
        return np.asarray(self.model_.predict(self._rows(X)))

    def predict_interval(self, X: Any, coverage: float = 0.9) -> NDArray[np.float64]:
        """Predict an interval for each row that contains the true value with a given coverage.

        Parameters
        ----------
        X : table or array of shape (n, d)
        coverage : float
            The share of rows whose value is inside.

        Returns
        -------
        array of shape (n, 2), or (n, k, 2) where y had several columns
            See `Ensemble.predict_interval`.

        Raises
        ------
        DataError
            When a single network was trained: prediction intervals need a recipe.
        """
        return self._by_recipe("predict_interval").predict_interval(self._rows(X), coverage)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R2 of the predictions; y may be whatever `fit` takes, written as it was there."""
        require_fitted(self, "model_")
        values = self._numbers_of(X, y)
        return float(super().score(X, values[:, 0] if values.shape[1] == 1 else values, sample_weight))

    def plot_intervals(self, X: Any, y: Any, coverage: float = 0.9, **told: Any) -> Any:
        """Draw prediction intervals side by side, with the true values.

        Parameters
        ----------
        X, y
            Rows that were not learnt from, and their values.
        coverage : float
            The share of rows whose value is to be inside.
        **told
            What `forpass.charts.intervals` may be told: a `unit` and a `title`.

        Returns
        -------
        altair chart

        Raises
        ------
        DataError
            When a single network was trained: prediction intervals need a recipe.
        """
        from forpass import charts  # who only predicts does without

        found = self.predict_interval(X, coverage)
        truth, _ = one_column(self._numbers_of(X, y), found if found.ndim == 3 else found[:, :1])
        return charts.intervals(truth, found[..., 0], found[..., 1], coverage=coverage, **told)

    def _values_of(self, X: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        return self._numbers_of(X, y), self.predict(X)

    def _numbers_of(self, X: Any, y: Any) -> NDArray[np.float64]:
        """Return the values of y (n, k), written as they were where they were learnt."""
        require_fitted(self, "model_")
        preprocessing = self.model_.preprocessing
        assert preprocessing is not None and isinstance(preprocessing.target, TargetSpec)
        joint = joined(self._features(X), y, missing=self.missing, numbers=True)
        columns = [joint.table.columns[name] for name in joint.names]
        return matrix_of(joint.names, columns, preprocessing.target.read_as)

    def _task(self, joint: Joined) -> str | None:
        return "regression"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
