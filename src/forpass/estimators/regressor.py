"""`MLPRegressor`: a network that predicts values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.metaestimators import available_if

from forpass.errors import DataError
from forpass.estimators.constructors import takes
from forpass.estimators.manners import unchanged_by_failure
from forpass.estimators.multilayer import Multilayer, Target, goes_by_steps
from forpass.estimators.parameters import LOSSES_OF_VALUES, MLP_REGRESSOR
from forpass.estimators.plain import plain_array
from forpass.estimators.plots import PlotsOfValues
from forpass.estimators.scoring import ScoredRegressor
from forpass.spec.network import Head

__all__ = ["MLPRegressor"]


@takes(MLP_REGRESSOR, by_place=3)
class MLPRegressor(ScoredRegressor, PlotsOfValues, Multilayer):
    """A multi-layer perceptron that predicts values: scikit-learn's class of that name, done by forpass.

    What is the same and what differs stands in docs/coming-from-scikit-learn.md.

    Parameters
    ----------
    **parameters
        See `forpass.estimators.parameters`.

    Attributes
    ----------
    coefs_, intercepts_ : list of arrays
        W (inputs, units) and b (units,) of each layer. What one writes there counts.
    loss_, best_loss_ : float
        Mean loss of the last epoch, penalty included, and the smallest (None with `early_stopping`).
    loss_curve_ : list of float
        The same for each epoch, as of scikit-learn.
    validation_scores_, best_validation_score_ : list of float, float
        R2 of the validation rows; None where there are none.
    n_iter_, t_ : int
        Epochs (or iterations) that led here, and rows seen.
    n_layers_, n_outputs_ : int
        Layers, input and output included; raw scores a row.
    out_activation_ : str
        ``"identity"``, or ``"exp"`` for the loss ``poisson``.
    n_features_in_, feature_names_in_ : int, array of str
        Of X; names only where X has them.
    seed_ : int
        As `random_state` it repeats the fit.
    model_ : TrainedModel
        The network, to save, trace and check.

    Examples
    --------
    >>> import numpy as np
    >>> from forpass import MLPRegressor
    >>> x = np.linspace(-3, 3, 200)[:, None]
    >>> regressor = MLPRegressor(hidden_layer_sizes=32, activation="tanh", solver="lbfgs", random_state=0)
    >>> regressor.fit(x, np.sin(x[:, 0])).score(x, np.sin(x[:, 0])) > 0.99
    True
    """

    @available_if(goes_by_steps)  # type: ignore[untyped-decorator] # scikit-learn has no types
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train further, one pass over these rows: exactly as a longer `fit` would, were they the same.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        self
        """
        with unchanged_by_failure(self):
            return self._fit(X, y, sample_weight, None, partial=True)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the values of each row: (n,), or (n, k) where y had several columns."""
        model, data = self._ready(X)
        values = model.scores(data).predictions
        return values[:, 0] if values.shape[1] == 1 else values

    def _values_of(self, X: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        return np.asarray(plain_array("y", y)), self.predict(X)

    def _target(self, y: NDArray[Any], anew: bool, partial: bool = False, classes: Any = None) -> Target:
        if y.dtype.kind not in "biuf":
            raise DataError(f"y holds {y.dtype}; give numbers to predict")
        settings = {"level": self.quantile} if self.loss == "quantile" else {}
        values = np.asarray(y, np.float64).reshape(len(y), -1)
        return Target(Head(LOSSES_OF_VALUES[self.loss], settings), values.shape[1], values)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
