"""Learning curves: the loss and the metric, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forpass.charts.drawing import altair, finished, name, number, rows_of
from forpass.errors import DataError
from forpass.maths.metrics import METRICS
from forpass.model.history import EpochRecord, History
from forpass.shown import counted

if TYPE_CHECKING:
    import altair as alt

__all__ = ["learning_curve"]

MOST_NAMED = 6
"""So many lines have a colour and a name each: those of the palette."""
FEW = 12
"""Up to so many epochs have a dot each."""
WIDE = 30.0
"""Losses that differ by more than this factor are drawn on a log scale."""
TRAINING, VALIDATION = "training", "validation"

Histories = Mapping[str, History]


def learning_curve(history: Any, *, title: str = "Learning curve") -> alt.HConcatChart | alt.LayerChart:
    """Draw the loss and, where one was measured, the metric over the epochs.

    Training and validation loss are figures of the same kind: both without penalty. The best epoch of what
    validation rows say is marked in each picture, that of the training rows where there are no others. Of
    several networks there is one line each, on the validation rows where they have any; where they have none,
    no epoch is marked, for the last one counts.

    Parameters
    ----------
    history : History, sequence or mapping of History, TrainedModel or Ensemble
        A mapping gives names to several; an ensemble has a line for each of its networks.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When it is no history, or has no epoch.

    Examples
    --------
    >>> import forpass as fp
    >>> from forpass import charts
    >>> iris = fp.load_dataset("iris")
    >>> model = fp.train_table(iris.frame, iris.target, epochs=30, preset="plain")
    >>> charts.learning_curve(model.history).to_dict()["title"]["text"]
    'Learning curve'
    """
    alt, histories = altair(), _histories(history)
    panels = [_panel(histories, "loss")]
    metric = next((record.metric for one in histories.values() for record in one if record.metric), None)
    if metric is not None and metric != "loss":
        panels.append(_panel(histories, metric))
    drawn = alt.hconcat(*(panel for panel, _ in panels)) if len(panels) > 1 else panels[0][0]
    said = [sentence for _, sentence in panels]
    epochs = max(one[-1].epoch for one in histories.values())
    networks = f"{counted(len(histories), 'network')}, " if len(histories) > 1 else ""
    description = f"{title}: {networks}{counted(epochs, 'epoch')}. {' '.join(said)}"
    return finished(drawn, title, said, description)


def _histories(given: Any) -> dict[str, History]:
    given = getattr(given, "model_", given)
    if hasattr(given, "members"):
        given = [member.history for member in given.members]
    given = getattr(given, "history", given)
    if isinstance(given, History):
        given = {"network": given}
    elif isinstance(given, Sequence) and not isinstance(given, str):
        given = {f"network {i}": one for i, one in enumerate(given, 1)}
    if not isinstance(given, Mapping) or not all(isinstance(one, History) for one in given.values()):
        raise DataError(
            f"learning_curve takes a History, several, or a trained model; got {type(given).__name__}"
        )
    found = {name(key): one for key, one in given.items() if one}
    if not found:
        raise DataError("learning_curve needs a history of at least one epoch; a linear model has none")
    return found


def _panel(histories: Histories, what: str) -> tuple[Any, str]:
    """Return one picture, and the sentence that says what it shows."""
    alt, several = altair(), len(histories) > 1
    rows = [row for key, history in histories.items() for row in _rows(key, history, what, several)]
    marked = [best for key in histories if (best := _best(key, rows, what)) is not None]
    at_the_end = several and bool(marked) and marked[0]["rows"] == TRAINING
    if at_the_end:  # of networks that watch no rows the last epoch counts, not the one with the least loss
        marked = [[row for row in rows if row["network"] == best["network"]][-1] for best in marked]
    x, y = _axes(rows, what)
    line = alt.Chart(rows_of(rows)).encode(x=x, y=y, **_told_apart(histories))
    few = max(len(history) for history in histories.values()) <= FEW
    style = {"style": "others"} if len(histories) > MOST_NAMED else {}
    layers = [line.mark_line(point=few, **style)]
    if not at_the_end:
        layers.append(alt.Chart(rows_of(marked)).mark_point(size=70, style="chosen").encode(x=x, y=y))
    if marked and not several:
        late = marked[0]["epoch"] > 0.7 * max(row["epoch"] for row in rows)
        side = {"align": "right", "dx": -3} if late else {"align": "left", "dx": 6}
        said = {**marked[0], "said": f"epoch {marked[0]['epoch']}"}
        note = alt.Chart(rows_of([said])).mark_text(dy=-16 if _less_is_better(what) else 18, **side)
        layers.append(note.encode(x=x, y=y, text="said:N"))
    return alt.layer(*layers).properties(width=300, height=240), _sentence(marked, what, several, at_the_end)


def _axes(rows: Sequence[Mapping[str, Any]], what: str) -> tuple[Any, Any]:
    alt, values = altair(), {row["value"] for row in rows if math.isfinite(row["value"])}
    log = what == "loss" and _spread(rows) > WIDE
    scale: dict[str, Any] = {"type": "log" if log else "linear", "zero": False}
    if len(values) == 1:  # an axis of one value has no length
        (value,) = values
        scale["domain"] = [value - (abs(value) / 10 or 1.0), value + (abs(value) / 10 or 1.0)]
    label = what.replace("_", " ") if what != "loss" else "loss, mean of the rows"
    label += " (log scale)" if log else ""
    last = max((row["epoch"] for row in rows), default=1)
    domain = [1, last] if last > 1 else [0, 2]
    x = alt.X(
        "epoch:Q",
        title="epoch",
        axis=alt.Axis(tickMinStep=1, tickCount=min(last + 1, 7), grid=False, format="d"),
        scale=alt.Scale(domain=domain, nice=False),
    )
    return x, alt.Y("value:Q", title=label, scale=alt.Scale(**scale))


def _told_apart(histories: Histories) -> dict[str, Any]:
    """Return the channels that tell lines apart: by network, or by the rows that are measured."""
    alt, several = altair(), len(histories) > 1
    key = "network" if several else "rows"
    tooltip = [alt.Tooltip(f"{field}:{kind}") for field, kind in ((key, "N"), ("epoch", "Q"), ("value", "Q"))]
    if len(histories) > MOST_NAMED:
        return {"detail": alt.Detail("network:N"), "tooltip": tooltip}
    names = list(histories) if several else [TRAINING, VALIDATION]
    held = any(r.validation_loss is not None for history in histories.values() for r in history)
    if not several and not held:
        return {"tooltip": tooltip}
    colour = alt.Color(f"{key}:N", title=None, sort=names, scale=alt.Scale(domain=names))
    dashes = [[1, 0]] * len(names) if several else [[4, 4], [1, 0]]
    dash = alt.StrokeDash(f"{key}:N", title=None, sort=names, scale=alt.Scale(domain=names, range=dashes))
    return {"color": colour, "strokeDash": dash, "tooltip": tooltip}


def _rows(key: str, history: History, what: str, several: bool) -> Iterator[dict[str, Any]]:
    """Walk through what a history says of the loss or of the metric; of several networks only one kind."""
    kinds = [
        kind for kind in (TRAINING, VALIDATION) if any(_value(r, what, kind) is not None for r in history)
    ]
    for kind in kinds[-1:] if several else kinds:
        for record in history:
            value = _value(record, what, kind)
            if value is not None:
                yield {"network": key, "rows": kind, "epoch": record.epoch, "value": value}


def _value(record: EpochRecord, what: str, kind: str) -> float | None:
    field = f"{kind}_{'loss' if what == 'loss' else 'metric'}"
    value: float | None = getattr(record, field)
    return value


def _less_is_better(what: str) -> bool:
    base = what.partition(":")[0]
    return what == "loss" or (base in METRICS and not METRICS[base].higher_is_better)


def _best(key: str, rows: Sequence[Mapping[str, Any]], what: str) -> dict[str, Any] | None:
    own = [row for row in rows if row["network"] == key and math.isfinite(row["value"])]
    own = [row for row in own if row["rows"] == VALIDATION] or own
    if not own:
        return None
    pick = min if _less_is_better(what) else max
    return dict(pick(own, key=lambda row: row["value"]))


def _spread(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return how many times the least value goes into the greatest; 0 where one is not above 0."""
    values = [row["value"] for row in rows if math.isfinite(row["value"])]
    return max(values) / min(values) if values and min(values) > 0 else 0.0


def _sentence(marked: Sequence[Mapping[str, Any]], what: str, several: bool, at_the_end: bool) -> str:
    if not marked:
        return f"No finite {what}."
    word = "Least" if _less_is_better(what) else "Greatest"
    said, kind = what.replace("_", " "), marked[0]["rows"]
    if several:
        values, epochs = [row["value"] for row in marked], [row["epoch"] for row in marked]
        if at_the_end:
            least, most = number(min(values)), number(max(values))
            return f"Training {said} of each network in its last epoch: {least} to {most}."
        return (
            f"{word} {kind} {said} of each network: {number(min(values))} to {number(max(values))}, "
            f"at epochs {min(epochs)} to {max(epochs)}."
        )
    return f"{word} {kind} {said}: {number(marked[0]['value'])}, epoch {marked[0]['epoch']}."
