"""Products of matrices from tiles that live in registers, and transposes.

A tile is a few rows by a few lines of the result. Its numbers stay in registers while k runs from the
first to the last term, in order, each added by one fused multiply-add: so an entry of a product does
not depend on the tile it lies in, on the number of rows, on threads or on the processor.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import llvmlite.binding as llvm

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.places import Array, Variable
from forpass.engines.compiled.language.types import I64
from forpass.engines.compiled.language.values import Value, choose, fma, least, spread

__all__ = ["Tile", "product", "tile", "transpose", "transposed"]


class Tile(NamedTuple):
    """The shape of tiles: as many sums as stay in the registers beside their terms and a factor.

    Attributes
    ----------
    rows : tuple of int
        The largest as often as it fits, then the others once at most.
    lines : int
        As often as it fits, then fewer.
    rows_beside_half : tuple of int
        The rows of tiles that are `lines` and a half wide.
    """

    rows: tuple[int, ...]
    lines: int
    rows_beside_half: tuple[int, ...]


WIDE = Tile((8, 4, 2, 1), 3, (6, 4, 2, 1))
"""For 32 registers of a line each (AVX-512): 24 + 3 + 1 of them. At the shapes of `forpass bench speed` 88
to 100 GFLOP/s of 117 on one core; 6 x 1 is as fast there, but six sums are too few to hide how long one
takes where two units for whole lines work at once."""
NARROW = Tile((6, 4, 2, 1), 1, (4, 2, 1))
"""For 16 registers of half a line (AVX2): 12 + 2 + 1 of them. With the same processor held to AVX2 83 to 97
GFLOP/s; 4 x 1 76 to 90; 3 x 2 37 to 54 and 8 x 1 28 to 35, for their sums go to memory and back. By counting
(24 + 4 + 1) also for 32 registers of a quarter (NEON), which nobody has measured."""


@functools.cache
def tile() -> Tile:
    """Return the shape that suits this processor."""
    return WIDE if llvm.get_host_cpu_features().get("avx512f") else NARROW


def product(
    code: Code,
    A: Reals,
    row_stride: Integer,
    term_stride: Integer,
    B: Reals,
    B_stride: Integer,
    C: Reals,
    C_stride: Integer,
    rows: Integer,
    terms: Integer,
    unit: Integer,
    halves: Integer,
    start: Reals,
    *,
    numbered: str,
) -> None:
    """C = A B + start, for A (rows, terms), B (terms, width), C (rows, width) and one row `start`.

    The width is told in `halves` of lines; where they are odd, the last line's other half becomes 0.
    A is read by two strides, so that it may as well be a transpose. Zero `rows` or `terms` stand for
    the rows of the batch. Where the batch's features are wanted, A's rows or (transposed) its terms are
    `numbered` and A is the caller's table: reading the batch where it lies saves copying it, a tenth of
    a step at 784-50-10. A unit is as many rows as its operand says.
    """
    if numbered != "no":
        A = code.array(code.of_step("features"), code.real)
    rows = choose(rows == 0, code.rows, rows)
    terms = choose(terms == 0, code.rows, terms)
    first, stop = code.begin * unit, least(code.end * unit, rows)
    row_numbers = code.array(code.of_step("row_numbers"), I64)
    shape = tile()

    def panel(column: Value, width: int, half: bool) -> None:
        """Write `width` lines, and maybe half a line: B's panel is used by all rows in turn."""
        row, lanes = Variable(first), [code.lanes] * width + [code.lanes // 2] * half
        for height in shape.rows_beside_half if half and width == shape.lines else shape.rows:
            with code.loop(row.value, stop - (height - 1), height) as i:
                places = [row_numbers[i + r] if numbered == "rows" else i + r for r in range(height)]
                factors = [A.at(place * row_stride) for place in places]

                def factor(r: int, k: Value, factors: list[Array] = factors) -> Value:
                    place = row_numbers[k] if numbered == "terms" else k
                    return factors[r][place * term_stride]

                sums = _tile(code, factor, B.at(column), B_stride, terms, start.at(column), height, lanes)
                for r, row_of_sums in enumerate(sums):
                    place = (i + r) * C_stride + column
                    for line, value in enumerate(row_of_sums):
                        C.set_line(place + line * code.lanes, value)
                    if half:
                        beyond = place + (2 * width + 1) * (code.lanes // 2)
                        C.set_line(beyond, spread(code.number(0.0), code.lanes // 2))
                row.value = i + height

    _in_panels(code, halves, panel)


def _in_panels(code: Code, halves: Value, panel: Callable[[Value, int, bool], None]) -> None:
    """Divide a width into panels: of `panel(column, width, half)`, the widest as long as they fit.

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
            panel((done.value + p * width) * code.lanes, width, False)
        done.value = done.value + panels * width
    with code.when(widest):
        panel(done.value * code.lanes, most, True)
    with code.when(odd & (lines < most)):
        panel(done.value * code.lanes, 0, True)


def _tile(
    code: Code,
    factor: Callable[[int, Value], Value],
    B: Array,
    B_stride: Value,
    terms: Value,
    start: Array,
    height: int,
    lanes: list[int],
) -> list[list[Value]]:
    """Sum factor(r, k) B[k] over the terms k, for `height` rows r and lines of B of so many lanes."""
    places = [line * code.lanes for line in range(len(lanes))]
    sums = [
        [Variable(start.line(place, n)) for place, n in zip(places, lanes, strict=True)]
        for _ in range(height)
    ]
    with code.loop(0, terms) as k:
        lines = [B.line(k * B_stride + place, n) for place, n in zip(places, lanes, strict=True)]
        for r in range(height):
            scalar = factor(r, k)
            for line, n in enumerate(lanes):
                sums[r][line].value = fma(spread(scalar, n), lines[line], sums[r][line].value)
    return [[total.value for total in row] for row in sums]


def transpose(
    code: Code, W: Reals, W_stride: Integer, T: Reals, T_stride: Integer, rows: Integer, lines: Integer
) -> None:
    """T = W^T for W (rows, lines). A unit is as many rows of W as a line has numbers.

    Rows beyond the last count as zeros, for they become T's padding.
    """
    n = code.lanes
    with code.loop(code.begin, code.end) as unit, code.loop(0, lines) as line:
        row = unit * n
        block = []
        for r in range(n):
            there = row + r < rows
            read = W.line(choose(there, row + r, 0) * W_stride + line * n)
            block.append(choose(there, read, 0.0))
        for r, column in enumerate(transposed(block)):
            T.set_line((line * n + r) * T_stride + row, column)


def transposed(block: list[Value]) -> list[Value]:
    """Transpose a square block of lines in registers.

    Pairs of numbers change places between lines 1 apart, then 2, 4, 8: log2(n) shuffles a line.
    """
    n, distance, block = len(block), 1, list(block)
    while distance < n:
        # lanes whose number has the bit `distance` come from the partner line
        low = [i if not i & distance else i - distance + n for i in range(n)]
        high = [i + distance if not i & distance else i + n for i in range(n)]
        for r in range(n):
            if not r & distance:
                upper, lower = block[r], block[r + distance]
                block[r] = upper.shuffled(lower, low)
                block[r + distance] = upper.shuffled(lower, high)
        distance *= 2
    return block
