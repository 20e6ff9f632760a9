"""Regular expressions: no text makes one of them slow, whoever wrote it into a cell.

Every call of `re` in the package is found in its source, so that a new pattern is tried by itself; one that
is made from parts needs a line in `MADE`. Each is fed what makes patterns slow: what comes before one of its
loops, what the loop takes, many times, and then something that does not fit.
"""

import ast
import contextlib
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import forpass
from forpass.datasets.looks import _LOOKS, HEAD
from forpass.errors import TableError
from forpass.preprocessing import learn_column, read_columns
from forpass.preprocessing.dates import NOTATIONS, date_pattern, day_of_word, guess_notations
from forpass.preprocessing.notation import (
    SEPARATORS,
    are_numbers,
    is_number,
    looks_like_numbers,
    notation_of,
    number_of_word,
    number_pattern,
)

SOURCE = Path(forpass.__file__).parent

# Growing lengths, so that even an exponential one fails soon. At the last a linear one takes a millisecond,
# a quadratic one two tenths of a second and more.
LENGTHS = (20, 26, 60, 200, 600, 2_000, 20_000)
SECONDS = 0.1

WAYS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")

MADE = {
    "datasets/looks.py look_of": [re.compile(look.begins) for look in _LOOKS],
    "preprocessing/dates.py date_pattern": [p for n in NOTATIONS if (p := date_pattern(n)) is not None],
    "preprocessing/notation.py number_pattern": [number_pattern(*both) for both in SEPARATORS],
}
"""By file and function, the patterns that are made there from parts."""

LONGEST_OF = {"datasets/looks.py look_of": HEAD}
"""Where no more text than that is looked at."""


# --- which patterns there are --------------------------------------------------------------------


class Found(NamedTuple):
    """A pattern of the package: where it stands, the longest text that it is given, and how."""

    place: str
    pattern: re.Pattern
    longest: int
    ways: tuple[str, ...]


def patterns() -> Iterator[Found]:
    """Yield every pattern of the package."""
    for path in sorted(SOURCE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and called_of_re(call.func) in ("compile", *WAYS)):
                continue
            name = called_of_re(call.func)
            around = [f.name for f in functions if f.lineno <= call.lineno <= f.end_lineno]
            place = " ".join([path.relative_to(SOURCE).as_posix(), *around])
            flags = [a.value for a in call.keywords if a.arg == "flags"]
            flags += call.args[1:] if name == "compile" else []
            try:
                given = value_of(call.args[0], constants(tree))
                how = [value_of(flag, {"re": re}) for flag in flags]
            except NameError:
                assert place in MADE, f"{place} makes a pattern from parts: say in MADE which these can be"
                made = MADE[place]
                yield from (Found(place, p, LONGEST_OF.get(place, LENGTHS[-1]), ("fullmatch",)) for p in made)
            else:
                ways = (name,) if name != "compile" else ways_of(call, tree, source)
                yield Found(place, re.compile(given, *how), LENGTHS[-1], ways)


def value_of(expression: ast.expr, names: dict[str, object]) -> Any:
    """Return the value of an expression of constants."""
    return eval(compile(ast.Expression(expression), "a pattern", "eval"), dict(names))


def ways_of(call: ast.Call, tree: ast.Module, source: str) -> tuple[str, ...]:
    """Return how a pattern with a name is used in its module; all ways where that is not seen."""
    assigned = (s for s in tree.body if isinstance(s, ast.Assign) and s.value is call)
    name = next((s.targets[0].id for s in assigned if isinstance(s.targets[0], ast.Name)), "")
    return tuple(way for way in WAYS if name and f"{name}.{way}(" in source) or ("fullmatch", "findall")


def called_of_re(function: ast.expr) -> str:
    """Return the name of a function of `re`, "" for any other."""
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
    ):
        return function.attr
    return ""


def constants(tree: ast.Module) -> dict[str, object]:
    """Return the words that a module gives names to."""
    found: dict[str, object] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            target, value = statement.targets[0], statement.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, word in pairs:
                if isinstance(name, ast.Name) and isinstance(word, ast.Constant | ast.JoinedStr):
                    with contextlib.suppress(NameError):  # made of what is imported
                        found[name.id] = value_of(word, found)
    return found


# --- what makes them slow ------------------------------------------------------------------------


def leaves(items) -> Iterator[tuple]:
    """Yield what takes one character each."""
    for op, value in items:
        if str(op) in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
            yield op, value
        for inner in parts(op, value):
            yield from leaves(inner)


def parts(op, value) -> list:
    """Return the sequences inside of an item."""
    match str(op):
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return [value[2]]
        case "SUBPATTERN":
            return [value[3]]
        case "BRANCH":
            return list(value[1])
        case "ATOMIC_GROUP":
            return [value]
        case "ASSERT" | "ASSERT_NOT":
            return [value[1]]
    return []


def takes(leaf, character: str) -> bool:
    """Say whether a leaf takes a character."""
    op, value = leaf
    match str(op):
        case "LITERAL":
            return ord(character) == value
        case "NOT_LITERAL":
            return ord(character) != value
        case "ANY":
            return character != "\n"
    negated, held = False, False
    for inner, of in value:
        match str(inner):
            case "NEGATE":
                negated = True
            case "LITERAL":
                held |= ord(character) == of
            case "RANGE":
                held |= of[0] <= ord(character) <= of[1]
            case "CATEGORY":
                letter = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(of).split("_")[-1]]
                held |= bool(re.match(letter, character)) != ("NOT" in str(of))
    return held != negated


