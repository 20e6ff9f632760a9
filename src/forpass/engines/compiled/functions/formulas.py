"""The formulas of `forpass.maths` for kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forpass.engines.bind import bind
from forpass.engines.compiled.functions import namespace

__all__ = ["Formula", "bound"]

Formula = Callable[..., Any]
"""A function of `forpass.maths`, or one written by the same rules."""


def bound(formula: Formula) -> Formula:
    """The formula for this engine's values, with its constants as they are now."""
    return bind(formula, namespace)  # type: ignore[no-any-return]
