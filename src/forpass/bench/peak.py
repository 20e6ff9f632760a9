"""The most that cores can compute: multiply-adds on numbers that never leave their registers."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from forpass.engines.compiled.kernels.tiles import tile
from forpass.engines.compiled.language.code import STEP, Code
from forpass.engines.compiled.language.places import Variable
from forpass.engines.compiled.language.types import LANES
from forpass.engines.compiled.language.values import fma
from forpass.engines.compiled.runtime.compiler import address_of

__all__ = ["OPERATIONS", "multiply_add"]

TERMS = 1_000_000
CHAINS = max(tile().heights) * tile().lines
"""Sums under way at once, as in a tile: enough to hide how long one takes, few enough for the registers."""
OPERATIONS = 2 * CHAINS * LANES["float32"] * TERMS
"""Additions and multiplications of one repetition by one thread."""


def multiply_add(count: int, threads: int = 1) -> None:
    """Let each of some threads do OPERATIONS a number of times."""
    kernel = _kernel()

    def work(thread: int) -> None:
        for _ in range(count):
            kernel()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))


@functools.cache
def _kernel() -> Callable[[], None]:
    text = _text()
    address = address_of(text, lambda: text)
    kernel = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 2)(address)
    step = np.zeros(len(STEP), np.int64)

    def call() -> None:
        sums = np.zeros((CHAINS, LANES["float32"]), np.float32)
        words = np.array([sums.ctypes.data])
        kernel(words.ctypes.data, step.ctypes.data, None, 0, TERMS)

    return call


def _text() -> str:
    code = Code("float32")
    sums = code.array(code.words[0], code.real)
    chains = [Variable(sums.line(c * code.lanes)) for c in range(CHAINS)]
    factor = code.line(0.999)
    with code.loop(code.begin, code.end):
        for chain in chains:
            chain.value = fma(chain.value, factor, factor)
    for c, chain in enumerate(chains):
        sums.set_line(c * code.lanes, chain.value)
    return code.finish()
