"""Figures of merit as people read them."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["HEADINGS", "column"]

HEADINGS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "roc_auc": "roc auc",
    "log_loss": "log loss",
    "r2": "r2",
    "root_mean_squared_error": "rmse",
    "mean_absolute_error": "mae",
}
"""What figures are called, in the order in which they are shown."""


def column(values: Sequence[float | None]) -> list[str]:
    """Write figures that stand below each other, with equally many digits behind the point.

    Below 10 there are four of them, above as many as show four digits of the largest. Where all are too
    small or one is too large for that, they get powers of ten.

    Examples
    --------
    >>> column([0.95, None, 12.3456]), column([123456.0])
    (['0.95', '', '12.35'], ['123,456'])
    """
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    if 0.0 < largest < 5e-4 or largest >= 1e9:
        return ["" if value is None else f"{value:.4g}" for value in values]
    digits = 4 if largest < 10 else max(0, 4 - len(f"{largest:.0f}"))
    return ["" if value is None else f"{value:,.{digits}f}" for value in values]