COMMON = "0 a,.-\n:;('\"%e1[{<A\x00\u2212\u00e9\uac00"


def characters(items) -> str:
    """Return one of each sort of characters that the pattern tells apart."""
    found = list(leaves(items))
    named = {chr(v) for op, v in found if str(op) in ("LITERAL", "NOT_LITERAL")}
    named |= {chr(v) for op, of in found if str(op) == "IN" for inner, v in of if str(inner) == "LITERAL"}
    sorts: dict[tuple, str] = {}
    for character in [*COMMON, *sorted(named)]:
        sorts.setdefault(tuple(takes(leaf, character) for leaf in found), character)
    return "".join(sorts.values())


def shortest(items, alphabet: str) -> str:
    """Return a short text that the items take, as far as that is told by its characters."""
    text = ""
    for op, value in items:
        match str(op):
            case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY":
                text += next((c for c in alphabet if takes((op, value), c)), "")
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                text += shortest(value[2], alphabet) * value[0]
            case "ASSERT" | "ASSERT_NOT" | "AT" | "GROUPREF":
                pass
            case _:
                text += shortest(parts(op, value)[0], alphabet)
    return text


def loops(items, alphabet: str, before: str = "") -> Iterator[tuple[str, list]]:
    """Yield what stands inside of each loop without a limit, with a text that leads to it."""
    for i, (op, value) in enumerate(items):
        here = before + shortest(list(items)[:i], alphabet)
        if "REPEAT" in str(op) and value[1] > LENGTHS[0]:
            yield here, value[2]
        for inner in parts(op, value):
            yield from loops(inner, alphabet, here)


def attacks(pattern: re.Pattern) -> Iterator[tuple[str, str, str]]:
    """Yield (before, again and again, behind): what a loop takes, and then what does not fit."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    items = re._parser.parse(text, pattern.flags)
    alphabet = characters(items)
    ends = ["", "\x00", "!", *alphabet[:12]]
    tried = set()
    for before, inner in [*loops(items, alphabet), ("", items)]:
        inside = [c for c in alphabet if any(takes(leaf, c) for leaf in leaves(inner))][:8]
        pairs = ("".join(pair) for pair in itertools.permutations(inside[:5], 2))
        for again in dict.fromkeys([shortest(inner, alphabet), *inside, *pairs]):
            tried |= {(before, again, behind) for behind in ends if again}
    yield from sorted(tried)


def is_slow(pattern: re.Pattern, longest: int = LENGTHS[-1], ways: tuple[str, ...] = ("fullmatch",)) -> str:
    """Return a text that takes far longer than its length can explain; "" where none is found."""
    for before, again, behind in attacks(pattern):
        for length in LENGTHS:
            text = before + again * (min(length, longest) // len(again)) + behind
            given = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
            for way in ways:
                start = time.process_time()
                getattr(pattern, way if "match" in way else "findall")(given)
                if time.process_time() - start > SECONDS:
                    return f"{way}: {before!r} + {again!r} * {length} + {behind!r}"
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "slow",
    [
        r"(a+)+b",
        r"a*a*b",
        r"\s*x?\s*y",
        r"(\d+,?)+;",
        r"-?\s*[^\d]*?\s*\d",
        r"(x|a[^b]*)*?[^c]*c",
    ],
)
def test_a_slow_pattern_is_found_to_be_slow(slow):
    assert is_slow(re.compile(slow))


@pytest.mark.slow
def test_a_pattern_that_is_linear_from_one_place_is_slow_when_it_is_searched():
    assert not is_slow(re.compile(r"\d+;"))
    assert is_slow(re.compile(r"\d+;"), ways=("search",))


@pytest.mark.slow
def test_every_pattern_of_the_package_is_linear():
    found = list(patterns())
    assert len(found) > 20 and set(MADE) <= {f.place for f in found}
    slow = {f.place: text for f in found if (text := is_slow(f.pattern, f.longest, f.ways))}
    assert not slow


N = 20_000


@pytest.mark.parametrize(
    "word",
    [
        "-" + " " * N + "b",
        " " * N + "b",
        "1" + " " * N + "b:",
        "1 " * N + "b:",
        "1," * N,
        "1,234" * N,
        "9" * N + "x",
        "1e" * N,
        "1e" + "9" * N + ":",
        "kg" * N + "1" + "kg" * N,
        "(" * N + "1" + ")" * N,
        "(1" + " " * N + ")",
        "1" + "-" * N,
        "2024-01-01" + " " * N + "10:30 PM",
        "2024-01-01 10:30" + " " * N + "PM",
        "2024. 1. " * N,
        "10:" * N,
        "Jan " * N,
        "1.2." * N,
    ],
    ids=lambda word: f"{word[:6]!r}",
)
def test_a_cell_that_nobody_would_write_is_no_matter(word):
    start = time.process_time()
    words = [word, "1 kg", "2 kg"]
    notation, _ = notation_of(words)
    for reads in (number_of_word, is_number, day_of_word):
        reads(word)
    number_of_word(word, notation)
    are_numbers(words)
    looks_like_numbers(notation, words)
    guess_notations([word])
    for said in ("%d.%m.%Y", "%b %d, %Y", "%d %B %Y %H:%M:%S %z"):
        day_of_word(word, said)
    spec = learn_column("c", read_columns({"c": [f"{i} kg" for i in range(30)]}).columns["c"], kind="number")
    with contextlib.suppress(TableError):
        spec.encode(read_columns({"c": [word]}).columns["c"], np.empty((1, 1)), np.empty((1, 0), np.int32))
    assert time.process_time() - start < 1.0
