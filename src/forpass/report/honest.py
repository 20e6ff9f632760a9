"""Scores of rows by networks that have not learnt from them, calibrated without them too.

The calibration of an ensemble was fitted to the out-of-fold predictions of all rows that it has learnt from:
on these very rows it would look better than it is. So the rows of each fold are calibrated by those of the
others, as they were when the ensemble was measured.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from forpass.api.moving import Model
from forpass.api.unseen import judged
from forpass.model import Ensemble, Scores
from forpass.model.calibration import Calibration
from forpass.model.encoded import Encoded
from forpass.recipes.calibrating import SLOWNESS
from forpass.spec.data import Data

__all__ = ["honest_scores"]

SECONDS = 1.0
"""Matrix scaling is skipped where it would take longer."""

Array = NDArray[np.float64]


def honest_scores(
    model: Model, rows: Data | Encoded, targets: NDArray[np.float64], unseen: NDArray[np.bool_]
) -> Scores:
    """Return what networks say of rows that they have not seen.

    Parameters
    ----------
    model : TrainedModel or Ensemble
    rows : Data or Encoded
        With targets, and each unseen by one network at least.
    targets : array
        Of the rows, as they are encoded.
    unseen : bool array (rows, networks)
    """
    everything = np.arange(rows.n_rows)
    if not isinstance(model, Ensemble) or model.calibration is None:
        return judged(model, rows, unseen, everything).scores(rows)
    bare = dataclasses.replace(model, calibration=None, intervals=None)
    scores = judged(bare, rows, unseen, everything).scores(rows)
    raw = model.calibration.applied(scores.raw)
    learnt = np.flatnonzero(~unseen.all(axis=1))
    if len(learnt):
        weights = np.ones(rows.n_rows) if rows.weights is None else np.asarray(rows.weights, np.float64)
        truth = _shares(scores, targets)
        raw[learnt] = _by_other_folds(scores, truth, weights, _folds(model, unseen), learnt)
    return dataclasses.replace(scores, raw=raw, threshold=model.threshold)


def _folds(model: Ensemble, unseen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first fold that each row is in."""
    numbers = np.array(
        [m.provenance.fold if m.provenance.fold is not None else 1 << 20 for m in model.members]
    )
    return np.asarray(np.where(unseen, numbers, 1 << 20).min(axis=1))


def _shares(scores: Scores, targets: NDArray[np.float64]) -> Array:
    """Return targets as probabilities (n, k)."""
    k = scores.raw.shape[1]
    if targets.ndim == 1:
        return np.asarray(targets[:, None] == np.arange(k), np.float64)
    return np.asarray(targets, np.float64)


def _by_other_folds(
    scores: Scores, truth: Array, weights: Array, folds: NDArray[np.int64], learnt: NDArray[np.int64]
) -> Array:
    """Return raw scores of the rows that were learnt from, of each fold calibrated by the others."""
    raw, there = scores.raw[learnt], np.unique(folds[learnt])
    affordable = SLOWNESS * raw.size * raw.shape[1] * len(there) <= SECONDS
    found = raw.copy()
    for fold in there:
        own = folds[learnt] == fold
        others = learnt[~own]
        if len(others):
            of_others = scores.raw[others], truth[others], weights[others]
            calibration = Calibration.fitted(scores.head, *of_others, confusions=affordable)
            found[own] = calibration.applied(raw[own])
    return found
