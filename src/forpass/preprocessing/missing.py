"""What is missing: the words that mean it, and whole numbers some of which are.

By themselves the words `MISSING_WORDS` mean that nothing is known, in text. A table in which one of them is
a value (a class called ``None``) or in which others are none (``unknown``, ``-999``) says so: `with_missing`.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.gaps import DASHES
from forpass.maths.constants import EXACT
from forpass.preprocessing.dates import day_of_word
from forpass.preprocessing.notation import number_of_word
from forpass.preprocessing.table import Column, Label, RefusedColumn, Table
from forpass.preprocessing.text import FIRST_GAP, NOTHING
from forpass.preprocessing.words import word_of

__all__ = ["dashes_as_gaps", "gap_words", "missing_words", "whole_numbers", "with_missing"]


def missing_words(words: object) -> tuple[str, ...] | None:
    """Return words for a missing value, without blanks around them; None: the usual ones.

    Raises
    ------
    TableError
        For something that is no list of words.
    """
    if words is None:
        return None
    given = words if isinstance(words, Collection) and not isinstance(words, str | bytes) else None
    if given is None or not all(isinstance(word, str) for word in given):
        raise TableError(
            f"missing takes a list of words for a missing value, as in ['NA', '?']; got {words!r}"
        )
    return tuple(dict.fromkeys(word.strip() for word in given if word.strip()))


def with_missing(table: Table, words: Sequence[str] | None) -> Table:
    """Return a table in which these words mean a missing value, and no others; empty text always does.

    Parameters
    ----------
    table : Table
    words : sequence of str or None
        None: those that are known by themselves, `MISSING_WORDS`; nothing is changed then.

    Examples
    --------
    >>> from forpass.preprocessing import read_columns
    >>> table = read_columns({"job": ["cook", "None", "?"]})
    >>> [with_missing(table, ["?"]).columns["job"].cell(row) for row in range(3)]
    ['cook', 'None', None]
    """
    if words is None:
        return table
    return Table({name: _column_with(column, frozenset(words)) for name, column in table.columns.items()})


def _column_with(column: Column, missing: frozenset[str]) -> Column:
    if isinstance(column, RefusedColumn):
        return column
    if column.words is not None:
        return _text_with(column, column.words, missing)
    worth = _worth(column, missing)
    # sorted, because NumPy 2.0 looks whole numbers up in a table, where those beyond 2^63 do not fit
    absent = np.isin(column.values, worth, kind="sort") if len(worth) else np.zeros(0, dtype=np.bool_)
    if not absent.any():
        return column
    if column.kind != "integer":
        return Column(column.kind, np.where(absent, np.nan, column.values), rows=column.rows)
    return whole_numbers(column.values, absent, column.rows)


def _worth(column: Column, words: frozenset[str]) -> NDArray[Any]:
    """Return which values of a column without text are written so."""
    if column.kind == "boolean":
        return np.empty(0)
    if column.kind == "date":
        return np.array([day for word in words if (day := day_of_word(word)) is not None])
    values = [number_of_word(word) for word in words]
    if column.kind != "integer" or column.values.dtype.kind == "f":
        return np.array([value for value in values if value is not None], dtype=column.values.dtype)
    limits = np.iinfo(column.values.dtype)
    whole = [
        int(word) if word.lstrip("+-").isdecimal() else int(value)
        for word, value in zip(words, values, strict=True)
        if value is not None and value.is_integer()
    ]
    return np.array(
        [value for value in whole if limits.min <= value <= limits.max], dtype=column.values.dtype
    )


def _text_with(column: Column, words: list[str], missing: frozenset[str]) -> Column:
    """Let words of text become gaps, and gaps words."""
    gone = [word.strip() in missing for word in words]
    kept = [gap.strip() not in missing for gap in column.gaps]
    if not any(gone) and not any(kept):
        return column
    all_words, known = [*words, *column.gaps], [*(not g for g in gone), *kept]
    new_words = [word for word, is_word in zip(all_words, known, strict=True) if is_word]
    new_gaps = [word for word, is_word in zip(all_words, known, strict=True) if not is_word]
    code_of = {word: i for i, word in enumerate(new_words)}
    code_of |= {gap: FIRST_GAP - i for i, gap in enumerate(new_gaps)}
    # of each code the new one: words from 0 on, then backwards from the end -1 for nothing and the gaps
    new = np.array([*(code_of[w] for w in words), *(code_of[g] for g in reversed(column.gaps)), NOTHING])
    typed: list[Label] | None = None
    if column.labels is not None:
        typed = [label for label, away in zip(column.labels, gone, strict=True) if not away]
    values = new[column.values].astype(np.int32)
    return Column(column.kind, values, new_words, column.rows, typed, new_gaps, column.zones)


def dashes_as_gaps(column: Column) -> Column:
    """Return a column of text in which a dash alone means a missing value, too."""
    if column.words is None or DASHES.isdisjoint(map(str.strip, column.words)):
        return column
    return _text_with(column, column.words, DASHES.union(map(str.strip, column.gaps)))


def whole_numbers(
    values: NDArray[Any], missing: NDArray[np.bool_], rows: NDArray[np.int64] | None = None
) -> Column:
    """Return whole numbers, of which some are missing, in a type that holds each of them exactly."""
    if not missing.any():
        return Column("integer", values, rows=rows)
    present = values[~missing]
    if not len(present) or max(-int(present.min()), int(present.max())) <= EXACT:
        return Column("integer", np.where(missing, np.nan, values.astype(np.float64)), rows=rows)
    different, inverse = np.unique(present, return_inverse=True)
    codes = np.full(len(values), NOTHING, dtype=np.int32)
    codes[~missing] = inverse.reshape(-1)
    numbers = [int(value) for value in different.tolist()]
    return Column("text", codes, [word_of(number) for number in numbers], rows, [*numbers])


def gap_words(column: Column, rows: NDArray[np.int64]) -> list[str]:
    """Return the words for a missing value that stand in some rows of a column, the commonest first."""
    if not column.gaps:
        return []
    codes = column.values[rows]
    counts = np.bincount(FIRST_GAP - codes[codes <= FIRST_GAP], minlength=len(column.gaps))
    return [column.gaps[i] for i in np.argsort(-counts, kind="stable") if counts[i]]
