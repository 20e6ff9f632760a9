"""What machine code was made from, as a digest: formulas by what they are, the engine by its sources.

A formula is known by its instructions, its constants and the formulas it calls, as they are in memory
now. So one that was edited, replaced or made by a user is never taken for another of the same name.
"""

from __future__ import annotations

import functools
import hashlib
import marshal
import sys
import types
from collections.abc import Callable
from typing import Any

from forpass.engines import bind
from forpass.engines.bind import globals_used, require_formula
from forpass.maths import affine, clipping, normalisation, penalties, periodic, philox, piecewise

__all__ = ["NAMED_IN_KERNELS", "engine_digest", "formula_digest", "named_digest"]

ENGINE = "forpass.engines.compiled"
"""The package whose sources count, its folders included."""

NAMED_IN_KERNELS = (affine, clipping, normalisation, penalties, periodic, philox, piecewise)
"""Where the formulas stand that kernels name themselves, instead of being told which to use."""


def formula_digest(formula: Callable[..., Any]) -> str:
    """Return the digest of a formula and all that it calls.

    Raises
    ------
    EngineError
        When it is not a plain function, or carries values of its own.
    """
    return hashlib.sha256("\n".join(_parts(formula, {})).encode()).hexdigest()


def _parts(formula: Callable[..., Any], seen: dict[Any, int]) -> list[str]:
    if formula in seen:
        return [str(seen[formula])]
    seen[formula] = len(seen)
    require_formula(formula)
    parts = [_code_digest(formula.__code__)]
    for name in globals_used(formula.__code__):
        if name != "xp":
            value = formula.__globals__.get(name)
            parts += [
                name,
                *(_parts(value, seen) if isinstance(value, types.FunctionType) else [repr(value)]),
            ]
    return parts


@functools.cache
def _code_digest(code: types.CodeType) -> str:
    # version 2 of the form says the same of equal code; later ones also say which parts are shared
    return hashlib.sha256(marshal.dumps(code, 2)).hexdigest()


def named_digest() -> str:
    """Return the digest of all formulas that kernels name themselves."""
    parts = []
    for module in NAMED_IN_KERNELS:
        for name, value in sorted(vars(module).items()):
            if isinstance(value, types.FunctionType):
                parts += [name, _code_digest(value.__code__)]
            elif isinstance(value, float | int):
                parts += [name, repr(value)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@functools.cache
def engine_digest() -> str:
    """Return the digest of this engine's sources; first asked for when all of it has just been imported.

    `engines.bind` counts among them: it makes of a formula what kernels are written from.
    """
    digest = hashlib.sha256()
    own = (name for name in sys.modules if name == ENGINE or name.startswith(f"{ENGINE}."))
    for name in [*sorted(own), bind.__name__]:
        loader: Any = sys.modules[name].__loader__
        source = loader.get_source(name)
        content = source.encode() if source is not None else marshal.dumps(loader.get_code(name), 2)
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()
