"""What all charts are drawn with: Altair where it is installed, rows that JSON can hold, titles, samples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forpass.charts.theme import GROUNDS, configuration
from forpass.errors import DataError, InputError, UnknownNameError
from forpass.sampling.evenly import evenly
from forpass.shown import as_shown

if TYPE_CHECKING:
    import altair as alt

__all__ = [
    "MOST_POINTS",
    "altair",
    "finished",
    "name",
    "number",
    "numbers",
    "rows_of",
    "sample",
    "same_length",
]

MOST_POINTS = 2_000
"""So many points are drawn at most: more lie over each other, and make files of megabytes."""

INSTALL = 'charts need Altair; install it with: pip install "forpass[plot]"'


def altair() -> Any:
    """Return the library that charts are made of.

    Raises
    ------
    InputError
        Where it is not installed, with the line that installs it.
    """
    try:
        import altair as alt
    except ImportError:
        raise InputError(INSTALL) from None
    return alt


def rows_of(rows: Iterable[Mapping[str, Any]]) -> alt.Data:
    """Return rows as a chart holds them; what is no finite number is null there, and not drawn."""
    data = altair().Data(values=[])
    data.values = [
        {key: _plain(value) for key, value in row.items()} for row in rows
    ]  # not checked one by one
    return data


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def finished(chart: Any, title: str, subtitle: str | Sequence[str], description: str) -> Any:
    """Return a chart with its title, what is said below it, its text alternative, and the light theme."""
    lines = [subtitle] if isinstance(subtitle, str) else list(subtitle)
    heading = altair().Title(as_shown(title), subtitle=[line for line in lines if line])
    return themed(chart.properties(title=heading, description=description))


def themed(chart: alt.TopLevelMixin, theme: str = "light") -> Any:
    """Return the chart on another ground.

    Parameters
    ----------
    chart : altair chart
        Any; one of forpass says by its marks' styles what is what.
    theme : {"light", "dark", "page"}
        "page" is for an SVG within a page: its colours are the CSS variables ``--ink``, ``--faint``,
        ``--grid`` and ``--c1`` to ``--c6``, which the page sets for a light and a dark ground.

    Returns
    -------
    altair chart
        A new one.

    Raises
    ------
    UnknownNameError
        For another theme.

    Examples
    --------
    >>> from forpass import charts
    >>> chart = charts.predicted_against_true([1.0, 2.0], [1.5, 2.0])
    >>> charts.themed(chart, "dark").to_dict()["config"]["background"]
    '#14181c'
    """
    if theme not in GROUNDS:
        raise UnknownNameError("theme of charts", theme, GROUNDS)
    chart = chart.copy()
    chart.config = altair().Config(**configuration(GROUNDS[theme]))
    return chart


def numbers(what: str, given: Any) -> NDArray[np.float64]:
    """Return a column of numbers (n,); one of shape (n, 1) is one, too.

    Raises
    ------
    DataError
        For anything else.
    """
    try:
        found = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{what} must be numbers; got {type(given).__name__} of something else") from None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1 or not len(found):
        raise DataError(f"{what} must be a column of numbers, (n,); got shape {found.shape}: give one column")
    return found


def same_length(**columns: Sequence[Any] | NDArray[Any]) -> None:
    """Refuse columns of different lengths.

    Raises
    ------
    DataError
    """
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{key} {n:,}" for key, n in lengths.items())
        raise DataError(f"a chart needs equally many rows of each; got {found}")


def sample(n: int, most: int = MOST_POINTS) -> tuple[NDArray[np.int64], str]:
    """Return which of n rows are drawn, and a sentence where these are not all.

    Examples
    --------
    >>> sample(3)[1], sample(100_000)[1]
    ('', '2,000 of 100,000 rows are drawn, evenly spread.')
    """
    said = f"{most:,} of {n:,} rows are drawn, evenly spread." if n > most else ""
    return evenly(n, most), said


def name(word: Any) -> str:
    """Write a name of a column or a class as charts show it: not too long, in one line."""
    return as_shown(str(word), 40)


def number(value: float) -> str:
    """Write a number of a sentence, with four digits.

    Examples
    --------
    >>> number(0.123456), number(1234567.0), number(float("nan"))
    ('0.1235', '1,235,000', 'nan')
    """
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1e4:
        return f"{float(f'{value:.4g}'):,.0f}"
    return f"{value:.4g}"
