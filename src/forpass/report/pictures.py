"""Charts as pictures within a page: drawn without a browser, in the page's own colours and language."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from forpass.charts import themed
from forpass.charts.saving import svg_of_description
from forpass.report.blocks import Figure
from forpass.report.words import Words

__all__ = ["Pictures"]

TAG = re.compile(r"<[^<>]*>")
ID = re.compile(r'\bid="([^"]*)"')
REFERENCE = re.compile(r"url\(#([^)]*)\)")
LINK = re.compile(r'href="#([^"]*)"')
ROLES = re.compile(r' (?:role|aria-(?:label|hidden|roledescription))="[^"]*"')
POINT = re.compile(
    r'<path transform="translate\(([^,]+),([^)]+)\)" '
    r'd="M([\d.]+),0A\3,\3,0,1,1,-\3,0A\3,\3,0,1,1,\3,0"'
)
DIGITS = re.compile(r"(\.\d\d)\d+")
OPENING = re.compile(r"<svg [^>]*>")


class Pictures:
    """Draws the pictures of one page, in which no two things may have the same id."""

    def __init__(self, words: Words) -> None:
        self._words, self._count = words, 0

    def of_chart(self, chart: Any, title: str, note: str = "", theirs: Collection[str] = ()) -> Figure:
        """Return a chart as a figure; its title and what it says below stand in the page instead.

        Axes named in `theirs`, such as ``"x"``, are called by a name of the user's, which is not translated.
        """
        described = themed(chart, "page").to_dict(validate=False)
        described.pop("title", None)
        described["config"]["padding"] = PADDING
        described = translated(described, self._words.axis, theirs)
        return self.of_svg(_shorter(svg_of_description(described)), title, note)

    def of_svg(self, svg: str, title: str, note: str = "") -> Figure:
        """Return a picture as a figure, with ids of its own and one text alternative for all of it."""
        self._count += 1
        tags = TAG.findall(svg)  # what stands between them is read, and stays as it is
        # who draws numbers some of them on and on, over all pictures
        found = dict.fromkeys(name for tag in tags for name in ID.findall(tag))
        own = {name: f"f{self._count}-{number}" for number, name in enumerate(found)}

        def with_own_ids(tag: re.Match[str]) -> str:
            bare = ID.sub(lambda at: f'id="{own[at[1]]}"', ROLES.sub("", tag[0]))
            bare = REFERENCE.sub(lambda at: f"url(#{own.get(at[1], at[1])})", bare)
            return LINK.sub(lambda at: f'href="#{own.get(at[1], at[1])}"', bare)

        svg = TAG.sub(with_own_ids, svg)
        said = html.escape(f"{title}. {note}".strip(), quote=True)
        opening = OPENING.search(svg)
        assert opening is not None
        named = opening[0].replace("<svg ", f'<svg role="img" aria-label="{said}" ', 1)
        return Figure(title, note, svg[opening.start() :].replace(opening[0], named, 1))


def _shorter(svg: str) -> str:
    """Return a picture with hundredths of a pixel, and circles that say so: of 2,000 points a third of it."""
    rounded = TAG.sub(lambda tag: DIGITS.sub(r"\1", tag[0]), svg)
    return POINT.sub(r'<circle cx="\1" cy="\2" r="\3"', rounded)


PADDING = {"left": 4, "top": 4, "right": 24, "bottom": 4}
"""A reader's letters may be wider than those by which room was left for them."""


def translated(described: Any, words: Callable[[str], str], theirs: Collection[str] = ()) -> Any:
    """Return the description of a chart with titles of axes and names of its own lines in other words.

    Parameters
    ----------
    described : mapping, list or plain value
    words : callable
        What something is called instead, or the same where it has no other name.
    theirs : collection of str
        Channels such as ``"x"`` with names of the user's, which stay as they are.
    """
    if isinstance(described, list):
        return [translated(part, words, theirs) for part in described]
    if not isinstance(described, Mapping):
        return described
    found = {
        name: part if name in theirs or name == "values" else translated(part, words, theirs)
        for name, part in described.items()
    }
    if isinstance(found.get("title"), str):
        found["title"] = words(found["title"])
    scale = found.get("scale")
    if isinstance(scale, Mapping):
        _name_lines(found, scale.get("domain"), words)
    return found


def _name_lines(channel: dict[str, Any], domain: Any, words: Callable[[str], str]) -> None:
    """Give the lines of a legend, where all are the chart's own, their other names."""
    if not isinstance(domain, list) or not all(isinstance(one, str) and words(one) != one for one in domain):
        return
    cases = [f"datum.label === {one!r} ? {words(one)!r} : " for one in domain]
    channel["legend"] = {**(channel.get("legend") or {}), "labelExpr": f"{''.join(cases)}datum.label"}
