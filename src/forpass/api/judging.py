"""Training on a table's encoded parts as the options say: classes weighed, guided by a metric, and decided.

The baselines learn and decide alike, so that they can be compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.api.baselines import fit_baselines
from forpass.api.class_weights import factors_of, named_factors, tilt_of, weighted
from forpass.api.metrics import TargetMeaning, metric_for
from forpass.api.road import Parts
from forpass.api.setup import Setup
from forpass.api.thresholds import chosen_threshold, fixed_threshold, require_threshold_for
from forpass.api.training import guided_by, train_job
from forpass.errors import DataError
from forpass.model import Scores, TrainedModel
from forpass.preprocessing import TargetSpec
from forpass.spec.data import Data
from forpass.spec.network import NetworkSpec
from forpass.told import called
from forpass.training.events import Listener
from forpass.training.job import Job

__all__ = ["Weighted", "judged_baselines", "judged_model", "require_judging", "weighted_parts"]


class Weighted(NamedTuple):
    """Training and validation rows that count by their classes, where that was asked for.

    Attributes
    ----------
    training : Data
    validation : Data or None
    class_weights : dict
        How much rows count by class; nothing where they count alike.
    tilt : array (k,) or None
        By how much that raises raw scores; see `tilt_of`.
    """

    training: Data
    validation: Data | None
    class_weights: dict[str, float]
    tilt: NDArray[np.float64] | None = None


def require_judging(setup: Setup, parts: Parts) -> None:
    """Refuse a metric or a threshold that does not suit the target, before work begins.

    Raises
    ------
    SpecError
    """
    target = _target(parts)
    by_recipe = setup.recipe is not None  # all rows say, out of fold
    require_threshold_for(target, setup.judging.threshold, by_recipe or parts.validation is not None)
    metric_for(setup.judging.metric, TargetMeaning.of_target(target, target.task))


def weighted_parts(setup: Setup, parts: Parts) -> Weighted:
    """Weigh training and validation rows by their classes, where that is asked for.

    Raises
    ------
    SpecError
        For weights that do not suit the target.
    DataError
        Where they leave no row that counts.
    """
    given, target = setup.judging.class_weight, _target(parts)
    if given is None:
        return Weighted(parts.training, parts.validation, {})
    factors = factors_of(target, parts.training, given)
    training = weighted(parts.training, target, factors)
    validation = None if parts.validation is None else weighted(parts.validation, target, factors)
    for use, data in (("training", training), ("validation", validation)):
        if data is not None and not np.any(data.weights):
            raise DataError(
                f"{called('class_weight')} leaves none of the {data.n_rows} {use} rows a weight above 0; "
                "give the classes that they are of some weight"
            )
    return Weighted(training, validation, named_factors(target, factors), tilt_of(target, factors))


def judged_model(
    spec: NetworkSpec, setup: Setup, parts: Parts, rows: Weighted, listener: Listener | None = None
) -> TrainedModel:
    """Train a network, and find the threshold by which it decides, if there is one to be found.

    Parameters
    ----------
    rows : Weighted
        What `weighted_parts` made of the parts.
    """
    target, validation, threshold = _target(parts), parts.validation, setup.judging.threshold
    metric = setup.judging.metric
    job = Job(
        spec,
        guided_by(metric, setup.training, rows.validation),
        rows.training,
        validation=rows.validation,
        engine=setup.engine,
        threads=setup.threads,
        metric=metric_for(metric, TargetMeaning.of_target(target, target.task)),
        metric_weights=None if rows.validation is validation else _weights(validation),
        threshold=fixed_threshold(target, threshold),
    )
    model = train_job(job, metric, parts.preprocessing, listener=listener)
    if not isinstance(threshold, str):
        return model
    assert validation is not None
    chosen = chosen_threshold(threshold, target, validation, model.scores(validation))
    return dataclasses.replace(model, threshold=chosen)


def judged_baselines(
    setup: Setup, parts: Parts, rows: Weighted, note: Callable[[int], object]
) -> dict[str, Scores]:
    """Predict the test rows with baselines that learn and decide as the network does; see `fit_baselines`."""
    target, threshold = _target(parts), setup.judging.threshold
    test, validation = parts.test, parts.validation
    assert test is not None
    found = {}
    for way, scores_of in fit_baselines(target, rows.training, rows.validation, note).items():
        at = fixed_threshold(target, threshold)
        if isinstance(threshold, str):
            assert validation is not None
            at = chosen_threshold(threshold, target, validation, scores_of(validation))
        found[way] = dataclasses.replace(scores_of(test), threshold=at)
    return found


def _target(parts: Parts) -> TargetSpec:
    target = parts.preprocessing.target
    assert target is not None
    return target


def _weights(data: Data | None) -> NDArray[Any]:
    """How much each row counts by itself, whatever its class."""
    assert data is not None
    return np.ones(data.n_rows) if data.weights is None else data.weights
