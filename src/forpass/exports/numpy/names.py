"""Names of Python for the values of a graph, and text that is safe in a comment."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterable

from forpass.exports.naming import free

__all__ = ["PythonNames", "printable"]


class PythonNames:
    """Gives each of several things a name of Python that nothing else has.

    Parameters
    ----------
    taken : iterable of str
        Names that nothing gets, beside those of the language.

    Examples
    --------
    >>> names = PythonNames(["x"])
    >>> names.of("capital-gain"), names.of("x"), names.of("x"), names.of("class"), names.of("1st")
    ('capital_gain', 'x_2', 'x_2', 'class_2', 'value_1st')
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *taken}
        self._names: dict[str, str] = {}

    def of(self, thing: str) -> str:
        """Return the name of a thing, the same each time."""
        if thing not in self._names:
            # Python reads names that look alike, é and é, as one
            letters = unicodedata.normalize("NFKC", thing)
            plain = "".join(letter if f"a{letter}".isidentifier() else "_" for letter in letters).strip("_")
            plain = unicodedata.normalize("NFKC", plain)
            plain = plain if plain.isidentifier() else f"value_{plain}".rstrip("_")
            self._names[thing] = free(plain, self._taken)
            self._taken.add(self._names[thing])
        return self._names[thing]


def printable(text: str) -> str:
    r"""Return text in which nothing ends a line, and all can be written to a file.

    Examples
    --------
    >>> printable("two\nlines")
    'two\\nlines'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )
