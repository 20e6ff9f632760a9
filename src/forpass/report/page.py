"""A report as one page of HTML, which works from disk, without a network and without scripts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from forpass.report.blocks import Block, Section
from forpass.report.words import Words

__all__ = ["page_of"]


def page_of(sections: Sequence[Section], words: Words, title: str, subtitle: str) -> str:
    """Return the page; all that comes from data is escaped."""
    here = files("forpass.report")
    template = _environment().from_string(here.joinpath("page.html.jinja").read_text(encoding="utf-8"))
    style = here.joinpath("page.css").read_text(encoding="utf-8")
    page: str = template.render(
        sections=[section for section in sections if section.blocks],
        say=words,
        title=title,
        subtitle=subtitle,
        style=style,
    )
    return page


def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["groups"] = _runs
    return environment


def _runs(blocks: Sequence[Block]) -> list[list[Block]]:
    """Return blocks in runs of one kind: pictures that follow each other stand side by side."""
    return [list(run) for _, run in itertools.groupby(blocks, key=lambda block: block.kind)]
