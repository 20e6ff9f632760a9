"""The sentences in which a description refuses a value: the thing, what it must be, what it got.

``require_...`` reads a field of a frozen description, refuses what it must not be, and puts back the
plain Python number, so that NumPy's numbers may be given and JSON can hold what is kept.

All raise SpecError; a name that is none of those known raises UnknownNameError, which offers the nearest.
"""

import math
import numbers
import os
from collections.abc import Iterable, Sequence
from typing import Any

from forpass.errors import SpecError, UnknownNameError
from forpass.maths.registry import is_number
from forpass.shown import as_shown

__all__ = [
    "finite_number",
    "require_choice",
    "require_count",
    "require_fraction",
    "require_instance",
    "require_name",
    "require_names",
    "require_number",
    "require_path",
    "require_roles",
    "several",
    "whole_number",
]


WHOLE_END = 2**64
"""Whole numbers of a description must be smaller."""


def require_count(spec: Any, field: str, at_least: int = 1) -> None:
    """Require a whole number of at least `at_least`."""
    value = getattr(spec, field)
    if type(value) is int and at_least <= value < WHOLE_END:
        return
    object.__setattr__(spec, field, whole_number(f"{field} of {type(spec).__name__}", value, at_least))


def whole_number(name: str, value: Any, at_least: int = 1) -> int:
    """Return a whole number of at least `at_least`; refuse anything else by `name`."""
    # of a class of numbers Python is asked only where it is no plain one: that takes ten times as long
    whole = type(value) is int or (isinstance(value, numbers.Integral) and not isinstance(value, bool))
    if not whole or value < at_least:
        raise SpecError(f"{name} must be a whole number of at least {at_least}; got {value!r}")
    number = int(value)
    if number >= WHOLE_END:
        raise SpecError(f"{name} must be below 2**64; got {number}")
    return number


def require_number(spec: Any, field: str, at_least: float = -math.inf, above: float = -math.inf) -> None:
    """Require a finite number of at least `at_least` and above `above`."""
    value = getattr(spec, field)
    if type(value) is float and at_least <= value < math.inf and value > above:
        return
    name = f"{field} of {type(spec).__name__}"
    object.__setattr__(spec, field, finite_number(name, value, at_least, above))


def finite_number(name: str, value: Any, at_least: float = -math.inf, above: float = -math.inf) -> float:
    """Return a finite number within the bounds; refuse anything else by `name`."""
    if is_number(value) and value >= at_least and value > above:
        return float(value)
    bound = f" of at least {at_least:g}" if at_least > -math.inf else ""
    bound = f" above {above:g}" if above > -math.inf else bound
    raise SpecError(f"{name} must be a finite number{bound}; got {value!r}")


def require_fraction(spec: Any, field: str, below_one: bool = False) -> None:
    """Require a number from 0 to 1."""
    require_number(spec, field, at_least=0.0)
    value = getattr(spec, field)
    if value > 1 or (below_one and value == 1):
        limit = "below" if below_one else "at most"
        raise SpecError(f"{field} of {type(spec).__name__} must be at least 0 and {limit} 1; got {value!r}")


def require_choice(spec: Any, field: str, choices: Sequence[str]) -> None:
    """Require one of `choices`."""
    if getattr(spec, field) not in choices:
        raise UnknownNameError(f"{field} of {type(spec).__name__}", getattr(spec, field), choices)


def require_instance(name: str, value: Any, kind: type) -> None:
    """Require a value of a class; a bare word is the likeliest mistake."""
    if not isinstance(value, kind):
        hint = f"; write {kind.__name__}({value!r})" if isinstance(value, str) and kind is not bool else ""
        if isinstance(getattr(value, "spec", None), kind):
            hint = "; give its spec"
        elif isinstance(getattr(getattr(value, "model_", None), "spec", None), kind):  # of an estimator
            hint = "; give its model_.spec"
        raise SpecError(f"{name} must be a {kind.__name__}; got {as_shown(repr(value))}{hint}")


def require_path(name: str, value: Any) -> None:
    """Require what may be a path: a number would be taken for the number of an open file, "" for a folder."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value) or "\0" in str(value):
        raise SpecError(f"{name} must be a path; got {as_shown(repr(value))}")


def several(name: str, value: Any) -> tuple[Any, ...]:
    """Return things as a tuple; refuse a single one, and a word, of which letters would come."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SpecError(f"{name} must be a sequence, such as a list; got {value!r}")
    return tuple(value)


def require_name(spec: Any, field: str) -> None:
    """Require a name: text that is not empty."""
    name = getattr(spec, field)
    if not isinstance(name, str) or not name:
        raise SpecError(f"{field} of {type(spec).__name__} must be a name; got {name!r}")


def require_names(spec: Any, field: str) -> None:
    """Require names that mean something: text, none of it empty. What they name is not known yet."""
    for name in getattr(spec, field):
        if not isinstance(name, str) or not name:
            raise SpecError(f"each of {field} of {type(spec).__name__} must be a name; got {name!r}")


def require_roles(what: str, roles: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a role of parameters that is not known: a typing error would quietly do nothing."""
    known = list(dict.fromkeys(known))
    for role in roles:
        if role not in known:
            raise UnknownNameError(f"role of parameters in {what}", role, known)
