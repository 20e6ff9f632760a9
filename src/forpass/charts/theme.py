"""How all charts look: colours, letters and lines as one configuration of Vega-Lite, for three grounds.

Colours are Okabe and Ito's (2008), which people with any kind of colour blindness tell apart, in an order in
which the first ones stand out on the ground: of the eight, yellow is lost on white and blue on black. A chart
says no colour itself: its marks say what they are (`style`), and the configuration what that looks like. So a
chart can be put on another ground, and whoever wants another look gives it another configuration.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["GROUNDS", "Ground", "configuration"]

FONT = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, 'Noto Sans CJK KR', sans-serif"
"""The reader's own letters; nothing is fetched. The last but one has Korean, Chinese and Japanese letters."""

RAMP = ("rgba(0, 114, 178, 0.04)", "rgba(0, 114, 178, 1)")
"""From nothing to much: a colour that covers more and more of its ground reads on any of them."""


class Ground(NamedTuple):
    """What a chart stands on.

    Attributes
    ----------
    paper : str
        The ground itself.
    ink, faint, grid : str
        Letters; letters that matter less, and lines to compare with; lines of the grid.
    colours : tuple of str
        Of what is told apart, in order.
    diverging : tuple of str
        From below nothing over nothing to above it.
    """

    paper: str
    ink: str
    faint: str
    grid: str
    colours: tuple[str, ...]
    diverging: tuple[str, str, str]


GROUNDS = {
    "light": Ground(
        "#ffffff",
        "#1c2126",
        "#5c6670",
        "#e6e9ec",
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"),
        ("#d55e00", "#f4f4f2", "#0072b2"),
    ),
    "dark": Ground(
        "#14181c",
        "#e8eaed",
        "#a0a9b2",
        "#2c333a",
        ("#56b4e9", "#e69f00", "#00b58a", "#e08fbd", "#f0e442", "#f0752b"),
        ("#f0752b", "#22282e", "#56b4e9"),
    ),
    "page": Ground(
        "transparent",
        "var(--ink)",
        "var(--faint)",
        "var(--grid)",
        ("var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"),
        ("#d55e00", "#9a9a98", "#0072b2"),  # colours between which others are mixed must be named
    ),
}
"""Grounds by name. "page" leaves the colours to the style sheet of the page that an SVG stands in."""


def configuration(ground: Ground) -> dict[str, Any]:
    """Return the configuration of Vega-Lite for a ground."""
    first, second = ground.colours[:2]
    title: dict[str, Any] = {
        "color": ground.ink,
        "font": FONT,
        "fontSize": 15,
        "fontWeight": 600,
        "anchor": "start",
    }
    letters: dict[str, Any] = {
        "labelFont": FONT,
        "titleFont": FONT,
        "labelColor": ground.faint,
        "titleColor": ground.ink,
    }
    letters |= {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 500}
    text: dict[str, Any] = {"color": ground.ink, "font": FONT, "fontSize": 11}
    return {
        "background": ground.paper,
        "font": FONT,
        "padding": 12,
        "view": {"stroke": None, "continuousWidth": 420, "continuousHeight": 260},
        "title": title
        | {"subtitleColor": ground.faint, "subtitleFont": FONT, "subtitleFontSize": 12}
        | {"subtitlePadding": 5, "offset": 14, "frame": "group"},
        "axis": letters
        | {"gridColor": ground.grid, "domainColor": ground.grid, "tickColor": ground.grid}
        | {"tickSize": 4, "labelPadding": 5, "titlePadding": 9, "labelLimit": 170, "titleLimit": 400},
        "axisBand": {"grid": False, "ticks": False, "domain": False},
        "legend": letters
        | {"labelColor": ground.ink, "orient": "top", "direction": "horizontal", "labelFontSize": 12}
        | {"symbolStrokeWidth": 2.5, "symbolSize": 110, "labelLimit": 220, "columnPadding": 18},
        "header": {"labelFont": FONT, "labelColor": ground.ink, "labelFontSize": 12, "labelFontWeight": 500}
        | {"titleFont": FONT, "titleColor": ground.ink, "labelAnchor": "start", "labelPadding": 6},
        "range": {
            "category": list(ground.colours),
            "heatmap": list(RAMP),
            "ramp": list(RAMP),
            "diverging": list(ground.diverging),
        },
        "mark": {"color": first},
        "line": {"strokeWidth": 2, "strokeJoin": "round", "strokeCap": "round"},
        "point": {"color": first, "filled": True},
        "rule": {"color": first},
        "text": text,
        "concat": {"spacing": 32},
        "style": {
            "cell": {"stroke": ground.grid if ground.paper != "transparent" else None},
            "reference": {
                "color": ground.faint,
                "stroke": ground.faint,
                "strokeWidth": 1.2,
                "strokeDash": [5, 4],
                "opacity": 0.9,
            },
            "spread": {"color": ground.ink, "strokeWidth": 1.5},
            "zero": {"color": ground.faint, "stroke": ground.faint, "strokeWidth": 1},
            "others": {"color": ground.faint, "stroke": ground.faint, "strokeWidth": 1, "opacity": 0.45},
            "above-colour": {"stroke": ground.paper, "strokeWidth": 0.8},
            "chosen": {"color": ground.ink, "filled": False, "strokeWidth": 1.6},
            "second": {"color": second},
            "note": text | {"color": ground.faint},
            "in-cell": text | {"fontSize": 12},
            "in-dark-cell": text | {"fontSize": 12, "color": "#ffffff"},
        },
    }
