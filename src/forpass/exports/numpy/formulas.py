"""The formulas of a graph as source: what is printed in files that people read."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from forpass.engines.bind import attributes_of_xp, globals_used
from forpass.errors import ExportError
from forpass.exports.graph import Call, Graph
from forpass.maths import xp

__all__ = ["Sources", "source_of", "sources_of"]

INSTEAD = {
    "erfc": '''
def erfc(z):
    """Complementary error function: 1 - erf(z) without cancellation."""
    return np.vectorize(math.erfc, otypes=[float])(z).astype(z.dtype)
'''
}
"""What is printed of names of xp for which forpass asks another library than NumPy."""


class Sources(NamedTuple):
    """Source text by name, what is used before what uses it.

    Attributes
    ----------
    constants : dict
        Numbers that formulas name.
    namespace : dict
        What formulas call as ``xp``: ``np.exp`` for a function that is NumPy's own, else source.
    formulas : dict
    """

    constants: dict[str, float]
    namespace: dict[str, str]
    formulas: dict[str, str]


def sources_of(graph: Graph) -> Sources:
    """Return the sources of all formulas that a graph and its networks call.

    Raises
    ------
    ExportError
        For a formula without source, and for two of one name.
    """
    found, known = Sources({}, {}, {}), dict[str, Callable[..., Any]]()
    for one in (*graph.networks.values(), graph):
        for line in one.lines:
            if isinstance(line, Call):
                _add(line.function, found, known)
    return found


def _add(function: Callable[..., Any], found: Sources, known: dict[str, Callable[..., Any]]) -> None:
    """Add a formula after those that it calls."""
    name = function.__name__
    if (before := known.setdefault(name, function)) is not function:
        raise ExportError(
            f"two formulas are called {name!r}, one of {before.__module__}, one of {function.__module__}; "
            "give one's own another name"
        )
    if name in found.formulas:
        return
    code = function.__code__
    for used in globals_used(code):
        value = function.__globals__.get(used)
        if isinstance(value, float):
            found.constants[used] = value
        elif callable(value) and used != "xp":
            _add(value, found, known)
    for used in attributes_of_xp(code):
        found.namespace.setdefault(used, _of_xp(used))
    found.formulas[name] = source_of(function)


def _of_xp(name: str) -> str:
    function = getattr(xp, name)
    if isinstance(function, np.ufunc):
        return f"np.{function.__name__}"
    return INSTEAD.get(name) or source_of(function)


def source_of(function: Callable[..., Any]) -> str:
    """Return the source of a function without examples, which would ask for forpass, and without types."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise ExportError(
            f"the formula {function.__qualname__} has no source text to be printed; put it in a file"
        ) from None
    return _without_types(_without_examples(text))


EXAMPLES = "\n\n    Examples\n    --------\n"


def _without_examples(text: str) -> str:
    """Leave the examples of a docstring out: they ask for forpass."""
    if EXAMPLES not in text:
        return text
    before, rest = text.split(EXAMPLES, 1)
    end = rest.find('"""')
    return (
        text if end < 0 else before + ("" if "\n" not in before.split('"""', 1)[1] else "\n    ") + rest[end:]
    )


def _without_types(text: str) -> str:
    """Leave the types of arguments and results out: they say no more than the docstring."""
    lines = text.encode().splitlines(keepends=True)  # places in a line are counted in bytes
    function = ast.parse(text).body[0]
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        raise ExportError(
            "a formula that is printed must be a function that stands by itself, no lambda, not decorated; "
            f"got {text.splitlines()[0].strip()!r}"
        )
    arguments = function.args
    several = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *several]
    cuts = [
        (one.end_lineno, one.col_offset + len(one.arg.encode()), one.end_col_offset)
        for one in every
        if one.annotation
    ]
    if function.returns is not None:
        line, end = function.returns.end_lineno, function.returns.end_col_offset
        assert line is not None
        assert end is not None
        cuts.append((line, lines[line - 1].rindex(b" ->", 0, end), end))
    for line, begin, end in sorted(cuts, reverse=True):
        assert line is not None
        rest = lines[line - 1][end:]
        without = b"=" + rest[3:] if rest.startswith(b" = ") else rest
        lines[line - 1] = lines[line - 1][:begin] + without
    return b"".join(lines).decode()
