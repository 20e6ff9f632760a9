"""Which engine does the work."""

from __future__ import annotations

import functools
import importlib.util
from typing import TYPE_CHECKING, cast

from forpass.errors import EngineError, UnknownNameError
from forpass.forks import imported
from forpass.told import warn_the_caller

if TYPE_CHECKING:
    from forpass.engines.protocol import Engine

__all__ = ["DEFAULT", "ENGINES", "require_engine", "seconds_to_begin", "select_engine"]

ENGINES: dict[str, str] = {
    "numpy": "forpass.engines.reference",
    "compiled": "forpass.engines.compiled",
}
"""The module of each engine; imported when it is first asked for."""

DEFAULT = "compiled"
"""The engine that ``"auto"`` stands for."""


def require_engine(name: str) -> None:
    """Refuse a name that no engine has.

    Raises
    ------
    UnknownNameError
    """
    if name not in ("auto", *ENGINES):
        raise UnknownNameError("engine", name, ["auto", *ENGINES])


def select_engine(name: str = "auto") -> Engine:
    """Return the engine called `name`; ``"auto"`` is ``"compiled"``, whatever the problem.

    Only where the compiled engine cannot be, because llvmlite is not made for this Python yet, does
    ``"auto"`` mean ``"numpy"``, with a warning.

    Raises
    ------
    UnknownNameError
        When there is no such engine.
    EngineError
        When the compiled engine is asked for by name and cannot be.

    Examples
    --------
    >>> select_engine("auto").NAME
    'compiled'
    """
    require_engine(name)
    if name in ("auto", DEFAULT) and not _llvmlite_is_there():
        if name != "auto":
            raise EngineError(f"the engine {name!r} needs llvmlite: pip install llvmlite")
        warn_the_caller(
            "llvmlite is not installed, so the NumPy engine does the work, many times slower; "
            "pip install llvmlite",
        )
        name = "numpy"
    return cast("Engine", imported(ENGINES[DEFAULT if name == "auto" else name]))


def seconds_to_begin(name: str = "auto") -> float:
    """Return how long an engine will take before its first step, beyond what each run takes, in seconds.

    The compiled engine writes machine code, once on a machine; the NumPy engine begins at once.

    Examples
    --------
    >>> seconds_to_begin("numpy")
    0.0
    """
    of_engine = getattr(select_engine(name), "seconds_to_begin", None)
    return 0.0 if of_engine is None else float(of_engine())


@functools.cache
def _llvmlite_is_there() -> bool:
    return importlib.util.find_spec("llvmlite") is not None
