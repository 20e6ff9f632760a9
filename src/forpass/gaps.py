"""Words that stand for nothing: where nothing is known, and where a number is missing."""

__all__ = ["DASHES", "MISSING_WORDS"]

MISSING_WORDS = frozenset(
    {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "nan", "NaN", "NaT", "null", "NULL", "None", "?"}
)
"""Words that mean "nothing is known here", after the blanks around them are taken away."""

DASHES = frozenset({"-", "--", "---", "\u2013", "\u2014", "\u2212", ".", "..", "..."})
"""Words that stand for a missing number or date, in a column of such; elsewhere they are words."""
