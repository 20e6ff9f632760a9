"""Learning a column: what it is, unless that is said, and what encoding it needs to know."""

import warnings

import numpy as np
from numpy.typing import NDArray

from forpass.errors import ForpassWarning
from forpass.preprocessing.columns import ColumnSpec, require_kind
from forpass.preprocessing.dates import cycles_of, guess_notations, is_date
from forpass.preprocessing.notation import PLAIN, looks_like_numbers, notation_of
from forpass.preprocessing.table import EXACT, Column
from forpass.preprocessing.words import dates_of, infer_kind, is_missing, levels_of, numbers_of, truth_of

__all__ = ["IDENTIFIER_ROWS", "learn_column"]

# text with more rows than this, nearly all different, is a name or an identifier
IDENTIFIER_ROWS = 20
IDENTIFIER_SHARE = 0.95

# at most this share of words that are no numbers, or no dates: a slip in a column of such
SLIPS = 0.2

# so many rare words are kept by name, to tell them from words never seen
RARE_WORDS_KEPT = 256


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
    kind : {"number", "category", "boolean", "date", "date:NOTATION", "drop"}, optional
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
    asked, notation = require_kind(name, kind) if kind is not None else ("", "")
    missing = is_missing(column)
    share = float(missing.mean())
    if asked == "drop":
        return ColumnSpec(name, "dropped", column.kind, share, reason="asked for")
    if missing.all():
        return ColumnSpec(name, "dropped", column.kind, share, reason="no value in the training rows")
    match asked or infer_kind(column):
        case "category":
            least = min(3, 1 + len(missing) // 50) if min_count is None else min_count
            declared = bool(asked) or column.kind == "category"
            return _learn_category(name, column, share, least, max_categories, declared)
        case "boolean":
            truth = truth_of(name, column, rows)
            spec = ColumnSpec(name, "boolean", column.kind, share, missing_indicator=share > 0)
            return _constant(spec, column) if truth.min() == truth.max() else spec
        case "date":
            return _learn_date(name, column, share, notation, rows)
    return _learn_number(name, column, share, rows)


def _learn_number(name: str, column: Column, share: float, rows: NDArray[np.int64] | None) -> ColumnSpec:
    """Learn how numbers are written, where they lie and how far they spread."""
    if column.kind == "date":  # and was asked to be a number: of days
        notation, values = PLAIN, dates_of(name, column)
    else:
        notation = notation_of(levels_of(column).words)[0] if column.is_text else PLAIN
        values = numbers_of(name, column, rows, notation=notation)
    spec = ColumnSpec(
        name,
        "number",
        column.kind,
        share,
        *_centre_and_scale(values, share),
        missing_indicator=share > 0,
        **notation._asdict(),
    )
    return spec if spec.scale or share else _constant(spec, column)


def _learn_date(
    name: str, column: Column, share: float, notation: str, rows: NDArray[np.int64] | None
) -> ColumnSpec:
    """Learn where dates lie, how far they spread, and through which cycles they go."""
    days = dates_of(name, column, notation, rows)
    spec = ColumnSpec(
        name,
        "date",
        column.kind,
        share,
        *_centre_and_scale(days, share),
        missing_indicator=share > 0,
        format=notation,
        cycles=cycles_of(days[~np.isnan(days)] if share else days),
    )
    return spec if spec.scale or share else _constant(spec, column)


def _centre_and_scale(values: NDArray[np.float64], share: float) -> tuple[float, float]:
    """Return the median and what brings the middle half, where that is 0 the whole range, to a width."""
    present = values[~np.isnan(values)] if share else values
    low, q25, median, q75, high = (float(q) for q in np.quantile(present, (0.0, 0.25, 0.5, 0.75, 1.0)))
    smallest = 1.0 / np.finfo(np.float64).max  # a width below has no finite reciprocal
    if q75 - q25 > smallest:
        return median, 1.0 / (q75 - q25)
    return median, 2.0 / (high - low) if high - low > 2.0 * smallest else 0.0


def _learn_category(
    name: str, column: Column, share: float, min_count: int, max_categories: int, asked: bool
) -> ColumnSpec:
    """Learn the known values, most frequent first; leave out names and identifiers nobody `asked` for."""
    words, codes = levels_of(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(words)).tolist()
    present = sum(counts)
    _warn_of_lost_digits(name, column)
    hint = "" if asked else _other_kind(words)
    if not asked and present > IDENTIFIER_ROWS and len(words) >= IDENTIFIER_SHARE * present:
        reason = f"{len(words)} of its {present} values are different"
        return _identifier(name, column, share, reason, hint)
    ranked = sorted(zip(words, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
    frequent = [word for word, count in ranked if count >= min_count]
    if not frequent and asked:
        frequent = [word for word, _ in ranked]
    elif not frequent and len(words) > 1:
        reason = f"none of its {len(words)} values stands in {min_count} rows"
        return _identifier(name, column, share, reason, hint)
    if hint:
        warnings.warn(f"column {name!r} is taken as text; {hint}", ForpassWarning, stacklevel=2)
    elif len(frequent) > max_categories:
        warnings.warn(
            f"column {name!r} has {len(frequent)} different values; the {max_categories} most frequent are "
            f"kept and the others share one; leave the column out (kind drop) if they say nothing",
            ForpassWarning,
            stacklevel=2,
        )
    values = tuple(frequent[:max_categories])
    rare = sorted(set(words).difference(values))
    spec = ColumnSpec(
        name,
        "category",
        column.kind,
        share,
        missing_indicator=share > 0,
        values=values,
        rare=bool(rare),
        rare_values=tuple(rare) if len(rare) <= RARE_WORDS_KEPT else (),
    )
    return spec if len(spec.levels) > 1 else _constant(spec, column)


def _other_kind(words: list[str]) -> str:
    """Say as what else text could be read, and how to have it read so; "" where it is just text."""
    if is_date(words[0]) or is_date(words[-1]):
        return _slip(words, [word for word in words if not is_date(word)], "dates")
    notation, others = notation_of(words)
    if not others and looks_like_numbers(notation, words):
        return f"values like {words[0]!r} look like numbers; if they are, say kind number in the schema"
    if notations := guess_notations(words):
        either = " (or date:{}, month first)".format(*notations[1:2]) if len(notations) > 1 else ""
        return (
            f"values like {words[0]!r} look like dates; if they are, say kind date:{notations[0]} "
            f"in the schema{either}"
        )
    if notation == PLAIN or looks_like_numbers(notation, words):
        return _slip(words, others, "numbers")
    return ""


def _slip(words: list[str], others: list[str], what: str) -> str:
    """Say which of the `words` is none of those numbers or dates that nearly all are; "" where none is."""
    if not others or len(words) <= IDENTIFIER_ROWS or len(others) > SLIPS * len(words):
        return ""
    return (
        f"{len(words) - len(others)} of its {len(words)} different values are {what}, "
        f"but {others[0]!r} is not; mend or empty such cells to have {what}"
    )


def _warn_of_lost_digits(name: str, column: Column) -> None:
    """Say that floats are no place for identifiers of many digits."""
    if column.values.dtype.kind == "f" and np.nanmax(np.abs(column.values)) > EXACT:
        warnings.warn(
            f"column {name!r} holds whole numbers beyond 2**53 as floats, which have lost digits; "
            "read it as text, or as integers that may be missing (Int64)",
            ForpassWarning,
            stacklevel=3,
        )


def _identifier(name: str, column: Column, share: float, reason: str, hint: str) -> ColumnSpec:
    """Drop a column of names or identifiers, and say so."""
    remedy = hint or "keep it as kind category"
    warnings.warn(
        f"column {name!r} is left out: {reason}, as in names or identifiers; {remedy}",
        ForpassWarning,
        stacklevel=2,
    )
    return ColumnSpec(name, "dropped", column.kind, share, reason=reason)


def _constant(spec: ColumnSpec, column: Column) -> ColumnSpec:
    """Drop a column that says the same in every training row."""
    word = levels_of(column).words[0]
    return ColumnSpec(spec.name, "dropped", spec.found, spec.share_missing, reason=f"always {word}")
