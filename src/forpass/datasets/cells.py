"""Cells of separated text: what is true of the columns of a piece, and each cell as what it is taken for.

So that thousands of columns cost no more than a few, and a long table no more than a short one, cells are
looked at in stacks: a piece of one column, or several columns of a piece end to end. Of most cells nothing is
asked: one that is plainly what its column is taken for, like 1.5 among numbers, answers by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.datasets.layout import COMMA_NUMBER, MINUS
from forpass.datasets.with_polars import import_polars
from forpass.gaps import DASHES
from forpass.maths.constants import EXACT

if TYPE_CHECKING:
    import polars

__all__ = ["FACTS", "OF_COMMAS", "PLAINLY", "STACK", "Facts", "Looked", "looked_at", "loses_digits"]

STACK = 1 << 20
"""So many cells are in a stack."""

OF_COMMAS = ("comma", "thousands", "whole")
FACTS = ("blank", "integer", "number", "small", "code", "boolean", "unpadded", *OF_COMMAS)
"""What may be true of a column; those of commas are asked where the comma does not separate."""

DECIDES_WITH = {
    "small": {"number", "comma"},
    "unpadded": {"integer"},
    "thousands": {"comma"},
    "whole": {"comma"},
}
"""Facts that decide nothing where none of these is true."""

PLAINLY = {
    "integer": {"integer", "number", "small", "code", "unpadded", *OF_COMMAS},
    "number": {"number", "small"},
    "boolean": {"boolean"},
    "comma": {"comma", "small"},
}
"""What is true of cells that are plainly of a type."""

WHOLE = r"^-?[0-9]+$"
LONG_WHOLE = r"^[0-9]{16,}(?:\.0*)?$"
THOUSANDS_OR_COMMA = rf"^[+{MINUS}-]?[1-9][0-9]{{0,2}},[0-9]{{3}}$"
# 12  1E2  10E1: without a point or a sign among them they may be no numbers
CODE = r"^[0-9]+(?:[eE][0-9]+)?$"

Facts = tuple[str, ...]


class Looked(NamedTuple):
    """A piece of a column: what is still true of it, it as what it is taken for, and whether plainly so."""

    facts: Facts
    cells: Any
    plain: bool


class Stack(NamedTuple):
    """Columns of a piece end to end, of which the same is asked and which are taken for the same."""

    facts: Facts
    kind: str
    columns: list[int]
    cells: Any


def looked_at(
    piece: polars.DataFrame,
    facts: Sequence[Facts],
    types: Sequence[str],
    plain_ends: bool,
    gaps: tuple[str, ...],
) -> list[Looked]:
    """Ask the facts of all cells of a piece, and convert them: of type "" are those that only are asked.

    Columns that are no text any more were plain numbers, and stay what they are.
    """
    pl = import_polars()
    names, found = piece.columns, [Looked((), None, False)] * piece.width
    alike: dict[tuple[Facts, str], list[int]] = {}
    for i, (held, kind, dtype) in enumerate(zip(facts, types, piece.dtypes, strict=True)):
        if dtype != pl.String:
            numbers = piece.to_series(i)
            known = held if _is_small(numbers) else tuple(name for name in held if name != "small")
            found[i] = Looked(known, numbers, True)
        elif kind == "text" and not held and plain_ends:
            found[i] = Looked((), piece.to_series(i), True)
        else:
            alike.setdefault((held, kind), []).append(i)
    many = max(1, STACK // max(piece.height, 1))  # columns in a stack
    stacks = [
        Stack(held, kind, group[start : start + many], _stack(piece, group[start : start + many]))
        for (held, kind), group in alike.items()
        for start in range(0, len(group), many)
    ]
    for stack, looked in zip(stacks, _looked_at_stacks(stacks, piece.height, plain_ends, gaps), strict=True):
        for i, column in zip(stack.columns, looked, strict=True):
            cells = None if column.cells is None else column.cells.alias(names[i])
            found[i] = column._replace(cells=cells)
    return found


def _is_small(numbers: Any) -> bool:
    """Whether each of these floats is exact if it is whole."""
    least, most = numbers.min(), numbers.max()
    return least is None or bool(least > -EXACT and most < EXACT)


def _looked_at_stacks(
    stacks: Sequence[Stack], rows: int, plain_ends: bool, gaps: tuple[str, ...]
) -> Iterator[list[Looked]]:
    """Look at stacks of columns of so many rows: at once, so that all processors have something to do."""
    pl = import_polars()
    plain = [PLAINLY.get(stack.kind, set()).issuperset({stack.kind, *stack.facts}) for stack in stacks]
    tried = iter(pl.collect_all([_tried(stack) for stack, may in zip(stacks, plain, strict=True) if may]))
    firsts = [next(tried) if may else None for may in plain]
    questions = []
    for stack, first in zip(stacks, firsts, strict=True):
        trimmed, worked_out, answers = _asked(stack.facts, stack.kind, plain_ends, gaps)
        rest = stack.cells if first is None else stack.cells.filter(first["odd"])
        questions.append(rest.lazy().with_columns(trimmed).with_columns(worked_out).select(answers))
    for stack, first, answer in zip(stacks, firsts, pl.collect_all(questions), strict=True):
        many = len(stack.columns)
        cells = answer["converted"] if stack.kind else None
        places = np.arange(many * rows)
        if first is not None:
            places = first["odd"].arg_true().to_numpy()
            cells = first["converted"].scatter(places, cells) if len(places) else first["converted"]
        true = {name: _free(places[answer[f"not {name}"].arg_true()], rows, many) for name in stack.facts}
        plainly = _free(places, rows, many)
        yield [
            Looked(
                _deciding([name for name in stack.facts if true[name][k]]),
                None if cells is None else cells.slice(k * rows, rows),
                bool(plainly[k]),
            )
            for k in range(many)
        ]


def _stack(piece: Any, columns: Sequence[int]) -> Any:
    """Lay columns end to end, in one that is called "cells"."""
    pl = import_polars()
    chosen = piece if len(columns) == piece.width else piece.select(pl.nth(columns))
    return chosen.unpivot(value_name="cells").select("cells")


def _free(places: NDArray[Any], rows: int, columns: int) -> NDArray[np.bool_]:
    """Say of each column in a stack whether it has none of these places."""
    free = np.ones(columns, bool)
    free[places // max(rows, 1)] = False
    return free


def _deciding(held: Sequence[str]) -> Facts:
    """Return the facts without those that decide nothing any more."""
    return tuple(name for name in held if not DECIDES_WITH.get(name, {name}).isdisjoint(held))


def _tried(stack: Stack) -> Any:
    """Take each cell for one of the stack's type as it stands, and say which are not plainly that.

    A cell that is plainly whole begins with no zero and no sign.
    """
    pl = import_polars()
    cells, value = pl.col("cells"), pl.col("converted")
    if stack.kind == "boolean":
        true, false = ([cells == word for word in (w, w.title(), w.upper())] for w in ("true", "false"))
        taken, plain = pl.any_horizontal(true), value | pl.any_horizontal(false)
    elif stack.kind == "integer":
        taken = cells.cast(pl.Int64, strict=False)
        plain = value.is_between(-EXACT, EXACT, closed="none") & ((cells >= "1") | (cells == "0"))
    else:
        pointed = cells.str.replace(",", ".", literal=True) if stack.kind == "comma" else cells
        taken = pointed.cast(pl.Float64, strict=False)
        plain = value.abs() < EXACT
        if stack.kind == "comma":
            plain &= ~cells.str.contains(".", literal=True)
    odd = (~plain.fill_null(False) & cells.is_not_null()).alias("odd")
    return stack.cells.lazy().with_columns(taken.alias("converted")).select("converted", odd)


@functools.lru_cache(maxsize=256)
def _asked(facts: Facts, kind: str, plain_ends: bool, gaps: tuple[str, ...]) -> tuple[Any, Any, Any]:
    """Return what is asked of each cell: whether it is missing or the facts hold, and it as one of a kind.

    That is: the cell without blanks around it, what is worked out of that, and the answers. What several
    answers need is worked out once: polars itself would do it for each. Questions are kept, for to write one
    takes milliseconds, and a long file asks the same of each piece.
    """
    pl = import_polars()
    if kind == "text":
        cells = pl.col("cells")
        own = cells if plain_ends else cells.str.replace_all("\r\n", "\n", literal=True)
    else:
        own = pl.col(kind) if kind else None
    value = pl.col("value")
    needed = {kind, *facts} | ({"number"} if "small" in facts else set())
    size = pl.coalesce("number", "comma").abs() if "comma" in needed else pl.col("number").abs()
    worked_out = {
        "integer": value.cast(pl.Int64, strict=False),
        "number": value.cast(pl.Float64, strict=False),
        "boolean": _truth(value),
        "comma": _pointed(value).cast(pl.Float64, strict=False),
    }
    dash = value.is_in(sorted(DASHES))
    holds = {  # of missing cells it does not matter what they say
        "blank": pl.lit(False),
        "integer": pl.col("integer").is_not_null(),
        "number": pl.col("number").is_not_null(),
        "small": (size < EXACT).fill_null(True),
        "code": value.str.contains(CODE),
        "boolean": pl.col("boolean").is_not_null(),
        "unpadded": ~(value.str.starts_with("0") & (value.str.len_bytes() > 2)),  # 07 may well be a month
        "comma": value.str.contains(COMMA_NUMBER) | dash,
        # each comma may stand between thousands
        "whole": value.str.contains(WHOLE) | dash,
        "thousands": ~value.str.contains(",", literal=True) | value.str.contains(THOUSANDS_OR_COMMA),
    }
    return (
        pl.col("cells").str.strip_chars().alias("value"),
        [
            (value.is_null() | value.is_in(list(gaps))).alias("missing"),
            *(work.alias(name) for name, work in worked_out.items() if name in needed),
        ],
        [
            *((~(pl.col("missing") | holds[name])).alias(f"not {name}") for name in facts),
            *([] if own is None else [own.alias("converted")]),
        ],
    )


def _truth(value: Any) -> Any:
    pl = import_polars()
    truth = {"true": True, "false": False}
    return value.str.to_lowercase().replace_strict(truth, default=None, return_dtype=pl.Boolean)


def _pointed(value: Any) -> Any:
    """Write numbers with a decimal comma with a point."""
    signed = value.str.replace(MINUS, "-", literal=True)
    return signed.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)


def loses_digits(cells: polars.Series, comma: bool) -> bool:
    """Whether a float would not hold all digits of a whole number among the cells.

    Without a decimal point whoever wrote it did not mean a float: so it is, too, if it happens to hold them.
    """
    words = cells.str.strip_chars().str.strip_chars_start(f"+-{MINUS}")
    if comma:
        words = words.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    for word in words.filter(words.str.contains(LONG_WHOLE)).unique().to_list():
        digits, point, _ = word.partition(".")
        if int(digits) >= EXACT and not (point and float(word) == int(digits)):
            return True
    return False
