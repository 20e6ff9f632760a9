"""Checks that anybody can run: whether a derivative is that of its function."""

from forpass.checks.gradient import gradient_check
from forpass.checks.numerical import numerical_gradient
from forpass.checks.report import BlockCheck, GradientReport

__all__ = ["BlockCheck", "GradientReport", "gradient_check", "numerical_gradient"]
