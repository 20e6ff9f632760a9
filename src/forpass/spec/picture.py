"""A network as a drawing that a page or a notebook shows: SVG, whose colours the page may choose.

A plain network of few layers is drawn as columns of nodes, every other one as blocks from top to bottom.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence

from forpass.shown import as_shown, width
from forpass.spec.blocks import Block, Part, blocks_of, in_words
from forpass.spec.network import NetworkSpec
from forpass.spec.program import lower
from forpass.spec.stacked import stacked

__all__ = ["network_svg"]

FONT = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
LARGEST = 20_000
"""So many letters a drawing may have; of a network that needs more, less is drawn."""

DETAIL = (14, 5, 2), (9, 4), (8,)
"""So many parts are drawn one after the other: of the network, within its forks, within theirs."""

COLOURS = {
    "input": "var(--c3, #009e73)",
    "dense": "var(--c1, #0072b2)",
    "other": "var(--c4, #cc79a7)",
    "output": "var(--c2, #d55e00)",
}
"""Of what is drawn, by kind; the names are those of the pages' style sheets."""

MOST_COLUMNS, MOST_NODES, WIDEST = 4, 6, 500
RADIUS, STEP, TOP, LETTER = 9, 27, 16, 7.7


def network_svg(spec: NetworkSpec, names: Sequence[str] = ()) -> str:
    """Draw a network.

    It stands alone, or in a page that says what the colours ``--ink``, ``--faint`` and ``--c1`` to ``--c4``
    are; on a page that does not, its letters are as those around it. It becomes as narrow as its place.

    Parameters
    ----------
    spec : NetworkSpec
    names : sequence of str
        Of the outputs, such as classes; written beside them where there is place.

    Returns
    -------
    str
        An ``<svg>`` of at most 20 kB.

    Examples
    --------
    >>> from forpass.spec.network import multilayer
    >>> drawn = network_svg(
    ...     multilayer(4, [10], 3, "softmax_cross_entropy"), ["setosa", "versicolor", "other"]
    ... )
    >>> drawn[:48], "versicolor" in drawn
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox=', True)
    """
    parts = blocks_of(spec)
    count = lower(spec).parameters.size
    said = f"network: {as_shown(in_words(parts), 800)}; {count:,} parameters"
    below = f"{count:,} parameters · {spec.head.loss.replace('_', ' ')}"
    columns = [part for part in parts if isinstance(part, Block)]
    if len(columns) == len(parts) and _is_plain(columns, spec):
        drawing = _columns(columns, _names_of_inputs(spec), _few(names, spec.n_outputs))
        if drawing[1] <= WIDEST:
            return _sheet(*drawing, below, said)
    parts = _with_names(parts, spec, names)
    for most in DETAIL:
        drawn = _sheet(*stacked(parts, most, COLOURS), below, said)
        if len(drawn) <= LARGEST:
            break
    return drawn


def _sheet(marks: str, wide: int, high: int, below: str, said: str) -> str:
    """Put marks on a sheet, with a line below them that may be wider."""
    words = (
        f'<text x="{wide / 2:g}" y="{high + 18}" font-size="11" opacity="0.75">{html.escape(below)}</text>'
    )
    broad, high = max(wide, round(6.6 * len(below))), high + 26
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{(wide - broad) / 2:g} 0 {broad} {high}" '
        f'width="{broad}" role="img" '
        f'aria-label="{html.escape(said)}" style="max-width:100%;height:auto" font-family="{FONT}" '
        f'font-size="13" text-anchor="middle" fill="var(--ink, currentColor)">{marks}{words}</svg>'
    )


def _is_plain(columns: Sequence[Block], spec: NetworkSpec) -> bool:
    """Whether it can be drawn as columns of nodes."""
    plain = all(block.kind != "other" for block in columns)
    return plain and len(columns) <= MOST_COLUMNS and spec.members == 1 and not spec.code_sizes


