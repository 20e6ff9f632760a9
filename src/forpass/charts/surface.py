"""What a model decides where two columns have all values: its decision surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
"""Of the classes in their order, for who sees no colours."""


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
    given = given_model("decision_surface", model)
    columns = read_columns(table).columns
    for wanted in (x, y, *([target] if target else [])):
        if wanted not in columns:
            raise UnknownNameError("column of the table", wanted, columns)
    u, v = _numbers(columns[x], x), _numbers(columns[y], y)
    words = _classes(given) if _is_decided(given) else []
    over = _Over(x, y, *(np.linspace(np.nanmin(c), np.nanmax(c), GRID + 1) for c in (u, v)))
    others = {k: c for k, c in columns.items() if k not in (x, y) and not isinstance(c, RefusedColumn)}
    rows, sampled = sample(len(u), MOST_ROWS)
    points: list[dict[str, Any]] = [{"x": u[i], "y": v[i]} for i in rows]
    if target and words:
        for i, point in zip(rows, points, strict=True):
            point["true"] = word_of(columns[target].cell(int(i)))
    drawn = altair().layer(_ground(given, over, others, words), _dots(points, over, words))
    said = ["the fainter, the less sure" if words else "the deeper, the greater"]
    if others.keys() - {target}:
        said.append("all other columns have their middle or commonest value")
    if sampled:
        said.append(sampled)
    title = title or f"{'Decisions' if words else 'Predictions'} over {name(x)} and {name(y)}"
    return finished(drawn.properties(width=420, height=340), title, said, f"{title}: {'; '.join(said)}.")


class _Over(NamedTuple):
    """Two columns by name, and the edges of the cells that each is cut into."""

    x: str
    y: str
    across: NDArray[np.float64]
    up: NDArray[np.float64]

    def axes(self) -> tuple[alt.X, alt.Y]:
        """Return what both layers lie on."""
        alt = altair()
        axis, scale = alt.Axis(grid=False), {"nice": False, "zero": False}
        across, up = (alt.Scale(domain=[edges[0], edges[-1]], **scale) for edges in (self.across, self.up))
        return (
            alt.X("x:Q", title=name(self.x), axis=axis, scale=across),
            alt.Y("y:Q", title=name(self.y), axis=axis, scale=up),
        )


def _ground(model: Any, over: _Over, others: dict[str, Column], words: list[str]) -> alt.Chart:
    """Draw what is predicted in the middle of each cell."""
    alt = altair()
    middles = [(edges[:-1] + edges[1:]) / 2.0 for edges in (over.across, over.up)]
    x, y = (part.ravel() for part in np.meshgrid(*middles))
    typical = {key: [_typical(column)] * len(x) for key, column in others.items()}
    scores = model.scores({**typical, over.x: x, over.y: y})
    decided = np.asarray(model.decode(scores.decisions))
    if decided.ndim == 2 and decided.shape[1] != 1:
        raise DataError("decision_surface draws one target; this model predicts several")
    sure = np.max(scores.probabilities, axis=1) if words else np.ones(len(x))
    half_x, half_y = (float(edges[1] - edges[0]) / 2.0 for edges in (over.across, over.up))
    cells = {
        "x": x - half_x,
        "x2": x + half_x,
        "y": y - half_y,
        "y2": y + half_y,
        "predicted": _shown(decided, bool(words)),
        "sure": sure.tolist(),
    }
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    across, up = over.axes()
    ground = alt.Chart(rows_of(rows)).mark_rect(strokeWidth=0).encode(x=across, x2="x2:Q", y=up, y2="y2:Q")
    if words:
        opacity = alt.Scale(domain=[1.0 / len(words), 1.0], range=[0.05, 0.5])
        colour = alt.Color("predicted:N", title=None, sort=words, scale=alt.Scale(domain=words))
        return ground.encode(color=colour, opacity=alt.Opacity("sure:Q", scale=opacity, legend=None))
    legend = alt.Legend(title="predicted", orient="right", direction="vertical", gradientLength=200)
    return ground.encode(color=alt.Color("predicted:Q", legend=legend, scale=alt.Scale(zero=False)))


def _dots(points: list[dict[str, Any]], over: _Over, words: list[str]) -> alt.Chart:
    """Draw rows of the table, those with a true class in its colour and shape."""
    alt, (across, up) = altair(), over.axes()
    dots = alt.Chart(rows_of(points)).encode(x=across, y=up)
    if "true" not in points[0]:
        return dots.mark_point(size=16, style="others", opacity=0.7)
    colours = alt.Scale(domain=words)
    shapes = alt.Scale(domain=words, range=SHAPES)
    return dots.mark_point(size=34, opacity=1.0, style="above-colour").encode(
        color=alt.Color("true:N", sort=words, scale=colours, title=None),
        shape=alt.Shape("true:N", sort=words, scale=shapes, title=None),
    )


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
