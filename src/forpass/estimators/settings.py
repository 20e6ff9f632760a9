"""From the parameters of `MLPClassifier` and `MLPRegressor` to a network and a training.

scikit-learn's words on one side, forpass's on the other: pure functions of an estimator's parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from forpass.errors import SpecError, UnknownNameError
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.network import Head, NetworkSpec, Penalty, multilayer
from forpass.spec.require import finite_number, whole_number
from forpass.spec.training import LBFGSSpec, OptimizerSpec, ScheduleSpec, StoppingSpec, TrainingSpec

__all__ = [
    "LOSSES_OF_VALUES",
    "activation_names",
    "hidden_layers",
    "network_of",
    "require_parameters",
    "require_shared_parameters",
    "training_of",
]

LOSSES_OF_VALUES = {
    "squared_error": "squared",
    "poisson": "poisson",
    "absolute_error": "absolute",
    "quantile": "quantile",
}

INF = float("inf")
SOLVERS = ("lbfgs", "sgd", "adam", "adamw", "rmsprop", "adagrad")
RATES = ("constant", "invscaling", "adaptive")
FLAGS = ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping")


def require_parameters(estimator: Any) -> None:
    """Refuse parameters that make no sense: one sentence with the parameter, its value and what it may be.

    Raises
    ------
    SpecError, UnknownNameError
        Both are ValueErrors.
    """
    owner = type(estimator).__name__
    require_shared_parameters(estimator)
    _choice(estimator, "solver", SOLVERS)
    _choice(estimator, "learning_rate", RATES)
    for name in ("alpha", "power_t", "tol", "momentum"):
        _number(estimator, name, at_least=0.0)
    for name in ("beta_1", "beta_2"):
        _number(estimator, name, at_least=0.0, below=1.0)
    if estimator.momentum > 1:
        raise SpecError(f"momentum of {owner} must be at most 1; got {estimator.momentum!r}")
    _number(estimator, "epsilon", above=0.0)
    for name in ("clip_norm", "max_seconds"):
        if getattr(estimator, name) is not None:
            _number(estimator, name, above=0.0)
    whole_number(f"max_fun of {owner}", estimator.max_fun)
    if estimator.solver == "lbfgs" and estimator.clip_norm is not None:
        raise SpecError(f"clip_norm of {owner} is not for lbfgs, which takes no steps along the gradient")
    if isinstance(estimator.verbose, bool | np.bool_ | int | np.integer) is False or estimator.verbose < 0:
        raise SpecError(f"verbose of {owner} must be False, True or 2; got {estimator.verbose!r}")
    for name in FLAGS:
        if not isinstance(getattr(estimator, name), bool | np.bool_):
            raise SpecError(f"{name} of {owner} must be True or False; got {getattr(estimator, name)!r}")


def require_shared_parameters(estimator: Any) -> None:
    """Refuse what makes no sense of the parameters that estimators of arrays and of tables share."""
    owner = type(estimator).__name__
    hidden_layers(estimator)
    _choice(estimator, "activation", activation_names())
    if not (isinstance(estimator.batch_size, str) and estimator.batch_size == "auto"):
        whole_number(f"batch_size of {owner}, unless it is 'auto',", estimator.batch_size)
    whole_number(f"max_iter of {owner}", estimator.max_iter)
    if estimator.n_iter_no_change != INF:
        whole_number(f"n_iter_no_change of {owner}", estimator.n_iter_no_change)
    _number(estimator, "learning_rate_init", above=0.0)
    for name in ("validation_fraction", "dropout"):
        _number(estimator, name, at_least=0.0, below=1.0)


def _number(
    estimator: Any, name: str, at_least: float = -INF, above: float = -INF, below: float = INF
) -> None:
    owner = type(estimator).__name__
    value = finite_number(f"{name} of {owner}", getattr(estimator, name), at_least, above)
    if value >= below:
        raise SpecError(f"{name} of {owner} must be below {below:g}; got {value!r}")


def _choice(estimator: Any, name: str, known: Iterable[str]) -> None:
    known, value = list(known), getattr(estimator, name)
    if not isinstance(value, str) or value not in known:
        raise UnknownNameError(f"{name} of {type(estimator).__name__}", value, known)


def activation_names() -> dict[str, str]:
    """Return activations by the names one may say: scikit-learn's ``logistic``, and all that can learn."""
    return {"logistic": "sigmoid"} | {a.name: a.name for a in ACTIVATIONS.values() if a.trainable}


