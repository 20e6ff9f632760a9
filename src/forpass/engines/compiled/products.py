"""Products of matrices from tiles that live in registers, and transposes.

A tile is a few rows by a few lines of the result. Its numbers stay in registers while k runs from the
first to the last term, in order, each added by one fused multiply-add: so an entry of a product does
not depend on the tile it lies in, on the number of rows, on threads or on the processor.
"""

from __future__ import annotations

import functools

import llvmlite.binding as llvm

from forpass.engines.compiled.code import Array, Code, Integer, Reals, Value, Variable

__all__ = ["ROWS_OF_A_TILE", "product", "tile_lines", "transpose", "turned"]

ROWS_OF_A_TILE = 8
"""Rows of the result that a product counts as one unit of work."""


@functools.cache
def tile_lines() -> int:
    """Lines of a tile: as many as leave its sums, its terms and one factor in the registers.

    With AVX-512 (32 registers of a line) 8 x 3 lines; with half as much room 4 x 1, or twice that.
    """
    features = llvm.get_host_cpu_features()
    return 3 if features.get("avx512f") else 1


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
    lines: Integer,
    start: Reals,
) -> None:
    """C = A B + start, for A (rows, terms), B (terms, lines), C (rows, lines) and one row `start`.

    A is read by two strides, so that it may as well be a transpose. Zero `rows` or `terms` stand for
    the rows of the batch. A unit is 8 rows.
    """
    rows = code.choose(rows.equals(0), code.rows, rows)
    terms = code.choose(terms.equals(0), code.rows, terms)
    first = code.begin * ROWS_OF_A_TILE
    stop = code.least(code.end * ROWS_OF_A_TILE, rows)
    done = code.variable(code.integer(0))
    for width in range(tile_lines(), 0, -1):
        # panels of `width` lines as long as so many are left: B's panel is used by all rows in turn
        panels = (lines - done.value) / width
        with code.loop(0, panels) as panel:
            column = (done.value + panel * width) * code.lanes
            row = code.variable(first)
            for height in (8, 4, 2, 1):
                with code.loop(row.value, stop - (height - 1), height) as i:
                    _tile(
                        code,
                        (A.at(i * row_stride), row_stride, term_stride),
                        (B.at(column), B_stride),
                        (C.at(i * C_stride + column), C_stride),
                        terms,
                        start.at(column),
                        (height, width),
                    )
                    row.value = i + height
        done.value = done.value + panels * width


def _tile(
    code: Code,
    A: tuple[Array, Value, Value],
    B: tuple[Array, Value],
    C: tuple[Array, Value],
    terms: Value,
    start: Array,
    shape: tuple[int, int],
) -> None:
    height, width = shape
    sums: list[list[Variable]] = [
        [code.variable(start.line(line * code.lanes)) for line in range(width)] for _ in range(height)
    ]
    factors, row_stride, term_stride = A
    with code.loop(0, terms) as k:
        lines = [B[0].line(k * B[1] + line * code.lanes) for line in range(width)]
        for r in range(height):
            factor = code.spread(factors[k * term_stride + row_stride * r], code.lanes)
            for line in range(width):
                sums[r][line].value = code.fma(factor, lines[line], sums[r][line].value)
    for r in range(height):
        for line in range(width):
            C[0].set_line(C[1] * r + line * code.lanes, sums[r][line].value)


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
            read = W.line(code.choose(there, row + r, 0) * W_stride + line * n)
            block.append(code.choose(there, read, 0.0))
        for r, turned_line in enumerate(turned(block)):
            T.set_line((line * n + r) * T_stride + row, turned_line)


def turned(block: list[Value]) -> list[Value]:
    """Turn a square block of lines over in registers, so that rows become columns.

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
