"""How large weights, gradients and updates are while a network learns, layer by layer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from forpass.charts.drawing import altair, finished, name, number, rows_of
from forpass.errors import DataError
from forpass.sampling.evenly import evenly
from forpass.shown import counted
from forpass.training.sizes import Sizes

if TYPE_CHECKING:
    import altair as alt

__all__ = ["sizes_over_time"]

MOST_LAYERS = 12
A_LINE = 4
"""So many layers stand side by side."""
POINTS = 200
"""So many epochs are drawn at most: one for each pixel or so."""
KINDS = {"weights": [1, 0], "gradients": [5, 3], "updates": [2, 2]}
"""What is drawn, and how its line is dashed."""


def sizes_over_time(sizes: Any, *, title: str = "Sizes over time") -> alt.FacetChart:
    """Draw the root mean square of weights, gradients and updates over the epochs, a picture for each layer.

    All pictures have the same axes, and a log scale: equal distances are equal ratios, within a layer and
    from one to the next. Gradients that vanish on their way down fall from the last picture to the first.

    Parameters
    ----------
    sizes : Sizes
        A listener that has heard a training. Of several runs the one that was begun last is drawn, and of its
        parameters the matrices; of more than twelve some, evenly spread.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        For anything else, or one that has heard of no run.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> sizes = fp.Sizes()
    >>> _ = fp.train(fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=3), data, listener=sizes)
    >>> sizes_over_time(sizes).to_dict()["title"]["text"]
    'Sizes over time'
    """
    alt = altair()
    if not isinstance(sizes, Sizes) or not sizes.records:
        raise DataError(
            "sizes_over_time draws what a listener forpass.Sizes() has kept of a training; "
            f"got {type(sizes).__name__} without any"
        )
    records = [sizes.records[i] for i in evenly(len(sizes.records), POINTS)]
    matrices = [block for block, shape in sizes.shapes.items() if len(shape) > 1] or list(sizes.shapes)
    blocks = [matrices[i] for i in evenly(len(matrices), MOST_LAYERS)]
    labels = {block: f"{name(block)}  {'x'.join(map(str, sizes.shapes[block]))}" for block in blocks}
    rows: list[dict[str, Any]] = [
        {"layer": labels[block], "size of": kind, "epoch": record.epoch, "value": value}
        for record in records
        for kind in KINDS
        for block in blocks
        if (value := getattr(record, kind).get(block, 0.0)) > 0.0  # what is 0 has no place on a log scale
    ]
    kinds = list(KINDS)
    colour = alt.Color("size of:N", title=None, sort=kinds, scale=alt.Scale(domain=kinds))
    dash = alt.StrokeDash("size of:N", title=None, sort=kinds)
    dash = dash.scale(domain=kinds, range=[KINDS[kind] for kind in kinds])
    last = max(records[-1].epoch, 1)
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(domain=[records[0].epoch, last], nice=False))
    x = x.axis(grid=False, tickMinStep=1, tickCount=min(last + 1, 5), format="d")
    y = alt.Y("value:Q", title="root mean square", scale=alt.Scale(type="log"))
    y = y.axis(format="~g", values=_powers_of_ten([row["value"] for row in rows]))
    tooltip = [alt.Tooltip("size of:N"), alt.Tooltip("epoch:Q"), alt.Tooltip("value:Q")]
    line = alt.Chart(rows_of(rows), width=150, height=120).mark_line(point=len(records) < 4)
    line = line.encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=tooltip)
    facet = alt.Facet("layer:N", sort=list(labels.values()), header=alt.Header(title=None))
    drawn = line.facet(facet, columns=A_LINE, spacing=16)
    said = [_gradients(records[-1], blocks), "log scale; update: what an epoch has changed the weights by"]
    if len(blocks) < len(matrices):
        said.append(f"{len(blocks)} of {counted(len(matrices), 'layer')} are drawn, evenly spread")
    return finished(drawn, title, said, f"{title}: {'; '.join(said)}.")


def _powers_of_ten(values: list[float]) -> list[float]:
    """Return at most five or so of them that lie around all values, evenly spread."""
    finite = [value for value in values if math.isfinite(value)] or [1.0]
    low, high = math.floor(math.log10(min(finite))), math.ceil(math.log10(max(finite)))
    return [10.0**at for at in range(low, high + 1, max(1, (high - low) // 4))]


def _gradients(record: Any, blocks: list[str]) -> str:
    first, last = (f"{name(block)} {number(record.gradients[block])}" for block in (blocks[0], blocks[-1]))
    return f"gradients after epoch {record.epoch}: {first}" + (f", {last}" if len(blocks) > 1 else "")
