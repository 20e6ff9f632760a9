"""The update: what becomes of the gradients of a step.

Running averages move on, gradients are clipped, and the optimiser takes its step, block by block. Whatever it
computes stands on the tape under the name of its block: ``W1.velocity``, ``W1.new``.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping
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
    gradients = {block.name: _gradient_name(run, block.name) for block in layout.blocks}
    g = _clipped(run, layout.flatten(run.gradients, real), gradients, spec)
    optimizer, places = OPTIMIZERS[spec.name], step.places
    coefficients = [real(step.scalars[column]) for column in places.coefficients]
    called = {name: f"{spec.name}.{name}" for name in _coefficient_names(optimizer)}
    for name, value in zip(called.values(), coefficients, strict=True):
        run.tape.record(name, value, f"of step {step.number + 1}", "optimizer", None, "update")
    for number, block in enumerate(layout.blocks):
        rate, decay = real(step.scalars[places.learning_rate[number]]), step.scalars[places.decay[number]]
        of_block = _Update(run, block, {"g": gradients[block.name], **called})
        theta = of_block.begin(state.parameters[block.slice], rate, real(decay))
        slots = [slot[block.slice] for slot in state.slots]
        moved = optimizer.step(theta, g[block.slice], *slots, rate, *coefficients)
        of_block.end(optimizer, slots, moved)
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
        for block in blocks:
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
        read = list(gradients.values())
        run.tape.record(
            "norm", norm, "root of the sum of all squares", "optimizer", None, "update", read, "all"
        )
        factor, limit = real(clip_norm_factor(norm, spec.clip_norm)), spec.clip_norm
        g = clipped(g * factor, "rescaled", f"{{}} {limit:g} / max(norm, {limit:g})", "norm")
    return g


class _Update:
    """Writes the update of one block on the tape."""

    def __init__(self, run: Pass, block: Block, names: Mapping[str, str]) -> None:
        self.run, self.block = run, block
        self.names = {"theta": block.name, "rate": f"{block.name}.rate", **names}
        owners = [op for op in run.program.operations if block.name in op.parameters]
        self.label = owners[0].label if owners else "optimizer"
        self.number = owners[0].number if owners else None

    def begin(self, theta: NDArray[Any], rate: Any, decay: Any) -> NDArray[Any]:
        """Write rate and decay down; return the parameters (size,) from which the optimiser goes on."""
        name, rated = self.block.name, self.names["rate"]
        self.record(rated, rate, "the learning rate of this step")
        if not decay:
            return theta
        self.record(f"{name}.decay", decay, "the decay of this step")
        self.names["theta"], theta = f"{name}.decayed", decayed(theta, rate, decay)
        read = name, rated, f"{name}.decay"
        self.record(f"{name}.decayed", theta, f"{name} - {rated} {name}.decay {name}", *read)
        return theta

    def end(self, optimizer: Optimizer, slots: list[NDArray[Any]], moved: tuple[Any, ...]) -> None:
        """Write down what the optimiser remembered, remembers now, and made of the parameters."""
        name, (theta, *renewed) = self.block.name, moved
        unsaid = f"{optimizer.name} of {', '.join(optimizer.slots)}"
        formulas = optimizer.slot_formulas or (unsaid,) * len(optimizer.slots)
        for slot, before, formula, value in zip(optimizer.slots, slots, formulas, renewed, strict=True):
            self.record(f"{name}.{slot}.before", before.copy(), "as the step before left it")
            said, read = _said(formula, tuple({**self.names, slot: f"{name}.{slot}.before"}.items()))
            self.record(f"{name}.{slot}", value, said, *read)
        now = {slot: f"{name}.{slot}" for slot in optimizer.slots}
        said, read = _said(optimizer.formula, tuple({**self.names, **now}.items()))
        self.record(f"{name}.new", theta, said, *read)

    def record(self, name: str, value: Any, formula: str, *inputs: str) -> None:
        """Write a value down in the block's shape, or a single number."""
        value = np.asarray(value)
        value = value.reshape(self.block.shape) if value.ndim else value
        self.run.tape.record(name, value, formula, self.label, self.number, "update", inputs)


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
