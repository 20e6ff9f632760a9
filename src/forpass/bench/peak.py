"""The most that one core can compute: multiply-adds on numbers that never leave its registers."""

from __future__ import annotations

import ctypes
import functools
import statistics
import time
from collections.abc import Callable

import numpy as np

from forpass.engines.compiled.code import STEP, Code
from forpass.engines.compiled.compiler import address_of
from forpass.engines.compiled.products import tile
from forpass.engines.compiled.values import LANES, Variable

__all__ = ["OPERATIONS", "multiply_add", "peak_gigaflops"]

ROUNDS, TERMS = 7, 1_000_000
CHAINS = tile().rows[0] * tile().lines
"""Sums under way at once, as in a tile: enough to hide how long one takes, few enough for the registers."""
OPERATIONS = 2 * CHAINS * LANES["float32"] * TERMS
"""Additions and multiplications of one repetition."""


def peak_gigaflops() -> float:
    """Return the billions of additions and multiplications a second of one core, in float32."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        multiply_add(1)
        seconds.append(time.perf_counter() - began)
    return OPERATIONS / statistics.median(seconds) / 1e9


def multiply_add(count: int) -> None:
    """Do OPERATIONS a number of times."""
    for _ in range(count):
        _kernel()()


@functools.cache
def _kernel() -> Callable[[], None]:
    text = _text()
    address = address_of(text, lambda: text)
    kernel = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 2)(address)
    sums = np.zeros((CHAINS, LANES["float32"]), np.float32)
    words, step = np.array([sums.ctypes.data]), np.zeros(len(STEP), np.int64)

    def call(sums: object = sums) -> None:  # which the words point to
        kernel(words.ctypes.data, step.ctypes.data, None, 0, TERMS)

    return call


def _text() -> str:
    code = Code("float32")
    sums = code.array(code.words[0], code.real)
    chains = [Variable(sums.line(c * code.lanes)) for c in range(CHAINS)]
    factor = code.line(0.999)
    with code.loop(code.begin, code.end):
        for chain in chains:
            chain.value = code.fma(chain.value, factor, factor)
    for c, chain in enumerate(chains):
        sums.set_line(c * code.lanes, chain.value)
    return code.finish()
