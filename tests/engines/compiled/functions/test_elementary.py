"""exp, log, sin, tanh and erfc of the compiled engine: against 40 digits, and at the ends of the numbers."""

import importlib.util
from pathlib import Path

import mpmath
import numpy as np
import pytest
from running_kernels import run_kernel
from scipy import special

from forpass.engines.compiled.functions import elementary, polynomials
from forpass.engines.compiled.language.code import Code

# name, from, to, and the largest error in units of the last place, as the module's docstring says
FUNCTIONS = [
    ("exp", -87.0, 88.0, 1.0),
    ("expm1", -20.0, 80.0, 2.0),
    ("log", 1e-30, 1e30, 1.0),
    ("log1p", -0.99, 5.0, 1.0),
    ("sin", -1e4, 1e4, 2.0),
    ("cos", -1e4, 1e4, 2.0),
    ("tanh", -12.0, 12.0, 2.5),
    ("erfc", -6.0, 9.0, 5.0),
]


def evaluated(name, x):
    """Run a function of the engine on an array, whose length is a multiple of 16."""
    code = Code(x.dtype.name)
    source, target = (code.array(code.words[i], code.real) for i in range(2))
    with code.lines(code.begin, code.end) as i:
        target.set_line(i, getattr(elementary, name)(source.line(i)))
    y = np.empty_like(x)
    run_kernel(code, [x, y], end=len(x))
    return y


def arguments(name, low, high, dtype):
    """Numbers over the whole interval, and as many near 0 (or, for log, of all sizes)."""
    rng = np.random.default_rng(7)
    x = rng.uniform(low, high, 2048)
    if name == "log":
        x = np.exp(rng.uniform(-60, 60, 2048))
    x[1024:] *= 10.0 ** -rng.uniform(0, 8, 1024)
    if name in ("sin", "cos"):  # and the nearest to the quarters of the circle, where little is left
        x[1024:1536] = rng.integers(-6366, 6367, 512) * (np.pi / 2)
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "low", "high", "allowed"), FUNCTIONS, ids=[f[0] for f in FUNCTIONS])
def test_accuracy(name, low, high, allowed, dtype):
    x = arguments(name, low, high, dtype)
    got = evaluated(name, x)
    with mpmath.workdps(40):
        for a, y in zip(x.tolist(), got, strict=True):
            right = getattr(mpmath, name)(mpmath.mpf(a))
            ulp = mpmath.mpf(float(np.spacing(np.abs(np.array(float(right), dtype)))))
            assert abs(mpmath.mpf(float(y)) - right) <= allowed * ulp, (a, float(y), float(right))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [f[0] for f in FUNCTIONS if f[0] not in ("sin", "cos")])
def test_ends(name, dtype):
    tiny, largest = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    ends = [0.0, np.inf, np.nan, tiny, 1e-38, largest, 1.0, 0.5, 88.72, 100.0, 708.0, 745.0, 103.0, 30.0]
    x = np.array([*ends, 1e-300, 3.0], dtype)
    for arguments in (x, -x):
        with np.errstate(all="ignore"):
            right = getattr(special if name == "erfc" else np, name)(arguments)
        got = evaluated(name, arguments)
        same = (got == right) | (np.isnan(got) & np.isnan(right))
        with np.errstate(invalid="ignore", over="ignore"):
            # subnormal results have fewer digits to agree in
            near = np.abs(got - right) <= 8 * np.maximum(np.spacing(np.abs(right)), tiny)
        assert (same | near).all(), np.stack([arguments, got, right])[:, ~(same | near)]
        zero = arguments == 0.0
        assert (np.signbit(got[zero]) == np.signbit(right[zero])).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_ends_of_angles(name, dtype):
    largest = elementary.LARGEST_ANGLE[dtype]
    tiny, eps = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).eps
    angles = np.array([0.0, -0.0, tiny, -tiny, 1e-38, 0.5, 1.0, largest], dtype)
    none = np.array([np.inf, -np.inf, np.nan, np.nextafter(np.dtype(dtype).type(largest), np.inf)], dtype)
    x = np.concatenate([angles, none, -none])
    got, right = evaluated(name, x), getattr(np, name)(angles)
    assert np.isnan(got[len(angles) :]).all()
    assert np.allclose(got[: len(angles)], right, rtol=2 * eps, atol=0)
    assert (np.signbit(got[: len(angles)]) == np.signbit(right)).all()


@pytest.mark.slow
def test_polynomials_are_what_their_maker_makes():
    path = Path(__file__).parents[3] / "golden" / "make_polynomials.py"
    spec = importlib.util.spec_from_file_location("make_polynomials", path)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    with mpmath.workdps(15):
        assert maker.text() == Path(polynomials.__file__).read_text()
