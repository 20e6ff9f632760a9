"""Classes: which are taken for which, how well scores tell them apart, how far to believe probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.charts.drawing import altair, finished, name, rows_of, same_length
from forpass.errors import DataError
from forpass.maths.curves import CurvePoints, confusion_counts, curve_points
from forpass.maths.ranking import average_precision, roc_auc
from forpass.model.evaluation import Evaluation
from forpass.model.reliability import Reliability
from forpass.preprocessing.words import plain_value, word_of
from forpass.sampling.evenly import evenly

if TYPE_CHECKING:
    import altair as alt

__all__ = ["confusion_matrix", "precision_recall_curve", "reliability_diagram", "roc_curve"]

SIDE = 320
MOST_CURVES = 6
"""So many classes have a colour and a name; of more, those that are told worst."""
MOST_OTHERS = 24
"""And so many others are drawn without: of more an even share, from the worst told to the best."""
CURVE = 400
"""So many points of a curve are drawn at most: one for each pixel or so."""
WORDS_IN_CELLS = 12
"""Up to so many classes the figures stand in the cells."""
LETTER = 6
"""So wide is a letter of an axis."""
DARK = 0.55
"""From this share on a cell is so dark that its figure is white."""


def confusion_matrix(
    truth: Any, decided: Any, *, classes: Sequence[Any] | None = None, title: str = "Confusion matrix"
) -> alt.LayerChart:
    """Draw how many rows of each true class were taken for which: colour by share of the true class.

    Parameters
    ----------
    truth, decided : sequences of length n
        Classes, as the table has them.
    classes : sequence, optional
        All of them, in the order of rows and columns; by default those that occur, sorted.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        For different lengths, no row, or a class that is not among `classes`.

    Examples
    --------
    >>> confusion_matrix(["a", "a", "b"], ["a", "b", "b"]).to_dict()["title"]["subtitle"]
    ['2 of 3 rows are right: 66.7 %', 'most often: a taken for b, 1 row']
    """
    alt = altair()
    T, D = (np.asarray(given).ravel().tolist() for given in (truth, decided))
    same_length(truth=T, decided=D)
    known = _known([*T, *D], classes)
    place = {word: i for i, word in enumerate(known)}
    counts = confusion_counts([place[_word(c)] for c in T], [place[_word(c)] for c in D], len(known))
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    names, k = [name(word) for word in known], len(known)
    rows = [
        {"true": names[i], "decided": names[j], "rows": int(counts[i, j]), "share": float(share[i, j])}
        for i in range(k)
        for j in range(k)
    ]
    side = max(26, min(64, 480 // k)) if k <= WORDS_IN_CELLS else max(14, 460 // k)
    data = rows_of(rows)
    x = alt.X(
        "decided:N",
        sort=names,
        title="decided class",
        axis=alt.Axis(orient="bottom", labelAngle=_angle(names, side)),
    )
    y = alt.Y("true:N", sort=names, title="true class")
    scale = alt.Scale(domain=[0, 1])
    legend = alt.Legend(format="%", orient="right", direction="vertical", gradientLength=min(160, side * k))
    colour = alt.Color("share:Q", title="of the class", scale=scale, legend=legend)
    tooltip = [alt.Tooltip(f"{key}:{kind}") for key, kind in (("true", "N"), ("decided", "N"), ("rows", "Q"))]
    layers = [alt.Chart(data).mark_rect(style="cell").encode(x=x, y=y, color=colour, tooltip=tooltip)]
    if k <= WORDS_IN_CELLS:
        for style, which in (
            ("in-cell", f"datum.share < {DARK}"),
            ("in-dark-cell", f"datum.share >= {DARK}"),
        ):
            words = (
                alt.Chart(data).mark_text(style=style).encode(x=x, y=y, text=alt.Text("rows:Q", format=","))
            )
            layers.append(words.transform_filter(f"{which} && datum.rows > 0"))
    right, n = int(np.trace(counts)), len(T)
    wrong = counts - np.diag(np.diag(counts))
    i, j = divmod(int(np.argmax(wrong)), k)
    most = f"most often: {names[i]} taken for {names[j]}, {_rows(int(wrong[i, j]))}" if right < n else ""
    said = [f"{right:,} of {n:,} rows are right: {100 * right / n:.1f} %", most]
    drawn = alt.layer(*layers).properties(width=side * k, height=side * k)
    return finished(drawn, title, said, f"{title} of {k} classes. {'; '.join(filter(None, said))}.")


def roc_curve(
    truth: Any, probabilities: Any, *, classes: Sequence[Any] | None = None, title: str = "ROC curve"
) -> alt.LayerChart:
    """Draw the true positive rate over the false positive rate: how well classes are told apart.

    Parameters
    ----------
    truth : sequence of length n
        Classes, as the table has them, or 0 and 1.
    probabilities : array of shape (n,) or (n, classes)
        Of the second class, or of each. Of more than two classes each is asked for against the rest; of more
        than six, the six that are told worst have a colour and a name.
    classes : sequence, optional
        In the order of the columns; by default those that occur in `truth`, sorted.
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        When shapes do not fit, probabilities are not finite, or fewer than two classes occur.

    Examples
    --------
    >>> roc_curve([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]).to_dict()["title"]["subtitle"]
    ['area under the curve 0.875, of class 1']
    """
    return _curves(truth, probabilities, classes, title, precision=False)


def precision_recall_curve(
    truth: Any,
    probabilities: Any,
    *,
    classes: Sequence[Any] | None = None,
    title: str = "Precision and recall",
) -> alt.LayerChart:
    """Draw precision over recall: what finding more rows of a class costs in rows that are not of it.

    Parameters
    ----------
    truth, probabilities, classes, title
        As for `roc_curve`.

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        As for `roc_curve`.

    Examples
    --------
    >>> precision_recall_curve([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.8]).to_dict()["title"]["subtitle"]
    ['average precision 0.833, of class 1; 50 % of the rows are of it']
    """
    return _curves(truth, probabilities, classes, title, precision=True)


def reliability_diagram(found: Reliability | Evaluation, *, title: str = "Reliability") -> alt.LayerChart:
    """Draw observed frequencies over predicted probabilities, with the line on which both are the same.

    Parameters
    ----------
    found : Reliability, or Evaluation that has one
    title : str

    Returns
    -------
    altair chart

    Raises
    ------
    DataError
        Where there are no probabilities.

    Examples
    --------
    >>> from forpass.model.reliability import Reliability
    >>> found = Reliability("the likeliest class", (30.0, 30.0), (0.6, 0.9), (0.5, 0.92))
    >>> reliability_diagram(found).to_dict()["title"]["subtitle"]
    ['probability of the likeliest class, 60 rows in 2 bins', 'expected calibration error 0.0600']
    """
    alt = altair()
    if isinstance(found, Evaluation) and found.reliability is not None:
        found = found.reliability
    if not isinstance(found, Reliability):
        raise DataError(
            f"reliability_diagram takes reliability of probabilities; got {type(found).__name__} without any"
        )
    columns = zip(found.rows, found.predicted, found.observed, strict=True)
    data = rows_of({"rows": n, "predicted": p, "observed": y} for n, p, y in columns)
    scale, percent = alt.Scale(domain=[0, 1], nice=False), alt.Axis(format="%")
    x = alt.X("predicted:Q", title="predicted probability", scale=scale, axis=percent)
    y = alt.Y("observed:Q", title="observed frequency", scale=scale, axis=percent)
    ideal = rows_of({"predicted": at, "observed": at} for at in (0, 1))
    line = alt.Chart(ideal).mark_line(style="reference").encode(x=x, y=y)
    away = alt.Chart(data).mark_rule(strokeWidth=2, opacity=0.35).encode(x=x, y=y, y2="predicted:Q")
    tooltip = [alt.Tooltip(f"{key}:Q") for key in ("predicted", "observed", "rows")]
    dots = alt.Chart(data).mark_line(point={"size": 55}).encode(x=x, y=y, tooltip=tooltip)
    n, bins = sum(found.rows), len(found.rows)
    said = [
        f"probability of {found.of}, {_rows(int(n))} in {bins} {'bin' if bins == 1 else 'bins'}",
        f"expected calibration error {found.error:.4f}",
    ]
    drawn = alt.layer(line, away, dots).properties(width=SIDE, height=SIDE)
    described = f"{title}: {'; '.join(said)}. The dashed line: what is predicted happens as often."
    return finished(drawn, title, said, described)


def _curves(
    truth: Any, probabilities: Any, classes: Sequence[Any] | None, title: str, precision: bool
) -> alt.LayerChart:
    alt = altair()
    names, T, P = _questions(truth, probabilities, classes)
    asked = [i for i in range(len(names)) if 0 < T[:, i].sum() < len(T)]
    if not asked:
        raise DataError(
            f"{title} needs rows of a class and rows that are not of it; truth has only one class"
        )
    measure = average_precision if precision else roc_auc
    figure = {i: measure(T[:, i].astype(np.int64), P[:, i], None) for i in asked}
    worst = sorted(asked, key=lambda i: figure[i])[:MOST_CURVES]
    named = [i for i in asked if i in worst]
    labels = {i: f"{names[i]}  {figure[i]:.3f}" for i in named}
    fields = ("recall", "precision") if precision else ("false positive rate", "true positive rate")
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("x:Q", title=fields[0], scale=scale, axis=alt.Axis(format="%"))
    y = alt.Y("y:Q", title=fields[1], scale=scale, axis=alt.Axis(format="%"))
    layers = []
    if not precision:
        ideal = rows_of({"x": at, "y": at} for at in (0, 1))
        layers.append(alt.Chart(ideal).mark_line(style="reference").encode(x=x, y=y))
    step = {"interpolate": "step-before"} if precision else {}
    others = [i for i in sorted(asked, key=lambda i: figure[i]) if i not in named]
    others = sorted(others[place] for place in evenly(len(others), MOST_OTHERS))
    for group, style in ((others, {"style": "others"}), (named, {})):
        rows = [
            row
            for i in group
            for row in _points(
                curve_points(T[:, i], P[:, i]),
                precision,
                labels.get(i, names[i]),
                CURVE if group is named else CURVE // 4,
            )
        ]
        if rows:
            order = {"order": alt.Order("at:Q"), "detail": alt.Detail("class:N")}
            line = alt.Chart(rows_of(rows)).mark_line(**step, **style).encode(x=x, y=y, **order)
            if group is named and len(asked) > 1:
                words = list(labels.values())
                legend = alt.Legend(title=None, orient="right", direction="vertical")
                line = line.encode(
                    color=alt.Color("class:N", sort=words, scale=alt.Scale(domain=words), legend=legend)
                )
            layers.append(line)
    drawn = alt.layer(*layers).properties(width=SIDE, height=SIDE)
    said = _summary(precision, names, figure, T)
    return finished(drawn, title, said, f"{title}: {'; '.join(said)}.")


def _summary(precision: bool, names: list[str], figure: dict[int, float], T: NDArray[np.bool_]) -> list[str]:
    what = "average precision" if precision else "area under the curve"
    if len(figure) == 1:
        ((i, value),) = figure.items()
        share = f"; {100 * T[:, i].mean():.3g} % of the rows are of it" if precision else ""
        return [f"{what} {value:.3f}, of class {names[i]}{share}"]
    said = [f"{what}, each class against the rest: mean {np.mean(list(figure.values())):.3f}"]
    if len(figure) > MOST_CURVES:
        said.append(f"the {MOST_CURVES} lowest of {len(figure)} classes are named")
    if len(figure) > MOST_CURVES + MOST_OTHERS:
        said.append(f"of the others {MOST_OTHERS} are drawn, from low to high")
    missing = len(names) - len(figure)
    return [*said, *[f"{missing} of {len(names)} classes have no rows to be told apart"] * (missing > 0)]


def _points(found: CurvePoints, precision: bool, label: str, most: int) -> list[dict[str, Any]]:
    x, y = (
        (found.true_positive, found.precision) if precision else (found.false_positive, found.true_positive)
    )
    return [{"class": label, "at": int(i), "x": x[i], "y": y[i]} for i in evenly(len(x), most)]


def _questions(
    truth: Any, probabilities: Any, classes: Sequence[Any] | None
) -> tuple[list[str], NDArray[np.bool_], NDArray[np.float64]]:
    """Return names of what is asked for, whether each row is so (n, k), and its probability (n, k)."""
    P = np.asarray(probabilities, np.float64)
    P = P[:, None] if P.ndim == 1 else P
    words = [_word(value) for value in np.asarray(truth).ravel().tolist()]
    same_length(truth=words, probabilities=P)
    if not len(P) or P.ndim != 2 or not np.isfinite(P).all():
        raise DataError("probabilities must be finite numbers of at least one row, (n,) or (n, classes)")
    if P.shape[1] <= 2:  # two classes are one question: that for the second
        known = _known(words, classes)
        if len(known) > 2:
            raise DataError(
                f"probabilities are of two classes; truth has {len(known)}: give a column for each"
            )
        P, known = P[:, -1:], known[-1:]
    else:
        known = _known(words, classes)
        if len(known) != P.shape[1]:
            raise DataError(
                f"probabilities have {P.shape[1]} columns for {len(known)} classes; name all by classes="
            )
    return [name(word) for word in known], np.array([[w == k for k in known] for w in words]), P


def _known(values: Sequence[Any], classes: Sequence[Any] | None) -> list[str]:
    """Return the words of classes in their order, and refuse a value that is none of them."""
    if classes is None:
        try:
            return [_word(value) for value in sorted(set(values))]
        except TypeError:
            return sorted({_word(value) for value in values})
    known = [_word(value) for value in classes]
    unknown = next((value for value in values if _word(value) not in known), None)
    if unknown is not None:
        raise DataError(f"{unknown!r} is none of the classes {', '.join(known[:8])}; name all by classes=")
    return known


def _word(value: Any) -> str:
    return word_of(plain_value(value))


def _angle(names: Sequence[str], side: int) -> int:
    """Return how names below a matrix lie: those that are wider than its cells stand up."""
    return -60 if LETTER * max(map(len, names)) > side else 0


def _rows(n: int) -> str:
    return f"{n:,} {'row' if n == 1 else 'rows'}"
