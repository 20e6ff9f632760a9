"""Which types columns of separated text have, and their cells turned into what they are.

Each column is asked what is true of all of its cells. So that thousands of columns cost no more than a few,
and a long table no more than a short one, cells are looked at in stacks: a piece of one column, or several
columns of a piece end to end. What the first piece suggests is tried on all others at the same time as it
is asked; the few columns in which a later piece disproves it are read once more.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.datasets.layout import COMMA_NUMBER, DASHES, MINUS, MISSING
from forpass.datasets.with_polars import import_polars

if TYPE_CHECKING:
    import polars

__all__ = ["PIECE", "Cells", "converted"]

PIECE = 1 << 20
"""So many cells are in a piece, and in a stack."""

OF_COMMAS = ("comma", "thousands", "whole")
FACTS = ("blank", "integer", "number", "small", "code", "boolean", "unpadded", *OF_COMMAS)
"""What may be true of a column; those of commas are asked where the comma does not separate."""

EXACT = 2**53  # below this a float holds every whole number
WHOLE = r"^-?[0-9]+$"
LONG_WHOLE = r"^[+-]?[0-9]{16,}$"
THOUSANDS_OR_COMMA = rf"^[+{MINUS}-]?[1-9][0-9]{{0,2}},[0-9]{{3}}$"
# 12  1E2  10E1: without a point or a sign among them they may be no numbers
CODE = r"^[0-9]+(?:[eE][0-9]+)?$"

Facts = tuple[str, ...]


class Cells(NamedTuple):
    """What `converted` returns.

    Attributes
    ----------
    frame : polars.DataFrame
    types : list of str
        Of each column: "text", "integer", "number", "boolean" or "comma", numbers with a decimal comma.
    padded : list of int
        The columns of whole numbers some of which have zeros in front.
    """

    frame: polars.DataFrame
    types: list[str]
    padded: list[int]


def converted(
    pieces: Callable[[Sequence[int] | None], Iterator[polars.DataFrame]],
    asked: Sequence[bool],
    commas: bool,
    decimal_comma: bool,
    plain_ends: bool,
    gaps: Collection[str] = MISSING,
) -> Cells:
    r"""Return a table of text with its columns turned into what they are.

    Parameters
    ----------
    pieces : function
        Gives the rows of all columns (None), or of those with the given numbers, in pieces.
    asked : sequence of bool
        For each column whether it may be anything else than text.
    commas : bool
        Whether commas may be decimal ones.
    decimal_comma : bool
        Whether it is known that they are.
    plain_ends : bool
        Whether there is no carriage return in it; otherwise ``\r\n`` within cells becomes ``\n``.
    gaps : collection of str
        What means a missing value, without blanks around it.
    """
    pl = import_polars()
    names = FACTS if commas else FACTS[: -len(OF_COMMAS)]
    facts: list[Facts] = [names if may else () for may in asked]
    rest = pieces(None)
    first = next(rest, None)
    if first is None:
        return Cells(pl.DataFrame({str(i): [] for i in range(len(asked))}), ["text"] * len(asked), [])
    look = functools.partial(_looked_at, plain_ends=plain_ends, gaps=tuple(gaps))
    # the first piece says what it and the others are taken for
    facts = [found.facts for found in look(first, facts, [""] * first.width)]
    guessed = _types(facts, decimal_comma)
    parts = [_frame(look(first, [()] * first.width, guessed))]
    for piece in rest:
        found = look(piece, facts, guessed)
        facts = [column.facts for column in found]
        parts.append(_frame(found))
    frame, types = _joined(parts), _types(facts, decimal_comma)
    for i in _inexact(pieces, types, facts, look):
        types[i] = "text"
    wrong = [i for i, (guess, kind) in enumerate(zip(guessed, types, strict=True)) if guess != kind]
    if wrong:
        kinds = [types[i] for i in wrong]
        again = [_frame(look(piece, [()] * len(wrong), kinds)) for piece in pieces(wrong)]
        frame = frame.with_columns(_joined(again))
    padded = [i for i, kind in enumerate(types) if kind == "integer" and "unpadded" not in facts[i]]
    return Cells(frame, types, padded)


def _inexact(
    pieces: Callable[[Sequence[int] | None], Iterator[Any]],
    types: Sequence[str],
    facts: Sequence[Facts],
    look: Callable[..., list[Looked]],
) -> list[int]:
    """Return the columns that would lose digits as floats: identifiers of many digits."""
    large = [i for i, kind in enumerate(types) if kind in ("number", "comma") and "small" not in facts[i]]
    lost = set()
    for piece in pieces(large) if large else ():
        found = look(piece, [("short",)] * len(large), [""] * len(large))
        lost |= {i for i, column in zip(large, found, strict=True) if not column.facts}
    return sorted(lost)


def _joined(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else import_polars().concat(parts)


def _frame(columns: Sequence[Looked]) -> Any:
    return import_polars().DataFrame([column.cells for column in columns])


class Looked(NamedTuple):
    """A piece of a column: what is still true of it, and its cells as what it is taken for."""

    facts: Facts
    cells: Any


def _looked_at(
    piece: polars.DataFrame,
    facts: Sequence[Facts],
    types: Sequence[str],
    plain_ends: bool,
    gaps: tuple[str, ...],
) -> list[Looked]:
    """Ask the facts of all cells of a piece, and convert them: of type "" are those that only are asked."""
    pl = import_polars()
    alike: dict[tuple[Facts, str], list[int]] = {}
    for i, key in enumerate(zip(facts, types, strict=True)):
        alike.setdefault(key, []).append(i)
    many = max(1, PIECE // max(piece.height, 1))  # columns in a stack
    stacks = [
        (key, group[start : start + many])
        for key, group in alike.items()
        for start in range(0, len(group), many)
    ]
    questions = []
    for (held, kind), group in stacks:
        trimmed, worked_out, answers = _asked(held, kind, plain_ends, gaps)
        stack = _stack(piece, group).lazy()
        questions.append(stack.with_columns(trimmed).with_columns(worked_out).select(answers))
    names, rows = piece.columns, piece.height
    found: list[Looked] = [Looked((), None)] * piece.width
    for ((held, kind), group), answer in zip(stacks, pl.collect_all(questions), strict=True):
        true = {name: _of_columns(answer[f"{name} holds"], len(group)) for name in held}
        cells = answer["converted"] if kind else None
        for k, i in enumerate(group):
            own = None if cells is None else cells.slice(k * rows, rows).alias(names[i])
            found[i] = Looked(tuple(name for name in held if true[name][k]), own)
    return found


def _stack(piece: Any, columns: Sequence[int]) -> Any:
    """Lay columns end to end, in one that is called "cells"."""
    pl = import_polars()
    chosen = piece if len(columns) == piece.width else piece.select(pl.nth(columns))
    return chosen.unpivot(value_name="cells").select("cells")


def _of_columns(answers: Any, count: int) -> NDArray[np.bool_]:
    """Say of each column in a stack whether the answer is yes in all of its cells."""
    if count == 1:
        return np.array([bool(answers.all())])
    return np.asarray(answers.to_numpy().reshape(count, -1).all(axis=1))


def _types(facts: Iterable[Collection[str]], proven: bool) -> list[str]:
    """Decide by what is true of each column.

    A number such as 1,5 proves that the file has a decimal comma. 1,234 does not, it may be English, and
    stays text. Where others prove it, or it is known, 1,234 is a little more than one, and 1.234 more than
    a thousand. Codes such as 1E2, and whole numbers of more digits than an integer holds, stay text.

    A dash among numbers with a decimal comma is a missing one. Whole numbers with dashes stay text: who
    learns from them decides what a dash means there.
    """
    facts = [set(held) - {"comma"} if "whole" in held else held for held in facts]
    proven = proven or any("comma" in held and not {"number", "thousands"} & set(held) for held in facts)
    order = ["blank", "integer", "code", *(["comma"] if proven else []), "number", "boolean"]
    types = [next((name for name in order if name in held), "text") for held in facts]
    return ["text" if kind in ("blank", "code") else kind for kind in types]


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
    value, number = pl.col("value"), pl.col("number")
    needed = {kind, *facts} | ({"number"} if {"small", "short"} & set(facts) else set())
    worked_out = {
        "integer": value.cast(pl.Int64, strict=False),
        "number": value.cast(pl.Float64, strict=False),
        "boolean": _truth(value),
        "comma": _pointed(value).cast(pl.Float64, strict=False),
    }
    dash = value.is_in(DASHES)
    holds = {  # of missing cells it does not matter what they say
        "blank": pl.lit(False),
        "integer": pl.col("integer").is_not_null(),
        "number": number.is_not_null(),
        "small": (number.abs() < EXACT).fill_null(True),
        "short": ~((number.abs() >= EXACT).fill_null(False) & value.str.contains(LONG_WHOLE)),
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
            *((pl.col("missing") | holds[name]).alias(f"{name} holds") for name in facts),
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
