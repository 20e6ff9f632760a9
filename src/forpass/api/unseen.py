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
from forpass.model import Ensemble
from forpass.model.encoded import Encoded
from forpass.sampling.evenly import evenly
from forpass.spec.data import Data

__all__ = ["judged_unseen"]


def judged_unseen(ensemble: Ensemble, rows: Data | Encoded, most: int) -> Asked:
    """Return rows with targets, at most so many, evenly spread, and who has not seen which of them.

    Raises
    ------
    TableError
        When all members have seen all of the rows.
    """
    known = ensemble.left_out
    if known is None or isinstance(rows, Encoded):
        return Asked(ensemble, rows_of(rows, evenly(rows.n_rows, most)))
    folds = [member.provenance.fold for member in ensemble.members]
    members = known.members_of(rows, folds)
    judged = np.flatnonzero(members.any(axis=1))
    if not len(judged):
        raise TableError(
            "all networks of the model have learnt from all of these rows, which say what it has learnt, not "
            "what is worth knowing; give rows that it has not seen, or train with importance=True, which "
            "measures before it learns from all rows"
        )
    chosen = judged[evenly(len(judged), most)]
    alike, which = np.unique(members[chosen], axis=0, return_inverse=True)
    which = which.ravel()
    judges = [
        Judges(np.flatnonzero(which == number), some_of(ensemble, np.flatnonzero(those)))
        for number, those in enumerate(alike)
    ]
    return Asked(ensemble, rows_of(rows, chosen), tuple(judges) if len(alike) > 1 or not alike.all() else ())


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
