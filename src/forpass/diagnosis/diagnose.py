"""Look at a network from all sides and say what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.diagnosis.features import large_features
from forpass.diagnosis.finding import KINDS, Case, Finding, others_first
from forpass.diagnosis.gradients import uneven_gradients
from forpass.diagnosis.outcome import constant_predictions, no_better_than_guess
from forpass.diagnosis.rate import learning_rate_too_high, learning_rate_too_low
from forpass.diagnosis.targets import unscaled_target
from forpass.diagnosis.units import idle_units
from forpass.errors import DataError
from forpass.model import TrainedModel
from forpass.model.given import given_model
from forpass.sampling.evenly import evenly
from forpass.spec.data import require_data

__all__ = ["diagnose"]

FINDERS = (
    large_features,
    unscaled_target,
    idle_units,
    uneven_gradients,
    learning_rate_too_high,
    learning_rate_too_low,
    constant_predictions,
    no_better_than_guess,
)


def diagnose(model: Any, data: Any, *, most_rows: int = 4096) -> list[Finding]:
    """Find out what is wrong with a network, as far as one pass and its history show it.

    Parameters
    ----------
    model : TrainedModel, or fitted estimator
        Where it has a history, that is judged too.
    data : Data, or a table where the model takes tables
        Examples with targets, best those it was trained on.
    most_rows : int
        How many of them to look at, at most, evenly spaced.

    Returns
    -------
    list of Finding
        Empty when nothing was found.

    Raises
    ------
    DataError
        When there is nothing to look at, or several networks at once.
    TableError
        When the table does not fit the model.

    Examples
    --------
    >>> import forpass as fp
    >>> X = np.linspace(-1.0, 1.0, 40)[:, None]
    >>> data = fp.Data(1e4 * X, targets=X)
    >>> training = fp.TrainingSpec(epochs=1, optimizer=fp.OptimizerSpec("gradient_descent", 1e-12))
    >>> for finding in fp.diagnose(fp.train(fp.multilayer(1, [], 1, "squared"), training, data), data)[:1]:
    ...     print(finding)
    input: the values of feature 1 are about 5.92e+03 in size; scale the features to a few units.
    """
    model = given_model("diagnose", model)
    if not isinstance(model, TrainedModel):
        raise DataError("diagnose looks at one network; give one of the ensemble's members")
    if model.preprocessing is None:
        require_data("what diagnose looks at", data)
    data = model.encode(data, with_targets=True)
    if data.targets is None:
        raise DataError("diagnose takes Data with targets; give Data(X, targets=y)")
    rows = np.arange(data.n_rows) if data.weights is None else np.flatnonzero(data.weights)
    if not len(rows):
        raise DataError("there are no examples with a weight above 0 to look at; give some")
    if len(rows) > most_rows:
        rows = rows[evenly(len(rows), most_rows)]
    looked_at = data.rows(rows)
    case = Case(model, looked_at, model.trace(looked_at))
    findings = [finding for finder in FINDERS for finding in finder(case)]
    return others_first(sorted(findings, key=lambda finding: KINDS.index(finding.kind)))
