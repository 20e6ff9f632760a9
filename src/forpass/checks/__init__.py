"""Checks that anybody can run: whether a derivative is that of its function."""

from forpass.checks.gradient import BlockCheck, GradientReport, gradient_check, numerical_gradient

__all__ = ["BlockCheck", "GradientReport", "gradient_check", "numerical_gradient"]
