"""What a model makes of columns: how much it needs each, and how its predictions go along with one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forpass.api.partial_dependence import PartialDependence
from forpass.charts.drawing import altair, finished, name, number, rows_of
from forpass.errors import DataError
from forpass.model.importance import Importance
from forpass.preprocessing.words import word_of

if TYPE_CHECKING:
    import altair as alt

__all__ = ["importance", "partial_dependence"]

MOST_COLUMNS = 20
"""So many columns are drawn, the most needed ones."""
MOST_PANELS = 3
"""Of more predicted values the first ones are drawn."""
MOST_NAMED = 6
"""Of more classes than colours, those are drawn whose probability moves most."""


def importance(found: Any, *, title: str = "Importance of columns") -> alt.LayerChart:
    """Draw how much a model needs each column, with the standard deviation over the repeats.

    Parameters
    ----------
    found : Importance
        What `forpass.importance` returns. Of more than 20 columns the most needed are drawn, which is said.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        For anything else, or without columns.

    Examples
    --------
    >>> import forpass as fp
    >>> found = fp.Importance("r2", 0.91, ("size", "town"), (0.75, 0.25), (0.125, 0.0625), rows=40, repeats=5)
    >>> importance(found).to_dict()["title"]["subtitle"][1]
    '40 rows, 5 repeats; the lines: ± standard deviation'
    """
    alt = altair()
    if not isinstance(found, Importance) or not found.columns:
        raise DataError(f"importance draws what forpass.importance returns; got {type(found).__name__}")
    some = [*zip(found.columns, found.mean, found.spread, strict=True)][:MOST_COLUMNS]
    rows: list[dict[str, Any]] = [
        {"place": i, "column": name(column), "worse by": mean, "from": mean - spread, "to": mean + spread}
        for i, (column, mean, spread) in enumerate(some)
    ]
    data, metric = rows_of(rows), found.metric.replace("_", " ")
    label = "datum.label"
    y = alt.Y(
        "column:N", sort=alt.EncodingSortField("place", op="min"), title=None, axis=alt.Axis(labelExpr=label)
    )
    x = alt.X("worse by:Q", title=f"{metric} gets worse by")
    tooltip = [alt.Tooltip("column:N"), alt.Tooltip("worse by:Q"), alt.Tooltip("from:Q"), alt.Tooltip("to:Q")]
    bars = alt.Chart(data).mark_bar(height={"band": 0.62}, opacity=0.85).encode(x=x, y=y, tooltip=tooltip)
    spread = alt.Chart(data).mark_rule(style="spread").encode(x="from:Q", x2="to:Q", y=y)
    said = [
        f"how much {metric}, {number(found.before)}, gets worse without what the column says",
        f"{found.rows:,} rows, {found.repeats} repeats; the lines: ± standard deviation",
    ]
    others = len(found.columns) - len(some)
    if others:
        said.append(f"{others} columns that are needed less are not drawn")
    if found.unmeasured:
        said.append(f"for {found.unmeasured} columns there was no time")
    drawn = alt.layer(bars, spread).properties(width=380, height=alt.Step(26))
    most = ", ".join(f"{row['column']} {number(row['worse by'])}" for row in rows[:3])
    return finished(drawn, title, said, f"{title}: {'; '.join(said)}. Most needed: {most}.")


def partial_dependence(
    found: PartialDependence, *, unit: str = "", title: str = ""
) -> alt.LayerChart | alt.VConcatChart:
    """Draw what a model predicts in the mean where all rows have one value in a column.

    Parameters
    ----------
    found : PartialDependence
        What `forpass.partial_dependence` returns. Numbers are a line, words are dots; of two classes the
        second is drawn, of many those whose probability moves most; of several values each by itself.
    unit : str
        Of the predicted value.
    title : str
        By default it names the column.

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> import numpy as np
    >>> found = PartialDependence("town", ("ulm", "bonn"), ("price",), np.array([[210.5], [180.0]]), rows=40)
    >>> partial_dependence(found).to_dict()["title"]["text"]
    'Partial dependence on town'
    """
    if not isinstance(found, PartialDependence):
        raise DataError(
            f"partial_dependence draws what forpass.partial_dependence returns; got {type(found).__name__}"
        )
    title = title or f"Partial dependence on {name(found.column)}"
    if found.task != "regression":
        return _dependence(found, unit, title)
    each = [
        dataclasses.replace(found, names=(value,), mean=found.mean[:, [i]])
        for i, value in enumerate(found.names[:MOST_PANELS])
    ]
    panels = [_dependence(one, unit, title) for one in each]
    return panels[0] if len(panels) == 1 else _below_each_other(panels, title)


def _below_each_other(panels: Sequence[Any], title: str) -> alt.VConcatChart:
    """Put pictures with one title below each other; each value has its own axis."""
    said = panels[0].to_dict()["title"]["subtitle"]
    described = " ".join(panel.to_dict()["description"] for panel in panels)
    bare = [panel.properties(title="", description="") for panel in panels]
    for panel in bare:
        panel.config = altair().Undefined
    return finished(altair().vconcat(*bare), title, said, described)


def _dependence(found: PartialDependence, unit: str, title: str) -> alt.LayerChart:
    """Draw probabilities, or one value."""
    alt, column, k = altair(), name(found.column), len(found.names)
    two = k == 2 and found.task == "classification"
    moved = found.mean.max(axis=0) - found.mean.min(axis=0)
    chosen = [1] if two else sorted(sorted(range(k), key=lambda i: -moved[i])[:MOST_NAMED])
    ordered = all(isinstance(value, int | float) and not isinstance(value, bool) for value in found.values)
    values = list(found.values) if ordered else [name(word_of(value)) for value in found.values]
    rows = [
        {"value": value, "name": name(found.names[i]), "mean": found.mean[row, i]}
        for row, value in enumerate(values)
        for i in chosen
    ]
    classes = found.task != "regression"
    label = "mean probability" if classes else f"mean {name(found.names[0])}" + (f" [{unit}]" if unit else "")
    axis = alt.Axis(format="%") if classes else alt.Axis()
    y = alt.Y("mean:Q", title=f"{label} of {name(found.names[1])}" if two else label, axis=axis)
    y = y.scale(zero=False) if not classes else y
    x = (
        alt.X("value:Q", title=column, scale=alt.Scale(zero=False))
        if ordered
        else alt.X("value:N", title=column)
    )
    x = x if ordered else x.sort(list(dict.fromkeys(values))).axis(labelAngle=-40 if len(values) > 4 else 0)
    tooltip = [alt.Tooltip("value:N"), alt.Tooltip("name:N"), alt.Tooltip("mean:Q")]
    drawn = alt.Chart(rows_of(rows)).encode(x=x, y=y, tooltip=tooltip)
    drawn = drawn.mark_line(point={"size": 36}) if ordered else drawn.mark_point(size=80, opacity=1.0)
    if len(chosen) > 1:
        names = [name(found.names[i]) for i in chosen]
        drawn = drawn.encode(color=alt.Color("name:N", title=None, sort=names, scale=alt.Scale(domain=names)))
    said = [f"the mean of {found.rows:,} rows, all else as it is"]
    if len(chosen) < k and not two:
        said.append(f"{len(chosen)} of {k}, those that move most")
    best = max(rows, key=lambda row: row["mean"])
    described = f"{title}: {'; '.join(said)}. Greatest: {number(best['mean'])} at {best['value']}."
    return finished(alt.layer(drawn).properties(width=380, height=240), title, said, described)
