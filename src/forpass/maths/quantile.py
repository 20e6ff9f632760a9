"""The inverse of the normal distribution function, for initial parameters. Host only: plain NumPy.

Rational approximations of Cephes (Moshier 1989), good to a few units of the last place, as SciPy has them; its
import takes longer than most short fits. The logarithm of the tails is the one of C, so that the bits are those
that SciPy gives.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["normal_quantile"]

Array = NDArray[np.float64]

TAIL = 0.13533528323661269189
"""exp(-2): where tails begin."""
FAR = 8.0
"""sqrt(-2 log p) beyond which the second approximation of tails is good."""
SQRT_TWO_PI = 2.50662827463100050242

# fmt: off
MIDDLE = (
    (-5.99633501014107895267e1, 9.80010754185999661536e1, -5.66762857469070293439e1, 1.39312609387279679503e1,
     -1.23916583867381258016e0),
    (1.0, 1.95448858338141759834e0, 4.67627912898881538453e0, 8.63602421390890590575e1,
     -2.25462687854119370527e2, 2.00260212380060660359e2, -8.20372256168333339912e1, 1.59056225126211695515e1,
     -1.18331621121330003142e0),
)
NEAR_TAIL = (
    (4.05544892305962419923e0, 3.15251094599893866154e1, 5.71628192246421288162e1, 4.40805073893200834700e1,
     1.46849561928858024014e1, 2.18663306850790267539e0, -1.40256079171354495875e-1,
     -3.50424626827848203418e-2, -8.57456785154685413611e-4),
    (1.0, 1.57799883256466749731e1, 4.53907635128879210584e1, 4.13172038254672030440e1,
     1.50425385692907503408e1, 2.50464946208309415979e0, -1.42182922854787788574e-1,
     -3.80806407691578277194e-2, -9.33259480895457427372e-4),
)
FAR_TAIL = (
    (3.23774891776946035970e0, 6.91522889068984211695e0, 3.93881025292474443415e0, 1.33303460815807542389e0,
     2.01485389549179081538e-1, 1.23716634817820021358e-2, 3.01581553508235416007e-4,
     2.65806974686737550832e-6, 6.23974539184983293730e-9),
    (1.0, 6.02427039364742014255e0, 3.67983563856160859403e0, 1.37702099489081330271e0,
     2.16236993594496635890e-1, 1.34204006088543189037e-2, 3.28014464682127739104e-4,
     2.89247864745380683936e-6, 6.79019408009981274425e-9),
)
"""Coefficients above and below the stroke, of the highest power first."""
# fmt: on


def normal_quantile(p: Any) -> Any:
    """Return x with Phi(x) = p, elementwise, in float64: -inf of 0, inf of 1, NaN outside.

    Examples
    --------
    >>> normal_quantile([0.5, 0.975]).round(6).tolist()
    [0.0, 1.959964]
    """
    p = np.asarray(p, np.float64)
    x = np.full(p.shape, np.nan)
    x[p == 0], x[p == 1] = -np.inf, np.inf
    middle = (p > TAIL) & (p <= 1.0 - TAIL)
    x[middle] = _of_middle(p[middle])
    tails = (p > 0) & (p < 1) & ~middle
    ends = p[tails]
    upper = ends > TAIL
    found = _of_tail(np.where(upper, 1.0 - ends, ends))
    x[tails] = np.where(upper, found, -found)
    return x[()]


def _of_middle(p: Array) -> Array:
    """x = sqrt(2 pi) (d + d^3 R(d^2)) with d = p - 1/2."""
    d = p - 0.5
    square = d * d
    return (d + d * (square * _polynomial(square, MIDDLE[0]) / _polynomial(square, MIDDLE[1]))) * SQRT_TWO_PI


def _of_tail(p: Array) -> Array:
    """-x = s - log(s) / s - R(1 / s) / s with s = sqrt(-2 log p)."""
    s = np.sqrt(-2.0 * _log(p))
    inverse = 1.0 / s
    part = inverse * _polynomial(inverse, NEAR_TAIL[0]) / _polynomial(inverse, NEAR_TAIL[1])
    if (far := s >= FAR).any():  # where p is below 1e-14
        inverse = inverse[far]
        part[far] = inverse * _polynomial(inverse, FAR_TAIL[0]) / _polynomial(inverse, FAR_TAIL[1])
    return s - _log(s) / s - part


def _log(x: Array) -> Array:
    return np.fromiter(map(math.log, x.tolist()), np.float64, x.size)


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """Return a polynomial by Horner's rule."""
    total = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total *= x
        total += c
    return total
