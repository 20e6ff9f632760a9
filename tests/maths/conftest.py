"""What the tests of the mathematics share: numerical derivatives, settings to try, golden numbers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

STEP = 2.0**-9
"""Near the best step of a five-point formula, eps^(1/5); a power of two, so that x +- step is exact."""


def on_grid(X: Any) -> Any:
    """Round to multiples of 2^-20, from which steps of 2^-9 are exact."""
    return np.round(np.asarray(X) * 2.0**20) / 2.0**20


def five_point(function: Callable[[Any], Any], X: Any) -> Any:
    """Take the derivative of an elementwise function at every element of X."""
    near = function(X + STEP) - function(X - STEP)
    far = function(X + 2 * STEP) - function(X - 2 * STEP)
    return (8.0 * near - far) / (12.0 * STEP)


def numerical_vjp(function: Callable[[Any], Any], X: Any, cotangent: Any) -> Any:
    """Take the derivative of sum(cotangent * function(X)) by every entry of X, one entry at a time."""
    gradient = np.zeros_like(X)
    for i in np.ndindex(X.shape):

        def along(t: float, i: tuple[int, ...] = i) -> Any:
            moved = X.copy()
            moved[i] += t
            return function(moved)

        gradient[i] = np.sum(cotangent * five_point(along, 0.0))
    return gradient


def assert_derivative(got: Any, numerical: Any) -> None:
    """Demand 1e-7 relative; 1e-11 absolute is what rounding leaves of a difference of numbers near 1."""
    np.testing.assert_allclose(got, numerical, rtol=1e-7, atol=1e-11)


def settings_to_try(record: Any) -> list[list[float]]:
    """Return the defaults, and values that differ from every default."""
    defaults = [h.default for h in record.hyperparameters]
    others = [min(max(0.7 * h.default + 0.1, h.low), h.high) for h in record.hyperparameters]
    return [defaults, others] if defaults else [[]]


GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "maths.json").read_text(encoding="utf-8"))


class Tools:
    """The functions above, in one fixture: test folders are no packages to import from."""

    on_grid = staticmethod(on_grid)
    five_point = staticmethod(five_point)
    numerical_vjp = staticmethod(numerical_vjp)
    assert_derivative = staticmethod(assert_derivative)
    settings_to_try = staticmethod(settings_to_try)
    step = STEP
    golden = GOLDEN


@pytest.fixture(scope="session")
def tools() -> type[Tools]:
    return Tools


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240607)
