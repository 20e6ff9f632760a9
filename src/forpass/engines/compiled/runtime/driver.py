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

from forpass.engines.compiled.language.code import KERNEL, STEP, Code
from forpass.engines.compiled.language.places import Array, Variable
from forpass.engines.compiled.language.types import ADDRESS, DOUBLE, I64
from forpass.engines.compiled.language.values import Value, choose
from forpass.engines.compiled.runtime.compiler import address_of
from forpass.engines.compiled.runtime.units import Units

__all__ = ["HEAD", "TEAM_WORDS", "WORDS_OF_AN_INSTRUCTION", "YIELD", "beginning", "driver", "steps_of"]

HEAD = ("kernel", *Units._fields, "last")
"""How an instruction begins. The last of a phase is followed by a barrier: within a phase each thread
needs nothing but what it made itself."""
WORDS_OF_AN_INSTRUCTION = 24

TEAM_WORDS = 24
ARRIVED, GENERATION, YIELD = 0, 8, 16  # words of a team, each in a line of its own
SPINS = 4000
"""Looks at the barrier before a thread lets others run: some microseconds, longer than most kernels."""

ARGUMENTS = {
    "instructions": ADDRESS,
    "n_instructions": I64,
    "steps": ADDRESS,
    "n_steps": I64,
    "scratch": ADDRESS,
    "bad": ADDRESS,
    "team": ADDRESS,
    "thread": I64,
    "threads": I64,
}
"""What the driver is called with, in this order."""
DRIVER = ir.FunctionType(I64, list(ARGUMENTS.values()))


@functools.cache
def driver() -> Any:
    """Return the driver as a function of its ARGUMENTS.

    It returns the number of steps that were good: less than n_steps if a step left the finite numbers.
    Each thread of a team calls it with its own number and its own scratch; it runs without Python's
    lock.
    """
    kinds = [ctypes.c_void_p if kind is ADDRESS else ctypes.c_int64 for kind in ARGUMENTS.values()]
    return ctypes.CFUNCTYPE(ctypes.c_int64, *kinds)(address_of("driver", _text))


def beginning(array: NDArray[Any]) -> int:
    """Return the address of an array.

    NumPy tells it in a microsecond and a half; of an array that can be written to and lies side by side
    ctypes does in a third of one, and a row to be predicted asks for four.
    """
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type] # it is a buffer
    except (TypeError, ValueError):
        return int(array.ctypes.data)


PLACES_IN_A_STEP = {name: place for place, name in enumerate(STEP)}


def steps_of(count: int, **words: Any) -> NDArray[np.int64]:
    """Write steps down as the driver reads them: a number or an array for each of the words in STEP."""
    steps = np.zeros((count, len(STEP)), np.int64)
    if count != 1:
        for name, values in words.items():
            steps[:, PLACES_IN_A_STEP[name]] = values
        return steps
    step = steps[0]  # a row to predict waits for it
    for name, value in words.items():
        step[PLACES_IN_A_STEP[name]] = value if type(value) is int else value.flat[0]
    return steps


def _text() -> str:
    code = Code("float64", DRIVER)
    given = dict(zip(ARGUMENTS, code.function.args, strict=True))
    instructions, steps, bad, team = (
        Array(code.writer, given[name], I64) for name in ("instructions", "steps", "bad", "team")
    )
    n_instructions, n_steps, thread, threads = (
        Value(code.writer, given[name]) for name in ("n_instructions", "n_steps", "thread", "threads")
    )
    with code.loop(0, n_steps) as s:
        step = steps.at(s * len(STEP))
        rows, objective = (step[STEP.index(name)] for name in ("rows", "objective"))
        # a batch without weight is skipped: for it no instruction counts
        with code.loop(0, choose(rows > 0, n_instructions, 0)) as q:
            instruction = instructions.at(q * WORDS_OF_AN_INSTRUCTION)
            head: list[Any] = [instruction[i] for i in range(len(HEAD))]
            kernel, units, last = head[0], Units(*head[1:-1]), head[-1]
            begin, end = _share(code, units.of(rows), thread, threads)
            with code.when(begin < end):
                words = instruction.at(len(HEAD)).address
                code.call_at(kernel, KERNEL, words, step.address, given["scratch"], begin.ir, end.ir)
            with code.when((threads > 1) & (last != 0)):
                _barrier(code, team, threads)
        # Threads may read `bad` after the last barrier without another: one that is faster may be in the
        # next step, but only in its first phase, where nobody writes `bad` (updates stand in later ones)
        with code.when((rows > 0) & (objective != 0)):
            losses = code.array(objective, DOUBLE)
            finite = losses[0] * 0.0 + losses[1] * 0.0  # 0, unless loss or penalty is not finite
            with code.when((finite != 0.0) | (bad[0] != 0)):
                code.builder.ret(s.ir)
    code.builder.ret(n_steps.ir)
    return str(code.module)


def _share(code: Code, units: Value, thread: Value, threads: Value) -> tuple[Value, Value]:
    """What a thread does of the units; all of them where it is alone, without two slow divisions."""
    begin, end = Variable(code.integer(0)), Variable(units)
    with code.when(threads > 1):
        begin.value = units * thread / threads
        end.value = units * (thread + 1) / threads
    return begin.value, end.value


def _barrier(code: Code, team: Array, threads: Value) -> None:
    """Wait until all threads of the team are here: look for a while, then let others run between looks."""
    builder = code.builder
    arrived, generation = team.at(ARRIVED).address, team.at(GENERATION).address

    def now() -> Value:
        return Value(code.writer, builder.load_atomic(generation, "seq_cst", 8, typ=I64))

    before = now()
    place = Value(code.writer, builder.atomic_rmw("add", arrived, I64(1), "seq_cst"))
    with builder.if_else((place + 1 == threads).ir) as (last, others):
        with last:
            builder.atomic_rmw("xchg", arrived, I64(0), "seq_cst")
            builder.atomic_rmw("add", generation, I64(1), "seq_cst")
        with others:
            looks = code.variable(code.integer(0))
            with code.repeat_while(lambda: now() == before):
                looks.value = looks.value + 1
                with code.when(looks.value > SPINS):
                    code.call_at(team[YIELD], ir.FunctionType(ir.IntType(32), []))
