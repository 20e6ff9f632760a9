"""How much a model needs each column, measured as part of its training: before it learns from all rows."""

from __future__ import annotations

import time

from forpass.api.exchanging import MOST_ROWS, exchanged
from forpass.api.moving import Asked, Model
from forpass.api.road import Parts
from forpass.api.setup import Setup
from forpass.api.unseen import judged_unseen, rows_of
from forpass.clock import Clock
from forpass.errors import DataError, SpecError
from forpass.model import Ensemble
from forpass.model.importance import Importance
from forpass.preprocessing import Preprocessing
from forpass.sampling.evenly import evenly
from forpass.spec.data import Data
from forpass.told import called

__all__ = ["measured_needs", "require_columns"]

LEAST_SECONDS = 2.0
"""So long it may take, however short the training was."""


def require_columns(setup: Setup, parts: Parts) -> None:
    """Refuse to measure what is no column, or by rows that the network learns from, if that is asked for.

    Raises
    ------
    SpecError
    """
    if not setup.importance:
        return
    if not isinstance(parts.preprocessing, Preprocessing):
        raise SpecError(
            f"{called('importance')} is of the columns of a table, and a sparse matrix has none with names; "
            "leave it out, or give a table"
        )
    if setup.recipe is None and parts.validation is None and parts.test is None:
        raise SpecError(
            f"{called('importance')} needs rows that the network does not learn from, and there are neither "
            "validation nor test rows; set some apart, or take preset 'default'"
        )


def measured_needs(model: Model, rows: Data, setup: Setup, clock: Clock, seconds: float) -> Importance | None:
    """Measure a model on rows, where that is asked for and there is time: at most `seconds`, or two.

    Parameters
    ----------
    model : TrainedModel or Ensemble
        As it is before it learns from all rows.
    rows : Data
        Of an ensemble those that it has learnt from, each of which some members left out; of a single
        network others.
    setup : Setup
    clock : Clock
        How much time is left for all of it.
    seconds : float
        What the training took.
    """
    if not setup.importance or not clock.left:
        return None
    if isinstance(model, Ensemble):
        asked = judged_unseen(model, rows, MOST_ROWS)
    else:
        asked = Asked(model, rows_of(rows, evenly(rows.n_rows, MOST_ROWS)))
    own = Clock(min(clock.left, max(LEAST_SECONDS, seconds)), time.monotonic())
    metric, seed = setup.judging.metric, setup.training.seed
    try:
        found = exchanged([asked], metric, seed=seed, clock=own, threads=setup.threads)
    except (
        KeyboardInterrupt,
        DataError,
    ):  # before anything was measured, or the metric is none of these rows
        return None
    return found if found.columns else None
