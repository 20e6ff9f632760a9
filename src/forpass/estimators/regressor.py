"""`MLPRegressor`: a network that predicts values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from forpass.errors import DataError, UnknownNameError
from forpass.estimators.manners import unchanged_by_failure
from forpass.estimators.multilayer import Multilayer, Target, goes_by_steps
from forpass.estimators.settings import LOSSES_OF_VALUES
from forpass.spec.network import Head

__all__ = ["MLPRegressor"]


class MLPRegressor(RegressorMixin, Multilayer):  # type: ignore[misc] # scikit-learn has no types
    """A multi-layer perceptron that predicts values: scikit-learn's class of that name, done by forpass.

    Parameters
    ----------
    loss : {"squared_error", "poisson", "absolute_error", "quantile"}, default "squared_error"
        ``squared_error`` and ``poisson`` (for counts; predictions are exp of the raw score) are
        halved, as in scikit-learn. ``absolute_error`` leads to the median, ``quantile`` to that `quantile`.
    hidden_layer_sizes : int or sequence of int, default (100,)
        Neurons of each hidden layer; an empty one gives a linear model.
    activation : str, default "relu"
        Of the hidden layers: ``identity``, ``logistic``, ``tanh``, ``relu``, or any other name of the table
        ACTIVATIONS that can learn (``gelu``, ``silu``, ``elu`` ...).
    solver : {"adam", "sgd", "lbfgs", "adamw", "rmsprop", "adagrad"}, default "adam"
        ``lbfgs`` takes all rows at once and suits small tables; the others go by batches.
    alpha : float, default 1e-4
        Price of large weights: alpha / 2 times their sum of squares, divided by the weight of the batch, is
        added to the mean loss.
    batch_size : int or "auto", default "auto"
        Rows a step; ``auto`` is min(200, n_samples).
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        Of ``sgd``. ``invscaling``: learning_rate_init / (rows seen + 1)^power_t. ``adaptive``: a fifth
        whenever an improvement by `tol` fails to come, down to 1e-6.
    learning_rate_init : float, default 0.001
        The learning rate; not of ``lbfgs``.
    power_t : float, default 0.5
        See `learning_rate`.
    max_iter : int, default 200
        Epochs, or iterations of ``lbfgs``, at most.
    shuffle : bool, default True
        Take the rows in a new order in each epoch.
    random_state : int, RandomState or None, default None
        Decides initial weights, held-back rows, order and dropout. ``seed_`` keeps the number it came to,
        which repeats the fit.
    tol : float, default 1e-4
        An epoch that does not improve the loss (with `early_stopping` the score) by more counts as none; for
        ``lbfgs`` the largest entry of the gradient at which it has converged.
    verbose : bool or int, default False
        Print a line that tells how it goes; 2: a line for every epoch.
    warm_start : bool, default False
        Begin `fit` with the weights of the last one. To go on exactly, optimiser and all, use `partial_fit`.
    momentum : float, default 0.9
        Of ``sgd``, from 0 to 1.
    nesterovs_momentum : bool, default True
        Of ``sgd`` with momentum: Nesterov's way.
    early_stopping : bool, default False
        Hold back a share of the rows (or use `validation_data` of `fit`), stop when their score has not
        improved for `n_iter_no_change` epochs, and keep the best weights.
    validation_fraction : float, default 0.1
        That share; classes are held back in proportion.
    beta_1 : float, default 0.9
        Decay of the mean of gradients, of ``adam`` and ``adamw``.
    beta_2 : float, default 0.999
        Decay of the mean of their squares.
    epsilon : float, default 1e-8
        Keeps divisions finite; of ``adam``, ``adamw``, ``rmsprop`` and ``adagrad``.
    n_iter_no_change : int or inf, default 10
        Epochs in a row without an improvement before it ends.
    max_fun : int, default 15000
        Evaluations of the objective by ``lbfgs``, at most.
    quantile : float, default 0.5
        Which quantile, of the loss ``quantile``.
    dropout : float, default 0.0
        Share of hidden activations dropped while training. Not for ``lbfgs``.
    clip_norm : float, optional
        Longest gradient: longer ones are shortened to it. Not for ``lbfgs``.
    max_seconds : float, optional
        Time limit for `fit`.
    engine : {"auto", "compiled", "numpy"}, default "auto"
        What carries out the steps.

    Attributes
    ----------
    coefs_, intercepts_ : list of arrays
        W (inputs, units) and b (units,) of each layer. What one writes there counts.
    loss_, best_loss_ : float
        Mean loss of the last epoch, penalty included, and the smallest (None with `early_stopping`).
    loss_curve_ : list of float
        For each epoch.
    validation_scores_, best_validation_score_ : list of float, float
        R2 of the rows only looked at; None where there are none.
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

    See Also
    --------
    docs/coming-from-scikit-learn.md : what is the same and what differs.

    Examples
    --------
    >>> import numpy as np
    >>> from forpass import MLPRegressor
    >>> x = np.linspace(-3, 3, 200)[:, None]
    >>> regressor = MLPRegressor(hidden_layer_sizes=32, activation="tanh", solver="lbfgs", random_state=0)
    >>> regressor.fit(x, np.sin(x[:, 0])).score(x, np.sin(x[:, 0])) > 0.99
    True
    """

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: Any = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: Any = 0.001,
        power_t: Any = 0.5,
        max_iter: Any = 200,
        shuffle: Any = True,
        random_state: Any = None,
        tol: Any = 1e-4,
        verbose: Any = False,
        warm_start: Any = False,
        momentum: Any = 0.9,
        nesterovs_momentum: Any = True,
        early_stopping: Any = False,
        validation_fraction: Any = 0.1,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: Any = 15000,
        quantile: Any = 0.5,
        dropout: Any = 0.0,
        clip_norm: Any = None,
        max_seconds: Any = None,
        engine: Any = "auto",
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
            dropout=dropout,
            clip_norm=clip_norm,
            max_seconds=max_seconds,
            engine=engine,
        )
        self.loss = loss
        self.quantile = quantile

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

    def _target(self, y: NDArray[Any], anew: bool, partial: bool = False, classes: Any = None) -> Target:
        if not isinstance(self.loss, str) or self.loss not in LOSSES_OF_VALUES:
            raise UnknownNameError("loss of MLPRegressor", self.loss, LOSSES_OF_VALUES)
        if y.dtype.kind not in "biuf":
            raise DataError(f"y holds {y.dtype}; give numbers to predict")
        settings = {"level": self.quantile} if self.loss == "quantile" else {}
        values = np.asarray(y, np.float64).reshape(len(y), -1)
        return Target(Head(LOSSES_OF_VALUES[self.loss], settings), values.shape[1], values)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
