"""Forward pass, loss and backward pass: the three movements of a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.engines.reference.operations import OPERATIONS, Pass
from forpass.maths.losses import LOSSES
from forpass.maths.penalties import penalty, penalty_gradient

__all__ = ["backward_pass", "forward_pass", "objective"]


def forward_pass(run: Pass) -> Any:
    """Carry the inputs up through all operations; return the raw scores (n, k)."""
    Y = run.tape.record("X", run.batch.X, "the batch", "input")
    for op in run.program.operations:
        forward, _ = OPERATIONS[op.opcode]
        Y = run.tape.record(op.output, forward(op, run, Y), op.formula, op.label)
    return Y


def objective(run: Pass, Z: Any) -> tuple[float, float]:
    """Return the weighted losses of the batch, summed in float64, and the penalty.

    What is minimised is the mean that the plan makes of the one, plus the other:
    objective = sum(w l) / normaliser + penalty.
    """
    head, batch, tape, z = run.program.head, run.batch, run.tape, run.program.outputs[-1]
    assert run.step is not None
    loss = LOSSES[head.loss]
    L = loss.function(Z, batch.T, *head.settings.values())
    per_example = np.sum(L, axis=1)
    if head.over_outputs == "mean":
        per_example = per_example / Z.dtype.type(Z.shape[1])
    tape.record("loss", per_example, f"{loss.name}({z}, T)", "head")
    weighted = per_example if batch.w is None else batch.w * per_example
    loss_sum, price = float(np.sum(weighted, dtype=np.float64)), _penalty(run)
    value = loss_sum / run.step.normaliser + price
    tape.record("objective", value, "mean of w loss + penalty", "head")
    return loss_sum, price


def backward_pass(run: Pass, Z: Any) -> Any:
    """Carry the derivative of the objective down again; return it by the inputs, (n, d).

    Fills ``run.gradients``, the penalty's share included.
    """
    head, batch, tape, step = run.program.head, run.batch, run.tape, run.step
    assert step is not None
    loss, scale = LOSSES[head.loss], Z.dtype.type(step.scalars[step.places.loss_scale])
    dL = scale if batch.w is None else batch.w[:, None] * scale
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


def _penalty(run: Pass) -> float:
    price = run.program.penalty
    total = 0.0
    if price.l1 or price.l2:
        for block in run.program.parameters.blocks:
            if block.kind in price.kinds:
                w = run.parameters[block.name]
                total += float(np.sum(penalty(w, *_prices(run, w)), dtype=np.float64))
    return total


def _add_penalty_gradient(run: Pass) -> None:
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


def _prices(run: Pass, w: Any) -> tuple[Any, Any]:
    assert run.step is not None
    scalars, places = run.step.scalars, run.step.places
    return w.dtype.type(scalars[places.l1]), w.dtype.type(scalars[places.l2])
