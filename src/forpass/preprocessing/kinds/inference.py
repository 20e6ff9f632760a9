"""The rule that infers what a column is from its training rows, where no schema says it."""

from collections.abc import Sequence

from forpass.gaps import DASHES
from forpass.preprocessing.dates import (
    column_notation,
    day_of_word,
    guess_notations,
    is_date,
    notations_said,
    zone_in_doubt,
)
from forpass.preprocessing.kinds.boolean import TRUTH_WORDS
from forpass.preprocessing.notation import (
    PLAIN,
    are_codes,
    are_numbers,
    looks_like_numbers,
    notation_of,
    unlike_plain,
)
from forpass.preprocessing.table import Column, fact
from forpass.preprocessing.words import levels_of, loses_digits

__all__ = ["IDENTIFIER_ROWS", "date_notation", "infer_kind", "reading_hint"]

IDENTIFIER_ROWS = 20
"""With more rows than this, values that are nearly all different are names or identifiers."""

# at most this share of words that are no numbers, or no dates: a slip in a column of such
SLIPS = 0.2


@fact
def infer_kind(column: Column) -> str:
    """Tell from a column's training rows of which kind it is; the first rule that holds decides.

    Returns
    -------
    str
        A word of KINDS. What is not certainly something else is a category; so are whole numbers that are
        too long to be told apart as numbers of the processor.
    """
    if column.kind in ("boolean", "category", "date"):
        return column.kind
    if loses_digits(column):
        return "category"
    if not column.is_text:
        return "number"
    words = levels_of(column).words
    if are_numbers(words):
        return "number"
    if date_notation(column) is not None:
        return "date"
    found = {word.lower() for word in words}
    return "boolean" if any(found <= set(pair) for pair in TRUTH_WORDS) else "category"


@fact
def date_notation(column: Column) -> str | None:
    """Return the notation of a column's words if they are dates, "" with the year first; None otherwise."""
    return column_notation([word for word in levels_of(column).words if word not in DASHES])


def reading_hint(words: Sequence[str]) -> str:
    """Say as what else text could be read, and how to have it read so; "" where it is just text."""
    if are_codes(words):
        code = next(word for word in words if not word.isdigit() and word not in DASHES)
        return (
            f"values like {code!r} may be codes or numbers ({float(code):g}), and are taken for codes; "
            "if they are numbers, say kind number in the schema"
        )
    if zone := zone_in_doubt(words[0]):
        return (
            f"values like {words[0]!r} look like dates, but how far {zone} is from UTC is in doubt; "
            "write that instead, as in +01:00"
        )
    if is_date(words[0]) or is_date(words[-1]):
        return _slip(words, [word for word in words if not is_date(word) and word not in DASHES], "dates")
    notation, others = notation_of(words)
    if not others and looks_like_numbers(notation, words):
        example = unlike_plain(words)
        return f"values like {example!r} look like numbers; if they are, say kind number in the schema"
    filled = [word for word in words if word not in DASHES]
    if notations := guess_notations(filled):
        return (
            f"values like {filled[0]!r} look like dates; if they are, say kind "
            f"{notations_said(notations)} in the schema"
        )
    if dates := guess_notations(filled[:1]):
        strange = [[w for w in words if day_of_word(w, n) is None and w not in DASHES] for n in dates]
        return _slip(words, min(strange, key=len), "dates")
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
