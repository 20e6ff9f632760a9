"""Figures of merit as people read them."""

from __future__ import annotations

from collections.abc import Mapping

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

WAYS = ("network", "linear", "majority", "mean")

Figures = Mapping[str, Mapping[str, float]]


def figures_table(figures: Figures) -> str:
    """Lay out the figures of each way to predict, one line each."""
    names = [name for name in HEADINGS if name in figures["network"]]
    head = ["", *(HEADINGS[name] for name in names)]
    ways = [way for way in WAYS if way in figures]
    rows = [[way, *(shown(figures[way].get(name)) for name in names)] for way in ways]
    return aligned([head, *rows], right=range(1, len(head)))


def verdict(figures: Figures) -> str:
    """Say in one line whether the network earns its place beside the baselines."""
    network = figures["network"]
    name, better = ("r2", 1) if "r2" in network else ("log_loss", -1)
    best = max((way for way in figures if way != "network"), key=lambda way: better * figures[way][name])
    gain = better * (network[name] - figures[best][name])
    both = f"{HEADINGS[name]} {shown(network[name])} against {shown(figures[best][name])}"
    if gain > 0:
        return f"  The network does better than the {best} baseline: {both}."
    return f"  The network does not earn its place: the {best} baseline is as good or better ({both})."


def shown(value: float | None) -> str:
    """Write a figure: four digits behind the point where it is small, four in all where it is large."""
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 10 else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
