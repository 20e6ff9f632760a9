"""A column of categories: a feature of 0/1 per level (one-hot), or a code that an embedding looks up.

Levels are the known values, most frequent first, then ``(missing)`` and ``(rare)`` where training rows had
such. What has no level (a value never seen, no rare ones to join) is 0 everywhere. Two levels share one
feature of -1/+1. With more levels than ``max_one_hot`` the column becomes codes: 0 for what has no level,
then 1, 2, ... in the order of the levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forpass.errors import TableError
from forpass.maths.decisions import one_hot
from forpass.preprocessing.dates import day_of_word
from forpass.preprocessing.kinds.dropped import DroppedColumn, constant
from forpass.preprocessing.kinds.inference import IDENTIFIER_ROWS, reading_hint
from forpass.preprocessing.kinds.lost_digits import warn_of_lost_digits
from forpass.preprocessing.kinds.protocol import (
    DAYS,
    MISSING,
    TRUTH,
    CellForm,
    ColumnKind,
    Pen,
    Told,
    Usual,
    Written,
)
from forpass.preprocessing.notation import is_number, number_of_word
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import is_missing, levels_of, share_missing, word_of, words_in
from forpass.shown import counted
from forpass.spec.inputs import FeatureGroup
from forpass.told import warn_the_caller

__all__ = ["CATEGORY", "RARE", "CategoryColumn"]

RARE = "(rare)"

NEVER_SEEN = "hold words never seen in training, of which the network knows nothing"

NO_TEXT = {"integer": "numbers", "float": "numbers", "boolean": "truth values", "date": "dates"}

IDENTIFIER_SHARE = 0.95

UNKNOWN = 1e308
"""Handed over for what is no number in a column of numbers: none of the known values."""

# how many rare words are kept by name, to tell them from words never seen
RARE_WORDS_KEPT = 256


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories.

    Attributes
    ----------
    name, found, share_missing
        See `ColumnSpec`.
    values : tuple of str
        The known values, most frequent first, ties by value.
    missing_indicator : bool
        Whether there is a level for missing values.
    rare : bool
        Whether there is a level for rare values, which takes unseen ones in too.
    rare_values : tuple of str
        What is rare, sorted, where it is not too much; to tell rare from unseen.
    coded : bool
        Whether the column becomes codes.
    """

    name: str
    found: str
    share_missing: float
    values: tuple[str, ...]
    missing_indicator: bool = False
    rare: bool = False
    rare_values: tuple[str, ...] = ()
    coded: bool = False

    kind: ClassVar[str] = "category"
    said: ClassVar[str] = "category"

    @property
    def usual(self) -> Usual:
        """The most frequent value, as the training table held it."""
        example = _as_found(self.values[0], self.found) if self.values else None
        types = {"text": (str,), "category": (str,), "integer": (int,)}
        return Usual(example, types.get(self.found, ()), self.values)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels: values, ``(missing)``, ``(rare)``."""
        return self.values + (MISSING,) * self.missing_indicator + (RARE,) * self.rare

    @property
    def features(self) -> tuple[str, ...]:
        """A feature for each level, one for two; none for codes."""
        if self.coded:
            return ()
        levels = self.levels
        return tuple(f"{self.name}={level}" for level in (levels[1:] if len(levels) == 2 else levels))

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """The levels, or codes."""
        levels = len(self.levels)
        if self.coded:
            return (FeatureGroup(self.name, "code", 0, codes=levels + 1, unknown=True),)
        return (FeatureGroup(self.name, "level", 1 if levels == 2 else levels),)

    @property
    def worth(self) -> None:
        """Nothing: there is no order."""

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        """Missing."""
        return is_missing(column)

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        """Find each word's level once, then spread the levels over the rows."""
        words, places = levels_of(column)
        levels = len(self.levels)
        level_of = {value: i for i, value in enumerate(self.values)}
        rare = levels - 1 if self.rare else -1
        missing = len(self.values) if self.missing_indicator else rare
        # place -1, a missing value, picks the last entry
        level = np.array([*(level_of.get(word, rare) for word in words), missing], dtype=np.int64)[places]
        if self.coded:
            codes[:, 0] = level + 1
        elif levels == 2:
            numbers[:, 0] = np.array([-1.0, 1.0, 0.0])[level]  # level -1, unknown, picks the 0
        else:
            numbers[:] = 0.0
            known = np.flatnonzero(level >= 0)
            numbers[known, level[known]] = 1.0

    @property
    def cell_form(self) -> CellForm:
        """A word; where the table held numbers, truth values or dates, a number."""
        if None in map(self._number, self.values):
            return CellForm("text", "text")
        forms = {"boolean": CellForm("truth", TRUTH), "date": CellForm("days", DAYS)}
        return forms.get(self.found, CellForm("written", "a number as it is written"))

    def cells(self, column: Column) -> NDArray[Any]:
        """Return the words, or the numbers that they stand for."""
        if self.cell_form.holds == "text":
            return words_in(column)
        words, places = levels_of(column)
        numbers = [UNKNOWN if (number := self._number(word)) is None else number for word in words]
        return np.array([*numbers, np.nan])[places]

    @property
    def trials(self) -> Sequence[Any]:
        """All that is known, rare, or was never seen, and nothing."""
        if self.cell_form.holds == "text":
            known = [*self.values, *self.rare_values]
            return [*known, "", "a word never seen", *(word.swapcase() for word in self.values)]
        known_numbers = [number for word in self.values if (number := self._number(word)) is not None]
        if self.found == "boolean":
            return [*known_numbers, np.nan]
        return [*known_numbers, np.nan, *(number + 1.0 for number in known_numbers), known_numbers[0] + 0.5]

    def write(self, pen: Pen, cells: Any) -> Written:
        """Write the features, or the code, of each cell's level: number 0 is that of no level."""
        levels, n = {value: i for i, value in enumerate(self.values, start=1)}, len(self.levels)
        rare = n if self.rare else 0
        missing = 1 + len(self.values) if self.missing_indicator else rare
        known: dict[Any, int] = dict(levels)
        if self.cell_form.holds != "text":
            known = {self._number(word): level for word, level in levels.items()}
        level = pen.level(cells, known, missing=missing, other=rare)
        if self.coded:
            return Written(codes=[level])
        if n == 2:
            rows = pen.constant(f"{self.name}.signs", np.array([[0.0], [-1.0], [1.0]], np.float32))
            return Written([pen.pick(rows, level, f"{self.name}.feature")])
        each = pen.constant(f"{self.name}.levels", np.arange(1.0, 1.0 + n, dtype=np.float32))
        number = pen.cast(level, "float32", f"{self.name}.number")
        return Written([pen.call(one_hot, number, each, name=f"{self.name}.features")])

    def _number(self, word: str) -> float | None:
        """The number that a word stands for, where the table held no text; None where none is exactly it."""
        if self.found == "boolean":
            return {"false": 0.0, "true": 1.0}.get(word)
        if self.found == "date":
            return day_of_word(word)
        value = number_of_word(word) if self.found in ("integer", "float") else None
        return value if value is not None and word_of(value) == word else None

    def news(self, column: Column) -> tuple[str, str]:
        """Tell in how many rows stands a word that training rows did not have, and the first such word.

        Rare words were seen: where they are too many to be kept by name, none is counted.

        Raises
        ------
        TableError
            When text has become something else, none of which is known: 1234 is not 01234.
        """
        if self.rare and not self.rare_values:
            return "", ""
        words, places = levels_of(column)
        known = {*self.values, *self.rare_values}
        new = np.array([word not in known for word in words] + [False])[places]
        count = int(new.sum())
        if not count:
            return "", ""
        example = words[int(places[np.argmax(new)])]
        if count == len(column) and not _holds_text(column) and self._held_text():
            what = NO_TEXT.get(column.kind, "numbers")
            raise TableError(
                f"column {self.name!r} held text in training, like {self.values[0]!r}, and holds {what} now, "
                f"like {example}, none of which is known; give it as text"
            )
        return NEVER_SEEN, f"{counted(count, 'row')}, for instance {example!r}"

    def _held_text(self) -> bool:
        """Whether the training rows held text; categories may be values of another kind, written as words."""
        return self.found == "text" or (self.found == "category" and not all(map(_is_written, self.values)))

    def describe(self) -> str:
        """Say which levels there are, and what they become."""
        levels = self.levels
        if len(levels) == 2 and not self.coded:
            return f"-1 {levels[0]} / +1 {levels[1]}"
        shown = f"{', '.join(levels[:4])}{', ...' if len(levels) > 4 else ''}"
        if self.coded:
            return f"a code from 0 (unknown) to {len(levels)}, for an embedding: {shown}"
        return f"{len(levels)} columns of 0/1: {shown}"


