"""``forpass export``: a model in a form that other programs understand."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from forpass.cli.output import Reporter
from forpass.cli.tables import require_place
from forpass.cli.use import ENDING, loaded, source_for
from forpass.datasets import LongTable
from forpass.errors import InputError, UnknownNameError
from forpass.exports.exporting import Exported
from forpass.exports.exporting import export as export_model
from forpass.exports.forms import FORMS, form_of

__all__ = ["export"]


def export(
    model_file: str,
    to: str,
    out: str,
    rows: str,
    coverage: float | None,
    max_bytes: int | None,
    reporter: Reporter,
) -> None:
    """Export a model, compared with it on the rows of a table or on rows that are made for it."""
    place = out or _beside(model_file, to)
    require_place(place, model_file, rows)
    form_of(place, to or None)
    model = loaded(model_file, None)
    with contextlib.ExitStack() as stack:
        given: Any = None
        if rows:
            given = source_for(model, rows, max_bytes, reporter).frame
            if isinstance(given, LongTable):
                given = next(stack.enter_context(given).portions())
        exported = export_model(model, place, to or None, rows=given, coverage=coverage)
    reporter.result(str(exported), _facts(exported))


def _beside(model_file: str, to: str) -> str:
    """Return a place beside the model, where nothing is yet."""
    if not to:
        raise InputError(f"say in which form, --to {'|'.join(FORMS)}, or name the file, --out FILE")
    if to not in FORMS:
        raise UnknownNameError("form of export", to, FORMS)
    stem = Path(model_file).with_suffix("") if model_file.endswith(ENDING) else Path(model_file)
    place = f"{stem}{FORMS[to].ending}"
    if Path(place).exists():
        raise InputError(f"{place} is there already and would be replaced; name the place: --out FILE")
    return place


def _facts(exported: Exported) -> dict[str, Any]:
    """All that is known of an export, as plain values."""
    return {
        "form": exported.form,
        "files": [str(path) for path in exported.files],
        "inputs": [
            {"name": one.name, "type": one.value.kind, "width": one.value.width, "description": one.told}
            for one in exported.inputs
        ],
        "outputs": [
            {"name": one.name, "type": one.value.kind, "columns": list(one.columns), "description": one.told}
            for one in exported.outputs
        ],
        "rows": exported.rows,
        "deviations": exported.deviations,
    }
