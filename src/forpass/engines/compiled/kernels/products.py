"""Products of matrices from tiles that live in registers, and transposes.

A tile is a few rows by a few lines of the result. Its numbers stay in registers while k runs from the
first to the last term, in order, each added by one fused multiply-add: so an entry of a product does
not depend on the tile it lies in, on the number of rows, on threads or on the processor. A large product
takes the terms block by block: between blocks its sums lie in the result, which rounds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from forpass.engines.compiled.kernels.tiles import in_panels, in_tiles, tile
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Reals
from forpass.engines.compiled.language.places import Array, Variable, either
from forpass.engines.compiled.language.types import I64
from forpass.engines.compiled.language.values import Value, choose, fma, least, spread

__all__ = ["COPIES", "NOTHING", "copies", "product", "room", "transpose", "transposed"]

COPIES = NOTHING, RIGHT, BOTH = "nothing", "B", "A and B"
"""Which factors a product copies, block by block, to where they lie side by side."""


def copies(rows: int, terms: int, width: int, transposed: bool) -> str:
    """Return which factors a product of such a size copies; of A only a transpose has rows that lie apart."""
    least_of_all = tile().copied_from
    if not least_of_all or rows * terms * width < least_of_all:
        return NOTHING
    return BOTH if transposed else RIGHT


def room(lanes: int) -> int:
    """Numbers for which a product that copies needs room: the longest panel of B, and rows of A."""
    shape = tile()
    return shape.terms * (shape.lines * lanes + lanes // 2 + shape.rows)


class _Strided(NamedTuple):
    """A matrix: where it begins, and the distance of its rows."""

    begin: Array
    stride: Value


class _Block(NamedTuple):
    """A part of a product: terms [begin, end) are added to the rows [first, stop) of the sums before it."""

    first: Value
    stop: Value
    begin: Value
    end: Value
    before: _Strided


Left = Callable[[Value, int, bool], tuple[list[Array], Callable[[Value], Value]]]
"""What a tile needs of A: for a row, a height, and whether half a line is in it, as many rows, and where term
k is in each."""


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
    copied: str,
) -> None:
    """C = A B + start, for A (rows, terms), B (terms, width), C (rows, width) and one row `start`.

    The width is told in `halves` of lines; where they are odd, the last line's other half becomes 0.
    A is read by two strides, so that it may as well be a transpose. Zero `rows` or `terms` stand for
    the rows of the batch. Where the batch's features are wanted, A's rows or (transposed) its terms are
    `numbered` and A is the caller's table: reading the batch where it lies saves copying it, a tenth of
    a step at 784-50-10. A unit is as many rows as its operand says. What is `copied` is one of COPIES.
    """
    if numbered != "no":
        A = code.array(code.of_step("features"), code.real)
    rows = choose(rows == 0, code.rows, rows)
    terms = choose(terms == 0, code.rows, terms)
    first, stop = code.begin * unit, least(code.end * unit, rows)
    row_numbers, shape = code.array(code.of_step("row_numbers"), I64), tile()

    def left(i: Value, height: int, half: bool) -> tuple[list[Array], Callable[[Value], Value]]:
        places = [row_numbers[i + r] if numbered == "rows" else i + r for r in range(height)]
        return (
            [A.at(place * row_stride) for place in places],
            lambda k: (row_numbers[k] if numbered == "terms" else k) * term_stride,
        )

    def write(block: _Block, left: Left) -> None:
        _block(code, block, left, _Strided(B, B_stride), _Strided(C, C_stride), halves, copied)

    if copied == NOTHING:
        write(_Block(first, stop, code.integer(0), terms, _Strided(start, code.integer(0))), left)
        return
    with code.loop(0, terms, shape.terms) as begin:
        end, at_first = least(begin + shape.terms, terms), begin == 0
        before = _Strided(either(at_first, start, C), choose(at_first, 0, C_stride))
        if copied == RIGHT:
            write(_Block(first, stop, begin, end, before), left)
        else:
            with code.loop(first, stop, shape.rows) as row:
                block = _Block(row, least(row + shape.rows, stop), begin, end, before)
                write(block, _copied_left(code, left, block))


def _block(
    code: Code, block: _Block, left: Left, B: _Strided, C: _Strided, halves: Value, copied: str
) -> None:
    """Write a block of a product to C, panel by panel: one of B is used by all rows in turn."""
    shape = tile()

    def panel(column: Value, width: int, half: bool) -> None:
        lanes = [code.lanes] * width + [code.lanes // 2] * half
        right = _Strided(B.begin.at(column), B.stride)
        if copied != NOTHING:
            right = _copied_right(code, right, block, lanes)

        def one_tile(i: Value, height: int) -> None:
            sums = _tile(code, left(i, height, half), right, block, i, column, lanes)
            for r, row_of_sums in enumerate(sums):
                place = (i + r) * C.stride + column
                for line, value in enumerate(row_of_sums):
                    C.begin.set_line(place + line * code.lanes, value)
                if half:
                    beyond = place + (2 * width + 1) * (code.lanes // 2)
                    C.begin.set_line(beyond, spread(code.number(0.0), code.lanes // 2))

        heights = shape.heights if not half else shape.beside_half if width else shape.of_half
        in_tiles(code, heights, block.first, block.stop, one_tile)

    in_panels(code, halves, panel)


def _copied_right(code: Code, panel: _Strided, block: _Block, lanes: list[int]) -> _Strided:
    """Copy a block's terms of a panel of B; return where they are as if all terms were there."""
    width, copy = sum(lanes), code.scratch
    with code.loop(block.begin, block.end) as k:
        for place, n in zip(range(0, width, code.lanes), lanes, strict=True):
            line = panel.begin.line(k * panel.stride + place, n)
            copy.set_line((k - block.begin) * width + place, line)
    return _Strided(copy.at(block.begin * -width), code.integer(width))


