"""Checks that anybody can run on anything: is the derivative that of the function?"""

from forpass.checks.gradient import BlockCheck, GradientReport, gradient_check, numerical_gradient

__all__ = ["BlockCheck", "GradientReport", "gradient_check", "numerical_gradient"]
