"""The operations of a program as instructions: what is done, and where; each in the file of its opcode.

As in the reference engine, ``forward(op, run, *sources)`` and ``backward(op, run, dY, needs)`` stand beside
each other, and below them the kernels that they ask for; but what goes in and out are matrices that will hold
these numbers once the instructions are carried out. ``needs`` says of each source whether something below it
is trained; where not, its derivative need not be made, and is None.

An operation writes over its input where nobody reads that input again, and dX is often dY: what was touched
last is still in the nearest cache. With matrices of their own a step takes 3 to 7 % longer. So that no two
know the same matrix, these laws hold:

- What an operation needs of a buffer on its way back, it asks for by ``run.keep`` on its way up; only
  ``run.overwrites`` allows to write over a source.
- dY belongs to the operation that it is handed to. It may write over it, or leave it to instructions that
  make gradients, which come after the passes, but not both.
- Every derivative it hands back is in memory of its own. What several operations hand back for one buffer is
  added up in another matrix, by `passes`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from forpass.engines.compiled.program.recording import Derivatives

__all__ = ["OPERATIONS"]

Forward = Callable[..., Any]
Backward = Callable[..., Derivatives]


def _recorders() -> dict[str, tuple[Forward, Backward]]:
    """Forward and backward of each opcode: those of the file of that name beside this one."""
    files = sorted(file.name for file in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in files}
    return {name: (module.forward, module.backward) for name, module in modules.items()}


OPERATIONS = _recorders()
"""By opcode; an operation that is added is a file that is added."""
