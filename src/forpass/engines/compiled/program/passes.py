"""Forward pass and backward pass, written down operation by operation."""

from __future__ import annotations

from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.operations import OPERATIONS
from forpass.engines.compiled.program.recording import Recording

__all__ = ["backward_pass", "forward_pass"]


def forward_pass(run: Recording) -> Matrix:
    """Carry the batch up through all operations; return where the raw scores are."""
    for op in run.program.operations:
        forward, _ = OPERATIONS[op.opcode]
        run.outputs.append(forward(op, run, run.outputs[op.source]))
    Z: Matrix = run.outputs[-1]
    return Z


def backward_pass(run: Recording, dY: Matrix) -> None:
    """Carry derivatives down, as far as there is something to learn."""
    learning = [op.number for op in run.program.operations if op.parameters]
    for op in reversed(run.program.operations[learning[0] - 1 :]):
        _, backward = OPERATIONS[op.opcode]
        dY = backward(op, run, dY, op.number > learning[0])
