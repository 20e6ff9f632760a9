"""Figures of merit as people read them."""

from __future__ import annotations

import textwrap

from forpass.model import Evaluation
from forpass.model.figures import figures_table

__all__ = ["measured", "paragraph"]


def measured(evaluation: Evaluation) -> str:
    """Lay out how good a network is, and say whether it earns its place beside the baselines."""
    parts = figures_table(evaluation.figures), paragraph(evaluation.verdict)
    return "\n".join(part for part in parts if part)


def paragraph(text: str) -> str:
    """Break a text into lines below a table."""
    return textwrap.fill(text, 104, initial_indent="  ", subsequent_indent="  ")
