"""Forward pass, loss and backward pass: the three movements of a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.engines.reference.operations import OPERATIONS, Run
from forpass.maths.losses import LOSSES
from forpass.maths.penalties import penalty, penalty_gradient

__all__ = ["backward_pass", "forward_pass", "objective"]


def forward_pass(run: Run) -> Any:
    """Carry the inputs up through all operations; return the raw scores (n, k)."""
    Y = run.tape.record("X", run.batch.X, "the batch", "input")
    for op in run.program.operations:
        forward, _ = OPERATIONS[op.opcode]
        Y = run.tape.record(op.output, forward(op, run, Y), op.formula, op.label)
    return Y


def objective(run: Run, Z: Any) -> float:
    """Return what is minimised: weighted mean loss of the batch plus penalty, summed in float64."""
    head, batch, tape = run.program.head, run.batch, run.tape
    loss, z = LOSSES[head.loss], run.program.outputs[-1]
    L = loss.function(Z, batch.T, *head.settings.values())
    per_example = np.sum(L, axis=1)
    if head.over_outputs == "mean":
        per_example = per_example / Z.dtype.type(Z.shape[1])
    tape.record("loss", per_example, f"{loss.name}({z}, T)", "head")
    weighted = per_example if batch.w is None else batch.w * per_example
    mean = np.sum(weighted, dtype=np.float64) / batch.normaliser
    return float(tape.record("objective", mean + _penalty(run), "mean of w loss + penalty", "head"))


def backward_pass(run: Run, Z: Any) -> Any:
    """Carry the derivative of the objective down again; return it by the inputs, (n, d).

    Fills ``run.gradients``, the penalty's share included.
    """
    head, batch, tape = run.program.head, run.batch, run.tape
    loss, real = LOSSES[head.loss], Z.dtype.type
    scale = 1.0 / batch.normaliser
    if head.over_outputs == "mean":
        scale /= Z.shape[1]
    dL = real(scale) if batch.w is None else batch.w[:, None] * real(scale)
    dY = loss.vjp(dL, Z, batch.T, *head.settings.values())
    outputs = run.program.outputs
    tape.record(f"d{outputs[-1]}", dY, f"derivative of objective by {outputs[-1]}", "head")
    for op in reversed(run.program.operations):
        _, backward = OPERATIONS[op.opcode]
        dY = backward(op, run, dY)
        below = outputs[op.source]
        tape.record(f"d{below}", dY, f"d{op.output} back through {op.function or op.opcode}", op.label)
    _add_penalty_gradient(run)
    return dY


def _penalty(run: Run) -> float:
    price = run.program.penalty
    total = 0.0
    if price.l1 or price.l2:
        for block in run.program.parameters.blocks:
            if block.kind in price.kinds:
                w = run.parameters[block.name]
                total += float(np.sum(penalty(w, *_prices(run, w)), dtype=np.float64))
    return total


def _add_penalty_gradient(run: Run) -> None:
    price = run.program.penalty
    if price.l1 or price.l2:
        for block in run.program.parameters.blocks:
            if block.kind in price.kinds:
                w = run.parameters[block.name]
                dw = penalty_gradient(w, *_prices(run, w))
                run.tape.record(
                    f"d{block.name}.penalty", dw, f"l1 sign({block.name}) + l2 {block.name}", "penalty"
                )
                run.gradients[block.name] += dw


def _prices(run: Run, w: Any) -> tuple[Any, Any]:
    price = run.program.penalty
    share = 1.0 / run.batch.weight_sum if price.per == "batch_weight" else 1.0
    return w.dtype.type(price.l1 * share), w.dtype.type(price.l2 * share)
