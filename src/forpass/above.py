"""The one way up: results draw themselves by charts, and models report on themselves, which stand above.

``found.plot()`` is where one looks for a picture of what was found, and ``charts.importance(found)`` is where
it is drawn. Import layers let a chart know the record that it draws, and no record know its chart. So the
method of the record asks for the chart by its name, when it is called: nothing is imported before, and a
record without a chart works where no chart can be drawn. ``model.report(table)`` asks for its page likewise.
Nothing else goes this way; a test holds it to methods called `plot` and `report`.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["drawn", "reported"]


def drawn(chart: str, *given: Any, **named: Any) -> Any:
    """Return what ``forpass.charts`` draws under that name."""
    return getattr(importlib.import_module("forpass.charts"), chart)(*given, **named)


def reported(model: Any, table: Any, language: str) -> Any:
    """Return what ``forpass.report_on`` makes of a model and a table."""
    return importlib.import_module("forpass.report").report_on(model, table, language=language)
