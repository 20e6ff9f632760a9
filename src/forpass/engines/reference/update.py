"""The update: what becomes of the gradients of a step.

Running averages move on, gradients are clipped, and the optimiser takes its step, block by block. Where
somebody looks, whatever it computes stands on the tape under the name of its block: ``W1.velocity``,
``W1.new``. In training nobody does: writing it down would make a small step half as long again.
"""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.protocol import EngineState
from forpass.engines.reference.operations import UPDATES
from forpass.engines.reference.working import Pass
from forpass.maths.clipping import clip_norm_factor, clip_value
from forpass.maths.optimizers import OPTIMIZERS, Optimizer
from forpass.maths.penalties import decayed
from forpass.spec.layout import Block
from forpass.spec.optimizer import OptimizerSpec

__all__ = ["update_pass"]

WORD = re.compile(r"[A-Za-z]\w*")


def update_pass(run: Pass, state: EngineState, spec: OptimizerSpec) -> None:
    """Take the step whose gradients a pass has found, in place in `state`, whose arrays the pass works on.

    g = clipped gradient, theta = theta - rate decay theta, then a step of the optimiser with g; rate and
    decay are those of the block.
    """
    for op in run.program.operations:
        if op.opcode in UPDATES:
            UPDATES[op.opcode](op, run)
    layout, step, real = run.program.parameters, run.step, state.parameters.dtype.type
    assert step is not None
    gradients = {block.name: _gradient_name(run, block.name) for block in layout.blocks} if run.whole else {}
    g = _clipped(run, layout.flatten(run.gradients, real), gradients, spec)
    optimizer, places = OPTIMIZERS[spec.name], step.places
    coefficients = [real(step.scalars[column]) for column in places.coefficients]
    called = _write_coefficients(run, spec, coefficients) if run.whole else {}
    for number, block in enumerate(layout.blocks):
        rate, decay = real(step.scalars[places.learning_rate[number]]), step.scalars[places.decay[number]]
        theta, slots = state.parameters[block.slice], [slot[block.slice] for slot in state.slots]
        if decay:
            theta = decayed(theta, rate, real(decay))
        moved = optimizer.step(theta, g[block.slice], *slots, rate, *coefficients)
        if run.whole:
            names = {"g": gradients[block.name], **called}
            _write_block(run, block, names, (rate, real(decay), theta), slots, moved, optimizer)
        state.parameters[block.slice] = moved[0]
        for slot, value in zip(state.slots, moved[1:], strict=True):
            slot[block.slice] = value


def _gradient_name(run: Pass, name: str) -> str:
    """Return what the tape calls the whole gradient of a block, the penalty's share included."""
    return total if (total := f"d{name}.total") in run.tape else f"d{name}"


def _clipped(run: Pass, g: NDArray[Any], gradients: dict[str, str], spec: OptimizerSpec) -> NDArray[Any]:
    """Clip the gradient g (p,) of all blocks; `gradients` has the name of each block's, and is renewed."""
    blocks, real = run.program.parameters.blocks, g.dtype.type

    def clipped(to: NDArray[Any], suffix: str, formula: str, *also: str) -> NDArray[Any]:
        for block in blocks if run.whole else ():
            read = gradients[block.name]
            gradients[block.name] = name = f"d{block.name}.{suffix}"
            value = to[block.slice].reshape(block.shape)
            run.tape.record(name, value, formula.format(read), "optimizer", None, "update", [read, *also])
        return to

    if spec.clip_value is not None:
        limit = spec.clip_value
        g = clipped(clip_value(g, real(limit)), "clipped", f"max(-{limit:g}, min({{}}, {limit:g}))")
    if spec.clip_norm is not None:
        norm = float(np.sqrt(np.sum(np.square(g, dtype=np.float64))))
        if run.whole:
            how = "root of the sum of all squares", "optimizer", None, "update"
            run.tape.record("norm", norm, *how, list(gradients.values()), "all")
        factor, limit = real(clip_norm_factor(norm, spec.clip_norm)), spec.clip_norm
        g = clipped(g * factor, "rescaled", f"{{}} {limit:g} / max(norm, {limit:g})", "norm")
    return g


def _write_coefficients(run: Pass, spec: OptimizerSpec, coefficients: list[Any]) -> dict[str, str]:
    """Write the optimiser's coefficients down; return what the tape calls them."""
    called = {name: f"{spec.name}.{name}" for name in _coefficient_names(OPTIMIZERS[spec.name])}
    assert run.step is not None
    for name, value in zip(called.values(), coefficients, strict=True):
        run.tape.record(name, value, f"of step {run.step.number + 1}", "optimizer", None, "update")
    return called


def _write_block(
    run: Pass,
    block: Block,
    names: dict[str, str],
    begins: tuple[Any, Any, NDArray[Any]],
    slots: list[NDArray[Any]],
    moved: tuple[Any, ...],
    optimizer: Optimizer,
) -> None:
    """Write the update of a block down.

    Parameters
    ----------
    names : dict
        What the tape calls g and the coefficients.
    begins : (rate, decay, theta)
        From which the optimiser went on: theta is decayed already.
    slots : list of arrays (size,)
        What it remembered.
    moved : (theta, *slots)
        What it made of them.
    """
    name, owners = block.name, [op for op in run.program.operations if block.name in op.parameters]
    label, number = (owners[0].label, owners[0].number) if owners else ("optimizer", None)
    rate, decay, theta = begins
    names = {"theta": name, "rate": f"{name}.rate", **names}

    def record(called: str, value: Any, formula: str, *read: str) -> None:
        value = np.asarray(value)
        value = value.reshape(block.shape).copy() if value.ndim else value
        run.tape.record(called, value, formula, label, number, "update", read)

    record(f"{name}.rate", rate, "the learning rate of this step")
    if decay:
        names["theta"] = f"{name}.decayed"
        record(f"{name}.decay", decay, "the decay of this step")
        formula = f"{name} - {name}.rate {name}.decay {name}"
        record(f"{name}.decayed", theta, formula, name, f"{name}.rate", f"{name}.decay")
    unsaid = f"{optimizer.name} of {', '.join(optimizer.slots)}"
    formulas = optimizer.slot_formulas or (unsaid,) * len(optimizer.slots)
    for slot, before, formula, value in zip(optimizer.slots, slots, formulas, moved[1:], strict=True):
        record(f"{name}.{slot}.before", before, "as the step before left it")
        said, read = _said(formula, tuple({**names, slot: f"{name}.{slot}.before"}.items()))
        record(f"{name}.{slot}", value, said, *read)
    now = {slot: f"{name}.{slot}" for slot in optimizer.slots}
    said, read = _said(optimizer.formula, tuple({**names, **now}.items()))
    record(f"{name}.new", moved[0], said, *read)


@functools.lru_cache(256)
def _said(formula: str, names: tuple[tuple[str, str], ...]) -> tuple[str, tuple[str, ...]]:
    """Return a formula with other names for what it reads, and these names as they stand in it."""
    known = dict(names)
    read = dict.fromkeys(known[word] for word in WORD.findall(formula) if word in known)
    return WORD.sub(lambda found: known.get(found[0], found[0]), formula), tuple(read)


@functools.lru_cache(64)
def _coefficient_names(optimizer: Optimizer) -> tuple[str, ...]:
    """Return what an optimiser's formula calls what it takes after the rate."""
    return tuple(inspect.signature(optimizer.step).parameters)[3 + len(optimizer.slots) :]
