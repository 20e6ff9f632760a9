"""How things are called in C, and how numbers, words and comments stand there."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np

from forpass.errors import ExportError
from forpass.exports.graph import Kind
from forpass.exports.naming import free

__all__ = ["C_TYPES", "CNames", "OF_MATH_H", "comment", "literal", "string"]

C_TYPES: dict[Kind, str] = {
    "float32": "float",
    "float64": "double",
    "int32": "int32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "bool": "bool",
}
"""What the kinds of numbers are in C; a word is the number of a word."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


KEYWORDS = _words(
    """
    auto break case char const continue default do double else enum extern float for goto if inline int
    long register restrict return short signed sizeof static struct switch typedef union unsigned void
    volatile while
    alignas alignof and asm bool catch class compl concept constexpr decltype delete explicit export false
    friend mutable namespace new noexcept not nullptr operator or private protected public requires template
    this throw true try typeid typename using virtual xor
    far huge interrupt linux near unix
    """
)
"""Of C, of C++, which reads the header too, and what some compilers take for theirs."""

FUNCTIONS = _words(
    """
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim
    floor fma fmax fmin fmod frexp hypot ilogb isfinite isinf isnan isnormal ldexp lgamma llrint llround log
    log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint
    round scalbln scalbn signbit sin sinh sqrt tan tanh tgamma trunc
    gamma index j0 j1 jn main significand y0 y1 yn
    """
)
"""Of math.h, and what some compilers bring with them."""

OF_MATH_H = (*FUNCTIONS, *(f"{name}f" for name in FUNCTIONS), *(f"{name}l" for name in FUNCTIONS))
MACROS = ("NULL", "NAN", "INFINITY", "HUGE_VAL", "HUGE_VALF", "HUGE_VALL", "EOF", "I", "errno", "assert")


class CNames:
    """Gives each thing a name that is one in C and that nothing else has.

    Examples
    --------
    >>> names = CNames(["row"])
    >>> [
    ...     names.of(wanted, "column_1")
    ...     for wanted in ("age", "hours/week", "class", "나이", "row", "hours week", "2nd")
    ... ]
    ['age', 'hours_week', 'class_', 'column_1', 'row_2', 'hours_week_2', 'column_1_2nd']
    """

    def __init__(self, taken: Iterable[str] = (), outside: CNames | None = None) -> None:
        self._taken, self._outside, self._within = {*taken, *MACROS}, outside, set[str]()

    def of(self, wanted: str, otherwise: str) -> str:
        """Return a name like the one wanted; where no letter or digit of it is one of C's, like another."""
        plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
        plain = re.sub("[^A-Za-z0-9]+", "_", plain).strip("_")
        if not plain or plain[0].isdigit():
            plain = f"{otherwise}_{plain}".rstrip("_")
        # nothing within a function hides what stands outside, whichever is named first
        outside = () if self._outside is None else self._outside._taken
        name = free(f"{plain}_" if plain in KEYWORDS else plain, self._taken, self._within, outside)
        self._taken.add(name)
        if self._outside is not None:
            self._outside._within.add(name)
        return name

    def inside(self, taken: Iterable[str]) -> CNames:
        """Return the names within a function, each of which may be one within another, too.

        Examples
        --------
        >>> names = CNames()
        >>> first, second = names.inside(["row"]), names.inside([])
        >>> first.of("row", ""), first.of("Z", ""), second.of("Z", ""), names.of("Z", ""), first.of("Z_2", "")
        ('row_2', 'Z', 'Z', 'Z_2', 'Z_2_2')
        """
        return CNames(taken, outside=self)


def literal(number: Any, kind: Kind) -> str:
    """Return a number as C reads it back to the last bit.

    Examples
    --------
    >>> literal(0.1, "float32"), literal(1, "float64"), literal(float("-inf"), "float64"), literal(3, "int32")
    ('0.1f', '1.0', '-INFINITY', '3')
    """
    if kind == "bool":
        return "true" if number else "false"
    if kind in ("int32", "int64", "uint64"):
        return (
            f"{int(number)}{'u' if kind == 'uint64' else ''}"
            if abs(int(number)) < 2**31
            else _large(int(number))
        )
    if math.isnan(number):
        return "NAN"
    if math.isinf(number):
        return "INFINITY" if number > 0 else "-INFINITY"
    return f"{np.float32(number)!s}f" if kind == "float32" else repr(float(number))


def _large(number: int) -> str:
    if number == -(2**63):
        return "(-9223372036854775807LL - 1)"
    return f"{number}ULL" if number >= 2**63 else f"{number}LL"


def string(word: str) -> str:
    r"""Return a word as C reads it, in UTF-8.

    Raises
    ------
    ExportError
        For a word with NUL in it, at which text ends in C.

    Examples
    --------
    >>> print(string('a "?"'), string("é1"))
    "a \"\?\"" "\303\2511"
    """
    if "\0" in word:
        raise ExportError(
            f"in C a word ends at NUL, and {word!r} has one; replace it in the table, or export to numpy"
        )
    return '"' + "".join(_byte(byte) for byte in word.encode("utf-8", "surrogatepass")) + '"'


def _byte(byte: int) -> str:
    """Three octal digits end by themselves; a question mark could begin a trigraph."""
    letter = chr(byte)
    if letter in '"\\?':
        return f"\\{letter}"
    return letter if 32 <= byte < 127 else f"\\{byte:03o}"


def comment(text: str) -> str:
    """Return text that may stand in a comment: it neither ends it nor begins another, and all can be seen."""
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return shown.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
