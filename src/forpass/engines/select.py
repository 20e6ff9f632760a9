"""Which engine does the work."""

import importlib
from typing import cast

from forpass.engines.protocol import Engine
from forpass.errors import UnknownNameError

__all__ = ["ENGINES", "select_engine"]

ENGINES: dict[str, str] = {
    "numpy": "forpass.engines.reference",
}
"""The module of each engine; imported when it is first asked for."""


def select_engine(name: str = "auto") -> Engine:
    """Return the engine called `name`; ``"auto"`` is ``"numpy"``.

    Raises
    ------
    UnknownNameError
        When there is no such engine.

    Examples
    --------
    >>> select_engine("auto").NAME
    'numpy'
    """
    if name == "auto":
        name = "numpy"
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ["auto", *ENGINES])
    return cast(Engine, importlib.import_module(ENGINES[name]))
