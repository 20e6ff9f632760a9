"""Columns: what is learnt about each on the training rows, and the numbers it becomes.

number     (x - median) / (q75 - q25), then clipped smoothly to (-3, 3): x / sqrt(1 + (x / 3)^2)
           (the robust scaling of RealMLP, Holzmueller et al. 2024). A missing value becomes the median,
           which is 0; where training rows had missing ones, a second column says so.
boolean    -1 false, +1 true, 0 missing; where training rows had missing ones, a second column says so.
category   one column of 0/1 per level (one-hot); two levels share one column of -1/+1. Levels are the
           known values, most frequent first, then ``(missing)`` and ``(rare)`` where training rows had
           such. What has no level (a value never seen, no rare ones to join) is 0 everywhere.
dropped    nothing; the reason is kept.

`learn_column` reads training rows only; `encode_column` repeats what was learnt on any rows.
"""

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.errors import ForpassWarning, UnknownNameError
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import infer_kind, is_missing, is_number, levels_of, numbers_of, truth_of

__all__ = ["KINDS", "MISSING", "RARE", "ColumnSpec", "encode_column", "learn_column", "smooth_clip"]

KINDS = ("number", "category", "boolean", "drop")
MISSING, RARE = "(missing)", "(rare)"

# text with more rows than this, nearly all different, is a name or an identifier
IDENTIFIER_ROWS = 20
IDENTIFIER_SHARE = 0.95

# at most this share of values that are no numbers: a slip in a column of numbers
MOSTLY_NUMBERS = 0.2

# beyond this the clipped value is 3 to the last bit, and the square below cannot overflow
FAR = 1e9


