"""Models as a notebook shows them: a drawing of the network, how good it is, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forpass.model.preprocessor import Preprocessor
from forpass.model.provenance import Provenance
from forpass.model.report import Report
from forpass.preprocessing.words import word_of
from forpass.shown_html import block, folded, in_notebook, table
from forpass.spec.picture import network_svg
from forpass.spec.program import Program
from forpass.spec.summary import summary_rows, widths_of

__all__ = ["ensemble_in_html", "model_in_html"]

Member = tuple[Program, float, Provenance]
"""What is told of a member: its network, its weight, and where it comes from."""

MOST_MEMBERS = 20
"""So many members have a row."""


def model_in_html(title: str, program: Program, preprocessing: Preprocessor | None, report: Report) -> str:
    """Return what a notebook shows of a network."""
    rows = summary_rows(program)
    return in_notebook(
        block(title, head=True),
        network_svg(program.spec, _outputs(preprocessing)),
        folded("operations", table(rows, right=(0, 4))),
        _measured(report),
    )


def ensemble_in_html(
    title: str, preprocessing: Preprocessor | None, report: Report, members: Sequence[Member]
) -> str:
    """Return what a notebook shows of several networks."""
    rows = [["member", "network", "weight", "fold", "epochs", "ended"]]
    for number, (program, weight, known) in enumerate(members[:MOST_MEMBERS], start=1):
        fold, ended = "" if known.fold is None else str(known.fold + 1), known.ended
        rows.append(
            [str(number), widths_of(program), f"{weight:.3g}", fold, f"{ended.epoch:,}", ended.reason]
        )
    shown = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    numbers = [place for place, i in enumerate(shown) if i in (0, 2, 3, 4)]
    rows = [[row[i] for i in shown] for row in rows]
    more = len(members) - MOST_MEMBERS
    return in_notebook(
        block(title, head=True),
        block("the first member:" if len(members) > 1 else ""),
        network_svg(members[0][0].spec, _outputs(preprocessing)),
        folded("members", table(rows, right=numbers), block(f"and {more:,} more" if more > 0 else "")),
        _measured(report),
    )


def _measured(report: Report) -> str:
    """Return how good a model is, where that is known."""
    if report.evaluation is None:
        return block("\n".join(report.remarks))
    return replace(report, title="").to_html()


def _outputs(preprocessing: Preprocessor | None) -> tuple[str, ...]:
    """Return the names of what is predicted: of classes, labels, or columns of values."""
    target = None if preprocessing is None else preprocessing.target
    if target is None:
        return ()
    return tuple(map(word_of, target.classes)) if len(target.classes) == target.outputs else target.names
