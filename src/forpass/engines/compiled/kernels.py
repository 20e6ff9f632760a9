"""Kernels as they are asked for: by name and choices; and instructions, which are calls of them.

A kernel's parameters say by their annotations what its operands are; its keyword-only parameters are
choices, each set of which is a kernel of its own.
"""

from __future__ import annotations

import functools
import inspect
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.code import Code, Number, Scalar, Scalars, Whole
from forpass.engines.compiled.compiler import address_of
from forpass.engines.compiled.driver import HEAD, WORDS_OF_AN_INSTRUCTION
from forpass.engines.compiled.identity import formula_digest, named_digest
from forpass.errors import EngineError

__all__ = ["Instruction", "Phases", "Units", "instruction", "kernel_address", "words_of"]


class Units(NamedTuple):
    """How the work of an instruction divides: (per_row rows + at_least) / 2^halvings units."""

    per_row: int
    at_least: int
    halvings: int

    @classmethod
    def fixed(cls, count: int) -> Units:
        """As many at every step."""
        return cls(0, count, 0)

    @classmethod
    def of_rows(cls, per_unit: int = 1, times: int = 1) -> Units:
        """As many as it takes for `times` things in each row of the batch, `per_unit` = 2^m in a unit."""
        return cls(times, per_unit - 1, per_unit.bit_length() - 1)


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
        By the names of the kernel's parameters: matrices (anything with an address), numbers, names of
        the step's scalars. Variadic ones as a sequence.
    choices : mapping
        By the names of its keyword-only parameters: formulas, and how they are combined.
    """

    kernel: Callable[..., None]
    units: Units
    operands: Mapping[str, Any]
    choices: Mapping[str, Any]


def instruction(kernel: Callable[..., None], units: Units, **given: Any) -> Instruction:
    """Make an instruction; what the kernel takes by keyword only are choices."""
    names = [parameter.name for parameter in _operands(kernel)]
    operands = {name: given.pop(name) for name in names}
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
        for parameter in _operands(kernel):
            load = parameter.annotation.__metadata__[0]
            times = extra if parameter.kind is parameter.VAR_POSITIONAL else 1
            operands += [code.operand(load) for _ in range(times)]
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


def words_of(phases: Phases, dtype: str, scalars: Sequence[str], wholes: Sequence[str]) -> NDArray[np.int64]:
    """Return the instructions as the driver reads them, compiling what is not compiled yet."""
    instructions = [(item, item is phase[-1]) for phase in phases for item in phase]
    table, named = np.zeros((len(instructions), WORDS_OF_AN_INSTRUCTION), np.int64), named_digest()
    for row, (instruction, last) in zip(table, instructions, strict=True):
        operands: list[int] = []
        extra = 0
        for parameter in _operands(instruction.kernel):
            given = instruction.operands[parameter.name]
            variadic = parameter.kind is parameter.VAR_POSITIONAL
            extra = len(given) if variadic else extra
            values = given if variadic else (given,)
            operands += [_word(value, parameter.annotation, scalars, wholes) for value in values]
        if len(operands) > WORDS_OF_AN_INSTRUCTION - len(HEAD):
            raise EngineError(
                f"the {instruction.kernel.__name__} takes {len(operands)} operands, more than "
                f'{WORDS_OF_AN_INSTRUCTION - len(HEAD)}; use engine="numpy"'
            )
        choices = tuple(sorted(instruction.choices.items()))
        address = kernel_address(instruction.kernel, dtype, extra, choices, named)
        row[: len(HEAD)] = (address, *instruction.units, last)
        row[len(HEAD) : len(HEAD) + len(operands)] = operands
    return table


@functools.cache
def _operands(kernel: Callable[..., None]) -> tuple[inspect.Parameter, ...]:
    parameters = list(inspect.signature(kernel, eval_str=True).parameters.values())
    return tuple(p for p in parameters[1:] if p.kind is not p.KEYWORD_ONLY)


def _word(value: Any, annotation: Any, scalars: Sequence[str], wholes: Sequence[str]) -> int:
    if annotation is Number:
        return int(struct.unpack("<q", struct.pack("<d", value))[0])
    if annotation in (Scalar, Scalars):
        return scalars.index(value)
    if annotation is Whole:
        return wholes.index(value)
    return int(getattr(value, "address", value))
