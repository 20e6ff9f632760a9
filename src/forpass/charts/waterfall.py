"""Why a model predicts what it predicts: from the mean, column by column, to the prediction for a row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forpass.charts.drawing import altair, finished, name, rows_of
from forpass.errors import DataError
from forpass.model.explanation import Explanation
from forpass.model.figures import column as figures_column
from forpass.shown import as_shown, counted, shorter_number

if TYPE_CHECKING:
    import altair as alt

__all__ = ["waterfall"]

MOST_COLUMNS = 10
"""So many columns have a bar each, those that add or take away the most; all others have one together."""
RAISES, LOWERS = "raises it", "lowers it"
MINUS = "\N{MINUS SIGN}"
"""As wide as a plus."""
WIDTH = 380
LABEL = 340
"""So wide may the name of a column with its value be."""
LETTER = 7
"""So wide is a letter of the figures on the right at most."""
MARGIN = 0.04
"""Of the width, beside what is drawn."""


def waterfall(found: Explanation, *, unit: str = "", title: str = "") -> alt.LayerChart:
    """Draw how columns lead from the mean prediction to that for a row, the largest contribution first.

    Each bar begins where the one above it ends. Where contributions are those of some orders of the columns
    only, a line through the end of each bar is as long as its standard error to both sides.

    Parameters
    ----------
    found : Explanation
        What `forpass.explain` returns. Of more than ten columns the others have one bar together.
    unit : str
        Of the predicted value.
    title : str
        By default it names the row.

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
    >>> cells, shares = ("95", None), (52.5, -12.5)
    >>> how = {"rounds": 0, "background_rows": 40, "evaluations": 121}
    >>> found = fp.Explanation(
    ...     7, "price", False, 250.5, 210.5, ("size", "town"), cells, shares, (0, 0), **how
    ... )
    >>> waterfall(found).to_dict()["title"]["subtitle"]
    ['price 250.5, 40.00 above the mean of 210.5']
    """
    alt = altair()
    if not isinstance(found, Explanation):
        raise DataError(f"waterfall draws what forpass.explain returns; got {type(found).__name__}")
    steps = _steps(found)
    what = f"probability of {name(found.of)}" if found.is_probability else name(found.of)
    bars, words = rows_of(steps[1:-1]), [RAISES, LOWERS]
    y = alt.Y("place:O", title=None, axis=_labels(steps))
    scale = alt.Scale(domain=_domain(steps), zero=False, nice=False)
    x = alt.X("from:Q", title=f"{what} [{unit}]" if unit else what, scale=scale, axis=alt.Axis(tickCount=6))
    colour = alt.Color("a column:N", title=None, sort=words, scale=alt.Scale(domain=words))
    tooltip = [alt.Tooltip(f"{key}:N") for key in ("column", "contribution")]
    longest = max(len(step["contribution"]) for step in steps)
    joints = ({"place": i, "next": i + 1, "from": step["to"]} for i, step in enumerate(steps[:-1]))
    ends = rows_of(steps[:: len(steps) - 1])
    layers = [
        alt.Chart(rows_of(joints)).mark_rule(style="zero").encode(x=x, y=y, y2="next:O"),
        alt.Chart(bars)
        .mark_bar(height={"band": 0.62}, opacity=1.0)
        .encode(x=x, x2="to:Q", y=y, color=colour, tooltip=tooltip),
        alt.Chart(ends).mark_point(size=70, opacity=1.0).encode(x=x, y=y),
        alt.Chart(rows_of(steps))
        .mark_text(align="right")
        .encode(x=alt.value(WIDTH + 8 + LETTER * longest), y=y, text="contribution:N"),
    ]
    if not found.is_exact:
        layers.append(alt.Chart(bars).mark_rule(style="spread").encode(x="low:Q", x2="high:Q", y=y))
    title = title or f"Explanation of row {found.row}"
    said = [f"{what} {steps[-1]['contribution']}, {_apart(found)} the mean of {steps[0]['contribution']}"]
    said += ["lines: ± standard error"] * (not found.is_exact)
    drawn = alt.layer(*layers).properties(width=WIDTH, height=alt.Step(26))
    return finished(drawn, title, said, f"{title}: {found.sentence}")


def _steps(found: Explanation) -> list[dict[str, Any]]:
    """Return what stands in each line: the mean, the columns from where to where, the prediction."""
    some = MOST_COLUMNS if len(found.columns) > MOST_COLUMNS + 1 else len(found.columns)
    cells = zip(found.columns, found.values, strict=True)
    labels = [_labelled(column, value) for column, value in cells][:some]
    shares, errors = list(found.contributions[:some]), list(found.standard_errors[:some])
    if some < len(found.columns):
        labels.append(f"{len(found.columns) - some} other columns")
        shares.append(sum(found.contributions[some:]))
        errors.append(0.0)  # nobody knows how theirs go together
    base, prediction = figures_column([found.base, found.prediction])
    mean = f"mean of {counted(found.background_rows, 'background row')}"
    steps: list[dict[str, Any]] = [{"place": 0, "column": mean, "from": found.base, "to": found.base}]
    steps[0]["contribution"] = base
    figures = figures_column([abs(share) for share in shares])
    lines = zip(labels, shares, errors, figures, strict=True)
    for place, (label, share, error, figure) in enumerate(lines, 1):
        start = steps[-1]["to"]
        end = start + share
        sign = "+" if share > 0 else MINUS if share < 0 else ""
        steps.append({"place": place, "column": label, "from": start, "to": end})
        steps[-1] |= {"contribution": sign + figure, "low": end - error, "high": end + error}
        steps[-1]["a column"] = RAISES if share >= 0 else LOWERS
    last = {"column": "prediction", "from": found.prediction, "to": found.prediction}
    return [*steps, {"place": len(steps), **last, "contribution": prediction}]


def _apart(found: Explanation) -> str:
    """Say where the prediction lies, seen from the mean."""
    apart = found.prediction - found.base
    size, *_ = figures_column([abs(apart), *found.contributions])
    return f"{size} {'above' if apart > 0 else 'below'}" if apart else "which is"


def _domain(steps: Sequence[dict[str, Any]]) -> list[float]:
    at = [step[key] for step in steps for key in ("from", "to", "low", "high") if key in step]
    margin = MARGIN * (max(at) - min(at)) or 0.1 * abs(at[0]) or 1.0
    return [min(at) - margin, max(at) + margin]


def _labelled(column: str, value: str | None) -> str:
    if value is None:
        return f"{name(column)} is missing"
    return f"{name(column)} = {as_shown(shorter_number(value), 24)}"


def _labels(steps: Sequence[dict[str, Any]]) -> Any:
    """Return an axis that names the lines; mean and prediction stand out."""
    named = json.dumps([step["column"] for step in steps], ensure_ascii=False)
    ends = {"test": f"datum.value == 0 || datum.value == {len(steps) - 1}", "value": 600}
    weight = {"condition": ends, "value": 400}
    return altair().Axis(labelExpr=f"{named}[datum.value]", labelLimit=LABEL, labelFontWeight=weight)