def _copied_left(code: Code, left: Left, block: _Block) -> Left:
    """Copy a block of A, the rows of each tile side by side, term by term; for tiles of whole lines."""
    shape = tile()
    copy = code.scratch.at(room(code.lanes) - shape.terms * shape.rows)

    def rows_of(i: Value, height: int) -> Array:
        return copy.at((i - block.first) * shape.terms - block.begin * height)

    def copy_tile(i: Value, height: int) -> None:
        (first, *_), term = left(i, height, False)
        with code.loop(block.begin, block.end) as k:
            target, source, done = rows_of(i, height).at(k * height), first.at(term(k)), 0
            for n in (4, 2, 1):
                while height - done >= n:
                    target.set_line(done, source.line(done, n))
                    done += n

    def copied(i: Value, height: int, half: bool) -> tuple[list[Array], Callable[[Value], Value]]:
        if half:
            return left(i, height, half)
        return [rows_of(i, height).at(r) for r in range(height)], lambda k: k * height

    in_tiles(code, shape.heights, block.first, block.stop, copy_tile)
    return copied


def _tile(
    code: Code,
    left: tuple[list[Array], Callable[[Value], Value]],
    right: _Strided,
    block: _Block,
    i: Value,
    column: Value,
    lanes: list[int],
) -> list[list[Value]]:
    """Sum a block's terms for rows i, i + 1, ... of A and lines of B of so many lanes, from `column` on."""
    factors, term = left
    places, before = [line * code.lanes for line in range(len(lanes))], block.before
    begins = [before.begin.at((i + r) * before.stride + column) for r in range(len(factors))]
    sums = [
        [Variable(begin.line(place, n)) for place, n in zip(places, lanes, strict=True)] for begin in begins
    ]
    with code.loop(block.begin, block.end) as k:
        row = right.begin.at(k * right.stride)
        lines = [row.line(place, n) for place, n in zip(places, lanes, strict=True)]
        for factor, row_of_sums in zip(factors, sums, strict=True):
            scalar = factor[term(k)]
            for total, line, n in zip(row_of_sums, lines, lanes, strict=True):
                total.value = fma(spread(scalar, n), line, total.value)
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