@dataclass(frozen=True)
class ColumnSpec:
    """What was learnt about one column.

    Attributes
    ----------
    name : str
    kind : str
        ``"number"``, ``"category"``, ``"boolean"`` or ``"dropped"``.
    found : str
        What the table held: see `Column`.
    share_missing : float
        Of the training rows.
    centre, scale : float
        Of a number: its median, and the factor that brings its middle half to width 1 (0: constant).
    missing_indicator : bool
        Whether missing values have a column (a category: a level) of their own.
    values : tuple of str
        Of a category: the known values, most frequent first, ties by value.
    rare : bool
        Of a category: whether there is a level for rare values, which takes unseen ones in too.
    reason : str
        Why the column was dropped.
    """

    name: str
    kind: str
    found: str
    share_missing: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    missing_indicator: bool = False
    values: tuple[str, ...] = ()
    rare: bool = False
    reason: str = ""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of a category: values, ``(missing)``, ``(rare)``."""
        return self.values + (MISSING,) * self.missing_indicator + (RARE,) * self.rare

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the encoded columns it becomes."""
        if self.kind == "dropped":
            return ()
        if self.kind != "category":
            return (self.name,) + (f"{self.name}={MISSING}",) * self.missing_indicator
        levels = self.levels
        return tuple(f"{self.name}={level}" for level in (levels[1:] if len(levels) == 2 else levels))

    def describe(self) -> str:
        """Say in a few words what the column becomes."""
        if self.kind == "dropped":
            return f"dropped: {self.reason}"
        also = ", and 0/1 for missing" if self.missing_indicator else ""
        if self.kind == "boolean":
            return f"-1 / +1{also}"
        if self.kind == "number":
            return f"(x - {self.centre:.6g}) * {self.scale:.4g}, clipped smoothly{also}"
        levels = self.levels
        if len(levels) == 2:
            return f"-1 {levels[0]} / +1 {levels[1]}"
        return f"{len(levels)} columns of 0/1: {', '.join(levels[:4])}{', ...' if len(levels) > 4 else ''}"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self) | {"values": list(self.values)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ColumnSpec":
        """Return the column that `to_json` wrote."""
        return cls(**{**plain, "values": tuple(plain["values"])})


def learn_column(
    name: str,
    column: Column,
    *,
    kind: str | None = None,
    min_count: int | None = None,
    max_categories: int = 64,
    rows: NDArray[np.int64] | None = None,
) -> ColumnSpec:
    """Learn how to encode a column.

    Parameters
    ----------
    name : str
    column : Column
        The training rows of the column.
    kind : {"number", "category", "boolean", "drop"}, optional
        What the column is; found out from its values when not given.
    min_count : int, optional
        Values with fewer training rows are rare: they share the level ``(rare)``. When not given: 3, but 2
        below 100 rows and 1 below 50.
    max_categories : int, default 64
        The most frequent values keep a level of their own; more go to ``(rare)``, with a warning.
    rows : ndarray of int64, optional
        Where the rows of `column` lie in the user's table; for messages only.

    Returns
    -------
    ColumnSpec

    Raises
    ------
    TableError
        For infinite numbers, or values that `kind` cannot hold.
    UnknownNameError
        For another `kind`.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownNameError(f"kind of the column {name!r}", kind, KINDS)
    missing = is_missing(column)
    share = float(missing.mean())
    if kind == "drop":
        return ColumnSpec(name, "dropped", column.kind, share, reason="asked for")
    if missing.all():
        return ColumnSpec(name, "dropped", column.kind, share, reason="no value in the training rows")
    asked = kind is not None or column.kind == "category"
    if kind is None:
        kind = infer_kind(column)
    if kind == "category":
        least = min(3, 1 + len(missing) // 50) if min_count is None else min_count
        return _learn_category(name, column, share, least, max_categories, asked)
    if kind == "boolean":
        truth = truth_of(name, column, rows)
        spec = ColumnSpec(name, kind, column.kind, share, missing_indicator=share > 0)
        return _constant(spec, column) if truth.min() == truth.max() else spec
    return _learn_number(name, column, share, rows)


def _learn_number(name: str, column: Column, share: float, rows: NDArray[np.int64] | None) -> ColumnSpec:
    """Learn the median and the width of the middle half; where that is 0, of the whole range."""
    values = numbers_of(name, column, rows)
    present = values[~np.isnan(values)] if share else values
    low, q25, median, q75, high = (float(q) for q in np.quantile(present, (0.0, 0.25, 0.5, 0.75, 1.0)))
    smallest = 1.0 / np.finfo(np.float64).max  # a width below has no finite reciprocal
    if q75 - q25 > smallest:
        scale = 1.0 / (q75 - q25)
    elif high - low > 2.0 * smallest:
        scale = 2.0 / (high - low)
    else:
        scale = 0.0
    spec = ColumnSpec(name, "number", column.kind, share, median, scale, missing_indicator=share > 0)
    return spec if scale or share else _constant(spec, column)


def _learn_category(
    name: str, column: Column, share: float, min_count: int, max_categories: int, asked: bool
) -> ColumnSpec:
    """Learn the known values, most frequent first; leave out names and identifiers nobody `asked` for."""
    words, codes = levels_of(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(words)).tolist()
    present = sum(counts)
    if not asked:
        _warn_of_nearly_numbers(name, words)
    if not asked and present > IDENTIFIER_ROWS and len(words) >= IDENTIFIER_SHARE * present:
        return _identifier(name, column, share, f"{len(words)} of its {present} values are different")
    ranked = sorted(zip(words, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
    frequent = [word for word, count in ranked if count >= min_count]
    if not frequent and asked:
        frequent = [word for word, _ in ranked]
    elif not frequent and len(words) > 1:
        return _identifier(name, column, share, f"none of its {len(words)} values stands in {min_count} rows")
    if len(frequent) > max_categories:
        warnings.warn(
            f"column {name!r} has {len(frequent)} different values; the {max_categories} most frequent are "
            f"kept and the others share one; leave the column out (kind drop) if they say nothing",
            ForpassWarning,
            stacklevel=2,
        )
    values = tuple(frequent[:max_categories])
    spec = ColumnSpec(
        name,
        "category",
        column.kind,
        share,
        missing_indicator=share > 0,
        values=values,
        rare=len(values) < len(words),
    )
    return spec if len(spec.levels) > 1 else _constant(spec, column)


def _warn_of_nearly_numbers(name: str, words: list[str]) -> None:
    """Say which value keeps a column from being one of numbers, where nearly all are."""
    others = [word for word in words if not is_number(word)]
    if len(words) > IDENTIFIER_ROWS and len(others) <= MOSTLY_NUMBERS * len(words):
        warnings.warn(
            f"column {name!r} is taken as text: {len(words) - len(others)} of its {len(words)} different "
            f"values are numbers, but {others[0]!r} is not; mend or empty such cells to have numbers",
            ForpassWarning,
            stacklevel=2,
        )


def _identifier(name: str, column: Column, share: float, reason: str) -> ColumnSpec:
    """Drop a column of names or identifiers, and say so."""
    warnings.warn(
        f"column {name!r} is left out: {reason}, as in names or identifiers; keep it as kind category",
        ForpassWarning,
        stacklevel=2,
    )
    return ColumnSpec(name, "dropped", column.kind, share, reason=reason)


def _constant(spec: ColumnSpec, column: Column) -> ColumnSpec:
    """Drop a column that says the same in every training row."""
    word = levels_of(column).words[0]
    return ColumnSpec(spec.name, "dropped", spec.found, spec.share_missing, reason=f"always {word}")


def smooth_clip(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring x (n,) smoothly into (-3, 3): x / sqrt(1 + (x / 3)^2)."""
    near = np.clip(x, -FAR, FAR)
    return near / np.sqrt(1.0 + (near / 3.0) ** 2)


def encode_column(
    spec: ColumnSpec, column: Column, out: NDArray[Any], rows: NDArray[np.int64] | None = None
) -> None:
    """Write the encoded column into `out` (n, len(spec.features)).

    Raises
    ------
    TableError
        For infinite numbers, and for text where a number or true/false is meant.
    """
    if spec.kind == "category":
        _encode_category(spec, column, out)
        return
    if spec.kind == "boolean":
        out[:, 0] = truth_of(spec.name, column, rows)
    elif spec.kind == "number":
        values = numbers_of(spec.name, column, rows)
        with np.errstate(over="ignore", under="ignore"):
            scaled = smooth_clip((values - spec.centre) * spec.scale)
        out[:, 0] = np.where(np.isnan(values), 0.0, scaled)
    if spec.missing_indicator:
        out[:, 1] = is_missing(column)


def _encode_category(spec: ColumnSpec, column: Column, out: NDArray[Any]) -> None:
    """Find each word's level once, then spread the levels over the rows."""
    words, codes = levels_of(column)
    level_of = {value: i for i, value in enumerate(spec.values)}
    rare = len(spec.levels) - 1 if spec.rare else -1
    missing = len(spec.values) if spec.missing_indicator else rare
    # code -1, a missing value, picks the last entry
    level = np.array([*(level_of.get(word, rare) for word in words), missing], dtype=np.int64)[codes]
    if len(spec.levels) == 2:
        out[:, 0] = np.array([-1.0, 1.0, 0.0])[level]  # level -1, unknown, picks the 0
        return
    out[:] = 0.0
    known = np.flatnonzero(level >= 0)
    out[known, level[known]] = 1.0
