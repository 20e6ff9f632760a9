"""Figures of merit as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forpass.shown import aligned

__all__ = ["HEADINGS", "Figures", "column", "figures_table"]

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


WAYS = ("network", "linear", "dummy")

Figures = Mapping[str, Mapping[str, float]]


def figures_table(figures: Figures) -> str:
    """Lay out the figures of each way to predict, one line each."""
    names = [name for name in HEADINGS if name in figures["network"]]
    head = ["", *(HEADINGS[name] for name in names)]
    ways = [way for way in WAYS if way in figures]
    columns = [column([figures[way].get(name) for way in ways]) for name in names]
    rows = [[way, *cells] for way, *cells in zip(ways, *columns, strict=True)]
    return aligned([head, *rows], right=range(1, len(head)))


def column(values: Sequence[float | None]) -> list[str]:
    """Write figures that stand below each other, with equally many digits behind the point.

    Below 10 there are four of them, above as many as show four digits of the largest. A figure beside which
    another is so much larger that hardly a digit would be left of it has the digits that it would have alone;
    what is very small or very large has powers of ten.

    Examples
    --------
    >>> column([0.95, None, 12.3456]), column([123456.0, 1.2345, -2e-7])
    (['0.95', '', '12.35'], ['123,456', '1.2345', '-2e-07'])
    """
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    digits = _digits(largest)
    return ["" if value is None else _written(value, digits, largest) for value in values]


def _written(value: float, digits: int, largest: float) -> str:
    size, least = abs(value), 0.5 if largest < 10 else 10.0  # shares of one have four digits, and zeros
    if 0.0 < size < least * 10.0**-digits:
        digits = _digits(size)
    if (0.0 < size < 5e-4 and digits == 4 and (largest < 5e-4 or size < 5e-5)) or size >= 1e9:
        return f"{value:.4g}"
    return f"{value:,.{digits}f}"


def _digits(size: float) -> int:
    return 4 if size < 10 else max(0, 4 - len(f"{size:.0f}"))
