"""Forward pass and backward pass, written down operation by operation."""

from __future__ import annotations

from forpass.engines.compiled.program.memory import Matrix
from forpass.engines.compiled.program.operations import OPERATIONS
from forpass.engines.compiled.program.operations.add import added
from forpass.engines.compiled.program.recording import Recording

__all__ = ["backward_pass", "forward_pass"]


def forward_pass(run: Recording) -> Matrix:
    """Carry the batch up through all operations; return where the raw scores are."""
    for op in run.program.operations:
        if run.is_folded(op):  # what reads its output finds what came in
            run.outputs.append(run.outputs[op.source])
            continue
        forward, _ = OPERATIONS[op.opcode]
        run.outputs.append(forward(op, run, *(run.outputs[source] for source in op.sources)))
    Z: Matrix = run.outputs[-1]
    return Z


def backward_pass(run: Recording, dZ: Matrix) -> None:
    """Carry derivatives down, as far as there is something to learn.

    What several operations hand back for one buffer is added up as in the reference engine: from the last
    operation to the first, and in the order of its sources where one reads the buffer twice.
    """
    needed = run.program.needs_derivative
    derivatives = {len(run.program.operations): dZ}
    for op in reversed(run.program.operations):
        if not needed[op.target] or run.is_folded(op):
            continue
        _, backward = OPERATIONS[op.opcode]
        below = run.scales.get(op.number)
        sources = op.sources if below is None else below.sources
        needs = tuple(needed[source] for source in sources)
        for source, dX in zip(sources, backward(op, run, derivatives.pop(op.target), needs), strict=True):
            if dX is not None:
                others = derivatives.get(source)
                derivatives[source] = dX if others is None else added(run, others, dX)
