"""What a value that a person gives may be: checks, which refuse it by the name under which it was given.

A check is a function of that name and the value. So one check serves a keyword of a function, a parameter
of an estimator and an option of the command, each in its own words.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

from forpass.errors import InputError, SpecError, UnknownNameError
from forpass.spec.require import finite_number, whole_number

__all__ = [
    "Check",
    "anything",
    "flag",
    "layer_sizes",
    "number",
    "one_of",
    "sizes_of_text",
    "unless",
    "whole",
    "words_for_missing",
    "words_of_text",
]

Check = Callable[[str, Any], object]
"""``check(name, value)`` refuses a value that makes no sense, in one sentence."""


def anything(name: str, value: Any) -> None:
    """Let any value through: what it must be is known only later."""


def flag(name: str, value: Any) -> None:
    """Refuse what is neither True nor False; NumPy's truth values are."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise SpecError(f"{name} must be True or False; got {value!r}")


def whole(at_least: int = 1) -> Check:
    """Return a check for a whole number of at least `at_least`."""
    return lambda name, value: whole_number(name, value, at_least)


def number(
    at_least: float = -math.inf,
    at_most: float = math.inf,
    *,
    above: float = -math.inf,
    below: float = math.inf,
) -> Check:
    """Return a check for a finite number within bounds."""

    def check(name: str, value: Any) -> None:
        found = finite_number(name, value, at_least, above)
        if found >= below:
            raise SpecError(f"{name} must be below {below:g}; got {value!r}")
        if found > at_most:
            raise SpecError(f"{name} must be at most {at_most:g}; got {value!r}")

    return check


def one_of(names: Callable[[], Iterable[str]]) -> Check:
    """Return a check for one of some names, which are asked for anew each time: more may be registered."""

    def check(name: str, value: Any) -> None:
        known = list(names())
        if not isinstance(value, str) or value not in known:
            raise UnknownNameError(name, value, known)

    return check


def unless(exception: Any, check: Check) -> Check:
    """Return a check that lets one further value through: None, a word, infinity."""
    if exception is None:
        return lambda name, value: value is None or check(name, value)
    hint = f", unless it is {exception!r}," if isinstance(exception, str) else ""

    def spared(name: str, value: Any) -> None:
        if not (isinstance(value, type(exception)) and value == exception):
            check(name + hint, value)

    return spared


def layer_sizes(name: str, value: Any) -> tuple[int, ...]:
    """Return the number of neurons of each hidden layer; a single number stands for one layer."""
    if isinstance(value, numbers.Number):
        return (whole_number(name, value),)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SpecError(f"{name} takes the neurons of each layer, for instance [128, 64]; got {value!r}")
    return tuple(whole_number(f"each of {name}", size) for size in value)


def sizes_of_text(text: str) -> list[int]:
    """Read ``128,64``; ``0`` or nothing means no hidden layer."""
    if text.strip() in ("", "0"):
        return []
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"--hidden takes whole numbers by commas, for instance 128,64; got {text!r}"
        ) from None


def words_for_missing(name: str, value: Any) -> None:
    """Refuse what is no list of words."""
    if value is None:
        return
    many = isinstance(value, Iterable) and not isinstance(value, str)
    if not many or not all(isinstance(word, str) for word in value):
        raise SpecError(f"{name} must be a list of words, for instance ['NA', '?']; got {value!r}")


def words_of_text(text: str) -> list[str]:
    """Read ``NA,?``; nothing means that there is no such word."""
    return [word.strip() for word in text.split(",") if word.strip()]
