"""Tiles: pieces of a product whose sums stay in registers; their shapes, chosen for each kind of processor.

All that depends on how long a processor's vectors are stands here, in one table: WIDE and NARROW.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import llvmlite.binding as llvm

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.places import Variable
from forpass.engines.compiled.language.values import Value, choose

__all__ = ["NARROW", "WIDE", "Heights", "Tile", "in_panels", "in_tiles", "tile"]

Heights = Mapping[int, Mapping[int, int]]
"""Rows of tiles, in the order in which they are tried, each as often as it fits. Beside each: where its tiles
would leave so many rows, how many they leave instead, for lower tiles that go faster through those."""


class Tile(NamedTuple):
    """The shape of tiles: as many sums as stay in the registers beside their terms and a factor.

    Attributes
    ----------
    heights : Heights
        Of tiles that are `lines` wide, and of narrower ones.
    lines : int
        As often as it fits, then fewer.
    beside_half : Heights
        Of tiles that are `lines` and a half wide.
    of_half : Heights
        Of tiles that are half a line wide.
    copied_from : int
        Multiply-adds from which a product copies its factors to where they lie side by side; 0: none does.
    terms, rows : int
        How much is copied at a time: so many terms of a panel of the right factor, and of so many rows of the
        left one.
    """

    heights: Heights
    lines: int
    beside_half: Heights
    of_half: Heights
    copied_from: int = 0
    terms: int = 0
    rows: int = 0


WIDE = Tile({8: {}, 4: {}, 2: {}, 1: {}}, 3, {6: {}, 4: {}, 2: {}, 1: {}}, {8: {}, 4: {}, 2: {}, 1: {}})
"""For 32 registers of a line each (AVX-512): 24 + 3 + 1 of them. At the shapes of `forpass bench speed` 88
to 100 GFLOP/s of 117 on one core; 6 x 1 is as fast there, but six sums are too few to hide how long one
takes where two units for whole lines work at once."""
NARROW = Tile(
    # 32 rows as 6 6 6 6 4 4 instead of 6 6 6 6 6 2 take 4 % less: a tile of less than 4 rows has too few sums
    # under way, and takes as long as one of 4
    heights={6: {1: 13, 2: 8, 3: 9}, 4: {1: 5}, 5: {}, 3: {}, 2: {}, 1: {}},
    lines=1,
    beside_half={4: {1: 5, 2: 6}, 3: {}, 2: {}, 1: {}},
    # 10 rows of 7 columns at once instead of 6 and 4: 0.08 us instead of 0.10
    of_half={10: {}, 6: {}, 4: {}, 2: {}, 1: {}},
    # 256 x 256 x 256 out of the second cache, as in a step: 482 us instead of 594, and its gradient 684
    # instead of 843. Rows 1 KB apart fall on a sixteenth of the first cache and on a page each; copies do not
    copied_from=1 << 22,
    terms=256,
    rows=96,
)
"""For 16 registers of half a line (AVX2): 12 + 2 + 1 of them. With the same processor held to AVX2 83 to 97
GFLOP/s; 4 x 1 76 to 90; 3 x 2 37 to 54 and 8 x 1 28 to 35, for their sums go to memory and back. By counting
(24 + 4 + 1) also for 32 registers of a quarter (NEON), which nobody has measured."""


@functools.cache
def tile() -> Tile:
    """Return the shape that suits this processor."""
    return WIDE if llvm.get_host_cpu_features().get("avx512f") else NARROW


def in_tiles(
    code: Code, heights: Heights, first: Value, stop: Value, write: Callable[[Value, int], None]
) -> None:
    """Divide the rows [first, stop) into tiles: `write(i, height)` writes that which begins at row i."""
    row = Variable(first)
    for height, leaves in heights.items():
        held_back = code.integer(0)  # rows beyond the remainder, for lower tiles
        for remainder, left in leaves.items():
            held_back = choose((stop - row.value) % height == remainder, left - remainder, held_back)
        with code.loop(row.value, stop - held_back - (height - 1), height) as i:
            write(i, height)
            row.value = i + height


def in_panels(code: Code, halves: Value, write: Callable[[Value, int, bool], None]) -> None:
    """Divide a width into panels: of `write(column, width, half)`, the widest as long as they fit.

    Half a line is computed in half the time where a processor goes through a line in two halves. At the
    end of the widest panel it costs nothing else (784-50-10: 200 us a step become 180); a panel of its
    own reads A once more (195), and is left to narrow results.
    """
    most, lines, done = tile().lines, halves / 2, Variable(code.integer(0))
    odd = halves > lines * 2
    widest = odd & (lines >= most)
    others = choose(widest, lines - most, lines)
    for width in range(most, 0, -1):
        panels = (others - done.value) / width
        with code.loop(0, panels) as p:
            write((done.value + p * width) * code.lanes, width, False)
        done.value = done.value + panels * width
    with code.when(widest):
        write(done.value * code.lanes, most, True)
    with code.when(odd & (lines < most)):
        write(done.value * code.lanes, 0, True)
