"""Forward pass, loss and backward pass: the three movements of a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from forpass.engines.reference.operations import OPERATIONS
from forpass.engines.reference.working import Explained, Pass
from forpass.maths.losses import LOSSES
from forpass.maths.penalties import penalty, penalty_gradient
from forpass.spec.operation import Operation

__all__ = ["backward_pass", "forward_pass", "objective"]


def forward_pass(run: Pass) -> Any:
    """Carry the inputs X (n, d) up through all operations; return the raw scores Z (n, k)."""
    tape, outputs = run.tape, run.program.outputs
    Y = tape.record("X", run.batch.X, "the batch", "input", None, "input")
    if run.whole:
        _write_what_is_read(run)
    for op in run.program.operations:
        forward, _ = OPERATIONS[op.opcode]
        Y = forward(op, run, *(tape[outputs[source]] for source in op.sources))
        plain: Explained = op.formula, (*run.names(op), *op.parameters), "cells", ()
        formula, inputs, how, columns = run.explained.get(op.output, plain)
        said = formula, op.label, op.number, "forward", inputs, how, columns
        Y = tape.record(op.output, Y, *said)
    return Y


def _write_what_is_read(run: Pass) -> None:
    """Write down what else a step reads: codes, targets T and weights w, parameters and buffers."""
    batch, tape = run.batch, run.tape
    for name, value, what in (
        ("codes", batch.codes, "codes"),
        ("T", batch.T, "targets"),
        ("w", batch.w, "weights"),
    ):
        if value is not None:
            tape.record(name, value, f"{what} of the batch", "input", None, "input")
    for op in run.program.operations:
        for name in (*op.parameters, *op.buffers):
            if name not in tape:
                value = run.parameters[name] if name in op.parameters else run.buffers[name]
                tape.record(name, value.copy(), "before this step", op.label, op.number, "parameters")


def objective(run: Pass, Z: Any) -> tuple[float, float]:
    """Return the weighted losses of the batch, summed in float64, and the penalty; Z (n, k).

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
    said = f"{loss.name}({z}, T)", "head", None, "loss", [z, "T"], "rows"
    per_example = tape.record("loss", per_example, *said)
    weighted = per_example if batch.w is None else batch.w * per_example
    loss_sum, price = float(np.sum(weighted, dtype=np.float64)), _penalty(run)
    value = loss_sum / run.step.normaliser + price
    read = ["loss", *_weight(run), *_penalised(run)]
    tape.record("objective", value, "mean of w loss + penalty", "head", None, "loss", read, "all")
    return loss_sum, price


def backward_pass(run: Pass, Z: Any) -> Any:
    """Carry the derivative of the objective by Z (n, k) down again; return it by the inputs, (n, d).

    Fills ``run.gradients``, the penalty's share included. The derivative by what several operations read is
    the sum of what each of them hands back, added up from the last operation to the first; one that reads it
    twice hands back twice, in the order of its sources.
    """
    head, batch, tape, step = run.program.head, run.batch, run.tape, run.step
    assert step is not None
    loss, scale = LOSSES[head.loss], Z.dtype.type(step.scalars[step.places.loss_scale])
    dL = scale if batch.w is None else batch.w[:, None] * scale
    dZ = loss.vjp(dL, Z, batch.T, *head.settings.values())
    z = run.program.outputs[-1]
    formula, inputs = f"derivative of objective by {z}", [z, "T", *_weight(run)]
    tape.record(f"d{z}", dZ, formula, "head", None, "backward", inputs, "rows")
    for op in reversed(run.program.operations):
        _, backward = OPERATIONS[op.opcode]
        handed_back = backward(op, run, tape[f"d{op.output}"])
        for source, dX in enumerate(handed_back):
            _hand_back(op, run, source, dX)
    _add_penalty_gradient(run)
    return tape["dX"]


def _hand_back(op: Operation, run: Pass, source: int, dX: Any) -> None:
    """Write down what an operation hands back to a source (n, d), and the sum if it is the last to do so."""
    buffer, readers = op.sources[source], run.program.consumers[op.sources[source]]
    name = f"d{run.program.outputs[buffer]}"
    unsaid: Explained = f"d{op.output} back through {op.opcode}", (f"d{op.output}",), "all", ()
    formula, inputs, how, columns = run.explained.get(f"d{op.output} to {source}", unsaid)
    repeat = op.sources[: source + 1].count(buffer)
    part = f"{name} via {op.output}" + (f" ({repeat})" if repeat > 1 else "")
    only = len(readers) == 1
    said = formula, op.label, op.number, "backward", inputs, how, columns
    run.tape.record(name if only else part, dX, *said)
    parts = run.handed_back.setdefault(buffer, [])
    parts.append(part)
    if not only and len(parts) == len(readers):
        total = sum((run.tape[other] for other in parts[1:]), start=run.tape[parts[0]])
        below = run.program.operations[buffer - 1] if buffer else None
        label, number = (below.label, below.number) if below else ("input", None)
        run.tape.record(name, total, " + ".join(parts), label, number, "backward", parts, "sum")


def _penalised(run: Pass) -> list[str]:
    """Names of the blocks on which the penalty falls."""
    price = run.program.penalty
    if not (price.l1 or price.l2):
        return []
    return [block.name for block in run.program.parameters.blocks if block.role in price.roles]


def _penalty(run: Pass) -> float:
    """The sum of l1 |w| + l2/2 w^2 over all penalised blocks, in float64."""
    total = 0.0
    for name in _penalised(run):
        w = run.parameters[name]
        total += float(np.sum(penalty(w, *_prices(run, w)), dtype=np.float64))
    return total


def _add_penalty_gradient(run: Pass) -> None:
    """Add l1 sign(w) + l2 w to the gradient of each penalised block, in the block's shape."""
    for name in _penalised(run):
        w = run.parameters[name]
        l1, l2 = _prices(run, w)
        dw = penalty_gradient(w, l1, l2)
        formula = " + ".join([f"{l1:g} sign({name})"] * bool(l1) + [f"{l2:g} {name}"] * bool(l2))
        dw = run.tape.record(f"d{name}.penalty", dw, formula, "penalty", None, "backward", [name])
        run.gradients[name] += dw
        read, total = [f"d{name}", f"d{name}.penalty"], run.gradients[name].copy()
        run.tape.record(f"d{name}.total", total, " + ".join(read), "penalty", None, "backward", read, "sum")


def _prices(run: Pass, w: Any) -> tuple[Any, Any]:
    """l1 and l2 of this step, in the type of w."""
    assert run.step is not None
    scalars, places = run.step.scalars, run.step.places
    return w.dtype.type(scalars[places.l1]), w.dtype.type(scalars[places.l2])


def _weight(run: Pass) -> list[str]:
    """The weights' name, where there are any."""
    return [] if run.batch.w is None else ["w"]