def _is_written(word: str) -> bool:
    """Whether a word is how a number or a truth value is written: 1 and true, but not 01 or True."""
    if word.lstrip("-").isdigit():
        return word == str(int(word))
    return word in ("false", "true") or (is_number(word) and word == word_of(float(word)))


def _holds_text(column: Column) -> bool:
    """Whether the cells of a column are text, not values of another kind that are written as words."""
    return column.is_text and column.labels is None


def learn_category(name: str, column: Column, told: Told) -> CategoryColumn | DroppedColumn:
    """Learn the known values, most frequent first; leave out names and identifiers nobody asked for."""
    options, (words, places) = told.options, levels_of(column)
    counts = np.bincount(places[places >= 0], minlength=len(words)).tolist()
    present = sum(counts)
    least = min(3, 1 + len(column) // 50) if options.min_count is None else options.min_count
    asked = told.said or column.kind == "category"
    warn_of_lost_digits(name, column)
    hint = "" if asked else reading_hint(words)
    if not asked and present > IDENTIFIER_ROWS and len(words) >= IDENTIFIER_SHARE * present:
        return _identifier(name, column, f"{len(words)} of its {present} values are different", hint)
    ranked = sorted(zip(words, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
    frequent = [word for word, count in ranked if count >= least]
    if not frequent and asked:
        frequent = [word for word, _ in ranked]
    elif not frequent and len(words) > 1:
        return _identifier(name, column, f"none of its {len(words)} values stands in {least} rows", hint)
    if hint:
        warn_the_caller(f"column {name!r} is taken as text; {hint}")
    elif len(frequent) > options.max_categories:
        warn_the_caller(
            f"column {name!r} has {len(frequent)} different values; the {options.max_categories} most "
            f"frequent are kept and the others share one; leave the column out (kind drop) if they say "
            "nothing",
        )
    return _with_levels(name, column, tuple(frequent[: options.max_categories]), words, options.max_one_hot)


def _with_levels(
    name: str, column: Column, values: tuple[str, ...], words: list[str], max_one_hot: int | None
) -> CategoryColumn | DroppedColumn:
    """Keep values, and what is rare; a column with fewer than two levels says nothing."""
    rare = sorted(set(words).difference(values))
    share = share_missing(column)
    levels = len(values) + (share > 0) + bool(rare)
    if levels < 2:
        return constant(name, column)
    return CategoryColumn(
        name,
        column.kind,
        share,
        values,
        missing_indicator=share > 0,
        rare=bool(rare),
        rare_values=tuple(rare) if len(rare) <= RARE_WORDS_KEPT else (),
        coded=max_one_hot is not None and levels > max_one_hot,
    )


def _identifier(name: str, column: Column, reason: str, hint: str) -> DroppedColumn:
    """Drop a column of names or identifiers, and say so."""
    remedy = hint or "keep it as kind category"
    warn_the_caller(f"column {name!r} is left out: {reason}, as in names or identifiers; {remedy}")
    return DroppedColumn(name, column.kind, share_missing(column), reason, names_rows=True)


def _as_found(word: str, found: str) -> Any:
    """Return a value that is kept as a word as the training table held it."""
    if found == "boolean":
        return word == "true"
    if found in ("integer", "float") and is_number(word):
        return int(word) if word.lstrip("-").isdigit() else float(word)
    return word


CATEGORY = ColumnKind(CategoryColumn, learn_category, task="classification", as_text=True)
