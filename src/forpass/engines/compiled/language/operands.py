"""What the parameters of a kernel may be annotated with: how an operand is written down, and how it is read.

An operand is one word of an instruction. Whoever writes the instruction gives an address, a number, or
the place of a number among those that change from step to step; the kernel gets an array or a value:

==============================  ========================  ===============================
                                one number                where numbers begin
==============================  ========================  ===============================
the same at every step          Number, Integer           Reals, Doubles, Integers, Words
of the step, by its place       StepReal, StepInteger     StepReals
==============================  ========================  ===============================

Places are those of `engines.plans.ScalarPlaces`: among a plan's scalars, and among its thresholds.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.places import Array
from forpass.engines.compiled.language.types import DOUBLE, I32, I64
from forpass.engines.compiled.language.values import Value

__all__ = [
    "Doubles",
    "Integer",
    "Integers",
    "Number",
    "Operand",
    "Reals",
    "StepInteger",
    "StepReal",
    "StepReals",
    "Words",
]


@dataclass(frozen=True)
class Operand:
    """A kind of operand.

    Attributes
    ----------
    word : callable
        ``word(given)`` is the word of the instruction for what was given.
    load : callable
        ``load(code, word)`` is what the kernel gets for that word.
    """

    word: Callable[[Any], int]
    load: Callable[[Code, Value], Any]


def _place(given: Any) -> int:
    return int(getattr(given, "address", given))


def _whole(given: Any) -> int:
    return int(given)


def _bits(given: Any) -> int:
    return int(struct.unpack("<q", struct.pack("<d", given))[0])


def _array(element: Any) -> Callable[[Code, Value], Array]:
    return lambda code, word: code.array(word, element)


def _step_reals(code: Code, word: Value) -> Array:
    return code.array(code.of_step("reals"), code.real).at(word)


def _step_integer(code: Code, word: Value) -> Value:
    return code.array(code.of_step("integers"), I64)[word]


Reals = Annotated[Array, Operand(_place, lambda code, word: code.array(word, code.real))]
"""Numbers of the working type."""
Doubles = Annotated[Array, Operand(_place, _array(DOUBLE))]
Integers = Annotated[Array, Operand(_place, _array(I64))]
Words = Annotated[Array, Operand(_place, _array(I32))]
"""Random words."""
Integer = Annotated[Value, Operand(_whole, lambda code, word: word)]
"""A size, a stride, a place."""
Number = Annotated[Value, Operand(_bits, lambda code, word: word.bits(DOUBLE).real())]
"""A setting, in the working type."""
StepReal = Annotated[Value, Operand(_whole, lambda code, word: _step_reals(code, word)[0])]
StepReals = Annotated[Array, Operand(_whole, _step_reals)]
"""Several that follow each other, from a place on."""
StepInteger = Annotated[Value, Operand(_whole, _step_integer)]
