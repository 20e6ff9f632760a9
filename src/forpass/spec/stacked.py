"""Blocks drawn from top to bottom, and branches side by side."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forpass.shown import as_shown, counted, width
from forpass.spec.blocks import Block, Fork, Part

__all__ = ["stacked"]

WIDE, EDGE, GAP, LINE = 372, 10, 16, 15
NARROWEST, PASSING = 104, 34
"""The place that a branch needs for its words, and one that passes on what it reads."""
BOLD, SMALL = 8.2, 6.8
"""How wide a letter of a title and of a note is, about."""

OUTLINE = 'fill="none" stroke="var(--faint, currentColor)" stroke-opacity="0.7"'


@dataclass(frozen=True)
class Sketch:
    """How things are drawn.

    Attributes
    ----------
    most : tuple of int
        So many parts one after the other: of the network, within its forks, within theirs.
    colours : mapping
        By kind of block.
    largest : float
        Of all blocks the logarithm of columns of the one with most.
    """

    most: tuple[int, ...]
    colours: Mapping[str, str]
    largest: float


def stacked(parts: Sequence[Part], most: tuple[int, ...], colours: Mapping[str, str]) -> tuple[str, int, int]:
    """Draw parts from top to bottom; return the marks and their width and height."""
    sketch = Sketch(most, colours, max(_extent(part) for part in parts))
    marks, bottom = _chain(sketch, parts, WIDE / 2, EDGE, WIDE - 2 * EDGE, 0)
    return marks, WIDE, math.ceil(bottom)


def _extent(part: Part) -> float:
    """Return by what a block is drawn wider or narrower."""
    return math.log2(1 + part.columns)


def _chain(
    sketch: Sketch, parts: Sequence[Part], x: float, y: float, wide: float, depth: int
) -> tuple[str, float]:
    """Draw parts below each other around x, from y on; return the marks and where they end."""
    marks = ""
    for number, part in enumerate(_fewer(parts, sketch.most[depth])):
        if number:
            marks += _arrow(x, y)
            y += GAP
        if isinstance(part, Fork) and (_fits(part, wide) and depth + 1 < len(sketch.most)):
            drawn, y = _fork(sketch, part, x, y, wide, depth)
        elif isinstance(part, Fork):
            drawn, y = _block(sketch, _summed_up(part), x, y, wide)
        else:
            drawn, y = _block(sketch, part, x, y, wide)
        marks += drawn
    return marks, y


def _fewer(parts: Sequence[Part], most: int) -> list[Part]:
    """Put one block that counts them in the place of parts that are too many."""
    if len(parts) <= most:
        return list(parts)
    before, after = most - most // 3 - 1, most // 3
    between = parts[before : len(parts) - after]
    rest = Block("other", max(part.columns for part in between), f"{len(between):,} more")
    return [*parts[:before], rest, *parts[len(parts) - after :]]


def _fits(fork: Fork, wide: float) -> bool:
    """Whether there is place for two of its branches side by side."""
    passing = any(not branch for branch in fork.branches)
    return wide >= NARROWEST + (PASSING if passing else NARROWEST)


def _summed_up(fork: Fork) -> Block:
    joined = "sum" if fork.joined == "+" else "side by side"
    return Block("other", fork.columns, f"{fork.columns:,} {joined}", (f"of {len(fork.branches)} branches",))


def _fork(sketch: Sketch, fork: Fork, x: float, y: float, wide: float, depth: int) -> tuple[str, float]:
    """Draw branches side by side, with lines from above and to where they meet."""
    branches = _shown(fork, wide)
    rest = wide - PASSING * sum(not branch for branch in branches)
    share = rest / max(1, sum(map(bool, branches)))
    at, drawn, below = x - wide / 2, [], y
    for branch in branches:
        place = share if branch else PASSING
        middle = at + place / 2
        marks, end = _chain(sketch, branch, middle, y + GAP, place - 8, depth + 1) if branch else ("", y)
        drawn.append((middle, marks, end))
        below, at = max(below, end), at + place
    meet = below + GAP + 9
    lines = ""
    for middle, _, end in drawn:
        lines += f"M{x:g} {y:g}C{x:g} {y + 10:g} {middle:g} {y + 5:g} {middle:g} {y + GAP:g}"
        if end < below:
            lines += f"M{middle:g} {max(end, y + GAP):g}V{below:g}"
        lines += f"M{middle:g} {below:g}C{middle:g} {meet - 12:g} {x:g} {below:g} {x:g} {meet - 9:g}"
    marks = f'<path d="{lines}" {OUTLINE}/>' + "".join(marks for _, marks, _ in drawn)
    return marks + _meeting(fork, x, meet), meet + 9


def _shown(fork: Fork, wide: float) -> list[tuple[Part, ...]]:
    """Return as many branches as there is place for, and a block that counts the others."""
    passing = [branch for branch in fork.branches if not branch][:1]
    branches = [branch for branch in fork.branches if branch]
    most = int((wide - PASSING * len(passing)) // NARROWEST)
    if len(branches) > most:
        rest = Block("other", fork.columns, counted(len(branches) - most + 1, "more branch", "more branches"))
        branches = [*branches[: most - 1], (rest,)]
    return [*branches, *passing]


def _meeting(fork: Fork, x: float, y: float) -> str:
    """Draw where branches meet: a plus for a sum, the number of columns for what is put side by side."""
    if fork.joined == "+":
        cross = f"M{x - 5:g} {y:g}H{x + 5:g}M{x:g} {y - 5:g}V{y + 5:g}"
        return f'<circle cx="{x:g}" cy="{y:g}" r="9" {OUTLINE}/><path d="{cross}" {OUTLINE}/>'
    words = f"{fork.columns:,} side by side"
    half = 3.4 * len(words) + 6
    frame = f'<rect x="{x - half:g}" y="{y - 9:g}" width="{2 * half:g}" height="18" rx="9" {OUTLINE}/>'
    return frame + f'<text x="{x:g}" y="{y + 4:g}" font-size="11">{words}</text>'


def _block(sketch: Sketch, block: Block, x: float, y: float, wide: float) -> tuple[str, float]:
    """Draw a block as wide as it has columns, on a scale of logarithms, and with all its words."""
    titles = _wrapped(block.title.split(), " ", wide - 12, BOLD)
    notes = _wrapped(block.notes, " · ", wide - 12, SMALL)
    words = max(BOLD * max(map(width, titles)), SMALL * max(map(width, notes), default=0))
    broad = min(wide, max(wide * (0.35 + 0.65 * _extent(block) / sketch.largest), words + 14))
    high = 14 + LINE * len(titles) + 14 * len(notes)
    colour, left = sketch.colours[block.kind], x - broad / 2
    marks = ""
    if block.own:  # sheets behind it: one for each member
        y += 6
        for shift in (6, 3):
            marks += f'<path d="M{left + shift:g} {y - shift:g}h{broad - 6:g}v{high:g}" {OUTLINE}/>'
    marks += (
        f'<rect x="{left:g}" y="{y:g}" width="{broad:g}" height="{high}" rx="6" fill="{colour}" '
        f'fill-opacity="0.13" stroke="{colour}" stroke-width="1.3"/>'
    )
    for number, line in enumerate(titles):
        marks += (
            f'<text x="{x:g}" y="{y + 19 + LINE * number:g}" font-weight="600">{html.escape(line)}</text>'
        )
    for number, line in enumerate(notes):
        at = y + 18 + LINE * len(titles) + 14 * number
        marks += f'<text x="{x:g}" y="{at:g}" font-size="11" opacity="0.85">{html.escape(line)}</text>'
    return marks, y + high


def _wrapped(words: Sequence[str], between: str, wide: float, letter: float) -> list[str]:
    """Put words into lines no wider than so many pixels; a word that is too long loses its middle."""
    most, lines = max(8, int(wide / letter)), [""]
    for word in words:
        line = f"{lines[-1]}{between}{word}" if lines[-1] else word
        if width(line) <= most:
            lines[-1] = line
        elif " " in word:
            lines += _wrapped(word.split(), " ", wide, letter)
        else:
            lines.append(as_shown(word, most))
    return [line for line in lines if line]


def _arrow(x: float, y: float) -> str:
    """Draw an arrow of one gap downwards."""
    tip = y + GAP - 2
    head = f"M{x - 3.5:g} {tip - 4:g}L{x:g} {tip:g}L{x + 3.5:g} {tip - 4:g}"
    return f'<path d="M{x:g} {y:g}V{tip:g}{head}" {OUTLINE}/>'
