"""Which types the columns of separated text have.

Each is asked what is true of all of its cells. What one portion suggests is tried on the next at the same
time as it is asked; where a later one disproves it, the column is read once more down to there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from forpass.datasets.cells import FACTS, OF_COMMAS, PLAINLY, Facts, Looked, looked_at, loses_digits
from forpass.datasets.portions import Portion
from forpass.datasets.with_polars import import_polars
from forpass.gaps import MISSING_WORDS

if TYPE_CHECKING:
    import polars

__all__ = ["Columns", "converted"]

Portions = Callable[[], Iterable[Portion]]
Look = Callable[[Any, Sequence[Facts], Sequence[str]], list[Looked]]


class Columns(NamedTuple):
    """What `converted` returns.

    Attributes
    ----------
    parts : list of polars.DataFrame, or what stands in for one
        The rows, portion by portion.
    types : list of str
        Of each column: "text", "integer", "number", "boolean" or "comma", numbers with a decimal comma.
    padded : list of int
        The columns of whole numbers some of which have zeros in front.
    """

    parts: MutableSequence[polars.DataFrame]
    types: list[str]
    padded: list[int]


def converted(
    portions: Portions,
    asked: Sequence[bool],
    commas: bool,
    decimal_comma: bool,
    plain_ends: bool,
    gaps: Collection[str] = MISSING_WORDS,
    parts: MutableSequence[polars.DataFrame] | None = None,
) -> Columns:
    r"""Return a table of text with its columns turned into what they are.

    Parameters
    ----------
    portions : function
        Gives the rows, in portions.
    asked : sequence of bool
        For each column whether it may be anything else than text.
    commas : bool
        Whether commas may be decimal ones.
    decimal_comma : bool
        Whether it is known that they are.
    plain_ends : bool
        Whether no cell has ``\r\n`` in it; otherwise it becomes ``\n`` there.
    gaps : collection of str
        What means a missing value, without blanks around it.
    parts : sequence of DataFrame, optional
        Where the portions go, in memory or elsewhere; by default a list.
    """
    look = functools.partial(looked_at, plain_ends=plain_ends, gaps=tuple(sorted(gaps)))
    names = FACTS if commas else FACTS[: -len(OF_COMMAS)]
    facts: list[Facts] = [names if may else () for may in asked]
    parts = [] if parts is None else parts
    guesses: list[list[str]] = []  # what the columns of each part were taken for
    numbers: set[int] = set()  # the columns that polars is to read as numbers
    refused: set[int] = set()
    begun = False
    for portion in portions():
        piece = portion.read(numbers=numbers)
        if not begun:  # it says itself what its columns are taken for
            facts = [column.facts for column in look(piece, facts, [""] * piece.width)]
            guesses.append(_types(facts, decimal_comma))
            found = look(piece, [()] * piece.width, guesses[-1])  # nothing is asked twice
        else:
            guesses.append(_types(facts, decimal_comma))
            found = look(piece, facts, guesses[-1])
            facts = [column.facts for column in found]
        parts.append(_frame(found))
        begun = begun or piece.height > 0
        refused |= {i for i in numbers if not found[i].plain}
        numbers = {
            i for i, held in enumerate(facts) if "number" in held and PLAINLY["number"].issuperset(held)
        }
        numbers -= refused
    types = _types(facts, decimal_comma)
    for i in _inexact(portions, types, facts):
        types[i] = "text"
    _mend(portions, parts, guesses, types, look)
    padded = [i for i, kind in enumerate(types) if kind == "integer" and "unpadded" not in facts[i]]
    return Columns(parts, types, padded)


def _inexact(portions: Portions, types: Sequence[str], facts: Sequence[Facts]) -> list[int]:
    """Return the columns that would lose digits as floats: identifiers of many digits."""
    large = [i for i, kind in enumerate(types) if kind in ("number", "comma") and "small" not in facts[i]]
    lost = set[int]()
    for portion in portions() if large else ():
        piece = portion.read(large)
        lost |= {i for i, cells in zip(large, piece, strict=True) if loses_digits(cells, types[i] == "comma")}
    return sorted(lost)


def _mend(
    portions: Portions,
    parts: MutableSequence[polars.DataFrame],
    guesses: Sequence[Sequence[str]],
    types: Sequence[str],
    look: Look,
) -> None:
    """Read columns once more in those parts in which they were taken for something else than they are."""
    wrong = [[i for i, kind in enumerate(types) if guess[i] != kind] for guess in guesses]
    while wrong and not wrong[-1]:
        wrong.pop()
    for k, (portion, columns) in enumerate(zip(portions() if wrong else (), wrong, strict=False)):
        if columns:
            again = look(portion.read(columns), [()] * len(columns), [types[i] for i in columns])
            parts[k] = parts[k].with_columns(_frame(again))


def _frame(columns: Sequence[Looked]) -> Any:
    return import_polars().DataFrame([column.cells for column in columns])


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
