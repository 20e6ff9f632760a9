"""Links applied to raw scores, block by block: what makes predictions of them."""

from __future__ import annotations

import functools
import os
from _thread import allocate_lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.kernels import movement, scores
from forpass.engines.compiled.program.executable import Executable, scratch_for
from forpass.engines.compiled.program.instructions import instruction, words_of
from forpass.engines.compiled.program.memory import Arena
from forpass.engines.compiled.program.operations.activation import activation_forward
from forpass.engines.compiled.runtime.driver import beginning, steps_of
from forpass.engines.compiled.runtime.team import Team
from forpass.engines.compiled.runtime.units import Units
from forpass.maths.links import LINKS, Link

__all__ = ["linked"]

ROWS_PER_BLOCK = 256
"""Rows at a time, which stay in the nearest cache between gathering, link and handing out."""
KEPT = 16
"""Executables that are kept: one for each link, type and number of scores."""


def linked(link: str, Z: NDArray[Any]) -> NDArray[Any]:
    """Return raw scores (n, k) after a link, in their own type."""
    Z = np.ascontiguousarray(Z)
    (n, k), P = Z.shape, np.empty_like(Z)
    if Z.size == 0:
        return P
    rows, at_once = np.arange(n), n <= ROWS_PER_BLOCK
    begins: Any = 0 if at_once else np.arange(0, n, ROWS_PER_BLOCK)
    steps = steps_of(
        -(-n // ROWS_PER_BLOCK),
        rows=n if at_once else np.minimum(n - begins, ROWS_PER_BLOCK),
        row_numbers=beginning(rows) + 8 * begins,
        features=beginning(Z),
        scores=beginning(P) + begins * P.strides[0],
    )
    executable, at_work = _executable(LINKS[link], Z.dtype, k, os.getpid())
    with at_work:
        executable.carry_out(steps, 0, (Z, P, rows))
    return P


@functools.lru_cache(KEPT)
def _executable(record: Link, kind: np.dtype[Any], k: int, process: int) -> tuple[Executable, Any]:
    """Return instructions and a lock; anew in a forked child, for in its parent they may be at work."""
    dtype = kind.name
    arena = Arena(dtype)
    Z, units = arena.matrix(ROWS_PER_BLOCK, k), Units.of_rows(arena.lanes)
    gather = instruction(
        movement.gather,
        units,
        row_stride=k,
        column_stride=1,
        X=Z,
        stride=Z.stride,
        width=k,
        source=dtype,
        side_by_side=True,
    )
    given = {"Z": Z, "stride": Z.stride, "function": record.function}
    if record.rowwise:
        link = instruction(scores.row_link, units, P=Z, width=k, **given)
    else:
        link = instruction(activation_forward, units, A=Z, settings=(), **given)
    hand_out = instruction(movement.hand_out, units, Z=Z, stride=Z.stride, width=k)
    bad = arena.matrix(1, 1, dtype="int64")
    instructions = words_of([[gather, link, hand_out]], dtype)
    executable = Executable(instructions, arena, ROWS_PER_BLOCK, scratch_for(arena, Z.stride), bad, Team())
    return executable, allocate_lock()
