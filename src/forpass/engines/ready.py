"""What operations predict with that depends on parameters alone: computed once, before the first row.

Weights times their multiplier, weights times their sizes. Serving and exports compute these products here, so
that they round alike wherever a network goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths.affine import scaled, sized
from forpass.spec.operation import Operation

__all__ = ["ready"]

Blocks = Mapping[str, NDArray[Any]]


def ready(op: Operation, parameters: Blocks) -> dict[str, NDArray[Any]]:
    """Return the parameters of an operation by name, ready for use.

    Parameters
    ----------
    op : Operation
    parameters : mapping
        What each block holds, in its shape; or what several networks have in it, along an axis in front.

    Examples
    --------
    >>> op = Operation("affine", 1, "Z1", (0,), 1, (2,), 1, ("W1", "b1"), settings=(0.5,))
    >>> found = ready(op, {"W1": np.array([[2.0], [4.0]]), "b1": np.array([1.0])})
    >>> found["W1"].tolist(), found["b1"].tolist()
    ([[1.0], [2.0]], [1.0])
    """
    own = {name: parameters[name] for name in op.parameters}
    return own | READY[op.opcode](op, *own.values()) if op.opcode in READY else own


def _affine(op: Operation, W: NDArray[Any], *b: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """W times the multiplier, if there is one."""
    return {op.parameters[0]: scaled(W, W.dtype.type(op.settings[0]))} if op.settings else {}


def _piecewise(op: Operation, V: NDArray[Any], *s: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """V times its sizes and the multiplier."""
    size = s[0] if s else np.ones(V.shape[:-1], V.dtype)
    return {op.parameters[0]: np.asarray(sized(V, size[..., None], V.dtype.type(op.settings[0])))}


READY: dict[str, Callable[..., dict[str, NDArray[Any]]]] = {"affine": _affine, "piecewise": _piecewise}
"""For opcodes that predict with other arrays than are trained what makes these."""
