"""exp, expm1, log, log1p, sin, cos, tanh and erfc out of additions, multiplications and bits.

All work on scalars and lines, decide nothing by branching, and take infinities, NaN and subnormal
numbers as NumPy does. Largest errors in units of the last place, as tests/engines/compiled measures
them: exp, log and log1p 1, expm1, sin and cos 2, tanh 2.5, erfc 5. A line of 16 float32 takes 5 to 15 ns.
"""

from __future__ import annotations

import math
from typing import Any

from forpass.engines.compiled.functions.polynomials import COSINE, ERFC, EXPONENTIAL, LOGARITHM, SINE
from forpass.engines.compiled.language.types import DOUBLE, FLOAT, I32, I64
from forpass.engines.compiled.language.values import Value, alike, choose, fma, intrinsic

__all__ = ["absolute", "cos", "erfc", "exp", "expm1", "log", "log1p", "maximum", "minimum", "sin", "tanh"]

DTYPES = {False: "float32", True: "float64"}
MANTISSA = {"float32": 23, "float64": 52}
BIAS = {"float32": 127, "float64": 1023}
# log(2) in two parts: multiples of the first by an exponent are exact
LOG_2_HIGH = {"float32": 0.693359375, "float64": 0.693147180369123816490}
LOG_2_LOW = {"float32": -2.12194440e-4, "float64": 1.90821492927058770002e-10}
# beyond these, exp is infinite or 0 in the type
EXP_LARGEST = {"float32": 89.0, "float64": 710.0}
EXP_LEAST = {"float32": -104.0, "float64": -746.0}
# pi / 2 in three parts of all the type's digits, each what those before it leave
HALF_PI = {
    "float32": (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15),
    "float64": (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
}
# beyond these, numbers of the type are too far apart for an angle, and sin and cos are NaN
LARGEST_ANGLE = {"float32": 2.0**20, "float64": 2.0**40}
TANH_LARGEST = {"float32": 10.0, "float64": 20.0}  # beyond these, it is 1 to the last bit
EXPM1_LEAST = {"float32": -26.0, "float64": -55.0}  # below these powers of 2, it is -1 to the last bit
ERFC_LARGEST = {"float32": 10.25, "float64": 27.25}  # where it is 0
BITS_OF_SQRT_HALF = {"float32": 0x3F3504F3, "float64": 0x3FE6A09E667F3BCD}
SMALLEST_NORMAL = {"float32": 2.0**-126, "float64": 2.0**-1022}


def exp(x: Value) -> Value:
    """e^x = 2^n e^r, with x = n log 2 + r and |r| at most log(2) / 2."""
    dtype = _dtype(x)
    rounded, r = _reduced(minimum(maximum(x, EXP_LEAST[dtype]), EXP_LARGEST[dtype]))
    whole = _whole(rounded)
    # 2^n in two factors: together they may leave the normal numbers, one by one they do not
    half = whole.shifted_signed(1)
    return ((_expm1_core(r) + 1.0) * _power_of_two(half)) * _power_of_two(whole - half)


def expm1(x: Value) -> Value:
    """e^x - 1 = 2 (2^(n-1) (e^r - 1) + 2^(n-1) - 1/2): exact where n = 0, for all small x.

    Reduced as for `exp`, so that a formula that asks for both, selu with its slope, reduces once.
    """
    dtype = _dtype(x)
    rounded, r = _reduced(minimum(maximum(x, EXP_LEAST[dtype]), EXP_LARGEST[dtype]))
    half = _power_of_two(_whole(maximum(rounded, _magic(dtype) + EXPM1_LEAST[dtype])) - 1)
    value = fma(half, _expm1_core(r), half - 0.5) * 2.0
    # where x is too small for a square, it is its own value; this also keeps -0
    return choose(absolute(x) < SMALLEST_NORMAL[dtype], x, value)


def log(x: Value) -> Value:
    """log x = k log 2 + log m, with x = 2^k m and m around 1."""
    dtype = _dtype(x)
    tiny = x < SMALLEST_NORMAL[dtype]
    lifted = 2.0 ** (MANTISSA[dtype] + 1)
    k, m = _exponent_and_mantissa(choose(tiny, x * lifted, x))
    k = choose(tiny, k - (MANTISSA[dtype] + 1.0), k)
    return _logarithm_ends(x, _log_core(k, m - 1.0, None))


def log1p(x: Value) -> Value:
    """log(1 + x), with what 1 + x rounds away put back: (x - (u - 1)) / u for u = 1 + x."""
    u = x + 1.0
    k, m = _exponent_and_mantissa(u)
    near = k == 0.0
    f = choose(near, x, m - 1.0)
    lost = choose(u - x > 1.0, 1.0 - (u - x), x - (u - 1.0)) / u
    value = _log_core(k, f, choose(near, 0.0, lost))
    value = choose(absolute(x) < SMALLEST_NORMAL[_dtype(x)], x, value)
    return _logarithm_ends(u, value)


def sin(x: Value) -> Value:
    """sin x, by the quarter of the circle in which x lies."""
    quarter, r = _angle(x)
    # where r is too small for a cube, it is its own sine; this also keeps -0
    value = _by_quarter(quarter, r)
    return choose(absolute(x) < SMALLEST_NORMAL[_dtype(x)], x, value)


def cos(x: Value) -> Value:
    """cos x = sin(x + pi / 2): the same one quarter on."""
    quarter, r = _angle(x)
    return _by_quarter(quarter + 1, r)


def tanh(x: Value) -> Value:
    """tanh x = sign(x) E / (E + 2) with E = e^(2 |x|) - 1."""
    E = expm1(minimum(absolute(x), TANH_LARGEST[_dtype(x)]) * 2.0)
    return intrinsic("llvm.copysign", E / (E + 2.0), x)


def erfc(x: Value) -> Value:
    """erfc x = e^(-x^2) t P(t) with t = 2 / (2 + x) for x >= 0; otherwise 2 - erfc(-x)."""
    dtype = _dtype(x)
    a = minimum(absolute(x), ERFC_LARGEST[dtype])
    t = 2.0 / (a + 2.0)
    square = a * a
    rest = fma(a, a, -square)  # what the square rounded away; it would show in the exponential
    E = exp(-square)
    E = E - E * rest
    value = (E * t) * _polynomial(t * 2.0 - 1.0, ERFC[dtype])
    return choose(x < 0.0, 2.0 - value, value)


def absolute(x: Value) -> Value:
    """|x|."""
    return intrinsic("llvm.fabs", x)


def minimum(a: Value | float, b: Value | float) -> Value:
    """The smaller; NaN where either is NaN, as in NumPy."""
    return _chosen("<", a, b)


def maximum(a: Value | float, b: Value | float) -> Value:
    """The larger; NaN where either is NaN, as in NumPy."""
    return _chosen(">", a, b)


def _chosen(sign: str, a: Value | float, b: Value | float) -> Value:
    if not isinstance(a, Value):
        assert isinstance(b, Value)
        a, b = b, a
    # "b if b < a else a" is one instruction of x86 and hands on a NaN in a; a NaN in b needs another
    left, right = alike(a, b)
    chosen = choose(right < left if sign == "<" else right > left, right, left)
    return chosen if isinstance(b, float) else choose(right != right, right, chosen)


def _dtype(x: Value) -> str:
    return DTYPES[x.element == DOUBLE]


def _integers(x: Value) -> Any:
    return I64 if x.element == DOUBLE else I32


def _magic(dtype: str) -> float:
    """1.5 2^mantissa: a sum with it has no place for a fraction, so it is rounded to a whole number."""
    return 1.5 * 2.0 ** MANTISSA[dtype]


def _reduced(x: Value) -> tuple[Value, Value]:
    """n, with `_magic` added to it, and r: x = n log 2 + r."""
    dtype = _dtype(x)
    rounded = x * (1.0 / math.log(2.0)) + _magic(dtype)
    n = rounded - _magic(dtype)
    return rounded, fma(n, -LOG_2_LOW[dtype], fma(n, -LOG_2_HIGH[dtype], x))


def _whole(rounded: Value) -> Value:
    """The whole number that was rounded to, read off the lowest bits."""
    magic = alike(_magic(_dtype(rounded)), rounded)[0]
    return rounded.bits(_integers(rounded)) - magic.bits(_integers(rounded))


def _angle(x: Value) -> tuple[Value, Value]:
    """n and r: x = n pi / 2 + r, with |r| at most pi / 4 and a little; r is NaN where x is too large.

    The first difference is exact, for it has no digit below those of pi / 2 and none above 1.
    """
    dtype = _dtype(x)
    x = choose(absolute(x) <= LARGEST_ANGLE[dtype], x, math.nan)
    rounded = x * (2.0 / math.pi) + _magic(dtype)
    n = rounded - _magic(dtype)
    r = x
    for part in HALF_PI[dtype]:
        r = fma(n, -part, r)
    return rounded.bits(_integers(x)), r


def _by_quarter(quarter: Value, r: Value) -> Value:
    """sin r, cos r, -sin r or -cos r, by the last two bits of the quarter's number."""
    dtype, z = _dtype(r), r * r
    sine = fma(r * z, _polynomial(z, SINE[dtype]), r)
    cosine = fma(z * z, _polynomial(z, COSINE[dtype]), fma(z, -0.5, alike(1.0, z)[0]))
    value = choose((quarter & 1) == 0, sine, cosine)
    return choose((quarter & 2) == 0, value, -value)


def _expm1_core(r: Value) -> Value:
    """e^r - 1 = r + r^2 Q(r) for |r| up to log(2) / 2."""
    return fma(r * r, _polynomial(r, EXPONENTIAL[_dtype(r)]), r)


def _power_of_two(whole: Value) -> Value:
    """2^n from the whole number n, written into the bits of the exponent."""
    wide = whole.element == I64
    dtype = DTYPES[wide]
    return ((whole + BIAS[dtype]) << MANTISSA[dtype]).bits(DOUBLE if wide else FLOAT)


def _exponent_and_mantissa(x: Value) -> tuple[Value, Value]:
    """k and m of a normal x = 2^k m, with m from sqrt(1/2) to sqrt(2)."""
    bits, mantissa = x.bits(_integers(x)), MANTISSA[_dtype(x)]
    k = (bits - BITS_OF_SQRT_HALF[_dtype(x)]).shifted_signed(mantissa)
    return k.signed_real(x.element), (bits - (k << mantissa)).bits(x.element)


def _log_core(k: Value, f: Value, correction: Value | None) -> Value:
    """k log 2 + log(1 + f) + correction, by log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2))."""
    dtype = _dtype(f)
    s = f / (f + 2.0)
    z = s * s
    half_square = f * f * 0.5
    R = z * _polynomial(z, LOGARITHM[dtype])
    low = k * LOG_2_LOW[dtype]
    if correction is not None:
        low = low + correction
    return fma(k, LOG_2_HIGH[dtype], f - (half_square - fma(s, half_square + R, low)))


def _logarithm_ends(x: Value, value: Value) -> Value:
    """What a logarithm is at and beyond the ends: -inf at 0, NaN below, inf at inf."""
    beyond = choose(x == 0.0, alike(-math.inf, x)[0], math.nan)
    value = choose(x > 0.0, value, beyond)
    return choose(x == math.inf, x, value)


def _polynomial(x: Value, coefficients: tuple[float, ...]) -> Value:
    """Evaluate by Horner's rule, each step rounded once."""
    *rest, total = (alike(c, x)[0] for c in coefficients)
    for c in reversed(rest):
        total = fma(total, x, c)
    return total
