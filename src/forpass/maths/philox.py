"""Random integers as a function: Philox-4x32-10 (Salmon et al. 2011, "Parallel random numbers").

``philox(c0, c1, c2, c3, k0, k1) -> (w0, w1, w2, w3)`` takes a counter of four 32-bit words and a key
of two, and gives four random words. There is no state: the same counter and key give the same words
in every engine, in any order, on any number of threads. All functions are elementwise: unsigned
32-bit scalars or arrays of any shape.

Convention: words come in blocks of four, and word i of a stream is output ``i % 4`` of the block
whose counter is ``(i // 4, c1, c2, c3)``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forpass.maths import xp

__all__ = ["philox", "scaled", "uniforms", "words"]

WORDS = 4


def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any, Any, Any]:
    """Scramble the counter (c0, c1, c2, c3) under the key (k0, k1) in ten rounds.

    In each round two 32 x 32 bit products are taken apart, and their halves are crossed over and
    mixed with the key; then the key moves on by a constant.

    Examples
    --------
    >>> [f"{int(w):08x}" for w in philox(0, 0, 0, 0, 0, 0)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    w0 = xp.u32(c0)
    w1 = xp.u32(c1)
    w2 = xp.u32(c2)
    w3 = xp.u32(c3)
    key_0 = xp.u32(k0)
    key_1 = xp.u32(k1)
    multiplier_0 = xp.u32(0xD2511F53)
    multiplier_1 = xp.u32(0xCD9E8D57)
    weyl_0 = xp.u32(0x9E3779B9)  # the fraction of the golden ratio
    weyl_1 = xp.u32(0xBB67AE85)  # the fraction of sqrt(3)
    for _ in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10):
        high_0 = xp.mulhi32(multiplier_0, w0)
        low_0 = xp.mullo32(multiplier_0, w0)
        high_1 = xp.mulhi32(multiplier_1, w2)
        low_1 = xp.mullo32(multiplier_1, w2)
        w0 = xp.u32(high_1 ^ w1 ^ key_0)
        w1 = low_1
        w2 = xp.u32(high_0 ^ w3 ^ key_1)
        w3 = low_0
        key_0 = xp.add32(key_0, weyl_0)
        key_1 = xp.add32(key_1, weyl_1)
    return w0, w1, w2, w3


def scaled(word: Any, n: Any) -> Any:
    """Turn a random word into an integer in 0 .. n - 1 by multiply-shift: floor(word n / 2^32).

    ``n`` is at least 1 and less than 2^32. Each value stands for floor(2^32 / n) or one more of the
    2^32 words, so for n up to a million the probabilities differ by less than 1 in 4000.

    Examples
    --------
    >>> [int(scaled(word, 10)) for word in (0, 2**31, 2**32 - 1)]
    [0, 5, 9]
    """
    return xp.mulhi32(word, n)


# -- for the host: NumPy only, not for binding ---------------------------------------------------
def words(count: int, key: tuple[int, int], counter: tuple[Any, Any, Any]) -> NDArray[np.uint32]:
    """Host only: random words number 0 to count - 1 of the stream `key` at `counter`.

    Parameters
    ----------
    count : int
        At most 2^34.
    key : (k0, k1)
        Each at least 0 and less than 2^32, as the parts of `counter` are.
    counter : (c1, c2, c3)
        The counter's upper words; the lowest, c0, numbers the blocks. Arrays (m,) among them make
        m sequences at once.

    Returns
    -------
    uint32 array (count,) or (m, count)

    Examples
    --------
    >>> [f"{word:08x}" for word in words(3, key=(0, 0), counter=(0, 0, 0)).tolist()]
    ['6627e8d5', 'e169c58d', 'bc57ac4c']
    """
    blocks = np.arange((count + WORDS - 1) // WORDS, dtype=np.uint32)
    c1, c2, c3 = (np.asarray(word, np.uint32)[..., None] for word in counter)
    outputs = np.stack(philox(blocks, c1, c2, c3, *key), axis=-1)
    return outputs.reshape(*outputs.shape[:-2], -1)[..., :count]


def uniforms(count: int, key: tuple[int, int], counter: tuple[int, int, int]) -> NDArray[np.float64]:
    """Host only: random numbers in the open interval (0, 1), two words each.

    Number i is ``((a >> 6) 2^26 + (b >> 6) + 1/2) / 2^52`` of the words a = 2 i and b = 2 i + 1: the
    middles of 2^52 equal parts, each exact in float64, symmetric about 1/2. (With 53 bits the half
    would be rounded away in the upper half, and 1 would occur.)

    Parameters
    ----------
    count : int
    key, counter
        As of `words`.

    Returns
    -------
    float64 array (count,)

    Examples
    --------
    >>> uniforms(2, key=(0, 0), counter=(0, 0, 0)).round(6).tolist()
    [0.399046, 0.735713]
    """
    pairs = words(2 * count, key, counter).reshape(count, 2) >> np.uint32(6)
    return (pairs[:, 0] * 2.0**26 + pairs[:, 1] + 0.5) / 2.0**52
