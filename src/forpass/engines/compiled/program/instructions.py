"""Kernels as they are asked for: by name and choices; and instructions, which are calls of them.

A kernel's parameters say by their annotations what its operands are; its keyword-only parameters are
choices, each set of which is a kernel of its own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Operand
from forpass.engines.compiled.runtime.compiler import address_of
from forpass.engines.compiled.runtime.driver import HEAD, WORDS_OF_AN_INSTRUCTION
from forpass.engines.compiled.runtime.identity import formula_digest, named_digest
from forpass.engines.compiled.runtime.units import Units
from forpass.errors import EngineError

__all__ = ["Instruction", "Phases", "instruction", "kernel_address", "words_of"]


Phases = Sequence[Sequence["Instruction"]]
"""Instructions between barriers."""


@dataclass(frozen=True, eq=False)
class Instruction:
    """One call of a kernel in each step.

    Attributes
    ----------
    kernel : callable
        The function that writes it.
    units : Units
    operands : mapping
        By the names of the kernel's parameters: matrices (anything with an address), numbers, places
        of the step's own numbers. Variadic ones as a sequence.
    choices : mapping
        By the names of its keyword-only parameters: formulas, and how they are combined.
    """

    kernel: Callable[..., None]
    units: Units
    operands: Mapping[str, Any]
    choices: Mapping[str, Any]


def instruction(kernel: Callable[..., None], units: Units, **given: Any) -> Instruction:
    """Make an instruction; what the kernel takes by keyword only are choices."""
    operands = {name: given.pop(name) for name, _, _ in _operands(kernel)}
    return Instruction(kernel, units, operands, given)


def kernel_address(
    kernel: Callable[..., None], dtype: str, extra: int, choices: tuple[tuple[str, Any], ...], named: str
) -> int:
    """Return where a kernel is; `extra` is how many variadic operands it takes.

    `named` is the digest of the formulas that kernels name themselves.
    """
    formulas = [value for _, value in choices if callable(value)]

    def write() -> str:
        code = Code(dtype)
        operands: list[Any] = []
        for _, variadic, kind in _operands(kernel):
            operands += [code.operand(kind.load) for _ in range(extra if variadic else 1)]
        kernel(code, *operands, **dict(choices))
        return code.finish()

    try:
        spelled = [f"{name} {formula_digest(v) if callable(v) else v}" for name, v in choices]
        words = kernel.__module__, kernel.__qualname__, *spelled, dtype, str(extra), named
        return address_of("\n".join(words), write)
    except (EngineError, TypeError, AttributeError, NameError, ValueError) as error:
        if not formulas:
            raise  # a fault of ours
        of = ", ".join(getattr(formula, "__qualname__", repr(formula)) for formula in formulas)
        raise EngineError(
            f"the {kernel.__name__} of {of} cannot be compiled: {error}. "
            'Use engine="numpy", which can do whatever NumPy can'
        ) from error


def words_of(phases: Phases, dtype: str) -> NDArray[np.int64]:
    """Return the instructions as the driver reads them, compiling what is not compiled yet."""
    items = [(item, item is phase[-1]) for phase in phases for item in phase]
    table, named = np.zeros((len(items), WORDS_OF_AN_INSTRUCTION), np.int64), named_digest()
    for row, (item, last) in zip(table, items, strict=True):
        operands: list[int] = []
        extra = 0
        for name, variadic, kind in _operands(item.kernel):
            given = item.operands[name]
            extra = len(given) if variadic else extra
            operands += [kind.word(value) for value in (given if variadic else (given,))]
        if len(operands) > WORDS_OF_AN_INSTRUCTION - len(HEAD):
            raise EngineError(
                f"the {item.kernel.__name__} takes {len(operands)} operands, more than "
                f'{WORDS_OF_AN_INSTRUCTION - len(HEAD)}; use engine="numpy"'
            )
        choices = tuple(sorted(item.choices.items()))
        address = kernel_address(item.kernel, dtype, extra, choices, named)
        row[: len(HEAD)] = (address, *item.units, last)
        row[len(HEAD) : len(HEAD) + len(operands)] = operands
    return table


@functools.cache
def _operands(kernel: Callable[..., None]) -> tuple[tuple[str, bool, Operand], ...]:
    """Name of each operand, whether it is variadic, and its kind."""
    parameters = list(inspect.signature(kernel, eval_str=True).parameters.values())
    return tuple(
        (p.name, p.kind is p.VAR_POSITIONAL, p.annotation.__metadata__[0])
        for p in parameters[1:]
        if p.kind is not p.KEYWORD_ONLY
    )
