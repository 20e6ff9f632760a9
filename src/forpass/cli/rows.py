"""A model, a table and some of its rows: what ``forpass explain`` and ``forpass trace`` begin with."""

from __future__ import annotations

import re
from typing import Any

from forpass.cli.output import Reporter
from forpass.cli.use import loaded, require_order, source_for, target_of
from forpass.errors import InputError
from forpass.model import Ensemble, TrainedModel
from forpass.shown import counted

__all__ = ["model_and_table", "rows_said"]

SPAN = re.compile(r"(\d*):(\d*)")


def model_and_table(
    model_file: str, table: str, max_bytes: int | None, reporter: Reporter
) -> tuple[TrainedModel | Ensemble, Any]:
    """Read a model that knows tables, and a table as its own was read."""
    require_order(model_file, table)
    model = loaded(model_file, None)
    target_of(model, model_file)
    return model, source_for(model, table, max_bytes, reporter).frame


def rows_said(rows: str, n: int) -> list[int]:
    """Return the row numbers that were said: ``0:4`` the first four, ``7``, or ``3,1,4``."""
    span = SPAN.fullmatch(rows)
    try:
        chosen = (
            list(range(n)[slice(*(int(end) if end else None for end in span.groups()))])
            if span
            else [int(word) for word in rows.split(",")]
        )
    except ValueError:
        raise InputError(
            f"--rows takes numbers such as 7, 3,1,4 or 0:4, counted from 0; got {rows!r}"
        ) from None
    if not chosen or not all(0 <= row < n for row in chosen):
        raise InputError(f"--rows {rows} are no rows of a table of {counted(n, 'row')}, counted from 0")
    return sorted(dict.fromkeys(chosen))