def hidden_layers(estimator: Any) -> tuple[int, ...]:
    """Return the number of neurons of each hidden layer; a single number stands for one layer."""
    sizes = estimator.hidden_layer_sizes
    name = f"each of hidden_layer_sizes of {type(estimator).__name__}"
    if isinstance(sizes, str) or not isinstance(sizes, Iterable):
        return (whole_number(f"hidden_layer_sizes of {type(estimator).__name__}", sizes),)
    return tuple(whole_number(name, size) for size in sizes)


def network_of(estimator: Any, n_features: int, n_outputs: int, head: Head) -> NetworkSpec:
    """Describe the network: Dense, activation, dropout, ..., Dense."""
    plain = multilayer(
        n_features,
        hidden_layers(estimator),
        n_outputs,
        "squared",
        activation=activation_names()[estimator.activation],
        dropout=estimator.dropout,
    )
    # as scikit-learn: alpha / 2 |W|^2 is divided by the weight of the batch
    penalty = Penalty(l2=estimator.alpha, per="batch_weight")
    return NetworkSpec(n_features, plain.layers, head, penalty=penalty)


def training_of(estimator: Any, epochs: int, n_rows: int, dtype: str, seed: int) -> TrainingSpec:
    """Describe the training, batches of a mean over their own weights included."""
    auto, by_steps = isinstance(estimator.batch_size, str), estimator.solver != "lbfgs"
    return TrainingSpec(
        method="steps" if by_steps else "lbfgs",
        epochs=epochs,
        batch_size=min(200 if auto else estimator.batch_size, n_rows) if by_steps else None,
        shuffle=bool(estimator.shuffle),
        optimizer=_optimizer_of(estimator) if by_steps else OptimizerSpec(),
        lbfgs=LBFGSSpec(1e7 * float(np.finfo(np.float64).eps), estimator.tol, estimator.max_fun),
        schedule=_schedule_of(estimator),
        stopping=_stopping_of(estimator),
        batch_mean="batch_weight",
        dtype=dtype,
        seed=seed,
    )


def _optimizer_of(estimator: Any) -> OptimizerSpec:
    name, settings = estimator.solver, {}
    if name == "sgd":
        name = "gradient_descent"
        if estimator.momentum > 0:
            name, settings = (
                "nesterov" if estimator.nesterovs_momentum else "momentum",
                {"mu": estimator.momentum},
            )
    elif name in ("adam", "adamw"):
        # scikit-learn's epsilon is added where the paper's section 2 has epsilon hat
        betas = {"beta1": estimator.beta_1, "beta2": estimator.beta_2}
        settings = betas | {"epsilon": 0.0, "epsilon_hat": estimator.epsilon}
    else:
        settings = {"epsilon": estimator.epsilon}
    return OptimizerSpec(name, estimator.learning_rate_init, settings, clip_norm=estimator.clip_norm)


def _schedule_of(estimator: Any) -> tuple[ScheduleSpec, ...]:
    if estimator.solver != "sgd" or estimator.learning_rate != "invscaling":
        return ()
    return (ScheduleSpec("inverse_scaling", {"power": estimator.power_t}, clock="example"),)


def _stopping_of(estimator: Any) -> StoppingSpec:
    if estimator.solver == "lbfgs":
        return StoppingSpec(restore_best=False, max_seconds=estimator.max_seconds)
    adaptive = estimator.solver == "sgd" and estimator.learning_rate == "adaptive"
    return StoppingSpec(
        monitor="validation_metric" if estimator.early_stopping else "objective",
        patience=None if estimator.n_iter_no_change == INF else int(estimator.n_iter_no_change),
        tolerance=estimator.tol,
        restore_best=bool(estimator.early_stopping),
        plateau="divide_rate" if adaptive else "stop",
        max_seconds=estimator.max_seconds,
    )
