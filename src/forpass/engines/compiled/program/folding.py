"""Scale layers that are folded into the weights behind them: Z = (X s) (m W) + b = X (s m W) + b.

So no rows are scaled, and both gradients come of G = X^T dZ, see `forpass.maths.affine`. Otherwise the
derivative by X s is made only to be summed up, by a product as large as that of the layer: of 110 inputs
before 96, 96 and 96 units 45 of 600 us a step.
"""

from __future__ import annotations

from forpass.spec.operation import Operation
from forpass.spec.program import Program

__all__ = ["folded_scales"]


def folded_scales(program: Program) -> dict[int, Operation]:
    """Return the scale below an affine operation that alone reads it, by the number of that operation."""
    found: dict[int, Operation] = {}
    for op in program.operations:
        if op.opcode == "affine" and op.source > 0 and program.consumers[op.source] == (op.number,):
            below = program.operations[op.source - 1]
            if below.opcode == "columnwise" and below.function == "scale":
                found[op.number] = below
    return found
