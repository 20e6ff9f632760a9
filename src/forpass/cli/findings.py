"""What `diagnose` says of a network that a command has just trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from forpass.cli.figures import paragraph
from forpass.cli.options import option_called
from forpass.datasets import LongTable
from forpass.datasets.with_polars import import_polars
from forpass.diagnosis import Finding, diagnose, others_first, remedy_by_options
from forpass.model import TrainedModel
from forpass.preprocessing import Preprocessing, read_columns, rows_with_target, with_missing, without_dashes
from forpass.sampling.evenly import evenly

__all__ = ["findings_of", "findings_text"]

ROWS = 1000
"""So many rows, evenly spaced, show what all of them would, at the price of a few training steps."""

OF_TABLES = "large_features", "unscaled_target"
"""The kinds for which nothing of the network is to be changed."""


def findings_of(model: TrainedModel, table: Any, published: bool) -> list[Finding]:
    """Look for faults of a network on rows of the table that it was trained on.

    One that is `published` is as it is: of it only those that are the table's.
    """
    preprocessing = model.preprocessing
    assert isinstance(preprocessing, Preprocessing) and preprocessing.target is not None
    target = preprocessing.target
    if isinstance(table, LongTable):
        apart = max(1, len(table) // ROWS)
        table = import_polars().concat(portion[::apart] for portion in table.portions())
    table = with_missing(read_columns(table), preprocessing.reading.missing)
    table = without_dashes(table, target.names, target.task)
    rows = rows_with_target(table, target.names, needed=True)
    some = rows[np.unique(evenly(len(rows), ROWS))]
    data = preprocessing.encode(table, with_targets=True, rows=some, aloud=False)
    if data.weights is not None and not data.weights.any():
        return []
    assert model.training is not None
    rate = model.training.optimizer.learning_rate
    found = [
        dataclasses.replace(finding, remedy=remedy_by_options(finding.kind, rate, option_called))
        for finding in diagnose(model, data)
        if not published or finding.kind in OF_TABLES
    ]
    return others_first(found)


def findings_text(findings: Sequence[Finding]) -> list[str]:
    """Say what was found, each in a sentence; nothing where nothing was found."""
    return [paragraph(f"Found: {finding}") for finding in findings]
