"""What `diagnose` says of a network that a command has just trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forpass.cli.figures import paragraph
from forpass.diagnosis import Finding, diagnose
from forpass.model import TrainedModel
from forpass.preprocessing import Preprocessing, read_columns, rows_with_target, with_missing, without_dashes

__all__ = ["findings_of", "findings_text"]

ROWS = 1000
"""So many rows, evenly spaced, show what all of them would, at the price of a few training steps."""


def findings_of(model: TrainedModel, table: Any) -> list[Finding]:
    """Look for faults of a network on rows of the table that it was trained on."""
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
    return diagnose(model, data)


def findings_text(findings: Sequence[Finding]) -> list[str]:
    """Say what was found, each in a sentence; nothing where nothing was found."""
    return [paragraph(f"Found: {finding}") for finding in findings]
