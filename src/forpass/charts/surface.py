"""What a model decides where two columns have all values: its decision surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.charts.drawing import altair, finished, name, rows_of, sample
from forpass.errors import DataError, UnknownNameError
from forpass.model.given import given_model
from forpass.preprocessing import Column, read_columns
from forpass.preprocessing.table import RefusedColumn
from forpass.preprocessing.words import levels_of, word_of

if TYPE_CHECKING:
    import altair as alt

__all__ = ["decision_surface"]

GRID = 48
MOST_ROWS = 400
"""So many rows of the table are drawn above the surface."""
MOST_CLASSES = 6
"""As many as there are colours."""


def decision_surface(
    model: Any, table: Any, x: str, y: str, *, target: str = "", title: str = ""
) -> alt.LayerChart:
    """Draw what a model predicts over two columns of numbers; others have their middle or commonest value.

    Of classes the colour is what is decided, and the fainter, the less sure; of values the deeper, the
    greater.

    Parameters
    ----------
    model : TrainedModel, Ensemble or fitted estimator
        Of a table.
    table : DataFrame, or anything a table can be made of
        Its ranges and middles are taken, and some of its rows are drawn.
    x, y : str
        Names of two columns of numbers.
    target : str
        The column with the true classes, if the table has it: rows are then drawn in their colours.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    UnknownNameError
        For a column that the table lacks.
    DataError
        When a column is not of numbers, or there are more than six classes.

    Examples
    --------
    >>> import forpass as fp
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=10, preset="plain")
    >>> chart = decision_surface(model, iris.frame, "petal length (cm)", "petal width (cm)")
    >>> chart.to_dict()["title"]["text"]
    'Decisions over petal length (cm) and petal width (cm)'
    """
    alt, given = altair(), given_model("decision_surface", model)
    columns = read_columns(table).columns
    for wanted in (x, y, *([target] if target else [])):
        if wanted not in columns:
            raise UnknownNameError("column of the table", wanted, columns)
    u, v = _numbers(columns[x], x), _numbers(columns[y], y)
    across, up = (np.linspace(np.nanmin(c), np.nanmax(c), GRID + 1) for c in (u, v))
    middles = [(edges[:-1] + edges[1:]) / 2.0 for edges in (across, up)]
    at = [part.ravel() for part in np.meshgrid(*middles)]
    others = {k: c for k, c in columns.items() if k not in (x, y) and not isinstance(c, RefusedColumn)}
    held = {key: [_typical(column)] * len(at[0]) for key, column in others.items()}
    scores = given.scores({**held, x: at[0], y: at[1]})
    decided = np.asarray(given.decode(scores.decisions))
    by_class = _is_decided(given)
    if decided.ndim == 2 and decided.shape[1] != 1:
        raise DataError("decision_surface draws one target; this model predicts several")
    words = _classes(given) if by_class else []
    sure = np.max(scores.probabilities, axis=1) if by_class else np.ones(len(at[0]))
    steps = [float(edges[1] - edges[0]) / 2.0 for edges in (across, up)]
    rows = [
        {
            "x": a - steps[0],
            "x2": a + steps[0],
            "y": b - steps[1],
            "y2": b + steps[1],
            "predicted": p,
            "sure": s,
        }
        for a, b, p, s in zip(*at, _shown(decided, by_class), sure.tolist(), strict=True)
    ]
    scale = {"nice": False, "zero": False}
    across_x = alt.X(
        "x:Q",
        title=name(x),
        axis=alt.Axis(grid=False),
        scale=alt.Scale(domain=[across[0], across[-1]], **scale),
    )
    up_y = alt.Y(
        "y:Q", title=name(y), axis=alt.Axis(grid=False), scale=alt.Scale(domain=[up[0], up[-1]], **scale)
    )
    ground = (
        alt.Chart(rows_of(rows)).mark_rect(strokeWidth=0).encode(x=across_x, x2="x2:Q", y=up_y, y2="y2:Q")
    )
    if by_class:
        opacity = alt.Scale(domain=[1.0 / len(words), 1.0], range=[0.05, 0.5])
        colour = alt.Color("predicted:N", title=None, sort=words, scale=alt.Scale(domain=words))
        ground = ground.encode(color=colour, opacity=alt.Opacity("sure:Q", scale=opacity, legend=None))
    else:
        legend = alt.Legend(title="predicted", orient="right", direction="vertical", gradientLength=200)
        ground = ground.encode(color=alt.Color("predicted:Q", legend=legend, scale=alt.Scale(zero=False)))
    chosen, sampled = sample(len(u), MOST_ROWS)
    points = [{"x": u[i], "y": v[i]} for i in chosen]
    dots = alt.Chart(rows_of(points)).mark_point(size=16, style="others", opacity=0.7)
    if target and by_class:
        for i, row in zip(chosen, points, strict=True):
            row["true"] = word_of(columns[target].cell(int(i)))
        dots = alt.Chart(rows_of(points)).mark_point(size=34, opacity=1.0, style="above-colour")
        dots = dots.encode(color=alt.Color("true:N", sort=words, scale=alt.Scale(domain=words), title=None))
        shapes = alt.Scale(
            domain=words, range=["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
        )
        dots = dots.encode(shape=alt.Shape("true:N", sort=words, scale=shapes, title=None))
    dots = dots.encode(x=across_x, y=up_y)
    said = ["the fainter, the less sure" if by_class else "the deeper, the greater"]
    if others.keys() - {target}:
        said.append("all other columns have their middle or commonest value")
    if sampled:
        said.append(sampled)
    title = title or f"{'Decisions' if by_class else 'Predictions'} over {name(x)} and {name(y)}"
    drawn = alt.layer(ground, dots).properties(width=420, height=340)
    return finished(drawn, title, said, f"{title}: {'; '.join(said)}.")


def _is_decided(model: Any) -> bool:
    target = getattr(model.preprocessing, "target", None)
    return target is not None and target.task != "regression"


def _classes(model: Any) -> list[str]:
    words = [word_of(value) for value in model.preprocessing.target.classes]
    if not 2 <= len(words) <= MOST_CLASSES:
        raise DataError(
            f"decision_surface has colours for 2 to {MOST_CLASSES} classes; this model has {len(words)}"
        )
    return words


def _numbers(column: Column, called: str) -> NDArray[np.float64]:
    try:
        cells = [column.cell(i) for i in range(len(column))]
        found = np.array([np.nan if cell is None or cell == "" else float(cell) for cell in cells])
    except (TypeError, ValueError):
        raise DataError(
            f"column {called!r} is not of numbers; a decision surface needs two that are"
        ) from None
    if not np.isfinite(found).any():
        raise DataError(f"column {called!r} has no number in any row; a decision surface needs two that have")
    return np.where(np.isfinite(found), found, np.nan)


def _typical(column: Column) -> Any:
    """Return the cell in the middle of a column of numbers, and the commonest of another."""
    try:
        numbers = _numbers(column, "")
    except DataError:
        words, places = levels_of(column)
        commonest = int(np.argmax(np.bincount(places[places >= 0], minlength=max(1, len(words)))))
        return column.cell(int(np.argmax(places == commonest)))
    there = np.flatnonzero(~np.isnan(numbers))
    return column.cell(int(there[np.argsort(numbers[there], kind="stable")[len(there) // 2]]))


def _shown(decided: NDArray[Any], by_class: bool) -> list[Any]:
    flat = decided.ravel().tolist()
    return [word_of(value) for value in flat] if by_class else [float(value) for value in flat]
