"""When to stop: plateaus, and which parameters were best."""

from __future__ import annotations

import math

from forpass.engines.protocol import EngineState
from forpass.model.history import EpochRecord
from forpass.spec.training import StoppingSpec
from forpass.training.state import Progress

__all__ = ["keep_best", "monitored", "on_plateau", "watch"]

PLATEAU_DIVISOR = 5.0  # what scikit-learn's `adaptive` divides the learning rate by
RATE_FLOOR = 1e-6  # the learning rate at which its next plateau ends training


def monitored(stopping: StoppingSpec, validated: bool) -> str:
    """Name of the figure that decides."""
    if stopping.monitor == "auto":
        return "validation_loss" if validated else "objective"
    return stopping.monitor


def smaller_is_better(name: str, record: EpochRecord, higher_is_better: bool) -> float:
    """Return a record's figure turned so that smaller is better; a NaN is as bad as can be.

    `higher_is_better` is said of the metric.
    """
    value = float(getattr(record, name))
    if name == "validation_metric" and higher_is_better:
        value = -value
    return value if value == value else float("inf")


def watch(
    progress: Progress,
    stopping: StoppingSpec,
    name: str,
    record: EpochRecord,
    higher_is_better: bool = False,
) -> Progress:
    """Count looks in a row that did not improve by more than the tolerance.

    An equal loss is no worse; an equal metric, which may have few values, is no improvement. Nor is a figure
    that is infinite or undefined.
    """
    value, best = smaller_is_better(name, record, higher_is_better), progress.monitored_best
    stale = value > best - stopping.tolerance
    if name == "validation_metric" and not stopping.tolerance:
        stale = value >= best
    stale = stale or value == math.inf
    looks = progress.looks_without_improvement + 1 if stale else 0
    return progress._replace(looks_without_improvement=looks, monitored_best=min(best, value))


def on_plateau(progress: Progress, stopping: StoppingSpec, rate: float) -> tuple[Progress, bool]:
    """Say whether to stop, or divide the learning rate and go on.

    Parameters
    ----------
    rate : float
        The optimiser's learning rate before any schedule.
    """
    if stopping.patience is None or progress.looks_without_improvement <= stopping.patience:
        return progress, False
    if stopping.plateau == "stop" or rate * progress.rate_multiplier <= RATE_FLOOR:
        return progress, True
    slower = progress.rate_multiplier / PLATEAU_DIVISOR
    return progress._replace(rate_multiplier=slower, looks_without_improvement=0), False


def keep_best(
    progress: Progress,
    name: str,
    record: EpochRecord,
    state: EngineState,
    higher_is_better: bool = False,
    last: bool = False,
) -> Progress:
    """Keep the parameters and buffers if the record's validation figure is the best so far.

    Of equal ones the first are kept, or with `last` the last.
    """
    figure = name if name.startswith("validation") else "validation_loss"
    value = smaller_is_better(figure, record, higher_is_better)
    as_good = last and value == progress.best_value < math.inf
    if not (value < progress.best_value or as_good):
        return progress
    return progress._replace(
        best_value=value,
        best_epoch=record.epoch,
        best_parameters=state.parameters,
        best_buffers=state.buffers,
    )
