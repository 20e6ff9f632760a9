"""``forpass explain``: what each column adds to the prediction for a row."""

from __future__ import annotations

from forpass.api.explain import explain as explain_row
from forpass.cli.figures import paragraph
from forpass.cli.output import Reporter
from forpass.cli.use import loaded, require_order, source_for, target_of

__all__ = ["explain"]


def explain(
    model_file: str,
    table: str,
    row: int,
    of: str | None,
    background: str,
    background_rows: int,
    seed: int,
    max_bytes: int | None,
    reporter: Reporter,
) -> None:
    """Say what each column adds to the prediction for a row of a table."""
    require_order(model_file, table)
    model = loaded(model_file, None)
    target_of(model, model_file)
    frame, behind = (
        source_for(model, name, max_bytes, reporter).frame if name else None for name in (table, background)
    )
    found = explain_row(
        model, frame, row, of=of, background=behind, background_rows=background_rows, seed=seed
    )
    reporter.result(f"{found!r}\n\n{paragraph(found.sentence)}", {"model": model_file, **found.to_json()})
