"""How near is near enough, and what is said where it is not.

A comparison that fails raises `Failure`, which knows what was compared; `suite` adds the names of the
engine and of the check.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import EngineState, StepStats
from forpass.maths.optimizers import OPTIMIZERS
from forpass.spec.layout import ParameterLayout
from forpass.spec.program import Program

__all__ = [
    "DTYPES",
    "TOLERANCES",
    "Failure",
    "require_blocks",
    "require_close",
    "require_equal",
    "require_same_bits",
    "require_same_run",
    "require_same_state",
    "require_state",
]

DTYPES = ("float32", "float64")


class Tolerances(NamedTuple):
    """How far an engine may be from the reference, relative to the largest number of a block.

    Attributes
    ----------
    gradient : float
        256 eps: a few layers, and sums over a few dozen rows in any order.
    trajectory : float
        16384 eps: 20 steps, each of which hands on the errors of the one before and adds its own; an
        optimiser that divides by the size of a gradient magnifies those of small gradients.
    """

    gradient: float
    trajectory: float


TOLERANCES: dict[str, Tolerances] = {
    name: Tolerances(256.0 * float(np.finfo(name).eps), 16384.0 * float(np.finfo(name).eps))
    for name in DTYPES
}

SMALL_BLOCK = 1e-3
"""A block whose numbers are all smaller than this share of the vector's largest counts as this."""


class Failure(Exception):
    """What a check found; `suite` adds who and where."""


def require_equal(what: str, got: Any, wanted: Any) -> None:
    """Demand ``got == wanted``."""
    if got != wanted:
        raise Failure(f"{what} is {got!r}; it must be {wanted!r}")


def require_same_bits(what: str, got: NDArray[Any], wanted: NDArray[Any]) -> None:
    """Demand the same type, shape and bits: NaN equals NaN, and 0 is not -0."""
    if got.dtype != wanted.dtype or got.shape != wanted.shape:
        raise Failure(f"{what}: {got.dtype} {got.shape}; it must be {wanted.dtype} {wanted.shape}")
    if got.tobytes() != wanted.tobytes():
        where = np.argwhere(got != wanted)
        index = tuple(int(i) for i in where[0]) if len(where) else ()
        raise Failure(
            f"{what} must have the same bits; at {list(index)} {got[index]!r} is not {wanted[index]!r}"
        )


def require_same_run(
    what: str, got: tuple[StepStats, EngineState], wanted: tuple[StepStats, EngineState]
) -> None:
    """Demand the same bits of what two runs reported and of the states after them."""
    require_equal(f"the bad step of {what}", got[0].bad_step, wanted[0].bad_step)
    require_same_bits(f"the losses of {what}", got[0].losses, wanted[0].losses)
    require_same_bits(f"the penalties of {what}", got[0].penalties, wanted[0].penalties)
    require_same_state(f"the state after {what}", got[1], wanted[1])


def require_same_state(what: str, got: EngineState, wanted: EngineState) -> None:
    """Demand the same bits of everything a state holds."""
    for name in ("parameters", "buffers", "slots"):
        require_same_bits(f"{name} of {what}", getattr(got, name), getattr(wanted, name))


def require_close(
    what: str, got: NDArray[Any], wanted: NDArray[Any], tolerance: float, least: float = 0.0
) -> None:
    """Demand agreement up to `tolerance` times the largest number wanted."""
    if got.shape != wanted.shape:
        raise Failure(f"{what} has the shape {got.shape}; it must be {wanted.shape}")
    if not wanted.size:
        return
    scale = max(float(np.max(np.abs(wanted))), least)
    distance = np.abs(got.astype(np.float64) - wanted)
    if not np.all(distance <= tolerance * scale):
        worst = np.unravel_index(int(np.argmax(np.where(np.isfinite(distance), distance, np.inf))), got.shape)
        raise Failure(
            f"{what} at {[int(i) for i in worst]} is {got[worst]:.9g}; it must be {wanted[worst]:.9g} "
            f"(largest {scale:.3g}, tolerance {tolerance:.1e} of that)"
        )


def require_blocks(
    what: str, layout: ParameterLayout, got: NDArray[Any], wanted: NDArray[Any], tolerance: float
) -> None:
    """Demand agreement of each block of a flat vector."""
    if got.shape != wanted.shape:
        raise Failure(f"{what} has the shape {got.shape}; it must be {wanted.shape}")
    least = SMALL_BLOCK * float(np.max(np.abs(wanted), initial=0.0))
    right = layout.views(wanted)
    for name, view in layout.views(got).items():
        require_close(f"{what}, {name}", view, right[name], tolerance, least)


def require_state(
    program: Program, got: EngineState, wanted: EngineState, optimizer: str, tolerance: float
) -> None:
    """Demand agreement of each block of parameters, buffers and slots."""
    require_blocks("the parameters", program.parameters, got.parameters, wanted.parameters, tolerance)
    require_blocks("the buffers", program.buffers, got.buffers, wanted.buffers, tolerance)
    require_equal("the number of slots", len(got.slots), len(wanted.slots))
    for name, slot, right in zip(OPTIMIZERS[optimizer].slots, got.slots, wanted.slots, strict=True):
        require_blocks(f"the slot {name}", program.parameters, slot, right, tolerance)
