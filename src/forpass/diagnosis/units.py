"""Units that do not learn because their activation is flat wherever the examples lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.diagnosis.finding import Case, Finding
from forpass.diagnosis.remedies import remedy
from forpass.maths.activations import ACTIVATIONS
from forpass.spec.operation import Operation

__all__ = ["idle_units"]

FAR = 50.0
"""A pre-activation so far out that an activation shows where it leads: to 0, to a bound, or on."""

DEAD_SLOPE = 1e-6
"""Share of the steepest slope. A relu's is exactly 0 where it gives 0; gelu, silu, softplus come near."""

SATURATED_SLOPE = 0.01
"""Share of the steepest slope. It is reached at |z| = 3.0 for tanh and 6.0 for sigmoid: such a unit needs a
hundred steps for what an unsaturated one learns in one."""

SATURATED_SHARE = 0.99
"""Share of the examples. A unit that still has slope on more than one in a hundred can find its way back."""

IDLE_SHARE = 0.1
"""Share of a layer's units. Wide layers often lose a few, which costs nothing; from a tenth on, capacity
is lost."""


def idle_units(case: Case) -> Iterator[Finding]:
    """Report layers of which many units are dead (give 0 to every example) or saturated (at a bound)."""
    for op in case.model.program.operations:
        if op.opcode == "activation" and ACTIVATIONS[op.function].trainable:
            yield from _judge(op, _slopes(op, case.tape[case.model.program.outputs[op.source]]))


def _judge(op: Operation, slopes: NDArray[Any]) -> Iterator[Finding]:
    """Judge the slopes (n, units), each as a share of the steepest the activation has."""
    if _cuts_off(op):
        idle = np.all(slopes <= DEAD_SLOPE, axis=0)
        share = f"{idle.sum()} of {op.d_out} units ({idle.mean():.0%})"
        if idle.mean() >= IDLE_SHARE:
            yield Finding(
                "dead_units",
                op.label,
                float(idle.mean()),
                f"{share} give 0 for every example and cannot learn",
                remedy("dead_units"),
            )
        return
    idle = np.mean(slopes < SATURATED_SLOPE, axis=0) >= SATURATED_SHARE
    share = f"{idle.sum()} of {op.d_out} units ({idle.mean():.0%})"
    if idle.mean() >= IDLE_SHARE:
        yield Finding(
            "saturated_units",
            op.label,
            float(idle.mean()),
            f"{share} are where {op.function} is flat for nearly "
            "every example: its slope there is below a hundredth of the steepest",
            remedy("saturated_units"),
        )


def _slopes(op: Operation, Z: NDArray[Any]) -> NDArray[np.float64]:
    """Size of the derivative at every pre-activation (n, units), as a share of the steepest."""
    grid = np.linspace(-FAR, FAR, 2001)
    return _derivative(op, Z.astype(np.float64)) / np.max(_derivative(op, grid))


def _derivative(op: Operation, Z: NDArray[np.float64]) -> NDArray[np.float64]:
    activation = ACTIVATIONS[op.function]
    A = activation.function(Z, *op.settings)
    slope: NDArray[np.float64] = np.abs(activation.vjp(np.ones_like(Z), Z, A, *op.settings))
    return slope


def _cuts_off(op: Operation) -> bool:
    """Whether the activation gives 0 to what is far below zero and passes on what is far above, like relu."""
    low, high = np.abs(ACTIVATIONS[op.function].function(np.array([-FAR, FAR]), *op.settings))
    return bool(low < DEAD_SLOPE and high > FAR / 2)
