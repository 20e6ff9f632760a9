"""Whole numbers that are too long for float64: beyond 2^53 it does not hold each of them."""

import numpy as np

from forpass.maths.constants import EXACT
from forpass.preprocessing.table import Column
from forpass.preprocessing.words import farthest, large_numbers, levels_of
from forpass.told import warn_the_caller

__all__ = ["warn_of_long_numbers", "warn_of_lost_digits"]

LONGEST_IDENTIFIER = 1e20
"""64 bits; what is longer is more likely measured than counted."""


def warn_of_lost_digits(name: str, column: Column) -> None:
    """Say of categories that floats are no place for identifiers of many digits."""
    if column.values.dtype.kind == "f" and np.nanmax(np.abs(column.values)) > EXACT:
        warn_the_caller(
            f"column {name!r} holds whole numbers beyond 2**53 as floats, which have lost digits; "
            "read it as text, or as integers that may be missing (Int64)",
        )


def warn_of_long_numbers(name: str, column: Column) -> None:
    """Say of numbers that they may be identifiers, whose last digits do not count."""
    if column.values.dtype.kind == "f" and not column.is_text:
        if farthest(column) > EXACT and _are_like_identifiers(column):
            warn_the_caller(
                f"column {name!r} holds whole numbers beyond 2**53 as floats, which have lost digits; "
                "if they are identifiers, read them as text, or drop the column (kind drop); else say kind "
                "number"
            )
        return
    inexact = [number for number in large_numbers(column) if int(float(number)) != number]
    if inexact:
        warn_the_caller(
            f"column {name!r} holds whole numbers beyond 2**53, like {inexact[0]}, whose last digits do not "
            "count in a number; if they are identifiers, say kind category or drop, otherwise kind number"
        )


def _are_like_identifiers(column: Column) -> bool:
    """Whether floats are whole numbers of up to 20 digits, most of them different."""
    values = column.values
    known = values[~np.isnan(values)]
    if not np.all((known == np.floor(known)) & (np.abs(known) < LONGEST_IDENTIFIER)):
        return False
    return 2 * len(levels_of(column).words) > len(known)
