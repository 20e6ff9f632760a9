"""The most that one core can compute: multiply-adds on numbers that never leave its registers."""

from __future__ import annotations

import ctypes
import statistics
import time

import numpy as np

from forpass.engines.compiled.code import Code
from forpass.engines.compiled.compiler import address_of
from forpass.engines.compiled.products import tile
from forpass.engines.compiled.values import Variable

__all__ = ["peak_gigaflops"]

ROUNDS, TERMS = 7, 1_000_000


def peak_gigaflops() -> float:
    """Return the billions of additions and multiplications a second of one core, in float32."""
    # as many sums under way as a tile has: enough to hide how long one takes, few enough for the registers
    chains = tile().rows[0] * tile().lines
    text = _text(chains)
    address = address_of(text, lambda: text)
    kernel = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 2)(address)
    sums = np.zeros((chains, 16), np.float32)
    words, step = np.array([sums.ctypes.data]), np.zeros(16, np.int64)
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        kernel(words.ctypes.data, step.ctypes.data, None, 0, TERMS)
        seconds.append(time.perf_counter() - began)
    return 2 * chains * 16 * TERMS / statistics.median(seconds) / 1e9


def _text(count: int) -> str:
    code = Code("float32")
    sums = code.array(code.words[0], code.real)
    chains = [Variable(sums.line(c * code.lanes)) for c in range(count)]
    factor = code.line(0.999)
    with code.loop(code.begin, code.end):
        for chain in chains:
            chain.value = code.fma(chain.value, factor, factor)
    for c, chain in enumerate(chains):
        sums.set_line(c * code.lanes, chain.value)
    return code.finish()
