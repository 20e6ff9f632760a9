"""Figures of merit as people read them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from forpass.model import Evaluation
from forpass.model.figures import HEADINGS, column
from forpass.shown import aligned

__all__ = ["figures_table", "measured", "paragraph"]

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


def measured(evaluation: Evaluation) -> str:
    """Lay out how good a network is, and say whether it earns its place beside the baselines."""
    parts = figures_table(evaluation.figures), paragraph(evaluation.verdict)
    return "\n".join(part for part in parts if part)


def paragraph(text: str) -> str:
    """Break a text into lines below a table."""
    return textwrap.fill(text, 104, initial_indent="  ", subsequent_indent="  ")
