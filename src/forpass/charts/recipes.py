"""What a recipe tried: each candidate's expected loss over the seconds it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forpass.charts.drawing import altair, finished, name, number, rows_of
from forpass.errors import DataError
from forpass.model.tried import Tried, require_account
from forpass.shown import counted

if TYPE_CHECKING:
    import altair as alt

__all__ = ["candidates"]

IN_BLEND, LEFT_OUT, DROPPED = "in the blend", "left out", "dropped early"
SHAPES = {IN_BLEND: "circle", LEFT_OUT: "square", DROPPED: "triangle-down"}
MOST_NAMED = 5
"""So many candidates have their name beside them: those with the greatest weights."""


def candidates(given: Any, *, title: str = "Candidates of the recipe") -> alt.LayerChart:
    """Draw the expected out-of-fold loss of each candidate over the seconds that its networks took.

    Rungs of one chain are joined by a line: the same kind of network, trained for longer. The candidates with
    the greatest weights in the blend have names.

    Parameters
    ----------
    given : Ensemble that a recipe made, fitted estimator, or sequence of Tried
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When no recipe was at work.

    Examples
    --------
    >>> from forpass.model.tried import Tried
    >>> one = Tried("wide", "8-256-1", 1, 20, 5, 0.31, 0.02, 0.30, 0.75, 12.0)
    >>> candidates([one]).to_dict()["title"]["subtitle"]
    ['1 candidate, 12 seconds in all; 1 in the blend', 'least expected loss 0.3: wide, 20 epochs']
    """
    alt, tried = altair(), _tried(given)
    rows: list[dict[str, Any]] = [
        {
            "chain": name(one.chain),
            "network": name(one.network),
            "epochs": one.epochs,
            "seconds": max(one.seconds, 0.001),
            "expected loss": one.expected_loss,
            "weight": one.weight,
            "candidate is": DROPPED if one.dropped else IN_BLEND if one.weight > 0 else LEFT_OUT,
            "rung": one.rung,
        }
        for one in tried
    ]
    data, found = rows_of(rows), {row["candidate is"] for row in rows}
    words = [word for word in SHAPES if word in found]
    wide = max(row["seconds"] for row in rows) / min(row["seconds"] for row in rows) > 20
    scale = alt.Scale(type="log") if wide else alt.Scale(zero=True)
    x = alt.X(
        "seconds:Q", title="seconds of all its networks" + (" (log scale)" if wide else ""), scale=scale
    )
    x = x.axis(grid=not wide, labelSeparation=8, labelOverlap="greedy")
    y = alt.Y("expected loss:Q", title="expected loss, out of fold", scale=alt.Scale(zero=False))
    colour = alt.Color("candidate is:N", title=None, sort=words, scale=alt.Scale(domain=words))
    shape = alt.Shape("candidate is:N", title=None, sort=words)
    shape = shape.scale(domain=words, range=[SHAPES[word] for word in words])
    chains = alt.Chart(data).mark_line(style="others")
    chains = chains.encode(x=x, y=y, detail=alt.Detail("chain:N"), order=alt.Order("rung:Q"))
    fields = ("chain:N", "network:N", "epochs:Q", "seconds:Q", "expected loss:Q", "weight:Q")
    dots = alt.Chart(data).mark_point(size=85, opacity=0.9)
    dots = dots.encode(x=x, y=y, color=colour, shape=shape, tooltip=[alt.Tooltip(field) for field in fields])
    greatest = sorted((row for row in rows if row["weight"] > 0), key=lambda row: -row["weight"])[:MOST_NAMED]
    named = [row | {"said": f"{row['chain']}  {row['weight']:.2f}"} for row in greatest]
    notes = (
        alt.Chart(rows_of(named))
        .mark_text(style="note", align="left", dx=9, dy=1)
        .encode(x=x, y=y, text="said:N")
    )
    least = min(rows, key=lambda row: row["expected loss"])
    epochs = f", {counted(least['epochs'], 'epoch')}" if least["epochs"] else ""
    blended = sum(row["weight"] > 0 for row in rows)
    seconds = number(sum(one.seconds for one in tried))
    said = [
        f"{counted(len(rows), 'candidate')}, {seconds} seconds in all; {blended} in the blend",
        f"least expected loss {number(least['expected loss'])}: {least['chain']}{epochs}",
    ]
    drawn = alt.layer(chains, dots, notes).properties(width=480, height=300)
    return finished(drawn, title, said, f"{title}: {'; '.join(said)}.")


def _tried(given: Any) -> Sequence[Tried]:
    given = getattr(given, "model_", given)
    recipe = getattr(getattr(given, "provenance", None), "recipe", None)
    if recipe:
        given = require_account(recipe)
    if isinstance(given, Sequence) and given and all(isinstance(one, Tried) for one in given):
        return given
    raise DataError(
        f"candidates takes a model that a recipe made; got {type(given).__name__} without a recipe"
    )
