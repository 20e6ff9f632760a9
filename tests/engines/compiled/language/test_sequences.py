"""Rows and columns as formulas see them: what is noted is what is computed."""

import numpy as np
import pytest
from running_kernels import run_kernel

from forpass.engines.compiled.language.code import Code
from forpass.engines.compiled.language.sequences import Row


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_zero_and_minus_zero_are_two_numbers(dtype):
    code = Code(dtype)
    source, plus, minus = (code.array(code.words[i], code.real) for i in range(3))
    row = Row(code, code.integer(16), code.integer(16))
    x = row.load(source)
    row.store(plus, x * 0.0)
    row.store(minus, x * -0.0)
    X, A, B = np.ones(16, dtype), np.empty(16, dtype), np.empty(16, dtype)
    run_kernel(code, [X, A, B])
    assert not np.signbit(A).any()
    assert np.signbit(B).all()
