"""Words in C: a column of words takes their numbers, so that a row is numbers alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from forpass.exports.c.names import CNames, string
from forpass.exports.graph import Graph, Level, Value
from forpass.exports.listing import listed

__all__ = ["Words", "finding_source", "level_table", "listed_words", "words_of"]


class Words(NamedTuple):
    """The words of a column, whose numbers count from 1; 0 is a missing value, -1 any other word.

    Attributes
    ----------
    exact : tuple of str
        As they are written.
    any_case : tuple of str
        In small letters, for words that are none of those, however they are written.
    gaps : tuple of str
        Words that mean a missing value.
    """

    exact: tuple[str, ...]
    any_case: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Return the words in the order of their numbers."""
        return self.exact + self.any_case


def words_of(graph: Graph, value: Value) -> Words:
    """Return the words that a graph tells apart in a column, in the order in which it names them."""
    levels = [line for line in graph.lines if isinstance(line, Level) and line.reads == value]
    exact = dict.fromkeys(word for line in levels if not line.any_case for word in line.levels)
    any_case = dict.fromkeys(word for line in levels if line.any_case for word in line.levels)
    gaps = dict.fromkeys(gap for one in graph.inputs if one.value == value for gap in one.missing)
    gaps |= dict.fromkeys(gap for line in levels for gap in line.gaps)
    return Words(*(tuple(map(str, words)) for words in (exact, any_case, gaps)))


def level_table(line: Level, words: Words, other: int) -> list[int]:
    """Return the level of each number of a word, from 0 on."""
    levels = {str(word): level for word, level in line.levels.items()}
    table = [line.missing]
    table += [levels.get(word.lower() if line.any_case else word, other) for word in words.exact]
    table += [levels.get(word, other) if line.any_case else other for word in words.any_case]
    return table


def finding_source(function: str, column: str, words: Words, names: CNames) -> Iterator[str]:
    """Write the function that finds the number of a word of a column, and the words above it."""
    tests = ["if (word == 0)", "    return 0;"]
    if words.gaps:
        gaps = names.of(f"{column}.gaps", "gaps")
        yield listed_words(f"static const char *const {gaps}", words.gaps)
        tests += [f"if (number_of_word(word, {gaps}, {len(words.gaps)}, false) >= 0)", "    return 0;"]
    for some, first, small in ((words.exact, 1, "false"), (words.any_case, 1 + len(words.exact), "true")):
        if some:
            name = names.of(f"{column}.words", "words")
            yield listed_words(f"static const char *const {name}", some)
            tests += [f"code = number_of_word(word, {name}, {len(some)}, {small});"]
            tests += ["if (code >= 0)", f"    return {first} + code;"]
    declared = ["int32_t code;"] if words.all else []
    body = "\n".join(f"    {line}" for line in [*declared, *tests, "return -1;"])
    yield f"int32_t {function}(const char *word)\n{{\n{body}\n}}"


def listed_words(begin: str, words: Sequence[str]) -> str:
    """Write an array of words."""
    return listed(f"{begin}[{len(words)}] = {{", map(string, words), "};")
