"""Random words, as Philox makes them: of nothing but a key and a counter."""

from __future__ import annotations

from forpass.engines.compiled.functions.formulas import bound
from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.operands import Integer, Integers, Words
from forpass.engines.compiled.language.values import Value, spread
from forpass.maths.philox import philox

__all__ = ["RANDOM_WORDS_OF_A_UNIT", "random_words"]

COUNTERS, OUTPUTS = 16, 4
"""Counters that Philox works on at once, a line of 32-bit words; and the words it makes of each."""
RANDOM_WORDS_OF_A_UNIT = COUNTERS * OUTPUTS


def random_words(code: Code, words: Words, key: Integers, layer: Integer) -> None:
    """The random words of a layer's masks at this step, numbered through the batch without padding.

    A unit is what a line of counters gives, its outputs laid side by side. The key is read from memory:
    networks of other seeds have the same instructions.
    """
    lanes = COUNTERS
    step = (code.of_step("step_low"), code.of_step("step_high"))
    constants = [spread(x.narrow(), lanes) for x in (layer, *step, key[0], key[1])]
    with code.loop(code.begin, code.end) as unit:
        counters = code.lane_numbers(lanes) + (unit * lanes).narrow()
        w0, w1, w2, w3 = bound(philox)(counters, *constants)
        # w0 holds the first output of each counter, w1 the second, ...: riffled twice they are in order
        for half in range(2):
            evens, odds = _riffled(w0, w2, half), _riffled(w1, w3, half)
            for quarter in range(2):
                place = unit * RANDOM_WORDS_OF_A_UNIT + (2 * half + quarter) * lanes
                words.set_line(place, _riffled(evens, odds, quarter))


def _riffled(a: Value, b: Value, half: int) -> Value:
    """The lower (0) or upper (1) half of a0 b0 a1 b1 a2 b2 ..."""
    lanes = a.type.count
    return a.shuffled(b, [half * lanes // 2 + i // 2 + (i % 2) * lanes for i in range(lanes)])
