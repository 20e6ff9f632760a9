"""From the parameters of `MLPClassifier` and `MLPRegressor` to a network and a training.

scikit-learn's words on one side, forpass's on the other: pure functions of an estimator's parameters. Most
say by themselves where they go (`Parameter.apply`); here is what several decide together.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from forpass.api.setup import Setup
from forpass.api.values import layer_sizes
from forpass.errors import SpecError
from forpass.estimators.constructors import require_parameters
from forpass.spec.network import Head, NetworkSpec, multilayer
from forpass.spec.optimizer import LBFGSSpec, OptimizerSpec
from forpass.spec.training import ScheduleSpec, StoppingSpec, TrainingSpec

__all__ = ["network_of", "require_multilayer", "training_of"]

NOT_OF_THE_SETUP = frozenset({"class_weight", "metric", "random_state", "threads", "verbose", "warm_start"})
"""Parameters that say nothing about network and training."""

KEPT = 256
"""So many descriptions are kept of those asked for lately: a search asks for the same ones again and again,
and to describe a training takes as long as a short one. Each is kept by everything that it is made of, and
neither it nor what it is made of can change."""


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
        raise SpecError(
            f"clip_norm of {owner} is not for lbfgs, which takes no steps along the gradient; leave it out, "
            "or take another solver"
        )


def training_of(estimator: Any, n_rows: int, epochs: int, dtype: str, seed: int) -> TrainingSpec:
    """Describe how an estimator trains on so many rows."""
    training: TrainingSpec = _described(_training_of_a_run, estimator, n_rows, dtype, epochs, seed)
    return training


def network_of(estimator: Any, n_features: int, n_outputs: int, head: Head) -> NetworkSpec:
    """Describe an estimator's network: Dense, activation, dropout, ..., Dense."""
    described: NetworkSpec = _described(_network, estimator, n_features, n_outputs, head)
    return described


def _described(describe: Any, estimator: Any, *asked: Any) -> Any:
    """Return what a function describes by an estimator's parameters, kept from before where it was asked."""
    kind: Any = type(estimator)
    read, place = _reader_of(kind)
    values = list(read(estimator))
    values[place] = layer_sizes("hidden_layer_sizes", values[place])  # whatever sequence of numbers it is
    try:
        return describe(kind, *asked, *values)
    except TypeError:  # a value that cannot be hashed, such as an array of no dimensions
        return describe.__wrapped__(kind, *asked, *values)


@functools.cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(p.name for p in kind.PARAMETERS if p.name not in NOT_OF_THE_SETUP)


@functools.cache
def _reader_of(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], int]:
    """Return what reads those parameters of an estimator, and which of them are the sizes of the layers."""
    names = _names_of(kind)
    return operator.attrgetter(*names), names.index("hidden_layer_sizes")


@functools.lru_cache(KEPT, typed=True)
def _training_of_a_run(
    kind: Any, n_rows: int, dtype: str, epochs: int, seed: int, *values: Any
) -> TrainingSpec:
    """Describe a training with its epochs and its seed: where only they are new, they are put in."""
    try:
        described = _training(kind, n_rows, dtype, *values)
    except TypeError:  # a value that cannot be hashed
        described = _training.__wrapped__(kind, n_rows, dtype, *values)
    return dataclasses.replace(described, epochs=epochs, seed=seed)


@functools.lru_cache(KEPT, typed=True)  # 1 and 1.0 are told apart, as a description does
def _training(kind: Any, n_rows: int, dtype: str, *values: Any) -> TrainingSpec:
    return _setup(kind, n_rows, dtype, values).training


@functools.lru_cache(KEPT, typed=True)
def _network(kind: Any, n_features: int, n_outputs: int, head: Head, *values: Any) -> NetworkSpec:
    settings = _setup(kind, 1, "float64", values).network
    plain = multilayer(n_features=n_features, n_outputs=n_outputs, loss="squared", **settings)
    return dataclasses.replace(plain, head=head)


def _setup(kind: Any, n_rows: int, dtype: str, values: tuple[Any, ...]) -> Setup:
    """Describe network and training, batches of a mean over their own weights included."""
    estimator = SimpleNamespace(**dict(zip(_names_of(kind), values, strict=True)))
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
    )
    setup = Setup(n_rows, training)
    for parameter in kind.PARAMETERS:
        if parameter.apply is not None:
            setup = parameter.apply(setup, getattr(estimator, parameter.name))
    return setup


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
