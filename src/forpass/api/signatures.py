"""Signatures and docstrings that are made from records: what a parameter is, is said once."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

__all__ = ["Described", "described", "keywords", "type_in_words", "with_keywords"]

WIDTH = 104


class Described(NamedTuple):
    """A parameter as it is shown: its name, its type in words, its default and what it means."""

    name: str
    type: str
    default: Any
    doc: str
    annotation: Any = inspect.Parameter.empty

    @property
    def entry(self) -> str:
        """The parameter as numpydoc writes it."""
        given = "optional" if self.default is None else f"default {_shown(self.default)}"
        doc = textwrap.fill(self.doc, WIDTH, initial_indent="    ", subsequent_indent="    ")
        return f"{self.name} : {self.type}, {given}\n{doc}"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def type_in_words(kind: Any) -> str:
    """Write a type as numpydoc does.

    Examples
    --------
    >>> type_in_words(Sequence[int]), type_in_words(Literal["auto"]), type_in_words(float)
    ('sequence of int', '"auto"', 'float')
    """
    origin = get_origin(kind)
    if origin is Literal:
        return " or ".join(f'"{word}"' for word in get_args(kind))
    if origin is Sequence:
        return f"sequence of {type_in_words(get_args(kind)[0])}"
    if origin in (Mapping, Callable):
        return "dict" if origin is Mapping else "callable"
    return str(kind.__name__)


def described(docstring: str | None, place: str, parameters: Iterable[Described]) -> str | None:
    r"""Return a docstring in which the entry called `place` has given way to those of the parameters.

    Examples
    --------
    >>> text = "Train.\n\nParameters\n----------\nX : array\n**options\n    See elsewhere."
    >>> whole = described(text, "**options", [Described("seed", "int", 0, "Where chance begins.")])
    >>> print("\n".join(whole.split("\n")[-3:]))
    X : array
    seed : int, default 0
        Where chance begins.
    """
    if docstring is None:  # Python was told to leave them out
        return None
    lines = inspect.cleandoc(docstring).split("\n")
    first = lines.index(place)
    after = first + 1
    while after < len(lines) and lines[after].startswith(" "):
        after += 1
    return "\n".join([*lines[:first], *(parameter.entry for parameter in parameters), *lines[after:]])


def keywords(parameters: Iterable[Described], by_place: int = 0) -> list[inspect.Parameter]:
    """Return the parameters of a signature, of which the first `by_place` may be given without a name."""
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(p.name, kinds[i >= by_place], default=p.default, annotation=p.annotation)
        for i, p in enumerate(parameters)
    ]


Function = TypeVar("Function", bound=Callable[..., Any])


def with_keywords(place: str, parameters: Iterable[Described]) -> Callable[[Function], Function]:
    """Show a function's further keywords one by one, in its signature and in its docstring at `place`."""
    parameters = tuple(parameters)

    def shown(function: Function) -> Function:
        signature = inspect.signature(function)
        own = [p for p in signature.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
        function.__signature__ = signature.replace(parameters=[*own, *keywords(parameters)])  # type: ignore[attr-defined]
        function.__doc__ = described(function.__doc__, place, parameters)
        return function

    return shown
