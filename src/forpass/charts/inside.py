"""What is inside a network: sizes of weights, what units answer, what the first weights look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.charts.drawing import altair, finished, name, number, rows_of
from forpass.engines.reference.tape import Tape, TapeEntry
from forpass.errors import DataError
from forpass.model.trained import TrainedModel
from forpass.sampling.evenly import evenly
from forpass.shown import counted

if TYPE_CHECKING:
    import altair as alt

__all__ = ["activations", "weight_images", "weight_sizes"]

MOST_UNITS = 64
"""So many units of a layer are drawn, evenly spread among all in the order of their means."""
MOST_IMAGES = 24
NEAR = 0.01
"""A unit is saturated where nearly all of its answers lie this near to an end of what it can answer."""
NEARLY_ALL = 0.99
BOUNDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
LEARNING, DEAD, SATURATED = "learning", "dead: always 0", "saturated: always at its bound"


def weight_sizes(model: TrainedModel, *, title: str = "Sizes of weights") -> alt.LayerChart:
    """Draw how large the parameters of each block are: their middle 90 % and their root mean square.

    Parameters
    ----------
    model : TrainedModel
        Of an ensemble, one of its members.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When it is no trained model.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> model = fp.train(fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=3), data)
    >>> weight_sizes(model).to_dict()["title"]["subtitle"]
    ['13 parameters in 4 blocks; line: the middle 90 %, dot: root mean square']
    """
    alt = altair()
    if not isinstance(model, TrainedModel):
        raise DataError(
            f"weight_sizes takes a trained model; got {type(model).__name__}: of an ensemble, a member"
        )
    rows: list[dict[str, Any]] = []
    for block, value in model.weights.items():
        sizes = np.abs(np.asarray(value, np.float64)).ravel()
        low, high = np.quantile(sizes, [0.05, 0.95]) if sizes.size else (np.nan, np.nan)
        mean_square = float(np.sqrt(np.mean(sizes**2))) if sizes.size else np.nan
        rows.append({"block": f"{block}  {'x'.join(map(str, np.shape(value)))}", "low": low, "high": high})
        rows[-1] |= {"root mean square": mean_square, "parameters": sizes.size}
    data, names = rows_of(rows), [row["block"] for row in rows]
    least = min((row["low"] for row in rows if row["low"] > 0), default=0.0)
    log = least > 0 and max(row["high"] for row in rows) / least > 100 and all(row["low"] > 0 for row in rows)
    scale = alt.Scale(type="log") if log else alt.Scale(zero=True)
    x = alt.X(
        "low:Q",
        title="absolute value" + (" (log scale)" if log else ""),
        scale=scale,
        axis=alt.Axis(grid=not log, labelSeparation=8, labelOverlap="greedy"),
    )
    y = alt.Y("block:N", sort=names, title=None)
    bars = (
        alt.Chart(data).mark_rule(strokeWidth=5, opacity=0.4, strokeCap="round").encode(x=x, x2="high:Q", y=y)
    )
    tooltip = [alt.Tooltip(f"{key}:{'N' if key == 'block' else 'Q'}") for key in rows[0]]
    dots = (
        alt.Chart(data).mark_point(size=75, opacity=1.0).encode(x="root mean square:Q", y=y, tooltip=tooltip)
    )
    drawn = alt.layer(bars, dots).properties(width=380, height=alt.Step(26))
    total = sum(row["parameters"] for row in rows)
    said = (
        f"{total:,} parameters in {counted(len(rows), 'block')}; line: the middle 90 %, dot: root mean square"
    )
    figures = ", ".join(f"{row['block']} {number(row['root mean square'])}" for row in rows[:12])
    return finished(drawn, title, said, f"{title}: {said}. {figures}.")


def activations(tape: Tape, *, title: str = "What the units answer") -> alt.VConcatChart:
    """Draw what each unit answers to the rows of a trace, layer by layer; units that cannot learn stand out.

    For each unit there is a thin line from its least answer to its greatest, a thick one for the middle half,
    and a dot for the median. A unit is dead where it answers 0 to every row, and saturated where 99 % of its
    answers are within a hundredth of a bound of its activation.

    Parameters
    ----------
    tape : Tape
        What `model.trace(...)` returns; the more rows, the surer it is.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When the trace has no activation.

    Examples
    --------
    >>> import forpass as fp
    >>> data = fp.Data([[0.0], [1.0], [2.0]], targets=[0.0, 1.0, 2.0])
    >>> model = fp.train(fp.multilayer(1, [4], 1, "squared"), fp.TrainingSpec(epochs=3), data)
    >>> activations(model.trace(data)).to_dict()["title"]["text"]
    'What the units answer'
    """
    alt = altair()
    if not isinstance(tape, Tape):
        raise DataError(f"activations takes what model.trace(...) returns; got {type(tape).__name__}")
    entries = [e for e in tape if e.phase == "forward" and e.name.startswith("A") and e.value.ndim == 2]
    if not entries:
        raise DataError("this trace has no activation: the network has no hidden layer")
    found = [_units(entry) for entry in entries]
    panels = [_layer(entry, units) for entry, units in zip(entries, found, strict=True)]
    said = [
        f"{counted(len(entries[0].value), 'row')}; line: all answers, thick: the middle half, dot: the median"
    ]
    for entry, units in zip(entries, found, strict=True):
        idle = [sum(unit["unit is"] == kind for unit in units) for kind in (DEAD, SATURATED)]
        if any(idle):
            said.append(f"{name(entry.layer)}: {idle[0]} dead and {idle[1]} saturated of {len(units)} units")
    if any(len(units) > MOST_UNITS for units in found):
        said.append(f"of a wide layer {MOST_UNITS} units are drawn, evenly spread")
    drawn = alt.vconcat(*panels, spacing=18)
    return finished(drawn, title, said, f"{title}: {'; '.join(said)}.")


def weight_images(
    model: Any, shape: tuple[int, int], *, block: str = "W1", title: str = "First weights as images"
) -> alt.FacetChart:
    """Draw what goes into each unit of the first layer as an image: for inputs that are pixels.

    Parameters
    ----------
    model : TrainedModel, or array of shape (pixels, units)
    shape : (height, width)
        Of the images that the network reads, row by row.
    block : str
        Which weights are meant.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When height times width is not the number of inputs.

    Examples
    --------
    >>> import numpy as np
    >>> weight_images(np.eye(4), (2, 2)).to_dict()["title"]["subtitle"]
    ['4 of 4 units, 2 x 2 pixels; colours from -1 to 1']
    """
    alt = altair()
    W = np.asarray(model.weights[block] if isinstance(model, TrainedModel) else model, np.float64)
    height, width = shape
    if W.ndim != 2 or len(W) != height * width:
        raise DataError(f"{block} has shape {W.shape}, which is no image of {height} x {width} for each unit")
    largest = np.sort(np.argsort(-np.linalg.norm(W, axis=0), kind="stable")[:MOST_IMAGES])
    rows = [
        {"unit": int(unit) + 1, "x": i % width, "y": i // width, "weight": W[i, unit]}
        for unit in largest
        for i in range(len(W))
    ]
    bound = float(np.nanmax(np.abs(W[:, largest]))) or 1.0
    side = max(2, 96 // max(shape))
    scale = alt.Scale(domain=[-bound, 0, bound], range="diverging", interpolate="rgb")
    legend = alt.Legend(title="weight", orient="right", direction="vertical", gradientLength=140)
    hidden = {"axis": None, "scale": alt.Scale(paddingInner=0)}
    drawn = alt.Chart(rows_of(rows), width=side * width, height=side * height).mark_rect()
    drawn = drawn.encode(
        x=alt.X("x:O", **hidden),
        y=alt.Y("y:O", **hidden),
        color=alt.Color("weight:Q", scale=scale, legend=legend),
        tooltip=[alt.Tooltip("unit:O"), alt.Tooltip("weight:Q")],
    )
    header = alt.Header(title=None, labelPadding=3)
    drawn = drawn.facet(alt.Facet("unit:O", header=header), columns=min(6, len(largest)), spacing=10)
    said = f"{len(largest)} of {counted(W.shape[1], 'unit')}, {height} x {width} pixels; "
    said += f"colours from {number(-bound)} to {number(bound)}"
    if len(largest) < W.shape[1]:
        said += "; those with the largest weights"
    return finished(drawn, title, said, f"{title}: {said}.")


def _units(entry: TapeEntry) -> list[dict[str, Any]]:
    """Return what each unit answers, in the order of their means."""
    A = np.asarray(entry.value, np.float64)
    found = []
    for place in np.argsort(A.mean(axis=0), kind="stable"):
        least, low, median, high, greatest = np.quantile(A[:, place], [0.0, 0.25, 0.5, 0.75, 1.0])
        unit = {"unit": int(place) + 1, "least": least, "low": low, "median": median, "high": high}
        found.append({**unit, "greatest": greatest, "unit is": _kind(entry.formula, A[:, place])})
    return found


def _kind(formula: str, answers: NDArray[np.float64]) -> str:
    if not answers.any():
        return DEAD
    for activation, (low, high) in BOUNDS.items():
        margin = NEAR * (high - low)
        if (
            activation in formula
            and np.mean((answers < low + margin) | (answers > high - margin)) >= NEARLY_ALL
        ):
            return SATURATED
    return LEARNING


def _layer(entry: TapeEntry, units: Sequence[dict[str, Any]]) -> Any:
    alt = altair()
    rows = [units[i] | {"place": int(at)} for at, i in enumerate(evenly(len(units), MOST_UNITS))]
    data, words = rows_of(rows), [LEARNING, DEAD, SATURATED]
    label = f"units of {name(entry.layer)}, by their mean"
    x = alt.X("place:O", title=label, axis=alt.Axis(labels=False, ticks=False, grid=False))
    y = alt.Y("least:Q", title=name(entry.name))
    colour = alt.Color("unit is:N", title="a unit is", sort=words, scale=alt.Scale(domain=words))
    shape = alt.Shape("unit is:N", title="a unit is", sort=words)
    shape = shape.scale(domain=words, range=["circle", "diamond", "square"])
    base = alt.Chart(data, width=520, height=120)
    tooltip = [alt.Tooltip(f"{key}:{'N' if key == 'unit is' else 'Q'}") for key in units[0]]
    return alt.layer(
        base.mark_rule(strokeWidth=1, opacity=0.6).encode(x=x, y=y, y2="greatest:Q", color=colour),
        base.mark_rule(strokeWidth=4, opacity=0.45).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        base.mark_point(size=26, opacity=1.0).encode(
            x=x, y=alt.Y("median:Q"), color=colour, shape=shape, tooltip=tooltip
        ),
    )
