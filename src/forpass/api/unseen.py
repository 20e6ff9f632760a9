"""Rows, each judged by those networks of an ensemble that have not seen it.

A row that nobody has learnt from is judged by all; one of the table that the ensemble has learnt from by the
members that left it out. After a refit no member has, and there is nobody to judge it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.api.moving import Asked, Judges
from forpass.errors import TableError
from forpass.model import Ensemble, TrainedModel
from forpass.model.encoded import Encoded
from forpass.sampling.evenly import evenly
from forpass.spec.data import Data

__all__ = ["judged", "judged_unseen", "unseen_by"]

NOBODY = (
    "all networks of the model have learnt from all of these rows, which say what it has learnt, not what is "
    "worth knowing; give rows that it has not seen, or train with importance=True, which measures before it "
    "learns from all rows"
)


def judged_unseen(model: TrainedModel | Ensemble, rows: Data | Encoded, most: int) -> Asked:
    """Return rows with targets, at most so many, evenly spread, and who has not seen which of them.

    Raises
    ------
    TableError
        When all members have seen all of the rows.
    """
    unseen = unseen_by(model, rows)
    places = np.flatnonzero(unseen.any(axis=1))
    if not len(places):
        raise TableError(NOBODY)
    return judged(model, rows, unseen, places[evenly(len(places), most)])


def unseen_by(model: TrainedModel | Ensemble, rows: Data | Encoded) -> NDArray[np.bool_]:
    """Say for rows with targets which networks have not seen them, (rows, networks).

    A network of which nothing is known has seen none.
    """
    folds = [m.provenance.fold for m in model.members] if isinstance(model, Ensemble) else [None]
    if model.left_out is None or isinstance(rows, Encoded):
        return np.ones((rows.n_rows, len(folds)), np.bool_)
    return model.left_out.members_of(rows, folds)


def judged(
    model: TrainedModel | Ensemble,
    rows: Data | Encoded,
    unseen: NDArray[np.bool_],
    chosen: NDArray[np.int64],
) -> Asked:
    """Return some of the rows, each to be judged by those networks that have not seen it."""
    some = rows_of(rows, chosen)
    alike, which = np.unique(unseen[chosen], axis=0, return_inverse=True)
    if isinstance(model, TrainedModel) or (len(alike) == 1 and alike.all()):
        return Asked(model, some)
    judges = [
        Judges(np.flatnonzero(which.ravel() == number), some_of(model, np.flatnonzero(those)))
        for number, those in enumerate(alike)
    ]
    return Asked(model, some, tuple(judges))


def rows_of(rows: Any, chosen: NDArray[np.int64]) -> Any:
    """Return some of encoded rows."""
    return rows if len(chosen) == rows.n_rows else rows.rows(chosen)


def some_of(ensemble: Ensemble, members: NDArray[np.int64]) -> Ensemble:
    """Return some members of an ensemble, whose weights keep their ratio."""
    return Ensemble(
        [ensemble.members[i] for i in members],
        [ensemble.weights[i] for i in members],
        sharpness=[ensemble.sharpness[i] for i in members],
        calibration=ensemble.calibration,
        decision_weights=ensemble.decision_weights,
    )
