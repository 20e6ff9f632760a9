"""Charts as files: a page, a picture or a description, by the ending of the name."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forpass.charts.drawing import themed
from forpass.errors import InputError
from forpass.model.files import whole_file

__all__ = ["save", "svg_of", "svg_of_description"]

SUFFIXES = (".html", ".json", ".png", ".svg")

INSTALL = 'pictures of charts need vl-convert; install it with: pip install "forpass[plot]"'

SCALE = 2.0
"""Pixels of a PNG for each of the chart's units: sharp on today's screens and in print."""


def save(chart: Any, path: str | os.PathLike[str], theme: str | None = None) -> Path:
    """Write a chart to a file; no browser and no network is needed.

    Parameters
    ----------
    chart : altair chart
    path : path
        What it becomes, the ending says: ``.png`` and ``.svg`` are pictures, ``.html`` is a page that shows
        values below the mouse and opens without a network, ``.json`` is the chart's description in Vega-Lite.
    theme : {"light", "dark", "page"}, optional
        The ground (see `themed`); by default the chart stays as it is.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InputError
        For another ending, a place that cannot be written to, or where vl-convert is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from forpass import charts
    >>> chart = charts.predicted_against_true([1.0, 2.0], [1.5, 2.0], unit="km")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     charts.save(chart, f"{folder}/chart.svg", theme="dark").name
    'chart.svg'
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"a chart is saved as {', '.join(SUFFIXES)}; got {path.name!r}: give one of these endings"
        )
    content = _content(chart if theme is None else themed(chart, theme), suffix)
    with whole_file(path) as file:
        file.write(content)
    return path


def svg_of(chart: Any) -> str:
    """Return a chart as SVG, with its text alternative: a picture that stands in a page by itself.

    Raises
    ------
    InputError
        Where vl-convert is not installed.
    """
    described = chart.to_dict(validate=False)
    said = html.escape(str(described.get("description", "")))
    return svg_of_description(described).replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1)


def svg_of_description(described: Mapping[str, Any]) -> str:
    """Return what a description in Vega-Lite draws, as SVG."""
    svg: str = _converter().vegalite_to_svg(described)
    return svg


def _content(chart: Any, suffix: str) -> bytes:
    if suffix == ".json":
        return json.dumps(chart.to_dict(validate=False), ensure_ascii=False, indent=1).encode()
    if suffix == ".svg":
        return svg_of(chart).encode()
    if suffix == ".png":
        return bytes(_converter().vegalite_to_png(chart.to_dict(validate=False), scale=SCALE))
    page: str = _converter().vegalite_to_html(chart.to_dict(validate=False), bundle=True)
    return page.encode()


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise InputError(INSTALL) from None
    return vl_convert
