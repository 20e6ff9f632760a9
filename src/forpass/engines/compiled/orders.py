"""In which order examples are seen: that of `forpass.sampling.order`, many epochs in one call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forpass.engines.compiled.functions.formulas import bound
from forpass.engines.compiled.kernels.random import RANDOM_WORDS_OF_A_UNIT, random_words
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Words
from forpass.engines.compiled.language.types import I64
from forpass.engines.compiled.program.instructions import instruction, words_of
from forpass.engines.compiled.program.memory import Arena, padded
from forpass.engines.compiled.runtime.driver import beginning, steps_of
from forpass.engines.compiled.runtime.team import Team
from forpass.engines.compiled.runtime.units import Units
from forpass.maths.philox import scaled
from forpass.sampling.streams import Key

__all__ = ["orders"]


def shuffle(code: Code, words: Words) -> None:
    """Shuffle 0 .. n - 1, n the rows, where the step's row numbers are to go (Fisher & Yates 1938). One unit.

    From the last place down to the second, the number there changes places with one that a random word
    chooses among those up to it.
    """
    order = code.array(code.of_step("row_numbers"), I64)
    with code.loop(0, code.rows) as i:
        order[i] = i
    with code.loop(1, code.rows) as done:
        i = code.rows - done
        j = bound(scaled)(words[i], (i + 1).narrow()).wide()
        here, there = order[i], order[j]
        order[i] = there
        order[j] = here


def orders(n: int, key: Key, first: int, count: int) -> NDArray[np.int64]:
    """Return the orders of n examples in the epochs first, first + 1, ...: (count, n)."""
    arena, unit = Arena("float32"), RANDOM_WORDS_OF_A_UNIT
    words, keys = arena.matrix(1, padded(n, unit), dtype="uint32"), arena.matrix(1, 2, dtype="int64")
    draw = instruction(random_words, Units.of_rows(unit), words=words, key=keys, layer=0)
    keys.array[0] = key
    phases = [[draw], [instruction(shuffle, Units.fixed(1), words=words)]]
    found, epochs = np.empty((count, n), np.int64), np.arange(first, first + count)
    steps = steps_of(
        count,
        rows=n,
        row_numbers=beginning(found) + np.arange(count) * found.strides[0],
        step_low=epochs & 0xFFFFFFFF,
        step_high=epochs >> 32,
    )
    Team().run(words_of(phases, "float32"), steps, np.zeros(1, np.int64), 0)
    return found
