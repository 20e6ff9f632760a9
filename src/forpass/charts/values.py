"""Predicted values: beside the true ones, what is left over, and intervals with how many of them hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.charts.drawing import altair, finished, number, numbers, rows_of, same_length, sample
from forpass.errors import DataError

if TYPE_CHECKING:
    import altair as alt

__all__ = ["intervals", "predicted_against_true", "residuals"]

SIDE = 320
MOST_INTERVALS = 60
"""So many intervals are drawn beside each other: more would be a grey area."""
BINS = 30

Values = NDArray[np.float64]


def predicted_against_true(
    truth: Any, predictions: Any, *, unit: str = "", title: str = "Predicted against true"
) -> alt.LayerChart:
    """Draw what is predicted over what is true, with the line on which both are the same.

    Parameters
    ----------
    truth, predictions : arrays of shape (n,)
        Rows where one of them is no finite number are left out, which is said.
    unit : str
        Of both, for the axes.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When they are no columns of numbers, or of different lengths, or no row is left.

    Examples
    --------
    >>> predicted_against_true([1.0, 2.0], [1.5, 2.0], unit="km").to_dict()["title"]["subtitle"]
    ['2 rows, R2 0.500, mean absolute error 0.25 km']
    """
    alt = altair()
    t, p, left_out = _pairs(truth, predictions)
    chosen, sampled = sample(len(t))
    low, high = (float(of([of(t), of(p)])) for of in (np.min, np.max))
    scale = alt.Scale(domain=_widened(low, high), nice=False, zero=False)
    x = alt.X("true:Q", title=_with_unit("true value", unit), scale=scale)
    y = alt.Y("predicted:Q", title=_with_unit("predicted value", unit), scale=scale)
    rows = ({"true": t[i], "predicted": p[i]} for i in chosen)
    points = alt.Chart(rows_of(rows)).mark_point(size=26, opacity=_opacity(len(chosen)), clip=True)
    points = points.encode(x=x, y=y, tooltip=[alt.Tooltip("true:Q"), alt.Tooltip("predicted:Q")])
    ends = ({"true": at, "predicted": at} for at in scale.domain)
    line = alt.Chart(rows_of(ends)).mark_line(style="reference").encode(x=x, y=y)
    error, unexplained = float(np.mean(np.abs(t - p))), float(np.sum((t - p) ** 2))
    around = float(np.sum((t - t.mean()) ** 2))
    r2 = f", R2 {1.0 - unexplained / around:.3f}" if around > 0 else ""
    said = f"{len(t):,} rows{r2}, mean absolute error {_with(number(error), unit)}"
    drawn = alt.layer(line, points).properties(width=SIDE, height=SIDE)
    described = f"{title}. {said}. The dashed line: predicted as true. {sampled} {left_out}"
    return finished(drawn, title, [said, sampled, left_out], described.strip())


def residuals(truth: Any, predictions: Any, *, unit: str = "", title: str = "Residuals") -> alt.HConcatChart:
    """Draw what is left over, true minus predicted: over the prediction, and how often it is how large.

    Parameters
    ----------
    truth, predictions : arrays of shape (n,)
        Rows where one of them is no finite number are left out, which is said.
    unit : str
        Of both, for the axes.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        As for `predicted_against_true`.

    Examples
    --------
    >>> residuals([1.0, 2.0], [1.5, 2.0]).to_dict()["title"]["subtitle"]
    ['2 rows; true minus predicted: mean -0.25, standard deviation 0.25']
    """
    alt = altair()
    t, p, left_out = _pairs(truth, predictions)
    e = t - p
    chosen, sampled = sample(len(t))
    y = alt.Y("residual:Q", title=_with_unit("true minus predicted", unit), scale=alt.Scale(zero=True))
    x = alt.X("predicted:Q", title=_with_unit("predicted value", unit), scale=alt.Scale(zero=False))
    rows = ({"predicted": p[i], "residual": e[i]} for i in chosen)
    points = alt.Chart(rows_of(rows)).mark_point(size=26, opacity=_opacity(len(chosen)))
    points = points.encode(x=x, y=y, tooltip=[alt.Tooltip("predicted:Q"), alt.Tooltip("residual:Q")])
    zero = alt.Chart(rows_of([{"residual": 0.0}])).mark_rule(style="reference").encode(y=y)
    counts, edges = np.histogram(e, BINS)
    bars = ({"from": a, "to": b, "n": n} for n, a, b in zip(counts, edges, edges[1:], strict=False))
    beside = alt.Y("from:Q", title=None, axis=alt.Axis(labels=False, ticks=False))
    histogram = alt.Chart(rows_of(bars)).mark_bar(orient="horizontal", binSpacing=1, opacity=0.75)
    histogram = histogram.encode(
        x=alt.X("n:Q", title="rows", axis=alt.Axis(tickCount=3)), y=beside, y2="to:Q"
    )
    left = alt.layer(zero, points).properties(width=380, height=260)
    right = alt.layer(histogram, zero).properties(width=110, height=260)
    mean, deviation = _with(number(e.mean()), unit), _with(number(e.std()), unit)
    said = f"{len(t):,} rows; true minus predicted: mean {mean}, standard deviation {deviation}"
    drawn = alt.hconcat(left, right, spacing=14).resolve_scale(y="shared")
    return finished(drawn, title, [said, sampled, left_out], f"{title}. {said}. {sampled} {left_out}".strip())


def intervals(
    truth: Any,
    low: Any,
    high: Any,
    *,
    coverage: float | None = None,
    unit: str = "",
    title: str = "Intervals",
) -> alt.LayerChart:
    """Draw prediction intervals side by side, from the lowest middle to the highest, with the true values.

    Parameters
    ----------
    truth, low, high : arrays of shape (n,)
        True values and both ends of the intervals.
    coverage : float, optional
        The share of true values that was asked for; it is said beside the share that was found.
    unit : str
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When they are no columns of finite numbers, or of different lengths.

    Examples
    --------
    >>> chart = intervals([1.0, 2.0], [0.5, 2.1], [1.5, 3.0], coverage=0.9)
    >>> chart.to_dict()["title"]["subtitle"]
    ['1 of 2 true values are inside: 50.0 %; asked for were 90 %', 'mean width 0.95']
    """
    alt = altair()
    t, a, b = (numbers(what, given) for what, given in (("truth", truth), ("low", low), ("high", high)))
    same_length(truth=t, low=a, high=b)
    if not np.isfinite([t, a, b]).all():
        raise DataError("truth, low and high of intervals must be finite; leave out rows that have no number")
    inside = (t >= a) & (t <= b)
    order = np.argsort(a + b, kind="stable")
    chosen, sampled = sample(len(t), MOST_INTERVALS)
    words = ("inside", "outside")
    rows = [
        {"place": i, "low": a[k], "high": b[k], "true": t[k], "true value": words[int(not inside[k])]}
        for i, k in enumerate(order[chosen], 1)
    ]
    data, n = rows_of(rows), len(rows)
    x = alt.X(
        "place:O", title="rows, by the middle of their interval", axis=alt.Axis(labels=False, ticks=False)
    )
    y = alt.Y("low:Q", title=_with_unit("value", unit), scale=alt.Scale(zero=False))
    told_apart = {"sort": list(words), "scale": alt.Scale(domain=list(words))}
    colour = alt.Color("true value:N", legend=alt.Legend(title="true value"), **told_apart)
    bars = alt.Chart(data).mark_rule(strokeWidth=max(1.5, min(6.0, 300.0 / n)), opacity=0.4)
    bars = bars.encode(x=x, y=y, y2="high:Q", color=colour)
    shape = alt.Shape("true value:N", scale=alt.Scale(domain=list(words), range=["circle", "diamond"]))
    points = alt.Chart(data).mark_point(size=34, opacity=1.0)
    points = points.encode(x=x, y=alt.Y("true:Q"), color=colour, shape=shape)
    share = f"{inside.sum():,} of {len(t):,} true values are inside: {100 * inside.mean():.1f} %"
    asked = f"; asked for were {100 * coverage:g} %" if coverage is not None else ""
    width = f"mean width {_with(number(float(np.mean(b - a))), unit)}"
    drawn = alt.layer(bars, points).properties(width=560, height=260)
    said = [share + asked, f"{width}. {sampled}" if sampled else width]
    return finished(drawn, title, said, f"{title}. {'. '.join(said)}")


def _pairs(truth: Any, predictions: Any) -> tuple[Values, Values, str]:
    """Return the rows of which both are numbers, and a sentence where others are left out."""
    t, p = numbers("truth", truth), numbers("predictions", predictions)
    same_length(truth=t, predictions=p)
    whole = np.isfinite(t) & np.isfinite(p)
    if not whole.any():
        raise DataError(
            "no row has both a finite true value and a finite prediction; there is nothing to draw"
        )
    missing = len(t) - int(whole.sum())
    return t[whole], p[whole], f"{missing:,} rows without a finite number are left out." if missing else ""


def _widened(low: float, high: float) -> list[float]:
    margin = 0.03 * (high - low) or 0.5 * abs(low) or 1.0
    return [low - margin, high + margin]


def _opacity(n: int) -> float:
    """Return how opaque a dot is: many lie over each other."""
    return 0.75 if n < 200 else 0.45 if n < 800 else 0.3


def _with_unit(what: str, unit: str) -> str:
    return f"{what} [{unit}]" if unit else what


def _with(value: str, unit: str) -> str:
    return f"{value} {unit}" if unit else value
