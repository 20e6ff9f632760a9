"""From the parameters of `MLPClassifier` and `MLPRegressor` to a network and a training.

scikit-learn's words on one side, forpass's on the other: pure functions of an estimator's parameters. Most
say by themselves where they go (`Parameter.apply`); here is what several decide together.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from forpass.api.options import Setup
from forpass.errors import SpecError
from forpass.estimators.parameters import require_parameters
from forpass.spec.network import Head, NetworkSpec, multilayer
from forpass.spec.training import LBFGSSpec, OptimizerSpec, ScheduleSpec, StoppingSpec, TrainingSpec

__all__ = ["network_of", "require_multilayer", "setup_of"]


def require_multilayer(estimator: Any) -> None:
    """Refuse parameters that make no sense, by themselves or together.

    Raises
    ------
    SpecError, UnknownNameError
        Both are ValueErrors.
    """
    require_parameters(estimator)
    if estimator.solver == "lbfgs" and estimator.clip_norm is not None:
        owner = type(estimator).__name__
        raise SpecError(f"clip_norm of {owner} is not for lbfgs, which takes no steps along the gradient")


def setup_of(estimator: Any, n_rows: int, epochs: int, dtype: str, seed: int) -> Setup:
    """Describe network and training, batches of a mean over their own weights included."""
    auto, by_steps = isinstance(estimator.batch_size, str), estimator.solver != "lbfgs"
    training = TrainingSpec(
        method="steps" if by_steps else "lbfgs",
        batch_size=min(200 if auto else estimator.batch_size, n_rows) if by_steps else None,
        optimizer=_optimizer_of(estimator) if by_steps else OptimizerSpec(),
        lbfgs=LBFGSSpec(1e7 * float(np.finfo(np.float64).eps), estimator.tol, estimator.max_fun),
        schedule=_schedule_of(estimator),
        stopping=_stopping_of(estimator),
        batch_mean="batch_weight",
        dtype=dtype,
        seed=seed,
    )
    setup = Setup(n_rows, training)
    for parameter in estimator.PARAMETERS:
        value = getattr(estimator, parameter.name)
        if parameter.apply is not None:
            setup = parameter.apply(setup, value)
    return dataclasses.replace(setup, training=dataclasses.replace(setup.training, epochs=epochs))


def network_of(setup: Setup, n_features: int, n_outputs: int, head: Head) -> NetworkSpec:
    """Describe the network: Dense, activation, dropout, ..., Dense."""
    plain = multilayer(n_features=n_features, n_outputs=n_outputs, loss="squared", **setup.network)
    return dataclasses.replace(plain, head=head)


def _optimizer_of(estimator: Any) -> OptimizerSpec:
    name, settings = estimator.solver, {}
    if name == "sgd":
        name = "gradient_descent"
        if estimator.momentum > 0:
            name = "nesterov" if estimator.nesterovs_momentum else "momentum"
            settings = {"mu": estimator.momentum}
    elif name in ("adam", "adamw"):
        # scikit-learn's epsilon is added where the paper's section 2 has epsilon hat
        betas = {"beta1": estimator.beta_1, "beta2": estimator.beta_2}
        settings = betas | {"epsilon": 0.0, "epsilon_hat": estimator.epsilon}
    else:
        settings = {"epsilon": estimator.epsilon}
    return OptimizerSpec(name, settings=settings)


def _schedule_of(estimator: Any) -> tuple[ScheduleSpec, ...]:
    if estimator.solver != "sgd" or estimator.learning_rate != "invscaling":
        return ()
    return (ScheduleSpec("inverse_scaling", {"power": estimator.power_t}, clock="example"),)


def _stopping_of(estimator: Any) -> StoppingSpec:
    if estimator.solver == "lbfgs":
        return StoppingSpec(restore_best=False)
    adaptive = estimator.solver == "sgd" and estimator.learning_rate == "adaptive"
    return StoppingSpec(
        monitor="validation_metric" if estimator.early_stopping else "objective",
        patience=None if estimator.n_iter_no_change == math.inf else int(estimator.n_iter_no_change),
        tolerance=estimator.tol,
        restore_best=bool(estimator.early_stopping),
        plateau="divide_rate" if adaptive else "stop",
    )
