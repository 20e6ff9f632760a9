"""What options of training may be called by name; registries are imported when they are asked."""

from __future__ import annotations

from collections.abc import Iterable

from forpass.api.setup import PUBLISHED

__all__ = ["activations", "engines", "optimizers", "presets"]


def activations() -> Iterable[str]:
    """Names of activations."""
    from forpass.maths.activations import ACTIVATIONS

    return ACTIVATIONS


def optimizers() -> Iterable[str]:
    """Names of optimisers, and L-BFGS."""
    from forpass.maths.optimizers import OPTIMIZERS

    return [*OPTIMIZERS, "lbfgs"]


def presets() -> Iterable[str]:
    """Names of recipes, and of single networks."""
    from forpass.recipes import PRESETS

    return [*PRESETS, "plain", *PUBLISHED]


def engines() -> Iterable[str]:
    """Names of engines, and what stands for the fastest."""
    from forpass.engines.select import ENGINES

    return ["auto", *ENGINES]