def _names_of_inputs(spec: NetworkSpec) -> list[str]:
    return _few([group.name for group in spec.inputs], spec.n_features)


def _few(names: Sequence[str], count: int) -> list[str]:
    """Return names where each node is drawn and has one, otherwise none."""
    fit = len(names) == count <= MOST_NODES and all(names)
    return [as_shown(name, 18) for name in names] if fit else []


def _with_names(parts: tuple[Part, ...], spec: NetworkSpec, names: Sequence[str]) -> tuple[Part, ...]:
    """Write the names of columns into the first block, and those of outputs into the last."""
    first, last = parts[0], parts[-1]
    assert isinstance(first, Block) and isinstance(last, Block)
    columns = list(dict.fromkeys(group.name for group in spec.inputs if group.name))
    return _named(first, columns), *parts[1:-1], _named(last, names)


def _named(block: Block, names: Sequence[str]) -> Block:
    if not names:
        return block
    few = [as_shown(name, 18) for name in names[:4]]
    more = [f"and {len(names) - 4:,} more"] if len(names) > 4 else []
    return Block(block.kind, block.columns, block.title, (*block.notes, ", ".join(few + more)), block.own)


def _columns(blocks: Sequence[Block], inputs: Sequence[str], outputs: Sequence[str]) -> tuple[str, int, int]:
    """Draw blocks as columns of nodes from left to right; return the marks and their width and height."""
    lines = [[block.title, *block.notes] for block in blocks]
    apart = max(100, round(LETTER * max(width(line) for caption in lines for line in caption)) + 12)
    left = max(apart // 2, 20 + round(LETTER * max(map(width, inputs), default=0)))
    right = max(apart // 2, 20 + round(LETTER * max(map(width, outputs), default=0)))
    places = [_places(block.columns) for block in blocks]
    high = STEP * (max(map(len, places)) - 1) + 2 * TOP
    xs = [left + apart * i for i in range(len(blocks))]
    nodes = [
        [(x, high / 2 + STEP * (i - (len(column) - 1) / 2), real) for i, real in enumerate(column)]
        for x, column in zip(xs, places, strict=True)
    ]
    edges = "".join(
        f"M{x:g} {y:g}L{u:g} {v:g}"
        for before, after in itertools.pairwise(nodes)
        for x, y, one in before
        for u, v, other in after
        if one and other
    )
    marks = f'<path d="{edges}" fill="none" stroke="var(--faint, currentColor)" stroke-opacity="0.4"/>'
    for block, column in zip(blocks, nodes, strict=True):
        marks += f'<g fill="{COLOURS[block.kind]}">{"".join(_node(*node) for node in column)}</g>'
    for side, names, column in ((-1, inputs, nodes[0]), (1, outputs, nodes[-1])):
        anchor = "end" if side < 0 else "start"
        words = [_text(x + side * 15, y + 4, name) for name, (x, y, _) in zip(names, column, strict=False)]
        marks += f'<g font-size="12" text-anchor="{anchor}">{"".join(words)}</g>' if words else ""
    for x, (title, *notes) in zip(xs, lines, strict=True):
        marks += _text(x, high + 16, title)
        small = [_text(x, high + 32 + 14 * i, note) for i, note in enumerate(notes)]
        marks += f'<g font-size="11" opacity="0.75">{"".join(small)}</g>' if small else ""
    return marks, xs[-1] + right, high + 20 + 14 * (max(map(len, lines)) - 1)


def _places(count: int) -> list[bool]:
    """Return what stands in a column: nodes, and dots in place of those that are too many."""
    return [True] * count if count <= MOST_NODES else [True] * 3 + [False] + [True] * 2


def _node(x: float, y: float, real: bool) -> str:
    if real:
        return f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS}"/>'
    return "".join(f'<circle cx="{x:g}" cy="{y + dy:g}" r="1.7"/>' for dy in (-6, 0, 6))


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:g}" y="{y:g}">{html.escape(words)}</text>'
