"""A published network under a limit of time: never worse than a linear model on the validation rows.

Such a network is large, and what a short limit leaves of it is worse than a linear model: a step of TabM
takes about a second. So it is not begun where a few steps do not fit, and the linear model predicts where it
does better by the time the limit has ended training.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import numpy as np

from forpass.api.judging import Weighted
from forpass.api.road import Parts
from forpass.api.setup import Setup
from forpass.api.thresholds import chosen_threshold, fixed_threshold
from forpass.api.training import made_now
from forpass.clock import Clock
from forpass.engines.select import seconds_to_begin, select_engine
from forpass.engines.threads import usable_threads
from forpass.many.cost import work_of
from forpass.model import Scores, TrainedModel
from forpass.model.provenance import Ended, RowCounts
from forpass.model.scores import head_for
from forpass.recipes.training import FIRST_SPEED
from forpass.sampling.evenly import evenly
from forpass.spec.network import Head, NetworkSpec
from forpass.spec.training import StoppingSpec
from forpass.training.job import Job
from forpass.training.linear import fit_linear, some_rows

__all__ = ["in_time"]

FEWEST_STEPS = 10
"""A network is begun only where at least this number of steps fits."""

OF_LINEAR = 0.2
"""The share of the time that is left which the linear model may take."""

MOST_ROWS = 1000
"""The most rows on which both are compared, evenly spaced."""


def in_time(
    spec: NetworkSpec,
    setup: Setup,
    parts: Parts,
    rows: Weighted,
    clock: Clock,
    train: Callable[[Clock], TrainedModel],
) -> tuple[TrainedModel, bool]:
    """Train a network within a limit of time, or a linear model in its place.

    Parameters
    ----------
    spec, setup, parts, rows
        What is trained on what; see `train_parts`.
    clock : Clock
        With a limit.
    train : callable
        Trains the network for as long as a clock says.

    Returns
    -------
    (TrainedModel, bool)
        What predicts, and whether it is the network.
    """
    linear = _linear(setup, parts, rows, clock.part(OF_LINEAR))
    step = _seconds_of_a_step(spec, setup, rows)
    counts = [0 if data is None else data.n_rows for data in (rows.validation, parts.test)]
    measured = sum(counts) + min(counts[0] or rows.training.n_rows, MOST_ROWS)
    size = min(setup.training.batch_size or rows.training.n_rows, rows.training.n_rows)
    after = step * (1.0 + measured / (3.0 * size))  # a step has three products, of which measuring needs one
    enough = seconds_to_begin(setup.engine) + FEWEST_STEPS * step + after
    if clock.left < enough:
        return linear, False
    model = train(Clock(clock.left - after, time.monotonic()))
    if model.provenance.ended.reason != "max_seconds":
        return model, True
    return (model, True) if _loss(model, rows) <= _loss(linear, rows) else (linear, False)


def _seconds_of_a_step(spec: NetworkSpec, setup: Setup, rows: Weighted) -> float:
    """Predict how long a step takes on a slow machine, from its arithmetic."""
    once = dataclasses.replace(setup.training, stopping=StoppingSpec(max_steps=1))
    return work_of(Job(spec, once, rows.training)) / (FIRST_SPEED * (setup.threads or usable_threads()))


def _linear(setup: Setup, parts: Parts, rows: Weighted, clock: Clock) -> TrainedModel:
    """Fit a linear model as the baseline is fitted, and return it as a network of one layer.

    Out of time it ends after a step.
    """
    target, began = parts.preprocessing.target, time.monotonic()
    assert target is not None
    spec, parameters = fit_linear(
        head_for(target.task, target.outputs),
        target.outputs,
        some_rows(rows.training),
        rows.validation,
        lambda step: not clock.left,
        unclipped=True,
    ).as_network(parts.preprocessing.groups)
    counts = RowCounts(rows.training.n_rows, 0 if rows.validation is None else rows.validation.n_rows)
    ended = Ended("max_seconds", seconds=time.monotonic() - began)
    dtype = rows.training.numbers.dtype
    model = TrainedModel(
        spec,
        parameters.astype(dtype),
        np.empty(0, dtype),
        parts.preprocessing,
        setup.engine,
        fixed_threshold(target, setup.judging.threshold),
        None,
        (),
        made_now(select_engine(setup.engine).NAME, counts, ended),
        setup.threads,
    )
    if not isinstance(setup.judging.threshold, str):
        return model
    assert parts.validation is not None
    chosen = chosen_threshold(
        setup.judging.threshold, target, parts.validation, model.scores(parts.validation)
    )
    return dataclasses.replace(model, threshold=chosen)


def _loss(model: TrainedModel, rows: Weighted) -> float:
    """Return the mean loss, without smoothing, on validation rows; on training rows where there are none."""
    data = rows.training if rows.validation is None else rows.validation
    some = data.rows(evenly(data.n_rows, MOST_ROWS))
    assert some.targets is not None
    plain = Scores(Head(model.spec.head.loss), model.raw_scores(some))
    return plain.loss(some.targets, some.weights)
