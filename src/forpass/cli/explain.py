"""``forpass explain``: what each column adds to the prediction for a row, or for several."""

from __future__ import annotations

from collections.abc import Sequence

from forpass.api.explain import explain as explain_row
from forpass.cli.figures import paragraph
from forpass.cli.output import Reporter
from forpass.cli.rows import model_and_table, rows_said
from forpass.cli.use import source_for
from forpass.errors import InputError
from forpass.model.explanation import Explanation
from forpass.preprocessing import read_columns
from forpass.shown import aligned, as_shown

__all__ = ["explain", "explained_table"]

MOST_COLUMNS = 8
"""Of so many columns the contributions stand beside each other; those of others are added up."""


def explain(
    model_file: str,
    table: str,
    row: int | None,
    rows: str,
    of: str | None,
    background: str,
    background_rows: int,
    seed: int,
    max_bytes: int | None,
    reporter: Reporter,
) -> None:
    """Say what each column adds to the prediction for a row of a table, or for each of several."""
    if rows and row is not None:
        raise InputError("a row is said by --row, several by --rows; leave one of them out")
    model, frame = model_and_table(model_file, table, max_bytes, reporter)
    behind = source_for(model, background, max_bytes, reporter).frame if background else None

    def explained(row: int) -> Explanation:
        return explain_row(
            model, frame, row, of=of, background=behind, background_rows=background_rows, seed=seed
        )

    if not rows:
        found = explained(row or 0)
        said = f"{found!r}\n\n{paragraph(found.sentence)}"
        reporter.result(said, {"model": model_file, **found.to_json()})
        return
    all_found = [explained(row) for row in rows_said(rows, len(read_columns(frame)))]
    value = {"model": model_file, "rows": [found.to_json() for found in all_found]}
    reporter.result(explained_table(all_found), value)


def explained_table(found: Sequence[Explanation]) -> str:
    """Return a row for each explanation: prediction, base, and what columns add, the weightiest first."""
    added = [dict(zip(one.columns, one.contributions, strict=True)) for one in found]
    weight = {name: sum(abs(adds[name]) for adds in added) for name in found[0].columns}
    names = sorted(weight, key=lambda name: -weight[name])
    first, others = names[:MOST_COLUMNS], names[MOST_COLUMNS:]
    heads = ["row", "of", "prediction", "base", *map(as_shown, first)]
    lines = [
        [str(one.row), as_shown(one.of), f"{one.prediction:.4g}", f"{one.base:.4g}"]
        + [f"{adds[name]:+.3g}" for name in first]
        + ([f"{sum(adds[name] for name in others):+.3g}"] if others else [])
        for one, adds in zip(found, added, strict=True)
    ]
    heads += [f"{len(others)} others"] if others else []
    told = "What each column adds to the mean prediction for background rows (base), a row each:"
    return f"{told}\n{aligned([heads, *lines], right=[0, *range(2, len(heads))])}"
