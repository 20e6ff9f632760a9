"""The rule that infers what a column is from its training rows, where no schema says it."""

from collections.abc import Sequence

from forpass.preprocessing.dates import guess_notations, is_date
from forpass.preprocessing.kinds.boolean import TRUTH_WORDS
from forpass.preprocessing.notation import PLAIN, is_number, looks_like_numbers, notation_of
from forpass.preprocessing.table import Column, fact
from forpass.preprocessing.words import levels_of

__all__ = ["IDENTIFIER_ROWS", "infer_kind", "reading_hint"]

IDENTIFIER_ROWS = 20
"""With more rows than this, values that are nearly all different are names or identifiers."""

# at most this share of words that are no numbers, or no dates: a slip in a column of such
SLIPS = 0.2


@fact
def infer_kind(column: Column) -> str:
    """Tell from a column's training rows whether it holds numbers, truth values, dates or categories.

    Returns
    -------
    str
        A word of KINDS. What is not certainly something else is a category.
    """
    if column.kind in ("boolean", "category", "date"):
        return column.kind
    if not column.is_text:
        return "number"
    words = levels_of(column).words
    if all(map(is_number, words)):
        return "number"
    if all(map(is_date, words)):
        return "date"
    found = {word.lower() for word in words}
    return "boolean" if any(found <= set(pair) for pair in TRUTH_WORDS) else "category"


def reading_hint(words: Sequence[str]) -> str:
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


def _slip(words: Sequence[str], others: Sequence[str], what: str) -> str:
    """Say which of the `words` is none of those numbers or dates that nearly all are; "" where none is."""
    if not others or len(words) <= IDENTIFIER_ROWS or len(others) > SLIPS * len(words):
        return ""
    return (
        f"{len(words) - len(others)} of its {len(words)} different values are {what}, "
        f"but {others[0]!r} is not; mend or empty such cells to have {what}"
    )
