"""Figures of merit: those of the network beside those that one gets without one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from forpass.charts.drawing import altair, finished, name, rows_of
from forpass.errors import DataError
from forpass.maths.metrics import METRICS
from forpass.model.evaluation import Evaluation
from forpass.model.figures import HEADINGS, WAYS
from forpass.model.figures import column as figures_column
from forpass.shown import counted

if TYPE_CHECKING:
    import altair as alt

__all__ = ["figures"]

MOST_FIGURES = 8
A_LINE = 4
"""So many figures stand side by side."""
WIDTH = 104
FIGURE = 56
"""So far right of its bars a figure ends."""
SMALL = {"fontSize": 12, "fontWeight": 500, "subtitleFontSize": 11, "subtitlePadding": 2, "offset": 4}
"""The heading of a panel."""


def figures(found: Any, *, title: str = "Figures") -> alt.ConcatChart:
    """Draw each figure of the network beside that of a linear model and of one that always says the same.

    Parameters
    ----------
    found : Evaluation
        What `forpass.evaluate` returns. The figure that was asked for comes first; eight are drawn at most.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> import forpass as fp
    >>> found = fp.Evaluation(40, {"network": {"r2": 0.91}, "dummy": {"r2": -0.02}})
    >>> figures(found).to_dict()["title"]["subtitle"]
    ['40 rows; each figure has a scale of its own']
    """
    alt = altair()
    if not isinstance(found, Evaluation) or "network" not in found.figures:
        raise DataError(f"figures draws what forpass.evaluate returns; got {type(found).__name__}")
    own = found.figures["network"]
    names = [one for one in dict.fromkeys([found.metric, *HEADINGS, *own]) if one in own][:MOST_FIGURES]
    panels = [_panel(found, one, place % A_LINE == 0) for place, one in enumerate(names)]
    drawn = alt.concat(*panels, columns=A_LINE, spacing={"column": 34, "row": 18})
    said = [f"{counted(found.rows, 'row')}; each figure has a scale of its own"]
    told = figures_column([own[one] for one in names])
    values = ", ".join(f"{_called(one)} {value}" for one, value in zip(names, told, strict=True))
    return finished(drawn, title, said, f"{title}: the network on {counted(found.rows, 'row')}: {values}.")


def _panel(found: Evaluation, metric: str, first: bool) -> Any:
    """Return the bars of one figure; only the first of a line says whose they are."""
    alt = altair()
    ways = [way for way in WAYS if metric in found.figures.get(way, {})]
    values = [found.figures[way][metric] for way in ways]
    rows = [
        {"way": way, "value": value, "figure": figure, "zero": 0.0}
        for way, value, figure in zip(ways, values, figures_column(values), strict=True)
    ]
    finite = [value for value in values if math.isfinite(value)]
    ends = [min(0.0, *finite), max(0.0, *finite)] if finite else [0.0, 1.0]
    ends = ends if ends[0] < ends[1] else [0.0, 1.0]
    base = metric.partition(":")[0]
    less = base in METRICS and not METRICS[base].higher_is_better
    x = alt.X("zero:Q", scale=alt.Scale(domain=ends, nice=False), axis=None)
    order = [way for way in WAYS if way in found.figures]
    y = alt.Y("way:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labels=first))
    bars, network = alt.Chart(rows_of(rows), width=WIDTH, height=alt.Step(20)), "datum.way == 'network'"
    shape: dict[str, Any] = {"height": {"band": 0.62}}
    text = {"x": alt.value(WIDTH + FIGURE), "y": y, "text": "figure:N"}
    tooltip = [alt.Tooltip("way:N"), alt.Tooltip("figure:N", title=_called(metric))]
    encoded = {"x": x, "x2": "value:Q", "y": y, "tooltip": tooltip}
    heading = alt.Title(_called(metric), subtitle="less is better" if less else "more is better", **SMALL)
    return alt.layer(
        bars.mark_bar(style="others", **shape).encode(**encoded).transform_filter(f"!({network})"),
        bars.mark_bar(opacity=0.85, **shape).encode(**encoded).transform_filter(network),
        bars.mark_text(align="right").encode(**text),
    ).properties(title=heading, view=alt.ViewBackground(strokeWidth=0))


def _called(metric: str) -> str:
    return HEADINGS.get(metric, name(metric.replace("_", " ")))
