"""Forward pass, link and backward pass, written down operation by operation."""

from __future__ import annotations

from forpass.engines.compiled.kernels import layers, scores
from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.operations import OPERATIONS
from forpass.engines.compiled.program.recording import Recording
from forpass.maths.links import LINKS

__all__ = ["backward_pass", "forward_pass", "link"]


def forward_pass(run: Recording) -> Matrix:
    """Carry the batch up through all operations; return where the raw scores are."""
    for op in run.program.operations:
        forward, _ = OPERATIONS[op.opcode]
        run.outputs.append(forward(op, run, run.outputs[op.source]))
    Z: Matrix = run.outputs[-1]
    return Z


def link(run: Recording, Z: Matrix) -> None:
    """Turn raw scores into predictions, in place."""
    record = LINKS[run.program.head.link]
    if record.rowwise:
        run.by_rows(scores.row_link, Z=Z, P=Z, stride=Z.stride, width=Z.width, function=record.function)
    elif record.name != "identity":
        run.by_rows(
            layers.activation_forward, Z=Z, A=Z, stride=Z.stride, settings=(), function=record.function
        )


def backward_pass(run: Recording, dY: Matrix) -> None:
    """Carry derivatives down, as far as there is something to learn."""
    learning = [op.number for op in run.program.operations if op.parameters]
    for op in reversed(run.program.operations[learning[0] - 1 :]):
        _, backward = OPERATIONS[op.opcode]
        dY = backward(op, run, dY, op.number > learning[0])
