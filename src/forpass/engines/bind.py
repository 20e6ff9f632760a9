"""Hand the formulas of `forpass.maths` to an engine: same source, other namespace, other number type.

A formula uses three kinds of global name: ``xp``, named constants, and other formulas. Binding
copies the function with new globals in which ``xp`` is the engine's namespace, each float constant
has become the engine's working type, and each formula that it calls has been bound the same way. Nothing
else goes along, so a formula that brings values of its own (a closure, defaults) is refused.
"""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Callable
from typing import Any

from forpass.errors import EngineError

__all__ = ["attributes_of_xp", "bind", "globals_used", "require_formula"]


def bind(
    function: Callable[..., Any],
    namespace: Any,
    real: Callable[[float], Any] = float,
    wrap: Callable[[Any], Any] = lambda function: function,
    bound: dict[Callable[..., Any], Any] | None = None,
) -> Any:
    """Bind one formula to an engine.

    Parameters
    ----------
    function : callable
        A formula of `forpass.maths`, or one written by the same rules.
    namespace : module
        What ``xp`` is to mean; it has the names of `forpass.maths.xp`.
    real : callable
        Turns a constant into the working type, for instance ``numpy.float32``.
    wrap : callable
        Applied to every bound function, for instance ``jax.jit``.
    bound : dict, optional
        Formulas that have been bound already; shared between calls, each is bound once.

    Raises
    ------
    EngineError
        When it is not a plain function, has values of its own, or uses a global name that is none of the
        three kinds, or a name that the namespace does not have.

    Examples
    --------
    >>> import numpy as np
    >>> from forpass.maths import xp
    >>> from forpass.maths.activations import gelu
    >>> bind(gelu, xp, np.float32)(np.float32(1.0)).dtype.name
    'float32'
    """
    bound = {} if bound is None else bound
    if function in bound:
        return bound[function]
    require_formula(function)
    scope: dict[str, Any] = {"__builtins__": __builtins__, "__name__": function.__module__}
    for name in globals_used(function.__code__):
        value = function.__globals__.get(name)
        if name == "xp":
            scope[name] = namespace
        elif isinstance(value, float):
            scope[name] = real(value)
        elif isinstance(value, types.FunctionType):
            scope[name] = bind(value, namespace, real, wrap, bound)
        else:
            raise EngineError(
                f"{function.__qualname__} uses the global name {name!r}; a formula may use only xp, "
                "float constants and other formulas"
            )
    copy = types.FunctionType(function.__code__, scope, function.__name__)
    copy.__doc__ = function.__doc__
    for name in attributes_of_xp(function.__code__):
        if not hasattr(namespace, name):
            raise EngineError(
                f"{function.__qualname__} uses xp.{name}, which {namespace.__name__} does not have"
            )
    bound[function] = wrap(copy)
    return bound[function]


def require_formula(function: Callable[..., Any]) -> None:
    """Refuse what is no plain function, or one that carries values of its own."""
    if not isinstance(function, types.FunctionType):
        raise EngineError(f"a formula must be a plain function; got {function!r}")
    if function.__closure__ or function.__defaults__ or function.__kwdefaults__:
        raise EngineError(
            f"{function.__qualname__} carries values of its own (a closure or defaults); "
            "a formula is handed them as settings"
        )


@functools.cache
def globals_used(code: types.CodeType) -> tuple[str, ...]:
    """Names that the code of a function looks up in its module, in order of first use."""
    import dis

    names = (i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL")
    return tuple(dict.fromkeys(names))


@functools.cache
def attributes_of_xp(code: types.CodeType) -> tuple[str, ...]:
    """Names that the code of a function looks up in ``xp``."""
    import dis

    pairs = itertools.pairwise(dis.get_instructions(code))
    return tuple(
        after.argval
        for before, after in pairs
        if before.argval == "xp" and after.opname in ("LOAD_ATTR", "LOAD_METHOD")
    )
