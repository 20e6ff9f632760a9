"""Numbers as people write them in cells: ``1,234``, ``1.234,5``, ``12 kg``, ``€ 5``, ``5%``.

One notation is found for a whole column, from all its different words:

unit        the commonest before or behind the numbers: a currency, or what stands at half of them or more
            (kg, %); it is taken away and never computed with: ``5%`` is 5. A number may also stand without
            it, but with no other.
separators  the first of these, in this order, that reads the most words::

                1234.5   1,234.5   1 234.5   1'234.5   1234,5   1.234,5   1 234,5   1'234,5

            Separators of thousands stand between groups of three digits, the first of one to three and
            not beginning with 0. So ``1,234`` and ``12,345,678`` are thousands, and ``1,5`` or ``0,125``
            anywhere in the column makes the comma a decimal one, in all its words.

What the notation cannot read is no number. Cells are read so only where a column is said to hold numbers;
otherwise text that looks like this is offered to be read so, in a warning.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["PLAIN", "Notation", "is_number", "looks_like_numbers", "notation_of", "number_of_word"]

MINUS, APOSTROPHE = "\u2212", "\u2019"
PARTS = re.compile(
    rf"(?P<sign>[+\-{MINUS}]?)\s*(?P<before>[^\d.,+\-{MINUS}]*?)\s*(?P<inner>[+\-{MINUS}]?)"
    rf"(?P<digits>(?:\d|[.,]\d)(?:[\d.,'{APOSTROPHE}\s]*\d)?(?:[eE][+\-]?\d+)?)"
    rf"\s*(?P<after>(?:[^\d\s.,:;/'{APOSTROPHE}+\-{MINUS}(][^\d:;]*\d?)?)"
)
BLANK = re.compile(r"\s")

# fewer different words than this, each a number with a letter behind it, may well be names
FEWEST_WORDS = 5

# so many words tell whether a column is worth a closer look
WORDS_TRIED = 400


class Notation(NamedTuple):
    """How the numbers of a column are written."""

    unit: str = ""
    thousands: str = ""
    decimal: str = "."

    @property
    def example(self) -> str:
        """A number in this notation."""
        number = f"1{self.thousands}234{self.decimal}5" if self.thousands else f"1{self.decimal}5"
        return f"{number} {self.unit}" if self.unit else number


PLAIN = Notation()


def is_number(word: str) -> bool:
    """Say whether a word reads as a number without more ado."""
    return _plain(word) is not None


def number_of_word(word: str, notation: Notation = PLAIN) -> float | None:
    """Read a number; None where the word is none in this notation."""
    if notation == PLAIN:
        return _plain(word)
    unit, digits = _divided(word)
    return _read(digits, notation.thousands, notation.decimal) if unit in ("", notation.unit) else None


def notation_of(words: Sequence[str]) -> tuple[Notation, list[str]]:
    """Return the notation that reads the most of the different `words`, and those that it cannot read."""
    strange = [word for word in words if not is_number(word)]
    tried = strange[:: max(1, len(strange) // WORDS_TRIED)]
    hopeless = len(strange) == len(words) and 2 * sum(_divided(w)[1] != "" for w in tried) < len(tried)
    if not strange or hopeless:
        return PLAIN, strange
    divided = {word: _divided(word) for word in words}
    units = Counter(unit for unit, digits in divided.values() if unit and digits)
    unit, count = units.most_common(1)[0] if units else ("", 0)
    if not _is_money(unit) and 2 * count < sum(digits != "" for _, digits in divided.values()):
        unit = ""
    best, unread = PLAIN, strange
    digits_of = {word: digits for word, (own, digits) in divided.items() if digits and own in ("", unit)}
    for thousands, decimal in _separators():
        notation = Notation(unit, thousands, decimal)
        others = [w for w in words if w not in digits_of or _read(digits_of[w], thousands, decimal) is None]
        if len(others) < len(unread):
            best, unread = notation, others
    return best, unread


def looks_like_numbers(notation: Notation, words: Sequence[str]) -> bool:
    """Say whether words that a notation reads are more likely numbers than names such as A1 or Q3."""
    if not notation.unit:
        return notation != PLAIN
    before = any(word.lstrip("+-").startswith(notation.unit) for word in words)
    return _is_money(notation.unit) or (not before and len(words) >= FEWEST_WORDS)


def _is_money(unit: str) -> bool:
    """Say whether there is a sign of a currency in a unit."""
    return any(unicodedata.category(sign) == "Sc" for sign in unit)


def _separators() -> list[tuple[str, str]]:
    """Return thousands and decimal separators, in the order of the head of this module."""
    return [(t, d) for d, other in ((".", ","), (",", ".")) for t in ("", other, " ", "'")]


def _plain(word: str) -> float | None:
    """Read a number as Python does; its own ``1_000`` is not one."""
    try:
        return None if "_" in word else float(word)
    except ValueError:
        return None


def _divided(word: str) -> tuple[str, str]:
    """Divide a word into its unit and its number; no number where there is none, or a unit on each side."""
    parts = PARTS.fullmatch(word)
    if parts is None or (parts["before"] and parts["after"]) or (parts["sign"] and parts["inner"]):
        return "", ""
    sign = (parts["sign"] or parts["inner"]).replace(MINUS, "-")
    digits = BLANK.sub(" ", parts["digits"]).replace(APOSTROPHE, "'")
    return parts["before"] or parts["after"].rstrip(), sign + digits


def _read(digits: str, thousands: str, decimal: str) -> float | None:
    """Read digits with their separators."""
    groups = rf"|[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else ""
    point = re.escape(decimal)
    number = rf"[+-]?(?:(?:\d+{groups})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
    if not re.fullmatch(number, digits):
        return None
    return float((digits.replace(thousands, "") if thousands else digits).replace(decimal, "."))
