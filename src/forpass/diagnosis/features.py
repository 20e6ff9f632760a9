"""Features that nobody scaled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forpass.diagnosis.finding import Case, Finding
from forpass.diagnosis.remedies import remedy

__all__ = ["large_features"]

LARGE = 30.0
"""Root mean square of a feature. Standardised it is 1; the curvature of the loss grows with its square,
so that the rate which this feature bears is a thousand times smaller than the one the others need."""


def large_features(case: Case) -> Iterator[Finding]:
    """Report the features that are much larger than what initialisers and learning rates are made for."""
    operations = case.model.program.operations
    if operations[0].opcode == "batch_norm":  # it scales every column by itself
        return
    X = case.tape["X"].astype(np.float64)
    sizes = np.sqrt(np.mean(np.square(X), axis=0))
    large = np.flatnonzero(sizes > LARGE)
    if not len(large):
        return
    worst = int(large[np.argmax(sizes[large])])
    others = f" and {len(large) - 1} more" if len(large) > 1 else ""
    yield Finding(
        "large_features",
        "input",
        float(sizes[worst]),
        f"the values of {_name(case, worst)}{others} are about {sizes[worst]:.3g} in size",
        remedy("large_features"),
    )


def _name(case: Case, column: int) -> str:
    names = getattr(case.model.preprocessing, "feature_names", ())
    return repr(names[column]) if len(names) == case.data.n_features else f"feature {column + 1}"
