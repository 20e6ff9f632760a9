"""Figures of merit as people read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from forpass.shown import aligned

__all__ = ["HEADINGS", "Figures", "classes_rows", "classes_table", "column", "figures_rows", "figures_table"]

HEADINGS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "roc_auc": "roc auc",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "r2": "r2",
    "root_mean_squared_error": "rmse",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
}
"""What figures are called, in the order in which they are shown; others are called by their names."""

WAYS = ("network", "linear", "dummy")
MOST_CLASSES = 12
"""So many classes are shown by themselves; of more the worst."""

Figures = Mapping[str, Mapping[str, float]]


def figures_table(figures: Figures, first: str = "") -> str:
    """Lay out the figures of each way to predict, one line each; begin with the one called `first`."""
    rows = figures_rows(figures, first)
    return aligned(rows, right=range(1, len(rows[0])))


def figures_rows(figures: Figures, first: str = "") -> list[list[str]]:
    """Return the rows of this table, the first with what figures are called."""
    order = [first, *HEADINGS, *figures["network"]]
    names = [name for name in dict.fromkeys(order) if name in figures["network"]]
    head = ["", *(HEADINGS.get(name, name) for name in names)]
    ways = [way for way in WAYS if way in figures]
    columns = [column([figures[way].get(name) for way in ways]) for name in names]
    return [head, *([way, *cells] for way, *cells in zip(ways, *columns, strict=True))]


def classes_table(classes: Figures) -> str:
    """Lay out how well each class is told from the others, one line each; of very many the worst by F1."""
    return aligned(classes_rows(classes), right=range(1, 5)) if classes else ""


def classes_rows(classes: Figures) -> list[list[str]]:
    """Return the rows of this table, the first with its headings."""
    shown, head = list(classes.items()), "class"
    if len(shown) > MOST_CLASSES:
        measured = [item for item in shown if item[1]["rows"]]
        shown = sorted(measured, key=lambda item: item[1]["f1"])[:MOST_CLASSES]
        head = f"the {len(shown)} worst of {len(classes)}"
    columns = [column([found[name] for _, found in shown]) for name in ("precision", "recall", "f1")]
    rows = [
        [name, f"{found['rows']:,.0f}", *cells] for (name, found), *cells in zip(shown, *columns, strict=True)
    ]
    return [[head, "rows", "precision", "recall", "f1"], *rows]


def column(values: Sequence[float | None]) -> list[str]:
    """Write figures that stand below each other, with equally many digits behind the point.

    Below 10 there are four of them, above as many as show four digits of the largest. A figure beside which
    another is so much larger that hardly a digit would be left of it has the digits that it would have alone;
    what is very small or very large has powers of ten.

    Examples
    --------
    >>> column([0.95, None, 12.3456]), column([123456.0, 1.2345, -2e-7])
    (['0.95', '', '12.35'], ['123,456', '1.2345', '-2e-07'])
    >>> column([0.5, float("nan")])
    ['0.5000', 'undefined']
    """
    largest = max((abs(v) for v in values if v is not None and math.isfinite(v)), default=0.0)
    digits = _digits(largest)
    return ["" if value is None else _written(value, digits, largest) for value in values]


def _written(value: float, digits: int, largest: float) -> str:
    if math.isnan(value):
        return "undefined"
    size, least = abs(value), 0.5 if largest < 10 else 10.0  # shares of one have four digits, and zeros
    if 0.0 < size < least * 10.0**-digits:
        digits = _digits(size)
    if (0.0 < size < 5e-4 and digits == 4 and (largest < 5e-4 or size < 5e-5)) or size >= 1e9:
        return f"{value:.4g}"
    return f"{value:,.{digits}f}"


def _digits(size: float) -> int:
    return 4 if size < 10 else max(0, 4 - len(f"{size:.0f}"))
