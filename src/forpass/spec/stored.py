"""Frozen records read back from plain JSON: each field is of the type that the record says, or is refused.

Anybody can write a file and sign it, and a wrong value would be noticed only in use, far from the file.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from forpass.errors import SpecError

__all__ = ["rebuilt", "typed"]

T = TypeVar("T")

WHOLE_END = 2**63
"""Whole numbers must be smaller: what counts rows, steps or codes fits 64 bits."""


def rebuilt(cls: type[T], plain: Any, *, finite: bool = True) -> T:
    """Return the dataclass of a mapping from the names of its fields to plain values; lists become tuples.

    Parameters
    ----------
    cls : type
        A dataclass whose fields are text, numbers, truth values, None, and tuples of these.
    plain : mapping
    finite : bool
        Whether its numbers must be finite.

    Raises
    ------
    SpecError
        When a field is missing or unknown, or its value of another type; whatever the class itself refuses.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Named:
    ...     name: str
    ...     shares: tuple[float, ...] = ()
    >>> rebuilt(Named, {"name": "a", "shares": [0.5, 1]})
    Named(name='a', shares=(0.5, 1.0))
    >>> rebuilt(Named, {"name": 3})
    Traceback (most recent call last):
      ...
    forpass.errors.SpecError: name of Named must be str; got 3
    """
    if not isinstance(plain, Mapping):
        raise SpecError(f"a {cls.__name__} must be a mapping of its fields; got {_short(plain)}")
    kind: Any = cls
    hints, needed = _fields(kind)
    missing, unknown = needed - plain.keys(), plain.keys() - hints.keys()
    if missing or unknown:
        raise SpecError(
            f"the fields of {cls.__name__} are {', '.join(hints)}; missing: "
            f"{', '.join(sorted(missing)) or 'none'}; unknown: {', '.join(map(_short, unknown)) or 'none'}"
        )
    return cls(
        **{name: typed(f"{name} of {cls.__name__}", hints[name], v, finite) for name, v in plain.items()}
    )


def typed(name: str, kind: Any, value: Any, finite: bool = True) -> Any:
    """Return a plain value as a type says it, a list as a tuple; refuse another by `name`.

    Raises
    ------
    SpecError
    """
    found = _converted(name, kind, value, finite)
    if found is _NONE_OF_IT:
        what = getattr(kind, "__name__", None) if isinstance(kind, type) else str(kind)
        raise SpecError(f"{name} must be {what}{' and finite' * (kind is float)}; got {_short(value)}")
    return found


_NONE_OF_IT = object()


def _converted(name: str, kind: Any, value: Any, finite: bool) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if kind in (str, bool, types.NoneType):
        return value if type(value) is kind else _NONE_OF_IT
    if kind is int:
        return value if type(value) is int and abs(value) < WHOLE_END else _NONE_OF_IT
    if kind is float:
        return _real(value, finite)
    if origin in (typing.Union, types.UnionType):
        if type(value) is int and int in inner:  # a label, which may be an identifier of any length
            return value
        # 1, 1.0, true and "1" are four things: the type that it has, and only then one that can hold it
        for option in sorted(inner, key=lambda option: option is not type(value)):
            found = _converted(name, option, value, finite)
            if found is not _NONE_OF_IT:
                return found
        return _NONE_OF_IT
    if origin is tuple:
        if not isinstance(value, list | tuple):
            return _NONE_OF_IT
        return tuple(typed(f"{name}[{i}]", inner[0], item, finite) for i, item in enumerate(value))
    raise TypeError(f"{name} is {kind}, of which it is not known how to read it back")


def _real(value: Any, finite: bool) -> Any:
    if type(value) not in (int, float):
        return _NONE_OF_IT
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return _NONE_OF_IT
    return number if math.isfinite(number) or not finite else _NONE_OF_IT


@functools.cache
def _fields(cls: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the types of the fields that a class is made of, and the names of those without a default."""
    hints = typing.get_type_hints(cls)
    given = [field for field in dataclasses.fields(cls) if field.init]
    nothing = dataclasses.MISSING
    needed = (f.name for f in given if f.default is nothing and f.default_factory is nothing)
    return {field.name: hints[field.name] for field in given}, frozenset(needed)


def _short(value: Any) -> str:
    """A value as a message shows it: its beginning, where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits, lists in lists
        text = type(value).__name__
    return text if len(text) <= 60 else f"{text[:60]}..."
