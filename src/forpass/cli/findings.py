"""What `diagnose` says of a network that a command has just trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from forpass.cli.figures import paragraph
from forpass.diagnosis import Finding, diagnose, others_first
from forpass.model import TrainedModel
from forpass.preprocessing import Preprocessing, read_columns, rows_with_target, with_missing, without_dashes

__all__ = ["findings_of", "findings_text"]

ROWS = 1000
"""So many rows, evenly spaced, show what all of them would, at the price of a few training steps."""


REMEDIES = {
    "large_features": "look for values far from all others; mend them, or --drop the column",
    "unscaled_target": "look for values of the target far from all others, and mend them",
    "dead_units": "try a lower --learning-rate (it was {rate:g}), or --activation leaky_relu or elu",
    "saturated_units": "try a lower --learning-rate (it was {rate:g}), or --activation relu",
    "vanishing_gradient": "try fewer layers (--hidden), or --activation relu or selu",
    "exploding_gradient": "try a lower --learning-rate (it was {rate:g}), or fewer layers (--hidden)",
    "learning_rate_too_high": "try a lower --learning-rate (it was {rate:g})",
    "learning_rate_too_low": "try a higher --learning-rate (it was {rate:g}), or more --epochs",
    "constant_predictions": "try a lower --learning-rate (it was {rate:g}), or see whether columns are alike",
    "no_better_than_guess": "try more --epochs, larger layers (--hidden) or other columns",
}
"""What to try, of each kind of finding, with what the command can say."""
OF_TABLES = "large_features", "unscaled_target"
"""The kinds for which nothing of the network is to be changed."""


def findings_of(model: TrainedModel, table: Any, published: bool) -> list[Finding]:
    """Look for faults of a network on rows of the table that it was trained on.

    One that is `published` is as it is: of it only those that are the table's.
    """
    preprocessing = model.preprocessing
    assert isinstance(preprocessing, Preprocessing) and preprocessing.target is not None
    target = preprocessing.target
    table = with_missing(read_columns(table), preprocessing.reading.missing)
    table = without_dashes(table, target.names, target.task)
    rows = rows_with_target(table, target.names, needed=True)
    some = rows[np.unique(np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).astype(np.int64))]
    data = preprocessing.encode(table, with_targets=True, rows=some, aloud=False)
    if data.weights is not None and not data.weights.any():
        return []
    assert model.training is not None
    rate = model.training.optimizer.learning_rate
    found = [
        dataclasses.replace(finding, remedy=REMEDIES[finding.kind].format(rate=rate))
        for finding in diagnose(model, data)
        if not published or finding.kind in OF_TABLES
    ]
    return others_first(found)


def findings_text(findings: Sequence[Finding]) -> list[str]:
    """Say what was found, each in a sentence; nothing where nothing was found."""
    return [paragraph(f"Found: {finding}") for finding in findings]
