"""Figures of merit as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forpass.cli.output import aligned

__all__ = ["figures_table", "verdict"]

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
"""What the columns are called, in the order in which they are shown."""

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


def verdict(figures: Figures) -> str:
    """Say in one line whether the network earns its place beside the baselines."""
    network = figures["network"]
    name, better = ("r2", 1) if "r2" in network else ("log_loss", -1)
    best = max((way for way in figures if way != "network"), key=lambda way: better * figures[way][name])
    gain = better * (network[name] - figures[best][name])
    both = " against ".join(column([network[name], figures[best][name]]))
    both = f"{HEADINGS[name]} {both}"
    if gain > 0:
        return f"  The network does better than the {best} baseline: {both}."
    return f"  The network does not earn its place: the {best} baseline is as good or better ({both})."


def column(values: Sequence[float | None]) -> list[str]:
    """Write figures that stand below each other, with equally many digits behind the point.

    Below 10 there are four of them, above as many as show four digits of the largest. Where all are too
    small or one is too large for that, they get powers of ten.
    """
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    if 0.0 < largest < 5e-4 or largest >= 1e9:
        return ["" if value is None else f"{value:.4g}" for value in values]
    digits = 4 if largest < 10 else max(0, 4 - len(f"{largest:.0f}"))
    return ["" if value is None else f"{value:,.{digits}f}" for value in values]
