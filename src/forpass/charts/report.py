"""Everything that a report holds, on one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forpass.charts.classes import reliability_diagram
from forpass.charts.columns import importance
from forpass.charts.drawing import altair, finished
from forpass.charts.figures import figures
from forpass.charts.recipes import candidates
from forpass.errors import DataError
from forpass.model.evaluation import Evaluation
from forpass.model.report import Report
from forpass.shown import as_shown

if TYPE_CHECKING:
    import altair as alt

__all__ = ["report"]


def report(found: Report | Evaluation, *, title: str = "") -> alt.VConcatChart:
    """Draw what a report or an evaluation holds, each part as its own chart draws it.

    Parameters
    ----------
    found : Report or Evaluation
        What `model.report()` and `forpass.evaluate` return: figures beside those without a network,
        reliability of probabilities, importance of columns, and what a recipe tried; as far as it has them.
    title : str
        By default what the model is.

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        For anything else, and where there is nothing to draw.

    Examples
    --------
    >>> import forpass as fp
    >>> found = fp.Evaluation(40, {"network": {"r2": 0.91}, "dummy": {"r2": -0.02}})
    >>> report(found).to_dict()["title"]["text"]
    'Evaluation'
    """
    alt = altair()
    by_itself = isinstance(found, Evaluation)
    if isinstance(found, Evaluation):
        found = Report("Evaluation", evaluation=found)
    if not isinstance(found, Report):
        raise DataError(f"report draws what model.report() returns; got {type(found).__name__}")
    lines = [line for line in _lines(found, by_itself) if line]
    if not lines:
        raise DataError(
            "this report has nothing to draw: the model was not measured; forpass.evaluate does that"
        )
    rows = [alt.hconcat(*map(_part, line), spacing=48) if len(line) > 1 else _part(line[0]) for line in lines]
    drawn = alt.vconcat(*rows, spacing=36).resolve_scale(color="independent", shape="independent")
    parts = " ".join(chart.description for line in lines for chart in line)
    heading = title or as_shown(found.title.splitlines()[0])
    return finished(drawn, heading, [], f"{heading}: {parts}")


def _lines(found: Report, by_itself: bool) -> list[list[Any]]:
    """Return the charts, and which of them stand side by side."""
    where = "Out of fold" if found.out_of_fold else "On rows that were held out"
    measured = [
        figures(evaluation, title=title)
        for evaluation, title in (
            (found.evaluation, "Figures" if by_itself else where),
            (found.on_test, "On test rows"),
        )
        if evaluation is not None
    ]
    beside: list[Any] = []
    if found.evaluation is not None and found.evaluation.reliability is not None:
        beside.append(reliability_diagram(found.evaluation))
    if found.importance is not None and found.importance.columns:
        beside.append(importance(found.importance))
    tried = [candidates(found.candidates)] if found.candidates else []
    return [*([chart] for chart in measured), beside, tried]


def _part(chart: Any) -> Any:
    """Return a chart as a part of another one, which says what all of them look like."""
    chart = chart.copy()
    chart.config = altair().Undefined
    return chart
