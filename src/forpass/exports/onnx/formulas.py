"""Functions that ONNX does not have, or runtimes not with all digits, written with those that they have.

They are formulas as those of `forpass.maths`: `xp` alone computes, so that NumPy can carry them out too. How
precise each is stands beside it, in units of the last place (ulp); of runtimes exp, log and tanh are taken to
be within 3.
"""

from __future__ import annotations

import math
from typing import Any

from forpass.maths import xp

__all__ = ["ERFC", "cos", "erfc", "expm1", "log1p", "sin"]


def expm1(x: Any) -> Any:
    """exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which loses no digits near 0: within 10 ulp."""
    return xp.tanh(0.5 * x) * (xp.exp(x) + 1.0)


def log1p(x: Any) -> Any:
    """log(1 + x) = log u + (x - (u - 1)) / u with u the rounded 1 + x: within 4 ulp.

    The second part is what rounding took from x; it is 0 where nothing was, as for -1 and infinity.
    """
    u = 1.0 + x
    taken = x - (u - 1.0)
    return xp.log(u) + xp.where(xp.absolute(taken) > 0.0, taken / u, 0.0)


def erfc(z: Any, *coefficients: Any) -> Any:
    """1 - erf(z) in float64, from a polynomial (`ERFC`): within 4 ulp of 1.

    With t = 2 / (2 + z), erfc(z) = t exp(p(2 t - 1) - z^2) for z >= 0. Here p is the polynomial that agrees
    with log(erfc(z) / t) + z^2 in 80 Chebyshev points, cut off after 26 Chebyshev polynomials.
    """
    far = xp.absolute(z)
    t = 2.0 / (2.0 + far)
    s = 2.0 * t - 1.0
    p = s * coefficients[-1] + coefficients[-2]
    for coefficient in coefficients[-3::-1]:
        p = p * s + coefficient
    right = t * xp.exp(p - far * far)
    return xp.where(z < 0.0, 2.0 - right, right)


# fmt: off
ERFC = (
    -0.6717940840566922, 0.672643223977656, 0.047343306841863525, -0.046895610231083025,
    -0.009872689364099222, 0.008824938553738764, 0.0017589335074028032, -0.002345812444802156,
    -0.00014624628742128406, 0.0006736782697069831, -9.373894767667295e-05, -0.00017429984933155644,
    7.141810433422301e-05, 3.173310599377061e-05, -3.023784054007137e-05, 1.699233231227702e-07,
    8.662535397475538e-06, -3.007645434410669e-06, -1.409445991433531e-06, 1.3267813608518889e-06,
    -4.146853754663641e-08, -3.168341367694147e-07, 7.745572408758512e-08, 3.972203547273795e-08,
    -1.2776086554968677e-08, -1.5867042914238042e-09,
)
# fmt: on
"""The coefficients of p, that of the constant first."""


def sin(u: Any) -> Any:
    """The sine, in float64."""
    return wave(u, 0.0)


def cos(u: Any) -> Any:
    """The cosine, in float64: the sine a quarter of the circle further on."""
    return wave(u, 1.0)


QUARTERS_OF_ONE = 2.0 / math.pi
FIRST, SECOND, THIRD = 1.570796325802803, 9.920935791635221e-10, 5.170182981794105e-19
"""pi / 2 as a sum; the first two have 30 bits, so that their products with up to 2^23 quarters are exact."""


def wave(u: Any, quarters_on: Any) -> Any:
    """sin(u + quarters_on pi / 2), within 5 ulp for |u| < 1e7, also near its zeros.

    With q the nearest whole number of quarters and r = u - q pi / 2, it is sin r, cos r, -sin r or -cos r;
    and cos r = 1 - 2 sin(r / 2)^2 loses nothing for |r| <= pi / 4.
    """
    q = xp.floor(u * QUARTERS_OF_ONE + 0.5)
    r = u - q * FIRST - q * SECOND - q * THIRD
    half = xp.sin(0.5 * r)
    here = q + quarters_on
    odd = here - 2.0 * xp.floor(0.5 * here)
    back = here - 4.0 * xp.floor(0.25 * here)
    either = xp.where(odd > 0.5, 1.0 - 2.0 * half * half, xp.sin(r))
    return xp.where(back > 1.5, -either, either)
