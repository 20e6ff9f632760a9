"""How things are shown in a notebook: headings, sentences and tables as HTML, on a light or a dark ground.

Whatever is said is escaped here; only what these functions return is HTML.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

from forpass.shown import as_shown, printable

__all__ = ["block", "folded", "in_notebook", "table"]

LONGEST = 120
"""So many letters are shown of a cell."""

RIGHT = ' class="right"'

STYLE = (
    "<style>"
    ".forpass{font-size:13px;line-height:1.45;overflow-x:auto}"
    ".forpass p{margin:.35em 0;max-width:62em;white-space:pre-wrap}"
    ".forpass p.head{font-weight:600;margin-top:.8em}"
    ".forpass table{border-collapse:collapse;margin:.3em 0 .7em;border:0;width:auto;table-layout:auto;"
    "font-size:inherit;color:inherit}"
    ".forpass tr,.forpass tr:nth-child(even){background:none}"
    ".forpass td,.forpass th{padding:.16em .8em .16em 0;border:0;text-align:left;"
    "white-space:nowrap;vertical-align:baseline;font-variant-numeric:tabular-nums}"
    ".forpass thead th{font-weight:500;opacity:.75;border-bottom:1px solid rgba(128,128,128,.45)}"
    ".forpass tbody tr+tr td{border-top:1px solid rgba(128,128,128,.18)}"
    ".forpass td.right,.forpass th.right{text-align:right}"
    ".forpass td.bar{width:9em;min-width:9em}"
    ".forpass td.bar i{display:block;height:.7em;border-radius:2px;background:var(--c1,#2d8fd0)}"
    ".forpass td.bar i.less{background:var(--c2,#d9691e)}"
    ".forpass summary{cursor:pointer;opacity:.75}"
    ".forpass svg{display:block;margin:.5em 0}"
    "</style>"
)
"""Colours of letters and ground are those of the notebook; lines and bars read on both grounds."""


def in_notebook(*parts: str) -> str:
    """Put parts into the frame that gives them their look: what a notebook shows.

    Examples
    --------
    >>> in_notebook(block("1 < 2")).endswith('<div class="forpass"><p>1 &lt; 2</p></div>')
    True
    """
    return f'{STYLE}<div class="forpass">{"".join(parts)}</div>'


def block(text: str, head: bool = False) -> str:
    """Return a sentence, or a heading; nothing of an empty one.

    Examples
    --------
    >>> block("5 rows", head=True)
    '<p class="head">5 rows</p>'
    """
    kind = ' class="head"' if head else ""
    return f"<p{kind}>{html.escape(printable(text))}</p>" if text else ""


def table(
    rows: Sequence[Sequence[str]],
    right: Collection[int] = (),
    bars: Sequence[float] = (),
    head: bool = True,
) -> str:
    """Return rows of words as a table, the columns numbered in `right` flush right.

    Parameters
    ----------
    rows : sequence of sequences of str
        As `forpass.shown.aligned` takes them.
    right : collection of int
    bars : sequence of float
        For each row below the head the length of a bar in a column of its own, from -1 to 1.
    head : bool
        Whether the first row says what stands in the columns.

    Examples
    --------
    >>> table([["town", "ulm"]], head=False)
    '<table><tbody><tr><td>town</td><td>ulm</td></tr></tbody></table>'
    """
    first, rest = (rows[:1], rows[1:]) if head else ((), rows)
    top = "".join(f"<tr>{_cells(row, right, 'th')}{'<th></th>' if bars else ''}</tr>" for row in first)
    drawn = map(_bar, bars) if bars else [""] * len(rest)
    body = "".join(f"<tr>{_cells(row, right, 'td')}{bar}</tr>" for row, bar in zip(rest, drawn, strict=True))
    return f"<table>{f'<thead>{top}</thead>' if top else ''}<tbody>{body}</tbody></table>"


def folded(title: str, *parts: str) -> str:
    """Return parts that are shown when one asks for them.

    Examples
    --------
    >>> folded("more", block("all of it"))
    '<details><summary>more</summary><p>all of it</p></details>'
    """
    return f"<details><summary>{html.escape(title)}</summary>{''.join(parts)}</details>"


def _cells(row: Sequence[str], right: Collection[int], tag: str) -> str:
    return "".join(
        f"<{tag}{RIGHT if i in right else ''}>{html.escape(as_shown(cell, LONGEST))}</{tag}>"
        for i, cell in enumerate(row)
    )


def _bar(share: float) -> str:
    """Draw a bar as long as a share; what is below 0 in another colour."""
    wide, less = round(100 * min(1.0, abs(share)), 1), ' class="less"' if share < 0 else ""
    return f'<td class="bar"><i{less} style="width:{wide:g}%"></i></td>'
