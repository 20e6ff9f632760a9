"""Run a kernel alone, as the driver would: what tests of the compiled engine's parts have in common."""

import ctypes

import numpy as np

from forpass.engines.compiled.language.code import STEP
from forpass.engines.compiled.runtime.compiler import address_of

__all__ = ["run_kernel"]


def run_kernel(code, operands, end=1, rows=0, scratch=None):
    """Finish a kernel and call it for the units [0, end); operands are whole numbers or arrays."""
    text = code.finish()
    words = np.array([o if isinstance(o, int) else o.ctypes.data for o in operands])
    step = np.zeros(len(STEP), np.int64)
    step[STEP.index("rows")] = rows
    signature = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 2)
    place = None if scratch is None else scratch.ctypes.data
    signature(address_of(text, lambda: text))(words.ctypes.data, step.ctypes.data, place, 0, end)
