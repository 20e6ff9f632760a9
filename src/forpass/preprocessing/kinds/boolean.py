"""A column of truth values: -1 false, +1 true, 0 missing.

Where training rows had missing ones, a further feature says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forpass.preprocessing.kinds.dropped import DroppedColumn, constant
from forpass.preprocessing.kinds.protocol import (
    TRUTH,
    CellForm,
    ColumnKind,
    Pen,
    Told,
    Usual,
    Written,
    indicator_feature,
    indicator_group,
)
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import is_missing, parsed, share_missing, words_in
from forpass.spec.inputs import FeatureGroup

__all__ = ["BOOLEAN", "TRUTH_WORDS", "BooleanColumn"]

TRUTH_WORDS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"), ("off", "on"))
"""Pairs that mean false and true, in small letters."""

SIGN = {word: sign for pair in TRUTH_WORDS for word, sign in zip(pair, (-1.0, 1.0), strict=True)}
SIGN |= {"0": -1.0, "1": 1.0}


FALSE, TRUE, GAP = range(3)
"""Rows of the table of signs that is written down for other programs."""


@dataclass(frozen=True)
class BooleanColumn:
    """A column of truth values.

    Attributes
    ----------
    name, found, share_missing
        See `ColumnSpec`.
    missing_indicator : bool
        Whether a feature says where values are missing.
    """

    name: str
    found: str
    share_missing: float
    missing_indicator: bool

    kind: ClassVar[str] = "boolean"
    said: ClassVar[str] = "boolean"

    @property
    def usual(self) -> Usual:
        """A word for true, or what the training table held for it."""
        usual = {"boolean": Usual(True, (bool,)), "integer": Usual(1), "float": Usual(1)}
        return usual.get(self.found, Usual("true", (str,) if self.found == "text" else ()))

    @property
    def features(self) -> tuple[str, ...]:
        """The sign, and whether the value is missing."""
        return (self.name, *indicator_feature(self.name, self.missing_indicator))

    @property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """A level, and an indicator."""
        return (FeatureGroup(self.name, "level", 1), *indicator_group(self.name, self.missing_indicator))

    @property
    def worth(self) -> None:
        """Nothing: there is no order."""

    @staticmethod
    def gaps(column: Column) -> NDArray[np.bool_]:
        """Missing."""
        return is_missing(column)

    def encode(self, column: Column, numbers: NDArray[Any], codes: NDArray[np.int32]) -> None:
        """Write the sign, then 1 where the value is missing."""
        numbers[:, 0] = _signs(self.name, column)
        if self.missing_indicator:
            numbers[:, 1] = is_missing(column)

    @property
    def cell_form(self) -> CellForm:
        """A word, or where the table held no text 0 or 1."""
        if self.found in ("text", "category"):
            return CellForm("text", "true or false, yes or no, t or f, y or n, on or off, 1 or 0")
        return CellForm("truth", TRUTH)

    def cells(self, column: Column) -> NDArray[Any]:
        """Return the words, or 1, 0 and NaN."""
        if self.cell_form.holds == "text":
            return words_in(column)
        signs = _signs(self.name, column)
        return np.where(is_missing(column), np.nan, (1.0 + signs) / 2.0)

    @property
    def trials(self) -> Sequence[Any]:
        """All that is true or false, in letters of any case, and nothing."""
        if self.cell_form.holds != "text":
            return [1.0, 0.0, np.nan]
        return [*SIGN, *(word.upper() for word in SIGN), *(word.capitalize() for word in SIGN), ""]

    def write(self, pen: Pen, cells: Any) -> Written:
        """Write the sign, then whether the value is missing."""
        is_text = self.cell_form.holds == "text"
        signs = SIGN.items() if is_text else ((0.0, -1.0), (1.0, 1.0))
        rows = {cell: TRUE if sign > 0.0 else FALSE for cell, sign in signs}
        level = pen.level(cells, rows, missing=GAP, other=GAP, refused="true or false", any_case=is_text)
        table = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], np.float32)[:, : 1 + self.missing_indicator]
        return Written([pen.pick(pen.constant(f"{self.name}.signs", table), level, f"{self.name}.features")])

    def news(self, column: Column) -> tuple[str, str]:
        """Tell nothing: a word that is no truth value is refused."""
        return "", ""

    def describe(self) -> str:
        """Say what stands for false and true."""
        return f"-1 / +1{', and 0/1 for missing' if self.missing_indicator else ''}"


def learn_boolean(name: str, column: Column, told: Told) -> BooleanColumn | DroppedColumn:
    """Learn whether there are both, and gaps."""
    signs = _signs(name, column)
    share = share_missing(column)
    if signs.min() == signs.max():
        return constant(name, column)
    return BooleanColumn(name, column.kind, share, share > 0)


def _signs(name: str, column: Column) -> NDArray[np.float64]:
    """Return -1 (false), +1 (true) or 0 (missing) for each row; refuse what is neither true nor false."""

    def sign(word: str) -> float | None:
        return SIGN.get(word.lower())

    signs = parsed(name, column, sign, "where true or false is meant", "category")
    return np.nan_to_num(signs, nan=0.0)


BOOLEAN = ColumnKind(BooleanColumn, learn_boolean, task="classification")
