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

A number of an account is negative with brackets around it or a minus behind: ``(1.5)``, ``1.5-``. A minus may
also be the sign that is no hyphen. A dash alone, ``-``, is a missing number.

What the notation cannot read is no number. Cells are read so only where a column is said to hold numbers;
otherwise text that looks like this is offered to be read so, in a warning. By themselves columns of words
that Python reads are numbers (`are_numbers`), unless they are whole numbers and codes such as ``1E2`` and
``10E1`` with nothing among them, a point or a sign, that says that they are numbers.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from forpass.gaps import DASHES

__all__ = [
    "PLAIN",
    "SEPARATORS",
    "Notation",
    "are_codes",
    "are_numbers",
    "is_number",
    "looks_like_numbers",
    "notation_of",
    "number_of_word",
    "unlike_plain",
]

# the minus of mathematics, the dash that stands for it, and the wide and small ones of East Asia
MINUS, APOSTROPHE = "\u2212\u2013\uff0d\ufe63", "\u2019"
TO_ASCII = str.maketrans(MINUS, "-" * len(MINUS))
# `*+` gives nothing back: what follows it begins with something else, so the time is linear in the word
PARTS = re.compile(
    rf"(?P<sign>[+\-{MINUS}]?)(?P<before>[^\d.,+\-{MINUS}]*+)(?P<inner>[+\-{MINUS}]?)"
    rf"(?P<digits>(?:\d|[.,]\d)(?:[\d.,'{APOSTROPHE}\s]*\d)?(?:[eE][+\-]?\d+)?)"
    rf"\s*+(?P<after>(?:[^\d\s.,:;/'{APOSTROPHE}+\-{MINUS}(][^\d:;]*+\d?)?)"
)
BLANK = re.compile(r"\s")
CODE = re.compile(r"\d+([eE]\d+)?")
SEPARATORS = tuple((t, d) for d, other in ((".", ","), (",", ".")) for t in ("", other, " ", "'"))
"""Those of thousands and of decimals, in the order of the head of this module."""

# fewer different words than this, each a number with a letter behind it, may well be names
FEWEST_WORDS = 5

# the number of words that tell whether a column is worth a closer look
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


def are_numbers(words: Sequence[str]) -> bool:
    """Say whether the different words of a column are numbers, with or without dashes for missing ones."""
    if not DASHES.isdisjoint(words):
        words = [word for word in words if word not in DASHES]
        if not words:
            return False
    return all(map(is_number, words)) and not are_codes(words)


def are_codes(words: Sequence[str]) -> bool:
    """Say whether words are whole numbers and codes such as 1E2, and nothing says that those are numbers."""
    letters = "".join(words)
    if "e" not in letters and "E" not in letters:
        return False
    found = False
    for word in words:
        code = CODE.fullmatch(word)
        if code is None and word not in DASHES:
            return False
        found = found or (code is not None and code[1] is not None)
    return found


def unlike_plain(words: Iterable[str]) -> str:
    """Return the first word that is a plain number as little as a dash."""
    return next(word for word in words if not is_number(word) and word not in DASHES)


def number_of_word(word: str, notation: Notation = PLAIN) -> float | None:
    """Read a number; None where the word is none in this notation."""
    if notation == PLAIN:
        value = _plain(word)
        if value is not None or not _is_of_account(word):
            return value
    unit, digits = _divided(word)
    return _read(digits, notation.thousands, notation.decimal) if unit in ("", notation.unit) else None


def notation_of(words: Sequence[str]) -> tuple[Notation, list[str]]:
    """Return the notation that reads the most of the different `words`, and those that it cannot read."""
    if not DASHES.isdisjoint(words):
        words = [word for word in words if word not in DASHES]
    strange = [word for word in words if _plain(word) is None]
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
    for thousands, decimal in SEPARATORS:
        notation = Notation(unit, thousands, decimal)
        others = [w for w in words if w not in digits_of or _read(digits_of[w], thousands, decimal) is None]
        if len(others) < len(unread):
            best, unread = notation, others
    return best, unread


def looks_like_numbers(notation: Notation, words: Sequence[str]) -> bool:
    """Say whether words that a notation reads are more likely numbers than names such as A1 or Q3."""
    if not notation.unit:
        accounted = sum(map(_is_of_account, words))
        return notation != PLAIN or (len(words) >= FEWEST_WORDS and 0 < accounted < len(words))
    before = any(word.lstrip("+-").startswith(notation.unit) for word in words)
    return _is_money(notation.unit) or (not before and len(words) >= FEWEST_WORDS)


def _is_money(unit: str) -> bool:
    """Say whether there is a sign of a currency in a unit."""
    return any(unicodedata.category(sign) == "Sc" for sign in unit)


def _plain(word: str) -> float | None:
    """Read a number as Python does, also with another minus; its own ``1_000`` is not one."""
    try:
        return None if "_" in word else float(word)
    except ValueError:
        pass
    if word.isascii():
        return None
    try:
        return float(word.translate(TO_ASCII))
    except ValueError:
        return None


def _is_of_account(word: str) -> bool:
    """Say whether a word has the brackets, or the minus behind it, of a negative number."""
    return bool(word) and (word[-1] == "-" or word[-1] in MINUS or _unbracketed(word) != word)


def _unbracketed(word: str) -> str:
    """Take away the one pair of brackets around all digits of a word."""
    opened, closed = word.find("("), word.rfind(")")
    if not 0 <= opened < closed or word.count("(") + word.count(")") > 2:
        return word
    outside, inside = word[:opened] + word[closed + 1 :], word[opened + 1 : closed]
    alone = any(map(str.isdigit, inside)) and not any(map(str.isdigit, outside))
    return word[:opened] + inside + word[closed + 1 :] if alone else word


def _divided(word: str) -> tuple[str, str]:
    """Divide a word into its unit and its number; no number where there is none, or a unit on each side."""
    account = _is_of_account(word)
    if account:
        inside = _unbracketed(word)
        word = inside.strip() if inside != word else word[:-1].rstrip()
    parts = PARTS.fullmatch(word)
    if parts is None:
        return "", ""
    before, after = parts["before"].strip(), parts["after"].rstrip()
    if (before and after) or (parts["sign"] != "") + (parts["inner"] != "") + account > 1:
        return "", ""
    sign = "-" if account else (parts["sign"] or parts["inner"]).translate(TO_ASCII)
    digits = BLANK.sub(" ", parts["digits"]).replace(APOSTROPHE, "'")
    return before or after, sign + digits


def _read(digits: str, thousands: str, decimal: str) -> float | None:
    """Read digits with their separators."""
    if not number_pattern(thousands, decimal).fullmatch(digits):
        return None
    return float((digits.replace(thousands, "") if thousands else digits).replace(decimal, "."))


@cache
def number_pattern(thousands: str, decimal: str) -> re.Pattern[str]:
    """Return the pattern of digits with these separators; commas may stand as in India, in 12,34,567."""
    groups = rf"|[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else ""
    groups += r"|[1-9]\d?(?:,\d\d)+,\d{3}" if thousands == "," else ""
    point = re.escape(decimal)
    return re.compile(rf"[+-]?(?:(?:\d+{groups})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?")
