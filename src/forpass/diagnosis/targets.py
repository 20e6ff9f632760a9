"""Targets that nobody scaled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forpass.diagnosis.finding import Case, Finding
from forpass.diagnosis.outcome import losses_of_guess
from forpass.diagnosis.remedies import remedy
from forpass.model.target_scale import COPED, far_from_unit_scale

__all__ = ["unscaled_target"]


def unscaled_target(case: Case) -> Iterator[Finding]:
    """Report targets far from mean 0 and standard deviation 1 where the network has not coped with them."""
    assert case.data.targets is not None
    scale = far_from_unit_scale(case.model.spec.head, case.data.targets, case.data.weights)
    if not scale:
        return
    got, guessed = losses_of_guess(case)
    if got < COPED * guessed:
        return
    yield Finding(
        "unscaled_target",
        "target",
        float(np.max(np.abs(case.data.targets))),
        f"it has {scale}, and the outputs of a network begin near 0 and are about 1",
        remedy("unscaled_target"),
    )
