"""The one loop over steps and instructions, and the barrier between them.

An instruction is a row of words: the address of its kernel, how its work divides into units, and the
kernel's operands. The driver knows no layers and no formulas.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np
from llvmlite import ir
from numpy.typing import NDArray

from forpass.engines.compiled.code import KERNEL, STEP, Code
from forpass.engines.compiled.compiler import address_of
from forpass.engines.compiled.values import ADDRESS, DOUBLE, I64, Array, Value, Variable

__all__ = ["HEAD", "TEAM_WORDS", "WORDS_OF_AN_INSTRUCTION", "driver", "steps_of"]

HEAD = ("kernel", "per_row", "at_least", "halvings", "last")
"""How an instruction begins: units = (per_row rows + at_least) / 2^halvings. The last of a phase is
followed by a barrier: within a phase each thread needs nothing but what it made itself."""
WORDS_OF_AN_INSTRUCTION = 24

TEAM_WORDS = 24
ARRIVED, GENERATION, YIELD = 0, 8, 16  # words of a team, each in a line of its own
SPINS = 4000
"""Looks at the barrier before a thread lets others run: some microseconds, longer than most kernels."""

DRIVER = ir.FunctionType(I64, [ADDRESS, I64, ADDRESS, I64, ADDRESS, ADDRESS, ADDRESS, I64, I64])


@functools.cache
def driver() -> Any:
    """Return ``driver(instructions, count, steps, n_steps, scratch, bad, team, member, members)``.

    It returns the number of steps that were good: less than n_steps if a step left the finite numbers.
    Each member of a team calls it with its own number and its own scratch; it runs without Python's
    lock.
    """
    address = address_of("driver", _text)
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    arguments = (pointer, number, pointer, number, pointer, pointer, pointer, number, number)
    return ctypes.CFUNCTYPE(ctypes.c_int64, *arguments)(address)


def steps_of(count: int, **words: Any) -> NDArray[np.int64]:
    """Write steps down as the driver reads them: a number or an array for each of the words in STEP."""
    steps = np.zeros((count, len(STEP)), np.int64)
    for name, values in words.items():
        steps[:, STEP.index(name)] = values
    return steps


def _text() -> str:
    code = Code("float64", DRIVER)
    arguments = code.function.args
    instructions, steps, team = (Array(code, arguments[i], I64) for i in (0, 2, 6))
    bad = Array(code, arguments[5], I64)
    count, n_steps, member, members = (Value(code, arguments[i]) for i in (1, 3, 7, 8))
    scratch = arguments[4]
    with code.loop(0, n_steps) as s:
        step = steps.at(s * len(STEP))
        rows = step[STEP.index("rows")]
        # a batch without weight is skipped: for it no instruction counts
        with code.loop(0, code.choose(rows > 0, count, 0)) as q:
            instruction = instructions.at(q * WORDS_OF_AN_INSTRUCTION)
            kernel, per_row, at_least, halvings, last = (instruction[i] for i in range(len(HEAD)))
            units = (per_row * rows + at_least) >> halvings
            begin, end = _share(code, units, member, members)
            with code.when(begin < end):
                words = instruction.at(len(HEAD)).address
                code.call_at(kernel, KERNEL, words, step.address, scratch, begin.ir, end.ir)
            with code.when((members > 1) & (last != 0)):
                _barrier(code, team, members)
        with code.when(rows > 0):
            objective = code.array(step[STEP.index("objective")], DOUBLE)[0]
            trouble = (objective * 0.0 != 0.0) | (bad[0] != 0)
            with code.when(trouble):
                code.builder.ret(s.ir)
    code.builder.ret(n_steps.ir)
    return str(code.module)


def _share(code: Code, units: Value, member: Value, members: Value) -> tuple[Value, Value]:
    """What a member does of the units; all of them where it is alone, without two slow divisions."""
    begin, end = Variable(code.integer(0)), Variable(units)
    with code.when(members > 1):
        begin.value = units * member / members
        end.value = units * (member + 1) / members
    return begin.value, end.value


def _barrier(code: Code, team: Array, members: Value) -> None:
    """Wait until all members are here: look for a while, then let other threads run between looks."""
    builder = code.builder
    arrived, generation = team.at(ARRIVED).address, team.at(GENERATION).address

    def now() -> Value:
        return Value(code, builder.load_atomic(generation, "seq_cst", 8, typ=I64))

    before = now()
    place = Value(code, builder.atomic_rmw("add", arrived, I64(1), "seq_cst"))
    with builder.if_else((place + 1 == members).ir) as (last, others):
        with last:
            builder.atomic_rmw("xchg", arrived, I64(0), "seq_cst")
            builder.atomic_rmw("add", generation, I64(1), "seq_cst")
        with others:
            looks = code.variable(code.integer(0))
            with code.repeat_while(lambda: now() == before):
                looks.value = looks.value + 1
                with code.when(looks.value > SPINS):
                    code.call_at(team[YIELD], ir.FunctionType(ir.IntType(32), []))
